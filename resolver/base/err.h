/*
 * err.h - the one way to fail.
 *
 * In the flow:  every fallible function of Sealift returns an enum err_code and fills the
 *               struct err it was given as its last parameter; only main prints one and exits.
 * Codes:        one table (ERR_CODES) holds code, exit status, name and meaning; the manual,
 *               --help and the JSON error object are made from it. Zero is success, always:
 *               a signature check too, so a forgotten path can never read as "valid".
 * Messages:     one line: "document: position: field: reason (have, want)". They grow from the
 *               inside out: err_set at the fault, err_add on the way up.
 * Memory:       struct err lives on the caller's stack; nothing is allocated.
 * Not done:     escaping. Untrusted text enters a message only through quote.h.
 */
#ifndef SEALIFT_BASE_ERR_H
#define SEALIFT_BASE_ERR_H

#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(format_index, first_index) \
    __attribute__((format(printf, format_index, first_index)))

#define ERR_MESSAGE_MAX 512 /* bytes, the final NUL included; longer text ends in "..." */

/*        code           exit  name         when                                              */
#define ERR_CODES(X)                                                                            \
    X(ERR_OK,          0, "ok",        "success")                                               \
    X(ERR_BUG,         1, "bug",       "an internal error")                                     \
    X(ERR_USAGE,       2, "usage",     "the command line is not understood")                    \
    X(ERR_FORMAT,      3, "format",    "an input is malformed")                                 \
    X(ERR_NOT_FOUND,   4, "not-found", "no such version, csp, region or variant")               \
    X(ERR_AMBIGUOUS,   5, "ambiguous", "several entries fit and nothing chose between them")    \
    X(ERR_FORGED,      6, "forged",    "a signature or an identity is wrong")                   \
    X(ERR_NO_KEY,      7, "no-key",    "nothing to trust it by")                                \
    X(ERR_POLICY,      8, "policy",    "refused by a safety rule")                              \
    X(ERR_CORRUPT,     9, "corrupt",   "bytes differ from the signed manifest")                 \
    X(ERR_IO,         10, "io",        "a file, the network or a peer failed")                  \
    X(ERR_LIMIT,      11, "limit",     "no space, over a size cap, or out of memory")           \
    X(ERR_TOOL,       12, "tool",      "another program failed")                                \
    X(ERR_DIFFERS,    13, "differs",   "explain found a difference")

enum err_code {
#define X(code, exit_status, name, text) code,
    ERR_CODES(X)
#undef X
};

struct err {
    enum err_code code;
    char msg[ERR_MESSAGE_MAX];
};

/* Sets code and message (printf style), replacing what was there. Returns code. */
enum err_code err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF(3, 4);

/* Puts "context: " (printf style) before the message that is there. Returns err's code. */
enum err_code err_add(struct err *err, const char *format, ...) PRINTF(2, 3);

/* The exit status, the short name ("not-found") and the meaning of a code; the strings are
 * static. An unknown code reads as ERR_BUG. */
int err_exit_status(enum err_code code);
const char *err_name(enum err_code code);
const char *err_text(enum err_code code);

#endif
