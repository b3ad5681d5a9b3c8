/*
 * verify_answer.h - the answer of `verify`: each item, and the verdict at the end.
 *
 * In the flow:  what was checked -> [verify_answer] -> standard output
 * Only good:    what fails is an error and has no report (standard output is empty then).
 */
#ifndef SEALIFT_BUNDLE_CLI_VERIFY_ANSWER_H
#define SEALIFT_BUNDLE_CLI_VERIFY_ANSWER_H

#include "bundle/archive/bundle_input.h"
#include "bundle/verify/image_binding.h"
#include "resolver/cli/options.h"

/* What came of comparing images with measurements, in order. */
struct verify_comparison {
    struct image_comparison comparison;
    struct verify_comparison *next;
};

struct verify_answer {
    const struct invocation *invocation;
    const struct bundle_input *input;
    const struct trusted_bundle *trusted;
    const struct contents *contents;
    const struct verify_comparison *comparisons; /* with is_deep */
    bool is_deep;
    bool is_expired;    /* a best-before date has passed */
    bool log_unchecked; /* transparency-log entries are there */
};

/* A whole bundle. */
void verify_answer_print(const struct verify_answer *report);

/* One part of a split archive, checked alone. */
void verify_answer_part(const struct invocation *invocation, const char *path,
                        const struct bundle_part *part, const struct bundle_signers *signers);

#endif
