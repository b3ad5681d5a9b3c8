/*
 * gcloud.h - the one file that starts a program: gcloud, without a shell.
 *
 * In the flow:  launch_plan (argument vectors) -> [gcloud] -> exit status, output -> gcloud_text
 * How:          a process group of its own; standard input is empty; standard output and error are
 *               taken apart, up to a limit each. It is killed with its group when its time is over, when
 *               it prints too much, and when this program is interrupted (which then ends by the same
 *               signal). SIGCHLD is handled as usual meanwhile, whatever was inherited.
 * Settings:     no prompts, no usage reports, no update checks, no parallel composite uploads.
 * Memory:       at most GCLOUD_OUTPUT_MAX and GCLOUD_ERRORS_MAX, in the bufs of the result.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GCLOUD_H
#define SEALIFT_BUNDLE_PUBLISH_GCLOUD_H

#include "bundle/publish/gcloud_text.h"
#include "resolver/base/arena.h"
#include "resolver/base/buf.h"

#define GCLOUD_OUTPUT_MAX ((size_t)4 << 20)
#define GCLOUD_ERRORS_MAX ((size_t)64 << 10) /* what comes after it is dropped */

struct gcloud {
    const char *path;
    char *const *environment;
    unsigned timeout_ms; /* of one call */
};

struct gcloud_result {
    enum gcloud_verdict verdict;
    int exit_status;
    struct buf output, errors; /* gcloud_result_free */
};

/* Finds the program: given, if that is not NULL, else "gcloud" in the folders of search (as the variable
 * PATH has them). environment is copied, with the settings above. ERR_TOOL when there is none. */
enum err_code gcloud_find(const char *given, const char *search, char *const *environment,
                          struct arena *arena, struct gcloud *gcloud, struct err *err) MUST_USE;

/*
 * Runs it with the arguments argv[1...] (NULL at the end; argv[0] does not count). ERR_OK whatever it
 * answers, which is in *result. ERR_TOOL: it could not be started, was ended by a signal, took too
 * long, printed too much; ERR_IO, ERR_LIMIT when this system fails. gcloud_result_free must follow in any
 * case.
 */
enum err_code gcloud_run(const struct gcloud *gcloud, const char *const *argv,
                         struct gcloud_result *result, struct err *err) MUST_USE;

/* An error of what gcloud answered: ERR_TOOL "gcloud: <our words> (<its words>)". */
enum err_code gcloud_refuse(const struct gcloud_result *result, struct err *err);

void gcloud_result_free(struct gcloud_result *result);

#endif
