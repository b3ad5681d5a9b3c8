#include "bundle/import/table_signatures.h"

#include <string.h>

#include "tests/unit/import_world.h"

#define SIG CONTENTS_TABLE ".sig"
#define SIGSTORE CONTENTS_TABLE ".sigstore.json"
#define UPSTREAM CONTENTS_TABLE UPSTREAM_SUFFIX
#define P256_OTHER "7aaf454474cb014e" /* of keys[1] */
#define NEW "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\"}"

static struct import_world world;
static struct table_work table;

/* The table is as carried and new; is_signed: the bundle has a signature of it. */
static void begin(bool is_signed)
{
    import_world_begin(&world);
    if (is_signed)
        contents_sign(&world.contents, CONTENTS_TABLE, SIG, 1);
    import_world_open(&world);
    table = (struct table_work){.carried = import_world_carried(&world, CONTENTS_TABLE),
                                .name = CONTENTS_TABLE,
                                .upstream = UPSTREAM};
    table.table = (struct import_table){.bytes = table.carried->bytes,
                                        .is_new = true,
                                        .is_carried = true,
                                        .has_uid = true};
}

/* The repository's own entries are in it, too: no longer the bundle's bytes. */
static void change(void)
{
    table.table.bytes = SLICE(NEW);
    table.table.is_carried = false;
    table.table.needs_upstream = true;
}

static void sign_with(size_t count)
{
    static const char *const names[] = {"a.key", "b.key"};
    static struct privkey keys[2];

    for (size_t i = 0; i < 2; i++)
        keys[i] = world.contents.world.keys[i].private;
    world.settings.table_keys = keys;
    world.settings.table_key_names = names;
    world.settings.table_key_count = count;
}

static enum err_code run(void)
{
    import_world_again(&world);
    return table_signatures(&world.work, &table, &world.err);
}

static void check_refused(const char *want)
{
    char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s/repo/%s", world.folder.path, want);
    CHECK_ERR(ERR_POLICY, message, run(), world.err);
}

/* That the placement is a signature of bytes by keys[number]. */
static void check_signed(const char *name, size_t number, struct slice bytes)
{
    const struct placement *placement = import_world_find(&world, name);
    struct signature signature;
    uint8_t digest[SHA256_SIZE];

    sha256_of(bytes, digest);
    CHECK_NUMBER(PLACE_TABLE_SIGNATURE, placement->kind);
    CHECK_OK(signature_parse(placement->bytes, &world.contents.world.arena, &signature, &world.err),
             world.err);
    CHECK_OK(signature_check(&signature, &world.contents.world.keys[number].private.public, digest,
                             &world.err),
             world.err);
}

TEST(table_signatures_of_a_table_as_carried_stay_beside_it)
{
    begin(true);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1, world.result.placements.count);
    CHECK_NUMBER(PLACEMENT_ADD, import_world_find(&world, SIG)->action);
    check_signed(SIG, 1, table.carried->bytes);
    import_world_end(&world);
}

TEST(table_signatures_of_a_changed_table_go_to_its_upstream)
{
    begin(true);
    change();
    sign_with(1);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(3, world.result.placements.count);
    CHECK_NUMBER(PLACE_UPSTREAM, import_world_find(&world, UPSTREAM ".sig")->kind);
    check_signed(SIG, 0, SLICE(NEW));
    check_signed(SIGSTORE, 0, SLICE(NEW));
    import_world_end(&world);
}

TEST(table_signatures_are_not_lost)
{
    begin(true);
    change();
    check_refused(CONTENTS_TABLE ": it is signed, and putting the bundle's entries into it changes it: "
                  "give --table-sign-key FILE, a key of this site, to sign it anew");
    world.settings.base_url = SLICE("https://site.example");
    check_refused(CONTENTS_TABLE ": it is signed, and --base-url changes it: give --table-sign-key "
                  "FILE, a key of this site, to sign it anew");
    import_world_end(&world);
    begin(false); /* only the repository's is signed */
    change();
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(0, world.result.placements.count);
    temp_write(&world.folder, "repo/" CONTENTS_TABLE ".0123456789abcdef.sig", SLICE("mine"));
    CHECK_NUMBER(ERR_POLICY, run());
    table.table.is_new = false;
    CHECK_OK(run(), world.err);
    import_world_end(&world);
}

