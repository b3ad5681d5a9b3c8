/* What import_stage leaves in the staging folder: each file under the number of its placement. */
#include "tests/unit/import_world.h"

#define STAGED                                       \
    "repo/.sealift/01000000000000000000000000000000" \
    "00000000000000000000000000000000/"

static struct import_world world;

static void begin(void)
{
    import_world_begin(&world);
    import_world_open(&world);
}

static void add(enum placement_kind kind, const char *name, const char *text,
                enum placement_action action)
{
    struct placement *placement = placement_add_bytes(
        &world.result.placements, kind, name, slice_text(text), world.work.arena, &world.err);

    placement->action = action;
}

static const char *staged(const char *name)
{
    static char path[TEMP_PATH_MAX];

    for (size_t i = 0; i < world.result.placements.count; i++) {
        if (strcmp(world.result.placements.list[i].name, name) == 0)
            snprintf(path, sizeof path, STAGED "%zu", i);
    }
    return path;
}

/* Has the image alone staged. */
static enum err_code stage_image(void)
{
    import_world_again(&world);
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    import_world_stage(&world);
    return import_stage(&world.work, &world.err);
}

TEST(import_stage_writes_what_is_added)
{
    const char *image = IMPORT_WORLD_RAW, *signature = CONTENTS_MEASUREMENTS ".sig";
    uint64_t layers = 0;

    begin();
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    for (size_t i = 0; i < world.result.placements.count; i++)
        layers += world.result.placements.list[i].size;
    add(PLACE_FLOOR, "floor", "made here", PLACEMENT_ADD);
    add(PLACE_LIST, "list", "replaces", PLACEMENT_REPLACE);
    import_world_stage(&world);
    CHECK_OK(import_stage(&world.work, &world.err), world.err);
    CHECK(
        slice_equal(world.contents.world.image_bytes[0], temp_read(&world.folder, staged(image))));
    CHECK(slice_equal(import_world_carried(&world, signature)->bytes,
                      temp_read(&world.folder, staged(signature))));
    CHECK_TEXT("made here", temp_read(&world.folder, staged("floor")));
    CHECK_TEXT("replaces", temp_read(&world.folder, staged("list")));
    CHECK_NUMBER(layers + 9 + 8, world.result.written);
    /* Layers alone are counted on the way. */
    CHECK_NUMBER(layers, world.heard.total);
    CHECK_NUMBER(layers, world.heard.done);
    CHECK_NUMBER(0, world.heard.backwards);
    import_world_end(&world);
}

TEST(import_stage_leaves_out_what_is_not_added)
{
    begin();
    add(PLACE_OTHER, "kept", "kept", PLACEMENT_KEEP);
    add(PLACE_OTHER, "removed", "removed", PLACEMENT_REMOVE);
    add(PLACE_OTHER, "added", "added", PLACEMENT_ADD);
    import_world_stage(&world);
    CHECK_OK(import_stage(&world.work, &world.err), world.err);
    CHECK(!temp_exists(&world.folder, STAGED "0") && !temp_exists(&world.folder, STAGED "1"));
    CHECK_TEXT("added", temp_read(&world.folder, STAGED "2"));
    CHECK_NUMBER(5, world.result.written);
    CHECK_NUMBER(0, world.heard.calls);
    import_world_end(&world);
}

TEST(import_stage_counts_what_it_takes_out)
{
    struct placement *image;
    uint64_t layers = 0;

    begin();
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    image = (struct placement *)(uintptr_t)import_world_find(&world, IMPORT_WORLD_RAW);
    image->action = PLACEMENT_KEEP;
    for (size_t i = 0; i < world.result.placements.count; i++)
        layers += world.result.placements.list[i].size;
    import_world_stage(&world);
    CHECK_OK(import_stage(&world.work, &world.err), world.err);
    CHECK_NUMBER(layers - WORLD_IMAGE_SIZE, world.heard.total);
    CHECK_NUMBER(world.heard.total, world.heard.done);
    CHECK_NUMBER(world.heard.total, world.result.written);
    import_world_end(&world);
}

/* The table of a repository is another than the bundle's: it was made of it before. */
TEST(import_stage_takes_tables_as_they_were_made)
{
    begin();
    add(PLACE_TABLE, CONTENTS_TABLE, "made of both", PLACEMENT_ADD);
    world.result.placements.list[0].layer = import_world_carried(&world, CONTENTS_TABLE)->layer;
    import_world_stage(&world);
    CHECK_OK(import_stage(&world.work, &world.err), world.err);
    CHECK_TEXT("made of both", temp_read(&world.folder, STAGED "0"));
    CHECK_NUMBER(0, world.heard.calls);
    import_world_end(&world);
}

