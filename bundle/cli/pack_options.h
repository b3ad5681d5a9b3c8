/*
 * pack_options.h - what pack is asked, as values.
 *
 * In the flow:  options, environment -> [pack_options] -> verb_pack
 * Checked here: every value that can be judged without looking at files. Extra files are read.
 */
#ifndef SEALIFT_BUNDLE_CLI_PACK_OPTIONS_H
#define SEALIFT_BUNDLE_CLI_PACK_OPTIONS_H

#include "bundle/archive/manifest.h"
#include "bundle/pack/pack_extras.h"
#include "bundle/pack/pack_images.h"
#include "resolver/cli/options.h"

#define PACK_THREADS_MAX 32

struct pack_options {
    const char *output;
    struct uid *uids; /* in the order given, each once */
    size_t uid_count;
    struct pack_csps csps;
    struct pack_image_file *images;
    size_t image_count;
    struct pack_extra *extras;
    size_t extra_count;
    bool has_documents; /* tables or measurements are given as files */
    uint64_t body_size; /* of parts; 0: one file */
    int level;          /* 0: the default */
    unsigned threads;   /* 0: the default */
    int64_t created;    /* seconds since 1970 */
    bool is_created_now; /* by the clock, not SOURCE_DATE_EPOCH */
    int64_t best_before; /* or MANIFEST_TIME_NONE */
    struct annotations annotations;
};

/* Everything is allocated in arena, or borrowed from the invocation. now is the clock's time,
 * source_date_epoch the variable or NULL. ERR_USAGE, ERR_FORMAT (a uid), ERR_LIMIT; codes of
 * pack_extra_read. */
enum err_code pack_options_read(const struct invocation *invocation, int64_t now,
                                const char *source_date_epoch, struct arena *arena,
                                struct pack_options *options, struct err *err) MUST_USE;

#endif
