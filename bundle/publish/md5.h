/*
 * md5.h - MD5 (RFC 1321) of streams: the one strong sum that object stores keep of what they hold.
 *
 * In the flow:  the archive being written, or read again -> [md5] -> compared with the object's
 * Not trusted:  to tell an image from a forged one: that is what SHA-256 in the image's description and
 *               the signatures of a bundle are for. It tells that an upload is what was sent.
 * Memory:       the context is the caller's; nothing is allocated; there is no end to call.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_MD5_H
#define SEALIFT_BUNDLE_PUBLISH_MD5_H

#include "resolver/base/slice.h"

#define MD5_SIZE 16
#define MD5_CONTEXT 128 /* bytes, at least those of the library's */

struct md5 {
    union {
        uint64_t align;
        uint8_t bytes[MD5_CONTEXT];
    } context;
};

void md5_init(struct md5 *hash);
void md5_update(struct md5 *hash, struct slice data);

/* The digest of all so far. */
void md5_final(const struct md5 *hash, uint8_t digest[MD5_SIZE]);

#endif