TEST(table_signatures_need_a_uid_to_sign)
{
    begin(false);
    sign_with(1);
    table.table.has_uid = false;
    check_refused(CONTENTS_TABLE ": it carries no ref, stream and version, so that a signature of it "
                  "would fit any version: import without --table-sign-key");
    import_world_end(&world);
}

TEST(table_signatures_of_the_bundle_give_way_to_the_repositorys)
{
    begin(true);
    table.is_there = true;
    table.table.is_new = false;
    temp_write(&world.folder, "repo/" SIG, SLICE("mine"));
    check_refused(SIG ": another signature is there than the bundle's; --replace takes the bundle's");
    world.settings.replace = true;
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, SIG)->action);
    world.settings.replace = false;
    temp_write(&world.folder, "repo/" SIG, contents_find(&world.contents, SIG)->bytes);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(PLACEMENT_KEEP, import_world_find(&world, SIG)->action);
    import_world_end(&world);
}

/* An older table's; and what .upstream has is always the bundle's. */
TEST(table_signatures_that_are_there_give_way_to_a_new_tables)
{
    begin(true);
    table.is_there = true;
    temp_write(&world.folder, "repo/" SIG, SLICE("old"));
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, SIG)->action);
    change();
    table.table.is_new = false;
    temp_write(&world.folder, "repo/" UPSTREAM ".sig", SLICE("old"));
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, UPSTREAM ".sig")->action);
    import_world_end(&world);
}

TEST(table_signatures_have_names_as_sign_gives_them)
{
    begin(false);
    sign_with(2);
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(4, world.result.placements.count);
    check_signed(SIG, 0, table.table.bytes);
    check_signed(SIGSTORE, 0, table.table.bytes);
    check_signed(CONTENTS_TABLE "." P256_OTHER ".sig", 1, table.table.bytes);
    check_signed(CONTENTS_TABLE "." P256_OTHER ".sigstore.json", 1, table.table.bytes);
    import_world_end(&world);
}

TEST(table_signatures_leave_the_first_names_to_the_bundle)
{
    begin(true);
    world.settings.table_keys = &world.contents.world.keys[1].private;
    world.settings.table_key_count = 1;
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(3, world.result.placements.count);
    check_signed(SIG, 1, table.carried->bytes);
    check_signed(CONTENTS_TABLE "." P256_OTHER ".sig", 1, table.carried->bytes);
    import_world_end(&world);
}

/* Of a table that stays as it is. */
TEST(table_signatures_take_the_first_names_where_they_are_free)
{
    begin(false);
    sign_with(1);
    table.is_there = true;
    table.table.is_new = false;
    CHECK_OK(run(), world.err);
    temp_write(&world.folder, "repo/" SIG, import_world_find(&world, SIG)->bytes);
    CHECK_OK(run(), world.err); /* its own: signing gives the same bytes */
    CHECK_NUMBER(PLACEMENT_KEEP, import_world_find(&world, SIG)->action);
    CHECK_NUMBER(PLACEMENT_ADD, import_world_find(&world, SIGSTORE)->action);
    temp_write(&world.folder, "repo/" SIG, SLICE("another's"));
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(2, world.result.placements.count);
    for (size_t i = 0; i < 2; i++)
        CHECK(strstr(world.result.placements.list[i].name, "." P256_OTHER) == NULL &&
              strcmp(world.result.placements.list[i].name, SIG) != 0);
    import_world_end(&world);
}

TEST(table_signatures_that_no_longer_fit_are_removed)
{
    begin(false);
    sign_with(1);
    change();
    table.is_there = true;
    temp_write(&world.folder, "repo/" SIG, SLICE("old"));
    temp_write(&world.folder, "repo/" CONTENTS_TABLE ".0123456789abcdef.sigstore.json", SLICE("old"));
    temp_write(&world.folder, "repo/" CONTENTS_TABLE ".notes", SLICE("stays"));
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(3, world.result.placements.count);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, SIG)->action);
    CHECK_NUMBER(PLACEMENT_ADD, import_world_find(&world, SIGSTORE)->action);
    CHECK_NUMBER(PLACEMENT_REMOVE,
                 import_world_find(&world, CONTENTS_TABLE ".0123456789abcdef.sigstore.json")->action);
    import_world_end(&world);
}
