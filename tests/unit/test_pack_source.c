#include "bundle/pack/pack_source.h"

#include "tests/unit/pack_world.h"

#define V1 "constellation/v1/ref/-/stream/stable/v2.2.0/image/"
#define V2 "constellation/v2/ref/-/stream/stable/v2.2.0/image/"

static struct pack_world world;
static struct pack_repository repository;
static struct pack_csps csps;

static void begin(void)
{
    pack_world_begin(&world);
    world.policy.allow_unsigned = true;
    repository = (struct pack_repository){.source = &world.memory.source, .layout = -1};
    csps = (struct pack_csps){.wants = {[CSP_QEMU] = true, [CSP_GCP] = true}};
}

static enum err_code add(void)
{
    return pack_source_add(&repository, &csps, &world.policy, &world.release, &world.arena,
                           &world.err);
}

static enum err_code check(void)
{
    return pack_source_check(&world.release, &csps, &world.policy, &world.err);
}

static bool asked(const char *name)
{
    return memory_times_asked(&world.memory, name) > 0;
}

TEST(pack_join_puts_one_slash_between)
{
    pack_world_begin(&world);
    CHECK_TEXT("a/b", slice_text(pack_join("a", "b", &world.arena, &world.err)));
    CHECK_TEXT("a/b", slice_text(pack_join("a/", "b", &world.arena, &world.err)));
    CHECK_TEXT("/b", slice_text(pack_join("", "b", &world.arena, &world.err)));
    pack_world_end(&world);
}

TEST(pack_source_takes_all_layouts)
{
    begin();
    memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
    memory_put(&world.memory, V2 "info.json", SLICE(PACK_TABLE_TEXT));
    memory_put(&world.memory, PACK_MEASUREMENTS, SLICE(PACK_MEASUREMENTS_TEXT));
    CHECK_OK(add(), world.err);
    CHECK(world.release.tables[LAYOUT_RFC] && world.release.tables[LAYOUT_V2]);
    CHECK(!world.release.tables[LAYOUT_V1]);
    CHECK_NUMBER(3, world.release.count);
    CHECK_TEXT("https://cdn.example/" PACK_MEASUREMENTS,
               slice_text(world.release.infos[pack_world_item(&world, PACK_MEASUREMENTS)].place));
    CHECK(asked(V1 "info.json") && asked(V1 "csp/gcp/measurements.json"));
    CHECK(asked("measurements/gcp/v2.2.0/measurements.yaml") && asked(V2 "measurements.json"));
    CHECK(!asked("measurements/aws/v2.2.0/measurements.yaml"));
    CHECK_OK(check(), world.err);
    pack_world_end(&world);
}

TEST(pack_source_asks_one_layout_where_it_is_pinned)
{
    begin();
    repository.layout = LAYOUT_V2;
    memory_put(&world.memory, V2 "info.json", SLICE(PACK_TABLE_TEXT));
    CHECK_OK(add(), world.err);
    CHECK(!asked(PACK_TABLE) && !asked(V1 "info.json") && !asked(PACK_MEASUREMENTS));
    CHECK(asked(V2 "measurements.json"));
    pack_world_end(&world);
    begin();
    repository.layout = LAYOUT_RFC;
    memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
    CHECK_OK(add(), world.err);
    CHECK(asked(PACK_MEASUREMENTS) && !asked(V1 "csp/qemu/measurements.json"));
    CHECK(!asked(V2 "measurements.json"));
    pack_world_end(&world);
}

TEST(pack_source_needs_a_table)
{
    begin();
    CHECK_ERR(ERR_NOT_FOUND, "no lookup table of v2.2.0 in https://cdn.example", add(), world.err);
    memory_forbid(&world.memory, V1 "info.json");
    CHECK_ERR(ERR_IO,
              "https://cdn.example/" V1 "info.json: the server answers 403 (forbidden); no lookup "
              "table of v2.2.0 elsewhere",
              add(), world.err);
    memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
    CHECK_OK(add(), world.err); /* a bucket says 403 of what is not there */
    pack_world_end(&world);
}

TEST(pack_source_leaves_out_what_was_given)
{
    static struct table table;

    begin();
    world.release.tables[LAYOUT_V1] = &table;
    world.release.has_measurements[CSP_QEMU] = true;
    CHECK_OK(add(), world.err);
    CHECK(!asked(PACK_TABLE) && !asked(V2 "info.json") && !asked(PACK_MEASUREMENTS));
    CHECK(asked("measurements/gcp/v2.2.0/measurements.yaml") && asked(V2 "measurements.json"));
    world.release.has_measurements[CSP_GCP] = true;
    memory_init(&world.memory, "https://cdn.example");
    CHECK_OK(add(), world.err);
    CHECK_NUMBER(0, memory_log(&world.memory).len);
    pack_world_end(&world);
}

/* Measurements of one csp in an early layout do not count as given for the later ones. */
TEST(pack_source_takes_measurements_of_every_layout)
{
    begin();
    memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
    memory_put(&world.memory, PACK_MEASUREMENTS, SLICE(PACK_MEASUREMENTS_TEXT));
    CHECK_OK(add(), world.err);
    CHECK(asked(V1 "csp/qemu/measurements.json"));
    pack_world_end(&world);
}

TEST(pack_source_check_wants_what_was_named)
{
    begin();
    memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
    CHECK_OK(add(), world.err);
    CHECK_OK(check(), world.err);
    csps.are_named = true;
    CHECK_ERR(ERR_NOT_FOUND, "v2.2.0: nothing for csp gcp; there is: qemu", check(), world.err);
    world.release.has_measurements[CSP_GCP] = true;
    CHECK_OK(check(), world.err);
    csps.wants[CSP_AWS] = true;
    CHECK_ERR(ERR_NOT_FOUND, "v2.2.0: nothing for csp aws; there is: qemu", check(), world.err);
    pack_world_end(&world);
}

TEST(pack_source_check_wants_measurements)
{
    begin();
    CHECK_OK(check(), world.err);
    world.policy.allow_unsigned = false;
    CHECK_ERR(ERR_NO_KEY,
              "v2.2.0: there are no measurements: nothing signed would say what its images must be "
              "(--allow-unsigned packs it all the same)",
              check(), world.err);
    world.release.has_measurements[CSP_AZURE] = true;
    CHECK_OK(check(), world.err);
    pack_world_end(&world);
}
