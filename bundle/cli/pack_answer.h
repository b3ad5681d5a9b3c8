/*
 * pack_answer.h - what pack made: for people, or as one JSON object.
 *
 * In the flow:  releases, written manifests -> [pack_answer] -> standard output
 */
#ifndef SEALIFT_BUNDLE_CLI_PACK_ANSWER_H
#define SEALIFT_BUNDLE_CLI_PACK_ANSWER_H

#include "bundle/archive/bundle_writer.h"
#include "bundle/cli/sign_key.h"
#include "bundle/pack/pack_output.h"
#include "bundle/pack/pack_release.h"

struct pack_answer {
    const struct bundle_plan *plan;
    const struct bundle_written *written;
    const struct pack_release *releases; /* in the order of the plan */
    const struct sign_keys *signers;
    const struct pack_output *output;
    const char *path; /* as the user gave it */
    uint32_t parts;   /* 0: one file */
};

void pack_answer_print(const struct pack_answer *answer, const struct invocation *invocation);

/* The items of all releases on standard error, with --verbose. */
void pack_answer_note(const struct pack_answer *answer, const struct invocation *invocation);

#endif
