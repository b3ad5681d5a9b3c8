/*
 * gcp_plan.h - an image put into a GCP project, planned: what is asked of gcloud, and what it must answer.
 *
 * In the flow:  options, digest of the image -> [gcp_plan] -> steps with argument vectors -> gcloud
 *               gcloud's JSON -> [gcp_answer_*] -> is it there? is it what it should be?
 * Object:       gs://BUCKET/NAME-DIGITS.tar.gz, with the first 16 digits of the raw image's SHA-256: so
 *               gcloud, which resumes an upload by the object's name, never goes on with another image.
 * Image:        its description carries the whole SHA-256.
 * Rules:        nothing that is there is replaced, and it is taken over only if it is equal: object by size
 *               and MD5; image by name, status, architecture, family, description, guest features (as a
 *               set), size, source and Secure Boot keys.
 * Checked here: names by GCP's rules, all that are wrong at once; paths that gcloud would not take as they
 *               are.
 * I/O:          none.
 * Memory:       borrows from the request; the rest in the arena.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GCP_PLAN_H
#define SEALIFT_BUNDLE_PUBLISH_GCP_PLAN_H

#include "bundle/publish/command.h"
#include "bundle/publish/gcloud_text.h"
#include "bundle/publish/md5.h"
#include "bundle/publish/secure_boot.h"
#include "resolver/crypto/crypto.h"

#define GCP_LOCATION_DEFAULT "US" /* of a new bucket, when none is given: GCP's own default */

struct gcp_request {
    const char *project, *name;
    const char *bucket;       /* NULL: the project's (gcp_names.h) */
    const char *location;     /* NULL: any, and GCP_LOCATION_DEFAULT of a new bucket */
    const char *family;       /* NULL: none */
    const char *architecture; /* "x86_64", "aarch64" */
    const char *folder;       /* where archive and keys lie; not empty */
    uint64_t disk_size;       /* bytes, a whole number of GiB */
    uint8_t digest[SHA256_SIZE]; /* of the raw image */
    const struct secure_boot *keys; /* NULL: none are brought along */
};

struct gcp_step {
    const char *name;
    const char *when;  /* it is done; NULL: always */
    const char *check; /* of the answer; NULL: none */
    const struct command *command;
};

#define GCP_STEPS 9

struct gcp_plan {
    const struct gcp_request *request;
    const char *bucket;
    const char *bucket_url, *object, *object_url; /* "gs://B", "O", "gs://B/O" */
    const char *archive;     /* its path */
    const char *making;      /* where it is noted what the image is being made of */
    const char *architecture; /* as gcloud has it */
    const char *description;
    const char *reference; /* projects/P/global/images/NAME */
    const char *key_paths[SECURE_BOOT_KEYS_MAX]; /* where each key of request->keys goes, in DER */
    struct command describe_image, create_image;
    struct command describe_bucket, create_bucket;
    struct command describe_object, upload;
    struct gcp_step steps[GCP_STEPS]; /* in their order */
};

/* The part of gcp_plan_make that checks, for a request that is not complete: what is NULL is not looked at. */
enum err_code gcp_plan_check(const struct gcp_request *request, struct err *err) MUST_USE;

/* Plans. On failure *plan is zeroed: ERR_USAGE says everything that is wrong; ERR_LIMIT for memory. plan
 * must stay where it is: its steps point into it. */
enum err_code gcp_plan_make(const struct gcp_request *request, struct arena *arena,
                            struct gcp_plan *plan, struct err *err) MUST_USE;

/* Whether gcloud's words say that this very thing is not there, and not another: a project or bucket that
 * is missing is no answer to whether the image or object is there. */
bool gcp_absent_image(const struct gcp_plan *plan, struct slice errors);
bool gcp_absent_bucket(const struct gcp_plan *plan, struct slice errors);
bool gcp_absent_object(const struct gcp_plan *plan, struct slice errors);

/* What `buckets describe` answered: the bucket's name, and its location if one was asked for.
 * ERR_POLICY, ERR_TOOL (not what gcloud writes). */
enum err_code gcp_answer_bucket(const struct gcp_plan *plan, struct slice json, struct arena *arena,
                                struct err *err) MUST_USE;

struct gcp_object {
    uint64_t size; /* bytes */
    uint8_t md5[MD5_SIZE];
};

/* What `objects describe` answered: size and MD5 are those wanted. *generation is a text in arena: it
 * changes whenever the object is written. ERR_POLICY names every difference; ERR_TOOL. */
enum err_code gcp_answer_object(const struct gcp_plan *plan, const struct gcp_object *want,
                                struct slice json, struct arena *arena, const char **generation,
                                struct err *err) MUST_USE;

/* What `images describe` answered. ERR_POLICY names every difference, not the image; ERR_TOOL: it is still being
 * made, its making failed, or that is not what gcloud writes. */
enum err_code gcp_answer_image(const struct gcp_plan *plan, struct slice json, struct arena *arena,
                               struct err *err) MUST_USE;

#endif
