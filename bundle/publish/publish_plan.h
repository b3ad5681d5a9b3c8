/*
 * publish_plan.h - an image put into a GCP project, planned: what is asked of gcloud, and what it must
 * answer.
 *
 * In the flow:  options, digest of the image -> [publish_plan] -> steps with argument vectors -> gcloud
 *               gcloud's JSON -> [publish_answer_*] -> is it there? is it what it should be?
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
#ifndef SEALIFT_BUNDLE_PUBLISH_PUBLISH_PLAN_H
#define SEALIFT_BUNDLE_PUBLISH_PUBLISH_PLAN_H

#include "bundle/publish/gcloud_text.h"
#include "bundle/publish/md5.h"
#include "bundle/publish/secure_boot.h"
#include "resolver/crypto/crypto.h"

#define PUBLISH_WORDS_MAX 24 /* of one command, NULL included */
#define PUBLISH_LOCATION "US" /* of a new bucket, when none is given: GCP's own default */

struct publish_request {
    const char *project, *name;
    const char *bucket;       /* NULL: the project's (gcp_names.h) */
    const char *location;     /* NULL: any, and PUBLISH_LOCATION of a new bucket */
    const char *family;       /* NULL: none */
    const char *architecture; /* "x86_64", "aarch64" */
    const char *folder;       /* where archive and keys lie; not empty */
    uint64_t disk_size;       /* bytes, a whole number of GiB */
    uint8_t digest[SHA256_SIZE]; /* of the raw image */
    const struct secure_boot *keys; /* NULL: none are brought along */
};

struct publish_command {
    const char *words[PUBLISH_WORDS_MAX]; /* NULL at the end */
    size_t count;
};

struct publish_step {
    const char *name;
    const char *when;  /* it is done; NULL: always */
    const char *check; /* of the answer; NULL: none */
    const struct publish_command *command;
};

#define PUBLISH_STEPS 9

struct publish_plan {
    const struct publish_request *request;
    const char *bucket;
    const char *bucket_url, *object, *object_url; /* "gs://B", "O", "gs://B/O" */
    const char *archive;     /* its path */
    const char *making;      /* where it is noted what the image is being made of */
    const char *architecture; /* as gcloud has it */
    const char *description;
    const char *reference; /* projects/P/global/images/NAME */
    const char *key_paths[SECURE_BOOT_KEYS_MAX]; /* where each key of request->keys goes, in DER */
    struct publish_command describe_image, create_image;
    struct publish_command describe_bucket, create_bucket;
    struct publish_command describe_object, upload;
    struct publish_step steps[PUBLISH_STEPS]; /* in their order */
};

/* The part of publish_plan_make that checks, for a request that is not complete: what is NULL is not looked
 * at. */
enum err_code publish_plan_check(const struct publish_request *request, struct err *err) MUST_USE;

/* Plans. On failure *plan is zeroed: ERR_USAGE says everything that is wrong; ERR_LIMIT for memory. plan
 * must stay where it is: its steps point into it. */
enum err_code publish_plan_make(const struct publish_request *request, struct arena *arena,
                                struct publish_plan *plan, struct err *err) MUST_USE;

/* Whether gcloud's words say that this very thing is not there, and not another: a project or bucket that
 * is missing is no answer to whether the image or object is there. */
bool publish_absent_image(const struct publish_plan *plan, struct slice errors);
bool publish_absent_bucket(const struct publish_plan *plan, struct slice errors);
bool publish_absent_object(const struct publish_plan *plan, struct slice errors);

/* What `buckets describe` answered: the bucket's name, and its location if one was asked for.
 * ERR_POLICY, ERR_TOOL (not what gcloud writes). */
enum err_code publish_answer_bucket(const struct publish_plan *plan, struct slice json,
                                   struct arena *arena, struct err *err) MUST_USE;

struct publish_object {
    uint64_t size; /* bytes */
    uint8_t md5[MD5_SIZE];
};

/* What `objects describe` answered: size and MD5 are those wanted. *generation is a text in arena: it
 * changes whenever the object is written. ERR_POLICY names every difference; ERR_TOOL. */
enum err_code publish_answer_object(const struct publish_plan *plan,
                                   const struct publish_object *want, struct slice json,
                                   struct arena *arena, const char **generation,
                                   struct err *err) MUST_USE;

/* What `images describe` answered. ERR_POLICY names every difference, not the image; ERR_TOOL: it is still being
 * made, its making failed, or that is not what gcloud writes. */
enum err_code publish_answer_image(const struct publish_plan *plan, struct slice json,
                                  struct arena *arena, struct err *err) MUST_USE;

#endif
