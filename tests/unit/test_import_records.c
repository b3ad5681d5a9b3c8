/* Version lists, floor and receipt: what they say, and when they stay as they are. */
#include "tests/unit/import_world.h"

#define LISTS "constellation/v1/ref/-/stream/stable/versions/"
#define LATEST LISTS "latest/image.json"
#define MAJOR LISTS "major/v2/image.json"
#define MINOR LISTS "minor/v2.2/image.json"
#define FLOOR ".sealift/floor.json"
#define RECEIPT                                          \
    ".sealift/receipts/01000000000000000000000000000000" \
    "00000000000000000000000000000000.json"

static struct import_world world;

static void begin(void)
{
    import_world_begin(&world);
    import_world_open(&world);
}

static enum err_code run(void)
{
    import_world_again(&world);
    return import_records(&world.work, &world.err);
}

/* The bundle is of these uids, as far as they are taken. */
static void set_uids(const char *const *uids, size_t count)
{
    struct signed_manifest *manifests =
        arena_array(world.work.arena, count, sizeof *manifests, &world.err);

    for (size_t i = 0; i < count; i++) {
        manifests[i] = world.contents.bundle.manifests[0];
        CHECK_OK(uid_parse(slice_text(uids[i]), &manifests[i].manifest.uid, &world.err), world.err);
    }
    world.contents.bundle.manifests = manifests;
    world.contents.bundle.count = count;
    world.contents.trusted.signers =
        arena_array(world.work.arena, count, sizeof *world.contents.trusted.signers, &world.err);
}

/* Without blanks and line ends. */
static void check_text(const char *name, const char *want)
{
    struct slice bytes = import_world_find(&world, name)->bytes;
    char text[1024];
    size_t len = 0;

    for (size_t i = 0; i < bytes.len && len < sizeof text; i++) {
        if (bytes.ptr[i] != ' ' && bytes.ptr[i] != '\n')
            text[len++] = (char)bytes.ptr[i];
    }
    CHECK_TEXT(want, slice_of(text, len));
}

