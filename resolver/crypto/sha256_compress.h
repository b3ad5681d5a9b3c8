/*
 * sha256_compress.h - the ways to compress blocks of SHA-256 (FIPS 180-4, 6.2.2).
 *
 * In the flow:  sha256 -> [sha256_compress] ; for sha256.c and its tests alone.
 * Shape:        each way is a row of sha256_ways, best first; the last one, plain C, is always
 *               there. The rows of other processors have is_usable answer false.
 */
#ifndef SEALIFT_CRYPTO_SHA256_COMPRESS_H
#define SEALIFT_CRYPTO_SHA256_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64 /* bytes */

struct sha256_way {
    const char *name;
    /* This processor can run it. Asks the processor or the kernel: keep the answer. */
    bool (*is_usable)(void);
    /* Takes count blocks at data, of any alignment, into the state. */
    void (*compress)(uint32_t state[8], const uint8_t *data, size_t count);
};

extern const struct sha256_way sha256_x86;   /* SHA-NI */
extern const struct sha256_way sha256_arm;   /* ARMv8 cryptography extension */
extern const struct sha256_way sha256_plain; /* C */

#define SHA256_WAYS 3
extern const struct sha256_way *const sha256_ways[SHA256_WAYS];

/* The round constants K (FIPS 180-4, 4.2.2). */
extern const uint32_t sha256_constants[64];

#endif
