/*
 * inspect_answer.h - the answer of `inspect`: a tree for people, or JSON.
 *
 * In the flow:  bundle_input, look -> [inspect_answer] -> standard output
 * Marks:        every line ends in [unverified], [signed by KEY] or [verified] (look.h).
 */
#ifndef SEALIFT_BUNDLE_CLI_INSPECT_ANSWER_H
#define SEALIFT_BUNDLE_CLI_INSPECT_ANSWER_H

#include "bundle/archive/bundle_input.h"
#include "bundle/verify/look.h"
#include "resolver/cli/options.h"

/* A whole bundle. */
void inspect_print(const struct invocation *invocation, const struct bundle_input *input,
                   const struct look_manifest *manifests);

/* Parts that are not all there; signers of each, or NULL where it is not trusted. */
struct inspect_part {
    const char *path;
    struct bundle_part part;
    struct bundle_signers signers;
    bool is_trusted;
};
void inspect_print_parts(const struct invocation *invocation, const struct inspect_part *parts,
                         size_t count);

#endif