static bool is_there(const char *name)
{
    for (size_t i = 0; i < world.result.placements.count; i++) {
        if (strcmp(world.result.placements.list[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Puts what was placed into the repository. */
static void put_all(void)
{
    for (size_t i = 0; i < world.result.placements.count; i++) {
        const struct placement *placement = &world.result.placements.list[i];
        char path[256];

        snprintf(path, sizeof path, "repo/%s", placement->name);
        temp_write(&world.folder, path, placement->bytes);
    }
}

TEST(import_records_are_lists_floor_and_receipt)
{
    static const struct {
        const char *name;
        enum placement_kind kind;
    } want[] = {{LATEST, PLACE_LIST},
                {MAJOR, PLACE_LIST},
                {MINOR, PLACE_LIST},
                {FLOOR, PLACE_FLOOR},
                {RECEIPT, PLACE_RECEIPT}};

    begin();
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(5, world.result.placements.count);
    for (size_t i = 0; i < world.result.placements.count && i < 5; i++) {
        const struct placement *have = &world.result.placements.list[i];

        CHECK_TEXT(want[i].name, slice_text(have->name));
        CHECK(have->kind == want[i].kind && have->action == PLACEMENT_ADD && !have->layer);
    }
    check_text(LATEST,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"kind\":\"image\",\"version\":\"v2.2.0\"}");
    check_text(MAJOR,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"major\",\"base\":\"v2\","
               "\"kind\":\"image\",\"versions\":[\"v2.2\"]}");
    check_text(MINOR,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"v2.2\","
               "\"kind\":\"image\",\"versions\":[\"v2.2.0\"]}");
    check_text(FLOOR, "{\"floor\":1,\"streams\":[{\"ref\":\"-\",\"stream\":\"stable\","
                      "\"highest\":[\"v2.2.0\"]}]}");
    import_world_end(&world);
}

TEST(import_records_list_what_is_there_too)
{
    begin();
    temp_write(&world.folder, "repo/images/v2.3.0.json", SLICE("{}"));
    temp_write(&world.folder, "repo/images/v2.2.0.json", SLICE("{}"));
    temp_write(&world.folder, "repo/images/v2.2.5.json", SLICE("{}"));
    temp_write(&world.folder, "repo/images/v1.0.0.json", SLICE("{}"));
    CHECK_OK(run(), world.err);
    check_text(LATEST,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"kind\":\"image\",\"version\":\"v2.3.0\"}");
    check_text(MAJOR,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"major\",\"base\":\"v2\","
               "\"kind\":\"image\",\"versions\":[\"v2.2\",\"v2.3\"]}");
    check_text(MINOR,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"v2.2\","
               "\"kind\":\"image\",\"versions\":[\"v2.2.0\",\"v2.2.5\"]}");
    CHECK_NUMBER(1 + 2 + 3 + 2, world.result.placements.count); /* each list once */
    CHECK(is_there(LISTS "minor/v2.3/image.json") && is_there(LISTS "major/v1/image.json"));
    check_text(LISTS "minor/v1.0/image.json",
               "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"v1.0\","
               "\"kind\":\"image\",\"versions\":[\"v1.0.0\"]}");
    import_world_end(&world);
}

/* Each stream has lists of its own, and each of them once. */
TEST(import_records_keep_streams_apart)
{
    static const char *const uids[] = {"v2.2.0", "v2.2.1", "stream/debug/v2.2.9",
                                       "ref/x/stream/debug/v3.0.0"};
    size_t latest = 0;

    begin();
    set_uids(uids, 4);
    temp_write(&world.folder, "repo/images/stream_debug_v2.2.3.json", SLICE("{}"));
    temp_write(&world.folder, "repo/images/ref_x_stream_debug_v3.0.1-pre.json", SLICE("{}"));
    CHECK_OK(run(), world.err);
    for (size_t i = 0; i < world.result.placements.count; i++)
        latest += strstr(world.result.placements.list[i].name, "/latest/image.json") != NULL;
    CHECK_NUMBER(3, latest);
    check_text(MINOR,
               "{\"ref\":\"-\",\"stream\":\"stable\",\"granularity\":\"minor\",\"base\":\"v2.2\","
               "\"kind\":\"image\",\"versions\":[\"v2.2.0\",\"v2.2.1\"]}");
    check_text("constellation/v1/ref/-/stream/debug/versions/minor/v2.2/image.json",
               "{\"ref\":\"-\",\"stream\":\"debug\",\"granularity\":\"minor\",\"base\":\"v2.2\","
               "\"kind\":\"image\",\"versions\":[\"v2.2.3\",\"v2.2.9\"]}");
    check_text("constellation/v1/ref/x/stream/debug/versions/minor/v3.0/image.json",
               "{\"ref\":\"x\",\"stream\":\"debug\",\"granularity\":\"minor\",\"base\":\"v3.0\","
               "\"kind\":\"image\",\"versions\":[\"v3.0.0\",\"v3.0.1-pre\"]}");
    check_text("constellation/v1/ref/-/stream/debug/versions/latest/image.json",
               "{\"ref\":\"-\",\"stream\":\"debug\",\"kind\":\"image\",\"version\":\"v2.2.9\"}");
    check_text("constellation/v1/ref/x/stream/debug/versions/latest/image.json",
               "{\"ref\":\"x\",\"stream\":\"debug\",\"kind\":\"image\",\"version\":\"v3.0.0\"}");
    check_text(FLOOR, "{\"floor\":1,\"streams\":["
                      "{\"ref\":\"-\",\"stream\":\"debug\",\"highest\":[\"v2.2.9\"]},"
                      "{\"ref\":\"-\",\"stream\":\"stable\",\"highest\":[\"v2.2.1\"]},"
                      "{\"ref\":\"x\",\"stream\":\"debug\",\"highest\":[\"v3.0.0\"]}]}");
    import_world_end(&world);
}

/* Whoever imports the same again changes nothing: the receipt of the first run stays. */
TEST(import_records_stay_when_nothing_changes)
{
    begin();
    CHECK_OK(run(), world.err);
    put_all();
    world.settings.receipt_time++;
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(4, world.result.placements.count); /* all but the receipt */
    for (size_t i = 0; i < world.result.placements.count; i++)
        CHECK_NUMBER(PLACEMENT_KEEP, world.result.placements.list[i].action);
    import_world_end(&world);
}

TEST(import_records_tell_of_what_changed)
{
    begin();
    CHECK_OK(run(), world.err);
    put_all();
    CHECK(remove(temp_path(&world.folder, "repo/" RECEIPT)) == 0);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(PLACEMENT_ADD, import_world_find(&world, RECEIPT)->action);
    put_all();
    world.settings.receipt_time++;
    import_world_again(&world);
    world.result.was_interrupted = true;
    CHECK_OK(import_records(&world.work, &world.err), world.err);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, RECEIPT)->action);
    temp_write(&world.folder, "repo/" LATEST, SLICE("another"));
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, LATEST)->action);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, RECEIPT)->action);
    import_world_end(&world);
}

