/*
 * image_digest.h - the SHA-256 of a raw image, all of which is read.
 *
 * In the flow:  image -> [image_digest] -> publish gcp; listed digest -> [image_digest] -> convert, publish gcp
 * Why:          of an image that is compressed in a bundle the manifest lists two digests: of what is stored,
 *               which opening it checks, and of what comes of that. The second is checked here.
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

/* The same for an image whose digest a manifest lists: ERR_CORRUPT when it has another. */
enum err_code image_digest_check(const struct image *image, const uint8_t listed[SHA256_SIZE],
                                 const struct image_digest_progress *progress, struct arena *arena,
                                 struct err *err) MUST_USE;

#endif
