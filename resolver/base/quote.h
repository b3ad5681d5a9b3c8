/*
 * quote.h - the one way for untrusted text to enter a message.
 *
 * In the flow:  err_set(err, ERR_FORMAT, "line %zu: csp %s is not known", line, quote(text).text)
 * Checked here: control characters, invalid UTF-8 and the characters that turn a terminal's
 *               text direction become \xNN; a double quote and a backslash get a backslash; the
 *               text stands in double quotes and is cut at QUOTE_MAX with "..." after it.
 */
#ifndef SEALIFT_BASE_QUOTE_H
#define SEALIFT_BASE_QUOTE_H

#include "resolver/base/slice.h"

#define QUOTE_MAX 120 /* bytes of text before the cut */

struct quoted {
    char text[QUOTE_MAX + 8]; /* quotes, "..." and NUL included */
};

/* The text in quotes and escaped. */
struct quoted quote(struct slice text);

/* The same without the quotes around it, for file names and keys that stand alone in a message. */
struct quoted quote_bare(struct slice text);

#endif
