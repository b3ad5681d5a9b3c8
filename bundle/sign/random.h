/*
 * random.h - where random bytes come from: the kernel, or a test's own list.
 *
 * In the flow:  [random] -> privkey_generate, the salt and nonce of key_file
 * Rule:         getrandom(2) is the one source of the programs; nothing is mixed in, kept or
 *               stretched. Signing needs no random numbers at all (RFC 6979).
 */
#ifndef SEALIFT_BUNDLE_SIGN_RANDOM_H
#define SEALIFT_BUNDLE_SIGN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"

struct random_source {
    void *ctx;
    /* Fills out with len bytes; on failure they are zeroed and err says why. */
    enum err_code (*fill)(void *ctx, uint8_t *out, size_t len, struct err *err);
};

/* The kernel's; it waits until the kernel has collected enough after boot. ERR_IO where the kernel
 * gives none (before Linux 3.17, or a sandbox). */
extern const struct random_source random_of_kernel;

#endif
