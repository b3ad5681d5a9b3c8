/*
 * zstd_image.h - a disk image in any zstd file, read as if it were not compressed.
 *
 * In the flow:  x.raw.zst of a repository -> [zstd_image] -> image -> convert, publish, unpacked
 * How:          forward. Reading further back begins again at the start, so this suits readers that
 *               go through an image once or twice; for all others there are frames_image, where the
 *               file has a seek table, and unpacked.
 * Trust:        none is made: the file is what the user names.
 * Checked here: that all of it is zstd (RFC 8878: frames, skippable frames) and complete; opening
 *               reads the whole file once, to know the size.
 * Limits:       ZSTD_IMAGE_SIZE_MAX raw bytes, known before more are decompressed, and before any are
 *               where the file declares its size; a window of 1 << ZSTD_IMAGE_WINDOW_LOG_MAX bytes.
 * Memory:       the window of the file (2 MiB as `zstd` writes it, 8 MiB at its level 19), and 256 KiB.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_ZSTD_IMAGE_H
#define SEALIFT_BUNDLE_ARCHIVE_ZSTD_IMAGE_H

#include <stdbool.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"

#define ZSTD_IMAGE_SIZE_MAX ((uint64_t)4 << 40) /* as images of bundles */
#define ZSTD_IMAGE_WINDOW_LOG_MAX 27            /* 128 MiB */
#define ZSTD_IMAGE_HOLE 4096                    /* zeros are told apart in blocks of it */

struct ZSTD_DCtx_s;

struct zstd_image {
    struct image image; /* the raw image; its ctx is this struct, which must stay in place */
    uint64_t data_size; /* bytes of the blocks of ZSTD_IMAGE_HOLE that are not all zeros */
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
 * ERR_LIMIT (memory, a size or a window over the limits above), and what reading gives. */
enum err_code zstd_image_open(const struct image *file, struct arena *arena,
                              struct zstd_image *zstd, struct err *err) MUST_USE;

/* Gives back what zstd holds; also of a zeroed struct. */
void zstd_image_close(struct zstd_image *zstd);

#endif
