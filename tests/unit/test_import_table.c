#include "bundle/import/import_table.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define UID "\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\""
#define PATH "images/v2.2.0/qemu.raw"
#define TABLE(aws, qemu) "{" UID ",\"aws\":{" aws "},\"qemu\":\"" qemu "\"}"
#define CARRIED TABLE("\"r1\":\"ami-1\"", "https://cdn.example/q.raw")

struct world {
    struct layer layer;
    struct manifest manifest;
    struct import_table_question question;
    struct import_table table;
    struct arena arena;
    struct err err;
};

static void begin(struct world *world, const char *carried)
{
    memset(world, 0, sizeof *world);
    world->layer.kind = LAYER_IMAGE_ZSTD;
    world->layer.csp = CSP_QEMU;
    world->layer.title = SLICE(PATH ".zst");
    world->manifest.layers = &world->layer;
    world->manifest.layer_count = 1;
    world->question.manifest = &world->manifest;
    world->question.carried = slice_text(carried);
    arena_init_heap(&world->arena, (size_t)64 << 20);
}

static enum err_code ask(struct world *world)
{
    return import_table(&world->question, &world->arena, &world->table, &world->err);
}

/* What came of it is there now. */
static void take(struct world *world)
{
    if (world->table.needs_upstream) {
        world->question.upstream = world->question.carried;
        world->question.has_upstream = true;
    }
    world->question.present = world->table.bytes;
    world->question.is_there = true;
}

static void check_unchanged(struct world *world)
{
    CHECK_OK(ask(world), world->err);
    CHECK(!world->table.is_new);
    CHECK(slice_equal(world->table.bytes, world->question.present));
}

static bool has(const struct world *world, const char *text)
{
    return memmem(world->table.bytes.ptr, world->table.bytes.len, text, strlen(text)) != NULL;
}

TEST(import_table_stays_as_carried)
{
    struct world world;

    begin(&world, CARRIED);
    CHECK_OK(ask(&world), world.err);
    CHECK_TEXT(CARRIED, world.table.bytes);
    CHECK(world.table.is_new && world.table.is_carried && world.table.has_uid);
    CHECK(!world.table.needs_upstream);
    take(&world);
    check_unchanged(&world);
    CHECK(world.table.is_carried && !world.table.needs_upstream);
    arena_clear(&world.arena);
}

TEST(import_table_points_at_the_site)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.base_url = SLICE("https://site.example");
    CHECK_OK(ask(&world), world.err);
    CHECK(world.table.is_new && !world.table.is_carried && world.table.needs_upstream);
    CHECK(has(&world, "\"https://site.example/" PATH "\"") && has(&world, "\"ami-1\""));
    take(&world);
    check_unchanged(&world);
    world.question.base_url = slice_of(NULL, 0); /* later, without one: it stays */
    check_unchanged(&world);
    world.question.base_url = SLICE("https://moved.example");
    CHECK_OK(ask(&world), world.err);
    CHECK(world.table.is_new && has(&world, "https://moved.example/" PATH));
    take(&world);
    world.question.carried = SLICE(TABLE("\"r1\":\"ami-1\",\"r2\":\"ami-2\"", "https://cdn2.example/q.raw"));
    world.question.base_url = slice_of(NULL, 0);
    CHECK_OK(ask(&world), world.err);
    CHECK(has(&world, "\"ami-2\"") && has(&world, "https://moved.example/" PATH));
    arena_clear(&world.arena);
}

TEST(import_table_rewrites_after_a_run_that_left_no_upstream)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.base_url = SLICE("https://site.example");
    CHECK_OK(ask(&world), world.err);
    world.question.present = world.table.bytes;
    world.question.is_there = true;
    check_unchanged(&world);
    CHECK(world.table.needs_upstream);
    arena_clear(&world.arena);
}

TEST(import_table_without_an_image_stays_as_carried)
{
    struct world world;

    begin(&world, CARRIED);
    world.manifest.layer_count = 0;
    world.question.base_url = SLICE("https://site.example");
    CHECK_OK(ask(&world), world.err);
    CHECK(world.table.is_carried && !world.table.needs_upstream);
    CHECK_TEXT(CARRIED, world.table.bytes);
    arena_clear(&world.arena);
}

