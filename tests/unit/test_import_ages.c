/* What import_ages reads from receipts, and what import_check_age makes of it. */
#include "tests/unit/import_world.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define RECEIPTS "repo/.sealift/receipts/"
#define RECEIPT(uid, created)                                                    \
    "{\"receipt\": 1, \"bundle\": \"sha256:0\", \"releases\": [{\"uid\": \"" uid \
    "\", \"created\": " created ", \"bestBefore\": null}], \"files\": []}"
#define LATER "2024-11-05T23:59:59Z" /* 1730851199 */
#define EARLIER "2024-11-05T23:59:58Z"

static struct import_world world;

static void begin(void)
{
    import_world_begin(&world);
    import_world_open(&world);
}

static void put(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, RECEIPTS "%s", name);
    temp_write(&world.folder, path, slice_text(text));
}

static int64_t latest(void)
{
    CHECK_OK(import_ages(&world.work, &world.err), world.err);
    return world.work.latest ? world.work.latest[0] : 0;
}

static enum err_code check(int64_t created)
{
    struct signed_manifest *manifest = &world.contents.bundle.manifests[0];

    manifest->manifest.created = created;
    return import_check_age(&world.work, manifest, &world.err);
}

TEST(import_ages_are_those_of_the_newest)
{
    begin();
    CHECK_NUMBER(MANIFEST_TIME_NONE, latest());
    put(A64 ".json", RECEIPT("v2.2.0", "\"" LATER "\""));
    CHECK_NUMBER(1730851199, latest());
    put(B64 ".json", RECEIPT("v2.2.0", "\"" EARLIER "\""));
    CHECK_NUMBER(1730851199, latest());
    put(B64 ".json", RECEIPT("v2.3.0", "\"2099-01-01T00:00:00Z\""));
    CHECK_NUMBER(1730851199, latest());
    import_world_end(&world);
}

/* Only what is named as this program names receipts is one. */
TEST(import_ages_pass_over_other_files)
{
    static const char *const names[] = {A64 ".json.tmp",
                                        A64,
                                        "a" A64 ".json",
                                        A64 ".jsonx",
                                        "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json",
                                        ".json",
                                        "notes.json",
                                        A64 "xjson"};

    begin();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put(names[i], "not a receipt");
    CHECK_NUMBER(MANIFEST_TIME_NONE, latest());
    import_world_end(&world);
}

TEST(import_ages_refuse_receipts_that_are_none)
{
    begin();
    put(A64 ".json", "{}");
    CHECK_NUMBER(ERR_FORMAT, import_ages(&world.work, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg),
                       import_world_message(&world, "/.sealift/receipts")));
    CHECK(strstr(world.err.msg, A64 ".json: "));
    CHECK(remove(temp_path(&world.folder, RECEIPTS A64 ".json")) == 0);
    CHECK(symlink("/dev/null", temp_path(&world.folder, RECEIPTS A64 ".json")) == 0);
    CHECK_NUMBER(ERR_POLICY, import_ages(&world.work, &world.err));
    import_world_end(&world);
}

TEST(import_check_age_refuses_what_is_older)
{
    begin();
    put(A64 ".json", RECEIPT("v2.2.0", "\"" LATER "\""));
    CHECK_NUMBER(1730851199, latest());
    CHECK_OK(check(1730851199), world.err);
    CHECK_OK(check(1730851200), world.err);
    CHECK_ERR(ERR_POLICY,
              "the bundle was made at " EARLIER ", and one of v2.2.0 that was imported before was "
              "made at " LATER
              ": it would take back what that one changed; --allow-rollback takes it "
              "nevertheless",
              check(1730851198), world.err);
    CHECK_ERR(
        ERR_POLICY,
        "the bundle was made nobody knows when, and one of v2.2.0 that was imported before was "
        "made at " LATER ": it would take back what that one changed; --allow-rollback takes it "
        "nevertheless",
        check(MANIFEST_TIME_NONE), world.err);
    CHECK_NUMBER(0, world.result.decision_count);
    import_world_end(&world);
}

/* Told to, it goes back, and says so. */
TEST(import_check_age_may_be_overruled)
{
    static const char want[] =
        "the bundle was made at " EARLIER ", and one of v2.2.0 that was "
        "imported before was made at " LATER ": it would take back what that one changed";

    begin();
    put(A64 ".json", RECEIPT("v2.2.0", "\"" LATER "\""));
    CHECK_NUMBER(1730851199, latest());
    world.settings.allow_rollback = true;
    CHECK_OK(check(1730851198), world.err);
    CHECK_NUMBER(1, world.result.decision_count);
    CHECK_TEXT(want, slice_text(world.result.decisions[0]));
    CHECK_NUMBER(1, world.heard.warnings);
    import_world_end(&world);
}

TEST(import_check_age_of_what_was_never_there)
{
    begin();
    CHECK_NUMBER(MANIFEST_TIME_NONE, latest());
    CHECK_OK(check(MANIFEST_TIME_NONE), world.err);
    CHECK_OK(check(0), world.err);
    import_world_end(&world);
}

/* Each manifest is compared with the bundles of its own uid. */
TEST(import_check_age_goes_by_uid)
{
    struct signed_manifest *manifests;

    begin();
    manifests = arena_array(world.work.arena, 2, sizeof *manifests, &world.err);
    manifests[0] = manifests[1] = world.contents.bundle.manifests[0];
    CHECK_OK(uid_parse(SLICE("v2.3.0"), &manifests[1].manifest.uid, &world.err), world.err);
    manifests[0].manifest.created = manifests[1].manifest.created = 1730851198;
    world.contents.bundle.manifests = manifests;
    world.contents.bundle.count = 2;
    put(A64 ".json", RECEIPT("v2.3.0", "\"" LATER "\""));
    CHECK_NUMBER(MANIFEST_TIME_NONE, latest());
    CHECK_OK(import_check_age(&world.work, &manifests[0], &world.err), world.err);
    CHECK_NUMBER(ERR_POLICY, import_check_age(&world.work, &manifests[1], &world.err));
    import_world_end(&world);
}
