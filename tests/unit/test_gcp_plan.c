#include "bundle/publish/gcp_plan.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define DIGEST "0707070707070707070707070707070707070707070707070707070707070707"

static struct gcp_request good(void)
{
    struct gcp_request request = {.project = "my-project",
                                  .name = "img",
                                  .architecture = "x86_64",
                                  .folder = "w",
                                  .disk_size = (uint64_t)1 << 30};

    memset(request.digest, 7, sizeof request.digest);
    return request;
}

static bool has_word(const struct command *command, const char *word)
{
    for (size_t i = 0; i < command->count; i++) {
        if (strcmp(command->words[i], word) == 0)
            return true;
    }
    return false;
}

TEST(gcp_plan_names_everything)
{
    struct gcp_request request = good();
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK_TEXT("my-project-sealift", slice_text(plan.bucket));
    CHECK_TEXT("gs://my-project-sealift/img-0707070707070707.tar.gz", slice_text(plan.object_url));
    CHECK_TEXT("w/img-0707070707070707.tar.gz", slice_text(plan.archive));
    CHECK_TEXT("w/my-project.img.making", slice_text(plan.making));
    CHECK_TEXT("raw image sha256:" DIGEST, slice_text(plan.description));
    CHECK_TEXT("projects/my-project/global/images/img", slice_text(plan.reference));
    CHECK(has_word(&plan.create_image, "--description=raw image sha256:" DIGEST));
    CHECK(has_word(&plan.create_image,
                   "--source-uri=gs://my-project-sealift/img-0707070707070707.tar.gz"));
    arena_clear(&arena);
}

TEST(gcp_plan_never_replaces_an_object)
{
    struct gcp_request request = good();
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK(has_word(&plan.upload, "--if-generation-match=0"));
    CHECK(has_word(&plan.create_bucket, "--uniform-bucket-level-access"));
    CHECK(has_word(&plan.create_bucket, "--location=US"));
    for (size_t i = 0; i < GCP_STEPS; i++) {
        CHECK(has_word(plan.steps[i].command, "--project=my-project"));
        CHECK_TEXT("gcloud", slice_text(plan.steps[i].command->words[0]));
        CHECK(plan.steps[i].command->words[plan.steps[i].command->count] == NULL);
    }
    arena_clear(&arena);
}

TEST(gcp_plan_gives_each_architecture_its_features)
{
    struct gcp_request request = good();
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK(has_word(&plan.create_image, "--guest-os-features=UEFI_COMPATIBLE,SEV_CAPABLE,"
                                       "SEV_SNP_CAPABLE,TDX_CAPABLE,GVNIC"));
    CHECK(has_word(&plan.create_image, "--architecture=X86_64"));
    request.architecture = "aarch64";
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK(has_word(&plan.create_image, "--guest-os-features=UEFI_COMPATIBLE,GVNIC"));
    CHECK(has_word(&plan.create_image, "--architecture=ARM64"));
    arena_clear(&arena);
}

TEST(gcp_plan_hands_on_options_and_keys)
{
    const struct secure_boot keys = {
        .keys = {{.role = SECURE_BOOT_DB}, {.role = SECURE_BOOT_PK}, {.role = SECURE_BOOT_KEK},
                 {.role = SECURE_BOOT_DB}},
        .count = 4};
    struct gcp_request request = good();
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    request.bucket = "b-1";
    request.location = "EU";
    request.family = "fam";
    request.keys = &keys;
    CHECK_OK(gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK(has_word(&plan.describe_bucket, "gs://b-1"));
    CHECK(has_word(&plan.create_bucket, "--location=EU"));
    CHECK(has_word(&plan.create_image, "--family=fam"));
    CHECK(has_word(&plan.create_image, "--platform-key-file=w/img-1-pk.der"));
    CHECK(has_word(&plan.create_image, "--key-exchange-key-file=w/img-2-kek.der"));
    CHECK(has_word(&plan.create_image, "--signature-database-file=w/img-0-db.der,w/img-3-db.der"));
    CHECK_TEXT("w/img-3-db.der", slice_text(plan.key_paths[3]));
    arena_clear(&arena);
}

TEST(gcp_plan_says_all_that_is_wrong_at_once)
{
    struct gcp_request request = good();
    struct gcp_plan plan;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    request.project = "x";
    request.name = "A";
    request.architecture = "arm";
    request.folder = "a\nb";
    CHECK_ERR(ERR_USAGE,
              "project \"x\": want 6 to 30 of a-z, 0-9 and -, a letter first, no - at the end; "
              "name \"A\": want 1 to 63 of a-z, 0-9 and -, a letter first, no - at the end; "
              "--work-dir \"a\\x0ab\": gcloud cannot be given a path with \"\\x0a\" in it; "
              "--arch \"arm\": want x86_64 or aarch64",
              gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK(plan.request == NULL && plan.create_image.count == 0);
    arena_clear(&arena);
}

TEST(gcp_plan_checks_what_is_known_so_far)
{
    const struct gcp_request early = {.project = "my-project"};
    const struct gcp_request bad = {.project = "my-project", .bucket = "B"};
    struct err err;

    CHECK_OK(gcp_plan_check(&early, &err), err);
    CHECK_ERR(ERR_USAGE, NULL, gcp_plan_check(&bad, &err), err);
}

TEST(gcp_plan_needs_memory)
{
    struct gcp_request request = good();
    struct gcp_plan plan;
    struct arena arena;
    char memory[64];
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL, gcp_plan_make(&request, &arena, &plan, &err), err);
    CHECK(plan.request == NULL);
}