/* All that the receipt tells of stands before it. */
TEST(import_records_order_all_placements)
{
    begin();
    import_world_again(&world);
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    CHECK_OK(import_tables(&world.work, &world.err), world.err);
    CHECK_OK(import_records(&world.work, &world.err), world.err);
    for (size_t i = 1; i < world.result.placements.count; i++)
        CHECK(world.result.placements.list[i - 1].kind <= world.result.placements.list[i].kind);
    CHECK_TEXT(RECEIPT,
               slice_text(world.result.placements.list[world.result.placements.count - 1].name));
    CHECK(slice_of(import_world_find(&world, RECEIPT)->bytes.ptr, 1).ptr[0] == '{');
    import_world_end(&world);
}

TEST(import_records_raise_the_floor)
{
    static const char *const uids[] = {"v2.2.0", "v2.2.7", "v2.3.0-pre"};
    struct uid before;

    begin();
    set_uids(uids, 3);
    CHECK_OK(uid_parse(SLICE("v2.1.4"), &before, &world.err), world.err);
    world.work.floor = (struct floor){.highest = &before, .highest_count = 1};
    CHECK_OK(run(), world.err);
    check_text(FLOOR, "{\"floor\":1,\"streams\":[{\"ref\":\"-\",\"stream\":\"stable\","
                      "\"highest\":[\"v2.1.4\",\"v2.2.7\"]}]}");
    CHECK_OK(uid_parse(SLICE("v2.2.8"), &before, &world.err), world.err);
    CHECK_OK(run(), world.err);
    CHECK(!is_there(FLOOR));
    import_world_end(&world);
}

/* What the repository offers already cannot be told: no list is made without it. */
TEST(import_records_want_to_know_what_is_there)
{
    begin();
    CHECK(symlink("images", temp_path(&world.folder, "repo/images")) == 0);
    CHECK_NUMBER(ERR_IO, run());
    import_world_end(&world);
}

TEST(import_records_follow_no_link)
{
    begin();
    temp_write(&world.folder, "elsewhere/x", SLICE("mine"));
    temp_write(&world.folder, "repo/constellation/x", SLICE(""));
    CHECK(symlink("../../elsewhere", temp_path(&world.folder, "repo/constellation/v1")) == 0);
    CHECK_NUMBER(ERR_POLICY, run());
    import_world_end(&world);
}

TEST(import_records_need_memory)
{
    static uint8_t memory[16 << 10];
    enum err_code rc = ERR_LIMIT;
    struct arena *before, little;

    begin();
    before = world.work.arena;
    for (size_t size = 0; rc == ERR_LIMIT && size < sizeof memory; size += 311) {
        arena_init_fixed(&little, memory, size);
        world.work.arena = &little;
        rc = run();
        CHECK(rc == ERR_OK || rc == ERR_LIMIT);
    }
    CHECK_OK(rc, world.err);
    world.work.arena = before;
    import_world_end(&world);
}
