/*
 * sha256.h - SHA-256 (FIPS 180-4) of streams, as fast as the processor allows.
 *
 * In the flow:  everything that is checked or measured passes here once: documents of a few
 *               hundred bytes, images of many GB.
 * How:          SHA-NI on x86-64 and the ARMv8 instructions, found out at run time; else plain C.
 *               Whole blocks are taken straight from the caller's memory. The code is our own, so
 *               tests/contract compares each way with BearSSL's and Mbed TLS's.
 * Memory:       the context is the caller's; nothing is allocated; there is no end to call.
 */
#ifndef SEALIFT_CRYPTO_SHA256_H
#define SEALIFT_CRYPTO_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/slice.h"
#include "resolver/crypto/crypto.h"

struct sha256 {
    uint32_t state[8];
    uint64_t length;   /* bytes so far */
    uint8_t block[64]; /* the part of a block not yet compressed: length % 64 bytes */
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, struct slice data);

/* The digest of all so far. The context is used up: init it again before another use. */
void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

/* All at once. */
void sha256_of(struct slice data, uint8_t digest[SHA256_SIZE]);

/* Which code is in use: "SHA-NI", "ARMv8", "plain". */
const char *sha256_name(void);

#endif
