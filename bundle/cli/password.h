/*
 * password.h - where the password of a private key comes from.
 *
 * In the flow:  COSIGN_PASSWORD, the terminal or standard input -> [password] -> key_file
 * Order:        as cosign: the variable COSIGN_PASSWORD when it is set (also to nothing); else the
 *               terminal, where standard input is one: once for each key, twice for a new password;
 *               else all of standard input without its final line end, read once for all keys.
 * Memory:       the struct holds the password: password_wipe must follow, after failure too.
 */
#ifndef SEALIFT_BUNDLE_CLI_PASSWORD_H
#define SEALIFT_BUNDLE_CLI_PASSWORD_H

#include <stdbool.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define PASSWORD_MAX 1024 /* bytes */

/* *password starts as zeros. */
struct password {
    char bytes[PASSWORD_MAX + 1];
    size_t len;
    bool was_read;      /* standard input is used up, and bytes holds it */
    const char *origin; /* "COSIGN_PASSWORD", "the terminal", "standard input": for messages */
};

/*
 * Gets the password of an existing key, or a new one for it; name is the key's, for the prompt. *text
 * is borrowed until the next call. On failure it is empty: ERR_IO (input cannot be read), ERR_LIMIT
 * (longer than PASSWORD_MAX), ERR_USAGE (the two times a new one was typed differ).
 */
enum err_code password_get(struct password *password, const char *name, struct slice *text,
                           struct err *err) MUST_USE;
enum err_code password_get_new(struct password *password, const char *name, struct slice *text,
                               struct err *err) MUST_USE;

void password_wipe(struct password *password);

#endif
