/*
 * image_digest.h - the SHA-256 of a raw image, all of which is read.
 *
 * In the flow:  disk of which nothing is listed -> [image_digest] -> publish gcp, which knows it by that again
 * Not checked:  that what is read later is the same: bundle_image.h and disk_input.h see to it.
 * Memory:       one piece, in the caller's arena.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_IMAGE_DIGEST_H
#define SEALIFT_BUNDLE_PUBLISH_IMAGE_DIGEST_H

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"
#include "resolver/crypto/sha256.h"

/* Is told how many bytes have been read. */
struct image_digest_progress {
    void *ctx;
    void (*show)(void *ctx, uint64_t done);
};

/* Reads the image from its start to its end; progress may be NULL. On failure digest is zeroed: ERR_LIMIT, and
 * what reading gives. */
enum err_code image_digest(const struct image *image, const struct image_digest_progress *progress,
                           struct arena *arena, uint8_t digest[SHA256_SIZE], struct err *err) MUST_USE;

#endif
