/*
 * say.h - what a program tells its user besides the answer: lines on standard error.
 *
 * In the flow:  verbs, network -> [say] -> standard error
 * Rule:         warnings unless --quiet, notes only with --verbose. Untrusted text has gone through
 *               quote.h before it comes here.
 */
#ifndef SEALIFT_CLI_SAY_H
#define SEALIFT_CLI_SAY_H

#include "resolver/cli/options.h"

/* "program: KIND" and TEXT, in one write; KIND is "" or ends in a blank. */
void say_line(const struct invocation *invocation, const char *kind, const char *text);

/* Bytes to standard error, whatever becomes of them. */
void say_bytes(struct slice bytes);

/* "program: warning: ..." */
void say_warning(const struct invocation *invocation, const char *format, ...) PRINTF(2, 3);

/* "program: ..." */
void say_note(const struct invocation *invocation, const char *format, ...) PRINTF(2, 3);

#endif
