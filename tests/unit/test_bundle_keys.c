/* Which keys check what: options, then default folders, then those of the next purpose. */
#include "bundle/cli/bundle_keys.h"

#include "tests/unit/contents_world.h"
#include "tests/unit/session_world.h"

#define FOLDER "fixtures/keys/"
#define A "good-p256.pem"
#define B "good-p256-other.pem"
#define C "good-p384.pem"

static struct session_world world;
static struct bundle_keys keys;

static enum err_code run(void)
{
    session_world_open(&world);
    memset(&keys, 0xAA, sizeof keys);
    return bundle_keys_read(&world.session, &keys, &world.err);
}

static void check_set(const char *want, const struct keys *have)
{
    char text[256];
    struct buf out;

    buf_init_fixed(&out, text, sizeof text);
    for (size_t i = 0; i < have->count; i++) {
        const char *slash = strrchr(have->list[i]->name, '/');

        buf_add_format(&out, "%s%s", i ? " " : "", slash ? slash + 1 : have->list[i]->name);
    }
    CHECK_TEXT(want, buf_slice(&out));
}

static void check_keys(const char *bundles, const char *measurements, const char *tables,
                       bool is_borrowed)
{
    CHECK_OK(run(), world.err);
    check_set(bundles, &keys.bundles);
    check_set(measurements, &keys.measurements);
    check_set(tables, &keys.tables);
    CHECK(keys.is_borrowed == is_borrowed);
}

TEST(bundle_keys_are_those_of_options)
{
    session_world_begin(&world);
    check_keys("", "", "", false);
    session_world_give(&world, OPT_KEY, FOLDER A);
    check_keys(A, A, "", false);
    session_world_give(&world, OPT_KEY, FOLDER B);
    check_keys(A " " B, A " " B, "", false);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER C);
    check_keys(C, A " " B, "", false);
    session_world_give(&world, OPT_TABLE_KEY, FOLDER B);
    check_keys(C, A " " B, B, false);
    session_world_take_back(&world, OPT_KEY);
    check_keys(C, C, B, true);
    session_world_take_back(&world, OPT_BUNDLE_KEY);
    check_keys("", "", B, false); /* a table's key is for tables alone */
    session_world_end(&world);
}

TEST(bundle_keys_are_those_of_folders)
{
    session_world_begin(&world);
    session_world_keys(&world, "measurements", A);
    check_keys(A, A, "", false);
    session_world_keys(&world, "bundles", B);
    check_keys(B, A, "", false);
    session_world_keys(&world, "tables", C);
    check_keys(B, A, C, false);
    session_world_end(&world);
    session_world_begin(&world);
    session_world_keys(&world, "bundles", B);
    check_keys(B, B, "", true);
    session_world_end(&world);
}

/* What is given replaces the folder of its purpose; --key that of bundles, too. */
TEST(bundle_keys_of_options_replace_those_of_folders)
{
    session_world_begin(&world);
    session_world_keys(&world, "measurements", A);
    session_world_keys(&world, "bundles", A);
    session_world_keys(&world, "tables", A);
    session_world_give(&world, OPT_KEY, FOLDER B);
    check_keys(B, B, A, false);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER C);
    check_keys(C, B, A, false);
    session_world_take_back(&world, OPT_KEY);
    check_keys(C, A, A, false);
    session_world_give(&world, OPT_TABLE_KEY, FOLDER B);
    check_keys(C, A, B, false);
    session_world_end(&world);
}

TEST(bundle_keys_have_the_threshold)
{
    session_world_begin(&world);
    session_world_give(&world, OPT_KEY, FOLDER A);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER B);
    session_world_give(&world, OPT_TABLE_KEY, FOLDER C);
    session_world_give(&world, OPT_THRESHOLD, "1");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1, keys.bundles.threshold);
    session_world_give(&world, OPT_KEY, FOLDER C);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER C);
    session_world_give(&world, OPT_TABLE_KEY, FOLDER A);
    session_world_give(&world, OPT_THRESHOLD, "2");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(2, keys.bundles.threshold);
    CHECK_NUMBER(2, keys.measurements.threshold);
    CHECK_NUMBER(2, keys.tables.threshold);
    session_world_end(&world);
}

TEST(bundle_keys_that_cannot_be_read)
{
    static const enum option options[] = {OPT_KEY, OPT_BUNDLE_KEY, OPT_TABLE_KEY};

    session_world_begin(&world);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        session_world_give(&world, options[i], FOLDER "bad-two-keys.pem");
        CHECK_NUMBER(ERR_FORMAT, run());
        CHECK(slice_begins(slice_text(world.err.msg), FOLDER "bad-two-keys.pem: "));
        session_world_take_back(&world, options[i]);
    }
    session_world_keys(&world, "bundles", A);
    CHECK(chmod(temp_path(&world.folder, "keys/bundles"), 0777) == 0);
    CHECK_NUMBER(ERR_POLICY, run());
    session_world_end(&world);
}

/* --- with the keys, what a bundle carries --- */

#define BORROWED "; without --key, measurements were checked with the bundle's keys"

static enum err_code check_contents(struct contents_world *contents)
{
    return bundle_keys_contents(&keys, &contents->trusted, &contents->world.arena,
                                &contents->contents, &world.err);
}

TEST(bundle_keys_say_that_they_are_borrowed)
{
    static struct contents_world contents;

    session_world_begin(&world);
    contents_begin(&contents);
    contents_pack(&contents);
    session_world_give(&world, OPT_KEY, FOLDER A);
    CHECK_OK(run(), world.err);
    CHECK_OK(check_contents(&contents), world.err);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER B); /* that of bundles has no say here */
    CHECK_OK(run(), world.err);
    CHECK_OK(check_contents(&contents), world.err);
    session_world_take_back(&world, OPT_BUNDLE_KEY);
    session_world_take_back(&world, OPT_KEY);
    session_world_give(&world, OPT_KEY, FOLDER B);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(ERR_FORGED, check_contents(&contents));
    CHECK(!slice_ends(slice_text(world.err.msg), BORROWED));
    session_world_take_back(&world, OPT_KEY);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER A);
    CHECK_OK(run(), world.err);
    CHECK_OK(check_contents(&contents), world.err);
    session_world_take_back(&world, OPT_BUNDLE_KEY);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER B);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(ERR_FORGED, check_contents(&contents));
    CHECK(slice_ends(slice_text(world.err.msg), BORROWED));
    contents_end(&contents);
    session_world_end(&world);
}

/* Whose keys they were has nothing to do with what is malformed. */
TEST(bundle_keys_say_nothing_of_it_otherwise)
{
    static struct contents_world contents;

    session_world_begin(&world);
    contents_begin(&contents);
    contents_find(&contents, CONTENTS_TABLE)->bytes = SLICE("{\"ref\":");
    contents_pack(&contents);
    session_world_give(&world, OPT_BUNDLE_KEY, FOLDER A);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(ERR_FORMAT, check_contents(&contents));
    CHECK(!slice_ends(slice_text(world.err.msg), BORROWED));
    contents_end(&contents);
    session_world_end(&world);
}
