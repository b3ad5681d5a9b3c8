/*
 * blobs.h - reads every byte that a bundle carries, and nothing else of it.
 *
 * In the flow:  contents -> [blobs] -> the verdict of verify
 * Checked here: digest and size of every blob that contents.h has not read, each once; with is_deep,
 *               of images in frames, also that they decompress to the raw image that is listed. Without
 *               it, that of those whose raw image is what a key signed (contents.h).
 * How:          stored bytes are read once and in order, whatever is checked; frames are decompressed by
 *               as many threads as settings say.
 * Memory:       a few KiB; with is_deep, what frames.h says.
 */
#ifndef SEALIFT_BUNDLE_VERIFY_BLOBS_H
#define SEALIFT_BUNDLE_VERIFY_BLOBS_H

#include "bundle/verify/contents.h"

struct blobs_check {
    bool is_deep;
    struct frames_settings settings; /* of is_deep */
    /* NULL, or told how many of `total` bytes are done: stored ones, or with is_deep raw ones. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

/* On failure err names the title: ERR_CORRUPT, ERR_LIMIT, ERR_IO. */
enum err_code blobs_check(const struct trusted_bundle *trusted, const struct contents *contents,
                          const struct blobs_check *how, struct err *err) MUST_USE;

#endif
