#include <stdio.h>
#include <string.h>

#include "bundle/publish/gcp_plan.h"
#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define DIGEST "0707070707070707070707070707070707070707070707070707070707070707"
#define NAME "\"name\":\"img\","
#define STATUS "\"status\":\"READY\","
#define TEXTS "\"description\":\"raw image sha256:" DIGEST "\",\"architecture\":\"ARM64\","
#define FAMILY "\"family\":\"fam\","
#define SIZE "\"diskSizeGb\":\"3\","
#define FEATURES "\"guestOsFeatures\":[{\"type\":\"GVNIC\"},{\"type\":\"UEFI_COMPATIBLE\"}],"
#define SOURCE(url) "\"rawDisk\":{\"source\":\"" url "\"}"
#define KEYS \
    ",\"shieldedInstanceInitialState\":{\"pk\":{\"content\":\"MQ==\"},\"keks\":[{\"content\":\"-_8\"}]," \
    "\"dbs\":[{\"content\":\"Mg==\"},{\"content\":\"Mw==\"}]}"
#define GOOD "{" NAME STATUS TEXTS FAMILY SIZE FEATURES SOURCE("") KEYS "}"

struct world {
    struct arena arena;
    struct gcp_request request;
    struct gcp_plan plan;
    struct secure_boot keys;
    struct err err;
};

static void begin(struct world *world, bool has_keys)
{
    memset(world, 0, sizeof *world);
    arena_init_heap(&world->arena, 1 << 20);
    world->keys = (struct secure_boot){.keys = {{.role = SECURE_BOOT_PK, .der = SLICE("1")},
                                                {.role = SECURE_BOOT_KEK, .der = SLICE("\xfb\xff")},
                                                {.role = SECURE_BOOT_DB, .der = SLICE("3")},
                                                {.role = SECURE_BOOT_DB, .der = SLICE("2")}},
                                       .count = 4};
    world->request = (struct gcp_request){.project = "my-project",
                                          .name = "img",
                                          .family = "fam",
                                          .bucket = "b-1",
                                          .location = "EU",
                                          .architecture = "aarch64",
                                          .folder = "w",
                                          .disk_size = (uint64_t)3 << 30,
                                          .keys = has_keys ? &world->keys : NULL};
    memset(world->request.digest, 7, SHA256_SIZE);
    CHECK_OK(gcp_plan_make(&world->request, &world->arena, &world->plan, &world->err), world->err);
}

/* --- Image ---------------------------------------------------------------------------------------- */

static enum err_code image(const char *json, bool has_keys, struct err *err)
{
    struct world world;
    enum err_code rc;

    begin(&world, has_keys);
    rc = gcp_answer_image(&world.plan, slice_text(json), &world.arena, err);
    arena_clear(&world.arena);
    return rc;
}

TEST(gcp_answer_takes_the_image_that_was_asked_for)
{
    static const char *const sources[] = {
        "", "gs://b-1/img-0707070707070707.tar.gz", "https://h/b-1/img-0707070707070707.tar.gz",
        "https://h/storage/v1/b/b-1/o/img-0707070707070707.tar.gz"};
    struct err err;

    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        char json[1024];

        snprintf(json, sizeof json, "{" NAME STATUS TEXTS FAMILY SIZE FEATURES SOURCE("%s") KEYS "}",
                 sources[i]);
        CHECK_OK(image(json, true, &err), err);
    }
    CHECK_OK(image("{" NAME STATUS TEXTS FAMILY FEATURES "\"x\":1}", false, &err), err);
    CHECK_OK(image("{" NAME STATUS TEXTS FAMILY FEATURES "\"deprecated\":{\"state\":\"ACTIVE\"}}", false,
                   &err), err);
}

struct row {
    enum err_code code;
    const char *json;
    const char *msg;
    bool has_keys;
};

