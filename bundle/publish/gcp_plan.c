#include "bundle/publish/gcp_plan.h"

#include <stdio.h>
#include <string.h>

#include "bundle/publish/gcp_names.h"
#include "bundle/publish/problems.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"

#define OBJECT_DIGITS 16
#define FEATURES_X86_64 "UEFI_COMPATIBLE,SEV_CAPABLE,SEV_SNP_CAPABLE,TDX_CAPABLE,GVNIC"
#define FEATURES_AARCH64 "UEFI_COMPATIBLE,GVNIC"

/* --- What is asked for -------------------------------------------------------------------------- */

static void check_name(enum gcp_name kind, const char *what, const char *name,
                       struct problems *problems)
{
    if (name && !gcp_name_is(kind, name))
        problems_add(problems, ERR_USAGE, "%s %s: %s", what, quote(slice_text(name)).text,
                     gcp_name_rule(kind));
}

/* gcloud takes * ? [ in a path for a pattern, and a comma for the end of one. */
static void check_folder(const char *folder, struct problems *problems)
{
    for (const char *c = folder; *c; c++) {
        if (strchr("*?[],#^", *c) || (unsigned char)*c < ' ' || *c == 0x7f) {
            problems_add(problems, ERR_USAGE,
                         "--work-dir %s: gcloud cannot be given a path with %s in it",
                         quote(slice_text(folder)).text, quote(slice_of(c, 1)).text);
            return;
        }
    }
    if (folder[0] == '-')
        problems_add(problems, ERR_USAGE, "--work-dir %s: gcloud would take it for an option",
                     quote(slice_text(folder)).text);
}

enum err_code gcp_plan_check(const struct gcp_request *request, struct err *err)
{
    struct problems problems = {0};

    check_name(GCP_PROJECT, "project", request->project, &problems);
    check_name(GCP_BUCKET, "bucket", request->bucket, &problems);
    check_name(GCP_LOCATION, "location", request->location, &problems);
    check_name(GCP_FAMILY, "family", request->family, &problems);
    check_name(GCP_IMAGE, "name", request->name, &problems);
    if (request->folder)
        check_folder(request->folder, &problems);
    if (request->architecture && strcmp(request->architecture, "x86_64") != 0 &&
        strcmp(request->architecture, "aarch64") != 0)
        problems_add(&problems, ERR_USAGE, "--arch %s: want x86_64 or aarch64",
                     quote(slice_text(request->architecture)).text);
    return problems_done(&problems, err);
}

/* --- Texts --------------------------------------------------------------------------------------- */

static const char *role_file(enum secure_boot_role role)
{
    return role == SECURE_BOOT_PK ? "pk" : role == SECURE_BOOT_KEK ? "kek" : "db";
}

static void name_keys(struct gcp_plan *plan, struct arena *arena, struct err *err)
{
    const struct gcp_request *request = plan->request;

    for (size_t i = 0; request->keys && i < request->keys->count; i++) {
        char number[24];

        snprintf(number, sizeof number, "%zu", i);
        plan->key_paths[i] = JOIN(arena, err, request->folder, "/", request->name, "-", number, "-",
                                  role_file(request->keys->keys[i].role), ".der");
    }
}

static void make_texts(struct gcp_plan *plan, struct arena *arena, struct err *err)
{
    const struct gcp_request *request = plan->request;
    char digest[2 * SHA256_SIZE + 1], digits[OBJECT_DIGITS + 1], bucket[GCP_BUCKET_MAX + 1];

    hex_encode(request->digest, SHA256_SIZE, digest);
    snprintf(digits, sizeof digits, "%.*s", OBJECT_DIGITS, digest);
    gcp_bucket_of_project(request->project, bucket);
    plan->bucket = request->bucket ? request->bucket : JOIN(arena, err, bucket);
    plan->bucket_url = JOIN(arena, err, "gs://", plan->bucket);
    plan->object = JOIN(arena, err, request->name, "-", digits, ".tar.gz");
    plan->object_url = JOIN(arena, err, plan->bucket_url, "/", plan->object);
    plan->archive = JOIN(arena, err, request->folder, "/", plan->object);
    plan->making =
        JOIN(arena, err, request->folder, "/", request->project, ".", request->name, ".making");
    plan->architecture = strcmp(request->architecture, "x86_64") == 0 ? "X86_64" : "ARM64";
    plan->description = JOIN(arena, err, "raw image sha256:", digest);
    plan->reference =
        JOIN(arena, err, "projects/", request->project, "/global/images/", request->name);
    name_keys(plan, arena, err);
}

/* --- Commands ------------------------------------------------------------------------------------ */

