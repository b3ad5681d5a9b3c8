/*
 * sha384.h - SHA-384 (FIPS 180-4) of streams, for PCR banks of that size.
 *
 * In the flow:  bank -> [sha384]; documents and images are named by sha256.h.
 * Why our own:  one code for all builds, however the libraries are chosen. The tests compare it with
 *               BearSSL's and Mbed TLS's.
 * Memory:       the context is the caller's; nothing is allocated; there is no end to call.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_SHA384_H
#define SEALIFT_BUNDLE_MEASURE_SHA384_H

#include "resolver/base/slice.h"

#define SHA384_SIZE 48

struct sha384 {
    uint64_t state[8];
    uint64_t length;    /* bytes so far */
    uint8_t block[128]; /* the part of a block not yet compressed: length % 128 bytes */
};

void sha384_init(struct sha384 *hash);
void sha384_update(struct sha384 *hash, struct slice data);

/* The digest of all so far. The context is used up: init it again before another use. */
void sha384_final(struct sha384 *hash, uint8_t digest[SHA384_SIZE]);

#endif
