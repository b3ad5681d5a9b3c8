/*
 * library_hashes.h - the hashes of the libraries, 0 for BearSSL and 1 for Mbed TLS, to compare our own with.
 */
#ifndef SEALIFT_TESTS_LIBRARY_HASHES_H
#define SEALIFT_TESTS_LIBRARY_HASHES_H

#include <bearssl_hash.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>
#include <string.h>

#include "resolver/base/slice.h"

#define LIBRARIES 2

static inline void library_sha256(size_t library, struct slice data, uint8_t digest[32])
{
    br_sha256_context hash;

    br_sha256_init(&hash);
    br_sha256_update(&hash, data.ptr, data.len);
    br_sha256_out(&hash, digest);
    if (library == 1 && mbedtls_sha256(data.ptr, data.len, digest, 0) != 0)
        memset(digest, 0, 32);
}

static inline void library_sha384(size_t library, struct slice data, uint8_t digest[48])
{
    br_sha384_context hash;

    br_sha384_init(&hash);
    br_sha384_update(&hash, data.ptr, data.len);
    br_sha384_out(&hash, digest);
    if (library == 1 && mbedtls_sha512(data.ptr, data.len, digest, 1) != 0)
        memset(digest, 0, 48);
}

#endif
