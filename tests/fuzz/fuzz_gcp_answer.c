/*
 * fuzz_gcp_answer.c - what gcloud answers on image, object and bucket: any text is judged, and an
 * image or object that is taken over has the texts that it must have.
 */
#include <string.h>

#include "bundle/publish/gcp_plan.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static bool contains(struct slice text, const char *want)
{
    return text.len && memmem(text.ptr, text.len, want, strlen(want)) != NULL;
}

static void check_code(enum err_code rc)
{
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_POLICY || rc == ERR_TOOL || rc == ERR_LIMIT);
}

static void check_object(const struct gcp_plan *plan, struct slice text, struct arena *arena)
{
    const struct gcp_object want = {.size = 12, .md5 = "0123456789abcde"};
    const char *generation;
    struct err err;
    enum err_code rc = gcp_answer_object(plan, &want, text, arena, &generation, &err);

    check_code(rc);
    FUZZ_CHECK((rc == ERR_OK) == (generation != NULL));
}

static void check_all(const struct gcp_plan *plan, struct slice text, struct arena *arena)
{
    struct err err;
    enum err_code rc = gcp_answer_image(plan, text, arena, &err);

    check_code(rc);
    FUZZ_CHECK(rc != ERR_OK || contains(text, "status"));
    check_code(gcp_answer_bucket(plan, text, arena, &err));
    check_object(plan, text, arena);
    FUZZ_CHECK(!gcp_absent_image(plan, text) || contains(text, "was not found"));
    FUZZ_CHECK(!gcp_absent_object(plan, text) || contains(text, "not found: 404"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct secure_boot keys = {.keys = {{.role = SECURE_BOOT_PK, .der = SLICE("1")},
                                              {.role = SECURE_BOOT_KEK, .der = SLICE("2")},
                                              {.role = SECURE_BOOT_DB, .der = SLICE("3")}},
                                     .count = 3};
    const struct gcp_request request = {.project = "my-project",
                                        .name = "img",
                                        .architecture = "x86_64",
                                        .folder = "w",
                                        .location = "EU",
                                        .disk_size = (uint64_t)1 << 30,
                                        .keys = size % 2 ? &keys : NULL};
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)256 << 20);
    FUZZ_CHECK(gcp_plan_make(&request, &arena, &plan, &err) == ERR_OK);
    check_all(&plan, slice_of(data, size), &arena);
    arena_clear(&arena);
    return 0;
}