static const struct row rows[] = {
    {ERR_POLICY, "{\"name\":\"img-debug\"," STATUS TEXTS FAMILY FEATURES "\"x\":1}",
     "its name is \"img-debug\", want img", false},
    {ERR_POLICY, "{" NAME STATUS "\"architecture\":\"ARM64\"," FAMILY FEATURES "\"x\":1}",
     "its description is nothing, want raw image sha256:" DIGEST, false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FEATURES "\"x\":1}", "its family is nothing, want fam", false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY "\"guestOsFeatures\":[{\"type\":\"GVNIC\"}]}",
     "lacks the guest feature UEFI_COMPATIBLE", false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY "\"guestOsFeatures\":[{\"type\":\"GVNIC\"},"
     "{\"type\":\"UEFI_COMPATIBLE\"},{\"type\":\"SEV_LIVE_MIGRATABLE\"}]}",
     "has the guest feature \"SEV_LIVE_MIGRATABLE\"", false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY "\"diskSizeGb\":\"4\"," FEATURES "\"x\":1}",
     "has \"4\" GiB, want 3", false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY FEATURES
     SOURCE("gs://xb-1/img-0707070707070707.tar.gz") "}",
     "was made of \"gs://xb-1/img-0707070707070707.tar.gz\", want "
     "gs://b-1/img-0707070707070707.tar.gz", false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY FEATURES "\"x\":1" KEYS "}",
     "its Secure Boot PK is another; its Secure Boot KEKs are others; its Secure Boot db is another",
     false},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY FEATURES "\"x\":1}",
     "its Secure Boot PK is another; its Secure Boot KEKs are others; its Secure Boot db is another",
     true},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY FEATURES
     "\"shieldedInstanceInitialState\":{\"pk\":{\"content\":\"Mg==\"},\"keks\":[{\"content\":\"+/8=\"},"
     "{\"content\":\"MQ==\"}],\"dbs\":[{\"content\":\"Mg==\"},{\"content\":\"Mg==\"}],"
     "\"dbxs\":[{\"content\":\"MQ==\"}]}}",
     "its Secure Boot PK is another; its Secure Boot KEKs are others; its Secure Boot db is another; has "
     "a Secure Boot dbx", true},
    {ERR_POLICY, "{" NAME STATUS TEXTS FAMILY FEATURES "\"deprecated\":{\"state\":\"OBSOLETE\"}}",
     "is marked as \"OBSOLETE\"", false},
    {ERR_TOOL, "{" NAME "\"status\":\"PENDING\"," TEXTS FAMILY FEATURES "\"x\":1}",
     "image img: is still being made: run the same command again in a while", false},
    {ERR_TOOL, "{" NAME TEXTS FAMILY FEATURES "\"x\":1}",
     "image img: its status is nothing, want READY: delete it (gcloud compute images delete img "
     "--project=my-project) and run the same command again", false},
    {ERR_TOOL, "[]", "gcloud's answer on image img: have a list, want an object", false},
    {ERR_TOOL, "{", NULL, false},
    {ERR_TOOL, "", NULL, false},
};

TEST(gcp_answer_names_each_difference_of_an_image)
{
    struct err err;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_ERR(rows[i].code, rows[i].msg, image(rows[i].json, rows[i].has_keys, &err), err);
}

TEST(gcp_answer_wants_no_family_where_none_was_asked_for)
{
    struct world world;

    begin(&world, false);
    world.request.family = NULL;
    CHECK_ERR(ERR_POLICY, "its family is \"fam\", want none",
              gcp_answer_image(&world.plan, SLICE("{" NAME STATUS TEXTS FAMILY FEATURES "\"x\":1}"),
                               &world.arena, &world.err),
              world.err);
    arena_clear(&world.arena);
}

/* --- Object --------------------------------------------------------------------------------------- */

static enum err_code object(const char *json, const char **generation, struct world *world)
{
    const struct gcp_object want = {.size = 12, .md5 = "0123456789abcde"};

    begin(world, false);
    return gcp_answer_object(&world->plan, &want, slice_text(json), &world->arena, generation,
                             &world->err);
}

#define MD5 "\"md5_hash\":\"MDEyMzQ1Njc4OWFiY2RlAA==\""
#define OTHER "object gs://b-1/img-0707070707070707.tar.gz is another one: delete it (gcloud storage rm " \
              "gs://b-1/img-0707070707070707.tar.gz), or take another --bucket: "

TEST(gcp_answer_takes_the_object_that_is_equal)
{
    static const char *const good[] = {"{\"size\":12,\"generation\":\"17\"," MD5 "}",
                                       "{\"size\":\"12\",\"generation\":17," MD5 "}"};

    for (size_t i = 0; i < 2; i++) {
        const char *generation;
        struct world world;

        CHECK_OK(object(good[i], &generation, &world), world.err);
        CHECK_TEXT("17", slice_text(generation));
        arena_clear(&world.arena);
    }
}

