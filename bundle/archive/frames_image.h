/*
 * frames_image.h - a compressed image, read at any offset as if it were not compressed.
 *
 * In the flow:  blob of the archive -> checked_image -> [frames_image] -> image -> measure, convert
 * Trust:        the blob is read through checked_image.h: opening reads all of it once and checks its
 *               digest, and what is changed after that is found out when it is read again.
 * Memory:       8 bytes a frame, two frames and what checked_image takes, in the caller's arena.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_FRAMES_IMAGE_H
#define SEALIFT_BUNDLE_ARCHIVE_FRAMES_IMAGE_H

#include "bundle/archive/checked_image.h"
#include "bundle/archive/frames.h"
#include "bundle/archive/seek_table.h"

struct ZSTD_DCtx_s;

struct frames_image {
    struct image image; /* the raw image; its ctx is this struct, which must stay in place */
    struct checked_image blob;
    struct frames_facts facts;
    struct seek_table table;
    uint64_t *offsets; /* of each frame in the blob */
    struct ZSTD_DCtx_s *context;
    uint8_t *stored, *raw;
    uint32_t held; /* the frame that raw holds */
    bool is_held;
};

/* Opens a blob, which must outlive *frames. On failure *frames is zeroed: as frames_read. */
enum err_code frames_image_open(const struct image *blob, const struct frames_facts *facts,
                                struct arena *arena, struct frames_image *frames, struct err *err)
    MUST_USE;

/* Gives back what zstd holds; NULL-safe after a failed open. */
void frames_image_close(struct frames_image *frames);

#endif
