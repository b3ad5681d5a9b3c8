/* Tables and what goes with them, as import_tables places them. */
#include "bundle/import/table_signatures.h"
#include "tests/unit/import_world.h"

#define UPSTREAM CONTENTS_TABLE UPSTREAM_SUFFIX
#define URL "https://site.example"
#define MINE \
    "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\",\"aws\":{\"eu-central-1\":\"ami-1\"}}"

static struct import_world world;

static void begin(void)
{
    import_world_begin(&world);
    import_world_open(&world);
    CHECK_OK(import_ages(&world.work, &world.err), world.err);
}

static enum err_code run(void)
{
    import_world_again(&world);
    return import_tables(&world.work, &world.err);
}

static void check_placed(const char *name, enum placement_kind kind, enum placement_action action)
{
    const struct placement *have = import_world_find(&world, name);

    CHECK_NUMBER(kind, have->kind);
    CHECK_NUMBER(action, have->action);
}

static struct slice carried(void)
{
    return import_world_carried(&world, CONTENTS_TABLE)->bytes;
}

TEST(import_tables_places_a_new_table)
{
    begin();
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1, world.result.placements.count);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_ADD);
    CHECK(slice_equal(carried(), import_world_find(&world, CONTENTS_TABLE)->bytes));
    import_world_end(&world);
}

TEST(import_tables_keeps_an_equal_table)
{
    begin();
    temp_write(&world.folder, "repo/" CONTENTS_TABLE, carried());
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1, world.result.placements.count);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_KEEP);
    import_world_end(&world);
}

/* The site's own entries stay; what was carried stands beside them. */
TEST(import_tables_merges_and_keeps_what_was_carried)
{
    begin();
    temp_write(&world.folder, "repo/" CONTENTS_TABLE, SLICE(MINE));
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(2, world.result.placements.count);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_REPLACE);
    check_placed(UPSTREAM, PLACE_UPSTREAM, PLACEMENT_ADD);
    CHECK(slice_equal(carried(), import_world_find(&world, UPSTREAM)->bytes));
    CHECK(memmem(import_world_find(&world, CONTENTS_TABLE)->bytes.ptr,
                 import_world_find(&world, CONTENTS_TABLE)->bytes.len, "ami-1", 5));
    temp_write(&world.folder, "repo/" UPSTREAM, SLICE("{}"));
    CHECK_OK(run(), world.err);
    check_placed(UPSTREAM, PLACE_UPSTREAM, PLACEMENT_REPLACE);
    temp_write(&world.folder, "repo/" UPSTREAM, carried());
    CHECK_OK(run(), world.err);
    check_placed(UPSTREAM, PLACE_UPSTREAM, PLACEMENT_KEEP);
    import_world_end(&world);
}

/* Without a table that is there, an upstream of an earlier one says nothing. */
TEST(import_tables_points_at_the_site)
{
    struct slice table;

    begin();
    world.settings.base_url = SLICE(URL);
    temp_write(&world.folder, "repo/" UPSTREAM, SLICE("not even a table"));
    CHECK_OK(run(), world.err);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_ADD);
    check_placed(UPSTREAM, PLACE_UPSTREAM, PLACEMENT_REPLACE);
    table = import_world_find(&world, CONTENTS_TABLE)->bytes;
    CHECK(memmem(table.ptr, table.len, URL "/" IMPORT_WORLD_RAW, strlen(URL "/" IMPORT_WORLD_RAW)));
    import_world_end(&world);
}

TEST(import_tables_names_the_table_that_conflicts)
{
    char want[ERR_MESSAGE_MAX];

    begin();
    temp_write(&world.folder, "repo/" CONTENTS_TABLE, SLICE("{\"ref\":"));
    snprintf(want, sizeof want, "%s/repo/" CONTENTS_TABLE ": ", world.folder.path);
    CHECK_NUMBER(ERR_FORMAT, run());
    CHECK(slice_begins(slice_text(world.err.msg), want));
    temp_write(&world.folder, "repo/" CONTENTS_TABLE,
               SLICE("{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\","
                     "\"qemu\":{\"qemu-vtpm\":\"https://mine.example/x\"}}"));
    CHECK_NUMBER(ERR_POLICY, run());
    CHECK(slice_begins(slice_text(world.err.msg), want));
    world.settings.replace = true;
    CHECK_OK(run(), world.err);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_REPLACE);
    import_world_end(&world);
}

/* An older bundle changes no table that is there, but adds one. */
TEST(import_tables_do_not_go_back_in_time)
{
    char want[ERR_MESSAGE_MAX];

    begin();
    world.contents.bundle.manifests[0].manifest.created = 1730851198;
    world.work.latest[0] = 1730851199;
    CHECK_OK(run(), world.err);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_ADD);
    temp_write(&world.folder, "repo/" CONTENTS_TABLE, carried());
    CHECK_OK(run(), world.err);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_KEEP);
    temp_write(&world.folder, "repo/" CONTENTS_TABLE, SLICE(MINE));
    snprintf(want, sizeof want, "%s/repo/" CONTENTS_TABLE ": the bundle was made at ",
             world.folder.path);
    CHECK_NUMBER(ERR_POLICY, run());
    CHECK(slice_begins(slice_text(world.err.msg), want));
    world.settings.allow_rollback = true;
    CHECK_OK(run(), world.err);
    check_placed(CONTENTS_TABLE, PLACE_TABLE, PLACEMENT_REPLACE);
    CHECK_NUMBER(1, world.heard.warnings);
    import_world_end(&world);
}

TEST(import_tables_places_signatures)
{
    import_world_begin(&world);
    contents_sign(&world.contents, CONTENTS_TABLE, CONTENTS_TABLE ".sig", 1);
    import_world_open(&world);
    CHECK_OK(import_ages(&world.work, &world.err), world.err);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(2, world.result.placements.count);
    check_placed(CONTENTS_TABLE ".sig", PLACE_TABLE_SIGNATURE, PLACEMENT_ADD);
    import_world_end(&world);
}

TEST(import_tables_follows_no_link)
{
    static const char *const names[] = {CONTENTS_TABLE, UPSTREAM};

    for (size_t i = 0; i < 2; i++) {
        char path[256];

        begin();
        temp_write(&world.folder, "repo/images/x", SLICE(""));
        snprintf(path, sizeof path, "repo/%s", names[i]);
        CHECK(symlink("/dev/null", temp_path(&world.folder, path)) == 0);
        CHECK_NUMBER(ERR_POLICY, run());
        import_world_end(&world);
    }
}
