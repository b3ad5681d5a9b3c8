/*
 * extents.h - where an image holds data: its runs between the holes, found by looking at the bytes.
 *
 * In the flow:  image, listed digest -> [extents_find] -> sparse_tar (its map stands before the data), vhd, raw
 * Why looked:   a file system may know more or fewer holes than there are zeros. What is found here
 *               depends on the bytes alone, so the same image gives the same archive everywhere.
 * Hole:         a block of zeros, EXTENT_BLOCK bytes at a multiple of it; larger blocks (doubled) for
 *               images over EXTENT_BLOCKS_MAX of them, so that the list stays small.
 * Checked here: that all of it has the SHA-256 that is listed for it, where one is: what looks at every byte
 *               before the first is handed on need not read them once more for that.
 * Not checked:  that the image stays the same until its data is read again (its caller looks).
 * Memory:       16 bytes an extent, at most 8 MiB; 64 KiB of stack.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_EXTENTS_H
#define SEALIFT_BUNDLE_PUBLISH_EXTENTS_H

#include "bundle/archive/image.h"
#include "bundle/archive/sink.h"
#include "resolver/base/buf.h"
#include "resolver/crypto/sha256.h"

#define EXTENT_BLOCK ((uint64_t)64 << 10)
#define EXTENT_BLOCKS_MAX ((uint64_t)1 << 20)

struct extent {
    uint64_t at, size; /* bytes; size is not 0 */
};

struct extents {
    struct buf list; /* of struct extent, ascending, never touching each other */
    size_t count;
    uint64_t image_size; /* bytes */
    uint64_t data_size;  /* of all extents */
};

/* Finds all. digest: what a manifest lists for the image; NULL: nothing is known of it, and holes of its file
 * are not read. On failure *extents is empty: ERR_CORRUPT (another digest), ERR_LIMIT for memory, and what
 * reading gives. extents_free must follow in any case. */
enum err_code extents_find(const struct image *image, const uint8_t digest[SHA256_SIZE],
                           struct extents *extents, struct err *err) MUST_USE;

struct extent extents_get(const struct extents *extents, size_t number);

/* Sends the bytes [at, at + size) of the image to sink. */
enum err_code extents_send(const struct image *image, uint64_t at, uint64_t size,
                           const struct sink *sink, struct err *err) MUST_USE;

/* Sends zeros, as a hole where the sink can take one. */
enum err_code extents_send_hole(uint64_t size, const struct sink *sink, struct err *err) MUST_USE;

/* Sends the whole image, then zeros up to total bytes (not less than the image's). */
enum err_code extents_send_all(const struct image *image, const struct extents *extents,
                               uint64_t total, const struct sink *sink, struct err *err) MUST_USE;

void extents_free(struct extents *extents);

#endif
