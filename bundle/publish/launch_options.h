/*
 * launch_options.h - which further options of `gcloud compute instances create` may be given.
 *
 * In the flow:  what stands after "--" -> [launch_options] -> launch_plan
 * Rule:         a list of what is allowed; everything else is refused. In gcloud the last option wins
 *               without a word, any unambiguous beginning of a name is taken for it, and a second
 *               --metadata-from-file drops the first: so only whole names that are listed pass, as
 *               --name=value in one word, each once.
 * Not checked:  values (gcloud and the service do).
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_LAUNCH_OPTIONS_H
#define SEALIFT_BUNDLE_PUBLISH_LAUNCH_OPTIONS_H

#include <stdbool.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct launch_option {
    const char *name; /* "--network" */
    bool has_value;
    const char *why; /* it does no harm */
};

/* The rows; NULL at the end. */
const struct launch_option *launch_options_get(size_t number);

/* Checks words; ERR_POLICY names the first that is not allowed, ERR_USAGE one that is misspelt or given
 * twice. */
enum err_code launch_options_check(const char *const *words, size_t count,
                                   struct err *err) MUST_USE;

/* The value of --name=value among the words; empty when it is not there. */
struct slice launch_options_value(const char *const *words, size_t count, const char *name);

#endif