TEST(import_table_merges_what_is_added)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.is_there = true;
    world.question.present = SLICE(TABLE("\"own\":\"ami-9\",\"r1\":\"ami-1\"", "https://cdn.example/q.raw"));
    check_unchanged(&world);
    CHECK(world.table.needs_upstream && !world.table.is_carried);
    take(&world);
    world.question.carried = SLICE(TABLE("\"r1\":\"ami-1\",\"r2\":\"ami-2\"", "https://cdn.example/q.raw"));
    CHECK_OK(ask(&world), world.err);
    CHECK(world.table.is_new);
    CHECK(has(&world, "\"ami-9\"") && has(&world, "\"ami-2\"") && has(&world, "\"ami-1\""));
    take(&world);
    check_unchanged(&world);
    arena_clear(&world.arena);
}

TEST(import_table_keeps_what_the_site_changed)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.is_there = world.question.has_upstream = true;
    world.question.upstream = SLICE(CARRIED);
    world.question.present = SLICE(TABLE("\"r1\":\"ami-mine\"", "https://cdn.example/q.raw"));
    check_unchanged(&world);
    arena_clear(&world.arena);
}

TEST(import_table_refuses_conflicts_or_gives_way)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.is_there = true;
    world.question.present = SLICE(TABLE("\"r1\":\"ami-7\",\"own\":\"ami-9\"", "https://mine.example/q.raw"));
    CHECK_ERR(ERR_POLICY, "the repository's and the bundle's differ: aws aws-nitro-tpm r1: have \"ami-7\" "
              "and \"ami-1\"; qemu qemu-vtpm: have \"https://mine.example/q.raw\" and "
              "\"https://cdn.example/q.raw\"; --replace takes the bundle's", ask(&world), world.err);
    CHECK(world.table.bytes.ptr == NULL && !world.table.is_new);
    world.question.replace = true;
    CHECK_OK(ask(&world), world.err);
    CHECK(world.table.is_new && has(&world, "\"ami-1\"") && has(&world, "https://cdn.example/q.raw"));
    CHECK(has(&world, "\"ami-9\"") && !has(&world, "ami-7") && !has(&world, "mine.example"));
    take(&world);
    check_unchanged(&world);
    arena_clear(&world.arena);
}

TEST(import_table_gives_way_with_its_base_url)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.is_there = world.question.replace = true;
    world.question.present = SLICE(TABLE("\"r1\":\"ami-7\"", "https://mine.example/q.raw"));
    world.question.base_url = SLICE("https://site.example");
    CHECK_OK(ask(&world), world.err);
    CHECK(has(&world, "\"ami-1\"") && has(&world, "https://site.example/" PATH));
    arena_clear(&world.arena);
}

TEST(import_table_gives_way_where_members_differ)
{
    struct world world;

    begin(&world, "{" UID ",\"note\":\"theirs\"}");
    world.question.is_there = true;
    world.question.present = SLICE("{" UID ",\"note\":\"ours\",\"more\":1}");
    CHECK_ERR(ERR_POLICY, NULL, ask(&world), world.err);
    world.question.replace = true;
    CHECK_OK(ask(&world), world.err);
    CHECK(has(&world, "\"theirs\"") && has(&world, "\"more\"") && !has(&world, "\"ours\""));
    arena_clear(&world.arena);
}

TEST(import_table_names_the_table_that_is_wrong)
{
    struct world world;

    begin(&world, CARRIED);
    world.question.is_there = true;
    world.question.present = SLICE("[]");
    CHECK_ERR(ERR_FORMAT, "the table that is there: line 1: have a list, want an object: this is no "
              "lookup table", ask(&world), world.err);
    world.question.present = SLICE(CARRIED);
    world.question.has_upstream = true;
    world.question.upstream = SLICE("[]");
    CHECK_ERR(ERR_FORMAT, "its .upstream: line 1: have a list, want an object: this is no lookup table",
              ask(&world), world.err);
    world.question.has_upstream = false;
    world.question.present = SLICE("{\"version\":\"v2.3.0\"}");
    CHECK_ERR(ERR_FORGED, NULL, ask(&world), world.err);
    arena_clear(&world.arena);
}

TEST(import_table_says_whether_it_can_be_signed)
{
    struct world world;

    begin(&world, "{\"gcp\":\"x\"}");
    CHECK_OK(ask(&world), world.err);
    CHECK(!world.table.has_uid);
    arena_clear(&world.arena);
}
