/*
 * shell_quote.h - an argument vector as a POSIX shell reads it: for --dry-run, to be copied.
 *
 * In the flow:  launch_plan -> [shell_quote] -> standard output
 * Form:         words of [A-Za-z0-9_./:=,@%+-] stand as they are; others in single quotes. Words with
 *               control characters have been refused before.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_SHELL_QUOTE_H
#define SEALIFT_BUNDLE_PUBLISH_SHELL_QUOTE_H

#include "resolver/base/buf.h"

/* Appends one word. */
void shell_quote(const char *word, struct buf *out);

/* Appends the words of argv up to its NULL, blanks between them. */
void shell_quote_all(const char *const *argv, struct buf *out);

#endif
