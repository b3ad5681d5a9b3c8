/*
 * import_answer.h - what import says at its end: what came in, and what to do next.
 *
 * In the flow:  import_result -> [import_answer] -> standard output
 */
#ifndef SEALIFT_BUNDLE_CLI_IMPORT_ANSWER_H
#define SEALIFT_BUNDLE_CLI_IMPORT_ANSWER_H

#include "bundle/import/import.h"
#include "resolver/cli/options.h"

/* Lines for people; with --json one object. */
void import_answer(const struct invocation *invocation, const struct import_settings *settings,
                   const struct import_result *result);

#endif