TEST(gcp_answer_names_each_difference_of_an_object)
{
    static const struct row bad[] = {
        {ERR_POLICY, "{\"size\":13,\"generation\":\"17\"," MD5 "}", OTHER "has 13 bytes, the archive 12",
         false},
        {ERR_POLICY, "{\"size\":12,\"generation\":\"17\"}",
         OTHER "has no MD5 to be compared (it was put together of parts)", false},
        {ERR_POLICY, "{\"size\":12,\"generation\":\"17\",\"md5_hash\":\"MDEyMzQ1Njc4OWFiY2RlAQ==\"}",
         OTHER "its MD5 is another than the archive's", false},
        {ERR_POLICY, "{\"size\":12,\"generation\":\"17\",\"md5_hash\":\"MDEy\"}",
         OTHER "its MD5 is another than the archive's", false},
        {ERR_POLICY, "{\"size\":12,\"generation\":\"17\",\"md5_hash\":5}",
         OTHER "its MD5 is another than the archive's", false},
        {ERR_TOOL, "{\"generation\":\"17\"," MD5 "}",
         "gcloud's answer on object gs://b-1/img-0707070707070707.tar.gz: has no size or generation", false},
        {ERR_TOOL, "{\"size\":-1,\"generation\":\"17\"," MD5 "}", NULL, false},
        {ERR_TOOL, "{\"size\":12," MD5 "}", NULL, false},
        {ERR_TOOL, "null", NULL, false},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *generation;
        struct world world;

        CHECK_ERR(bad[i].code, bad[i].msg, object(bad[i].json, &generation, &world), world.err);
        CHECK(generation == NULL);
        arena_clear(&world.arena);
    }
}

/* --- Bucket and absence --------------------------------------------------------------------------- */

TEST(gcp_answer_compares_the_bucket)
{
    static const struct row answers[] = {
        {ERR_OK, "{\"name\":\"b-1\",\"location\":\"eu\"}", NULL, false},
        {ERR_POLICY, "{\"name\":\"b-1\",\"location\":\"US\"}",
         "bucket b-1: lies in \"US\", want EU: choose another --bucket", false},
        {ERR_POLICY, "{\"name\":\"b-11\",\"location\":\"EU\"}", "bucket b-1: its name is \"b-11\"", false},
        {ERR_POLICY, "{\"name\":\"b-1\"}", NULL, false},
        {ERR_TOOL, "x", NULL, false},
    };

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct world world;

        begin(&world, false);
        CHECK_ERR(answers[i].code, answers[i].msg,
                  gcp_answer_bucket(&world.plan, slice_text(answers[i].json), &world.arena,
                                    &world.err), world.err);
        world.request.location = NULL;
        if (i == 1)
            CHECK_OK(gcp_answer_bucket(&world.plan, slice_text(answers[i].json), &world.arena,
                                       &world.err),
                     world.err);
        arena_clear(&world.arena);
    }
}

TEST(gcp_answer_takes_no_other_thing_for_absent)
{
    struct world world;

    begin(&world, false);
    CHECK(gcp_absent_image(&world.plan, SLICE("'projects/p/global/images/img' was not found")));
    CHECK(!gcp_absent_image(&world.plan, SLICE("'projects/p/global/images/img-2' was not found")));
    CHECK(!gcp_absent_image(&world.plan, SLICE("'projects/p/global/images/ximg' was not found")));
    CHECK(!gcp_absent_image(&world.plan, SLICE("'projects/p' was not found")));
    CHECK(gcp_absent_bucket(&world.plan, SLICE("gs://b-1 not found: 404.")));
    CHECK(!gcp_absent_bucket(&world.plan, SLICE("gs://b-11 not found: 404.")));
    CHECK(!gcp_absent_bucket(&world.plan, SLICE("gs://b-1/x not found: 404.")));
    CHECK(gcp_absent_object(&world.plan,
                            SLICE("gs://b-1/img-0707070707070707.tar.gz not found: 404.")));
    CHECK(!gcp_absent_object(&world.plan, SLICE("gs://b-1 not found: 404.")));
    CHECK(!gcp_absent_object(&world.plan, SLICE("")));
    arena_clear(&world.arena);
}