/* Whether this file system has any. */
static bool keeps_holes(void)
{
    struct stat status;

    temp_write(&world.folder, "probe", SLICE(""));
    CHECK(truncate(temp_path(&world.folder, "probe"), WORLD_IMAGE_SIZE) == 0);
    CHECK(stat(temp_path(&world.folder, "probe"), &status) == 0);
    return status.st_blocks * 512 < WORLD_IMAGE_SIZE;
}

TEST(import_stage_keeps_holes_and_may_keep_frames)
{
    struct slice stored;
    struct stat status;

    begin();
    CHECK_OK(stage_image(), world.err);
    CHECK(stat(temp_path(&world.folder, staged(IMPORT_WORLD_RAW)), &status) == 0);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, status.st_size);
    CHECK(!keeps_holes() || status.st_blocks * 512 <= 40960); /* 24576 of data */
    world.settings.keep_compressed = true;
    CHECK_OK(stage_image(), world.err);
    stored = temp_read(&world.folder, staged(CONTENTS_IMAGE));
    CHECK_NUMBER(import_world_carried(&world, CONTENTS_IMAGE)->layer->blob.size, stored.len);
    CHECK(stored.len > 4 && memcmp(stored.ptr, "\x28\xB5\x2F\xFD", 4) == 0);
    import_world_end(&world);
}

/* Frames whose raw bytes are other ones than are listed: unpacked, told to look, or signed as raw. */
TEST(import_stage_checks_raw_bytes_when_it_is_to)
{
    static const struct {
        bool keep_compressed, is_deep, is_raw_signed, is_refused;
    } cases[] = {{false, false, false, false}, {false, true, false, true},
                 {false, false, true, true},   {true, false, false, false},
                 {true, true, false, true},    {true, false, true, true}};

    begin();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layer *layer =
            (struct layer *)(uintptr_t)import_world_carried(&world, CONTENTS_IMAGE)->layer;
        struct carried *carried =
            (struct carried *)(uintptr_t)import_world_carried(&world, CONTENTS_IMAGE);

        world.settings.keep_compressed = cases[i].keep_compressed;
        world.settings.is_deep = cases[i].is_deep;
        carried->is_raw_signed = cases[i].is_raw_signed;
        CHECK_OK(stage_image(), world.err);
        layer->image.raw_digest[0] ^= 1;
        CHECK_NUMBER(cases[i].is_refused ? ERR_CORRUPT : ERR_OK, stage_image());
        if (cases[i].is_refused)
            CHECK(slice_begins(slice_text(world.err.msg),
                               CONTENTS_IMAGE ": the decompressed bytes have SHA-256 "));
        layer->image.raw_digest[0] ^= 1;
    }
    import_world_end(&world);
}

/* That is the bundle's, so the message names a file of it, and not one of the repository. */
TEST(import_stage_refuses_bytes_that_have_changed)
{
    uint8_t *bytes;

    begin();
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    bytes = (uint8_t *)(uintptr_t)world.contents.archive.ptr;
    for (size_t i = 0; i + 4 < world.contents.archive.len; i++) {
        if (memcmp(bytes + i, "\x28\xb5\x2f\xfd", 4) == 0) {
            bytes[i + 20] ^= 1;
            break;
        }
    }
    import_world_stage(&world);
    CHECK_NUMBER(ERR_CORRUPT, import_stage(&world.work, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg), CONTENTS_IMAGE ": "));
    import_world_end(&world);
}

TEST(import_stage_names_the_file_that_cannot_be_written)
{
    static const char *const names[] = {IMPORT_WORLD_RAW, CONTENTS_MEASUREMENTS};

    begin();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char message[ERR_MESSAGE_MAX];

        import_world_again(&world);
        CHECK_OK(import_files(&world.work, &world.err), world.err);
        import_world_stage(&world);
        temp_write(&world.folder, staged(names[i]), SLICE("in the way"));
        snprintf(message, sizeof message, "%s/repo/%s: File exists", world.folder.path, names[i]);
        CHECK_ERR(ERR_IO, message, import_stage(&world.work, &world.err), world.err);
    }
    import_world_end(&world);
}