static void make_bucket(struct gcp_plan *plan, struct arena *arena, struct err *err)
{
    const struct gcp_request *request = plan->request;

    command_begin(&plan->describe_bucket, WORDS("storage", "buckets", "describe", plan->bucket_url),
                  err);
    command_option(&plan->describe_bucket, "--project", request->project, arena, err);
    command_add(&plan->describe_bucket, "--format=json", err);
    command_begin(&plan->create_bucket, WORDS("storage", "buckets", "create", plan->bucket_url),
                  err);
    command_option(&plan->create_bucket, "--project", request->project, arena, err);
    command_option(&plan->create_bucket, "--location",
                   request->location ? request->location : GCP_LOCATION_DEFAULT, arena, err);
    command_add(&plan->create_bucket, "--uniform-bucket-level-access", err);
}

static void make_object(struct gcp_plan *plan, struct arena *arena, struct err *err)
{
    const struct gcp_request *request = plan->request;

    command_begin(&plan->describe_object, WORDS("storage", "objects", "describe", plan->object_url),
                  err);
    command_option(&plan->describe_object, "--project", request->project, arena, err);
    command_add(&plan->describe_object,
                "--format=json(size,md5_hash,crc32c_hash,custom_fields,generation)", err);
    command_begin(&plan->upload, WORDS("storage", "cp", plan->archive, plan->object_url), err);
    command_option(&plan->upload, "--project", request->project, arena, err);
    command_add(&plan->upload, "--if-generation-match=0", err);
}

/* "--kind=a.der,b.der" of all keys of a role. */
static void add_keys(struct gcp_plan *plan, enum secure_boot_role role, const char *option,
                     struct arena *arena, struct err *err)
{
    const struct secure_boot *keys = plan->request->keys;
    const char *word = NULL;

    for (size_t i = 0; i < keys->count; i++) {
        if (keys->keys[i].role == role)
            word = word ? JOIN(arena, err, word, ",", plan->key_paths[i])
                        : JOIN(arena, err, option, "=", plan->key_paths[i]);
    }
    if (word)
        command_add(&plan->create_image, word, err);
}

static void make_image(struct gcp_plan *plan, struct arena *arena, struct err *err)
{
    const struct gcp_request *request = plan->request;
    struct command *command = &plan->create_image;
    bool is_arm = strcmp(plan->architecture, "ARM64") == 0;

    command_begin(&plan->describe_image, WORDS("compute", "images", "describe", request->name),
                  err);
    command_option(&plan->describe_image, "--project", request->project, arena, err);
    command_add(&plan->describe_image, "--format=json", err);
    command_begin(command, WORDS("compute", "images", "create", request->name), err);
    command_option(command, "--project", request->project, arena, err);
    command_option(command, "--source-uri", plan->object_url, arena, err);
    command_option(command, "--guest-os-features", is_arm ? FEATURES_AARCH64 : FEATURES_X86_64,
                   arena, err);
    command_option(command, "--architecture", plan->architecture, arena, err);
    command_option(command, "--family", request->family, arena, err);
    command_option(command, "--description", plan->description, arena, err);
    if (request->keys) {
        add_keys(plan, SECURE_BOOT_PK, "--platform-key-file", arena, err);
        add_keys(plan, SECURE_BOOT_KEK, "--key-exchange-key-file", arena, err);
        add_keys(plan, SECURE_BOOT_DB, "--signature-database-file", arena, err);
    }
    command_add(command, "--format=json", err);
}

static void list_steps(struct gcp_plan *plan)
{
    const struct gcp_step steps[GCP_STEPS] = {
        {"look", NULL, "there is no such image, or it is equal", &plan->describe_image},
        {"bucket", NULL, "it is there, where it should be", &plan->describe_bucket},
        {"create-bucket", "if the bucket is not there", NULL, &plan->create_bucket},
        {"object", NULL, "size and MD5 are those of the archive", &plan->describe_object},
        {"upload", "if the object is not there", NULL, &plan->upload},
        {"compare-object", "after an upload", "size and MD5 are those of the archive",
         &plan->describe_object},
        {"create-image", "if the image is not there", NULL, &plan->create_image},
        {"compare-image", "after it was made", "it is what was asked for", &plan->describe_image},
        {"compare-source", "after it was made", "the object is still the one that was compared",
         &plan->describe_object},
    };

    memcpy(plan->steps, steps, sizeof steps);
}

enum err_code gcp_plan_make(const struct gcp_request *request, struct arena *arena,
                            struct gcp_plan *plan, struct err *err)
{
    memset(plan, 0, sizeof *plan);
    if (gcp_plan_check(request, err) != ERR_OK)
        return err->code;
    err->code = ERR_OK;
    plan->request = request;
    make_texts(plan, arena, err);
    make_bucket(plan, arena, err);
    make_object(plan, arena, err);
    make_image(plan, arena, err);
    list_steps(plan);
    if (err->code != ERR_OK)
        memset(plan, 0, sizeof *plan);
    return err->code;
}
