/*
 * launch_ask.h - what `launch gcp` is asked: from options, a file of user data and, for a uid, the table.
 *
 * In the flow:  invocation -> [launch_ask] -> struct launch_request -> launch_plan
 * Trust:        a uid's image is taken from a local table or a signed one: through an unsigned remote
 *               table a mirror could choose the image that gets the user data (ERR_POLICY).
 * Memory:       in the session's arena.
 */
#ifndef SEALIFT_BUNDLE_CLI_LAUNCH_ASK_H
#define SEALIFT_BUNDLE_CLI_LAUNCH_ASK_H

#include "bundle/publish/launch_plan.h"
#include "resolver/cli/session.h"

/* Fills *request. ERR_USAGE says everything that is missing; the codes of file_read, find_table and
 * select_entry. */
enum err_code launch_ask(struct session *session, struct launch_request *request,
                         struct err *err) MUST_USE;

#endif
