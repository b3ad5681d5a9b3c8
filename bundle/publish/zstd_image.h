/*
 * zstd_image.h - a disk image in any zstd file, read as if it were not compressed.
 *
 * In the flow:  x.raw.zst of a repository -> [zstd_image] -> image -> convert, publish
 * How:          forward. Reading further back begins again at the start, so this suits readers that
 *               go through an image once or twice; frames_image is for all others.
 * Trust:        none is made: the file is what the user names.
 * Checked here: that all of it is zstd (RFC 8878: frames, skippable frames) and complete; opening
 *               reads the whole file once, to know the size.
 * Memory:       the window of the file, at most 128 MiB (8 MiB as `zstd` writes it), and 256 KiB.
 */
#ifndef SEALIFT_BUNDLE_ZSTD_IMAGE_H
#define SEALIFT_BUNDLE_ZSTD_IMAGE_H

#include <stdbool.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"

struct ZSTD_DCtx_s;

struct zstd_image {
    struct image image; /* the raw image; its ctx is this struct, which must stay in place */
    const struct image *file;
    struct ZSTD_DCtx_s *context;
    uint8_t *in, *passed; /* what was read of the file; where bytes go that nobody wants */
    size_t in_len, in_at;
    uint64_t file_at; /* the next byte of the file to read */
    uint64_t raw_at;  /* the next byte of the image to come */
    bool is_between;  /* frames: the file may end here */
};

/* Whether a file begins as zstd does. */
bool zstd_image_is(struct slice first_bytes);

/* Opens a file, which must outlive *zstd. On failure *zstd is zeroed: ERR_CORRUPT (no zstd, cut off),
 * ERR_LIMIT for memory, and what reading gives. */
enum err_code zstd_image_open(const struct image *file, struct arena *arena,
                              struct zstd_image *zstd, struct err *err) MUST_USE;

/* Gives back what zstd holds; also of a zeroed struct. */
void zstd_image_close(struct zstd_image *zstd);

#endif
