/*
 * launch_plan.h - a confidential VM on GCP, planned: what is asked of gcloud, and what it must answer.
 *
 * In the flow:  options, user data -> [launch_plan] -> argument vectors -> gcloud
 *               gcloud's JSON -> [launch_check_*] -> fit to be started; started as planned
 * Rules:        on every launch: host maintenance TERMINATE, Secure Boot, vTPM, integrity monitoring,
 *               user data, and confidential computing of a named kind (but for --allow-non-confidential
 *               on Arm, which has none). No image that says that it may be moved alive.
 * Checked here: names by GCP's rules; machine, kind, disk; the options that are passed on; user data
 *               (UTF-8 JSON without CR, at most 256 KiB). All that is wrong is said at once.
 * Not checked:  that the machine type, zone and disk exist: gcloud says so.
 * I/O:          none.
 * Memory:       borrows from the request; the rest in the arena.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_LAUNCH_PLAN_H
#define SEALIFT_BUNDLE_PUBLISH_LAUNCH_PLAN_H

#include "bundle/publish/command.h"
#include "bundle/publish/machines.h"
#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define LAUNCH_USER_DATA_MAX ((size_t)256 << 10)
#define LAUNCH_EXTRA_MAX 32 /* options that are passed on */

struct launch_request {
    const char *name, *zone, *machine_type, *image;
    const char *project; /* NULL: gcloud's own */
    const char *type;    /* NULL: the machine's default */
    const char *user_data_path;
    struct slice user_data;
    bool allow_plain; /* no confidential computing, where the machine has none */
    const char *const *extra;
    size_t extra_count;
};

struct launch_plan {
    const struct launch_request *request;
    const struct machine *machine; /* NULL: of a series that is not known */
    const char *type;              /* NULL: not confidential */
    bool is_chosen;                /* type was asked for, and is not the default */
    struct command describe; /* is there such an instance? what has become of it? */
    struct command image;    /* what is the image? */
    struct command create;
    struct command disk;     /* what was its boot disk made of? */
};

/* Plans. On failure *plan is zeroed; err says everything that is wrong: ERR_POLICY when a rule would be
 * broken, else ERR_USAGE or ERR_FORMAT; ERR_LIMIT for memory. */
enum err_code launch_plan_make(const struct launch_request *request, struct arena *arena,
                               struct launch_plan *plan, struct err *err) MUST_USE;

/* Checks what `images describe` answered. *id, in the arena, is the number that tells this image from
 * any other that ever has its name; NULL on failure. ERR_POLICY: not for this machine, not READY, may be
 * moved alive; ERR_FORMAT: not what gcloud writes. */
enum err_code launch_check_image(const struct launch_plan *plan, struct slice json,
                                 struct arena *arena, const char **id, struct err *err) MUST_USE;

/* Compares what `instances describe` answered with the plan. ERR_POLICY names every difference. What the
 * boot disk was made of is not in it: launch_check_disk. */
enum err_code launch_check_instance(const struct launch_plan *plan, struct slice json,
                                    struct arena *arena, struct err *err) MUST_USE;

/* Compares what `disks describe` answered of the boot disk with the image's id. ERR_POLICY, ERR_FORMAT. */
enum err_code launch_check_disk(const char *image_id, struct slice json, struct arena *arena,
                                struct err *err) MUST_USE;

#endif
