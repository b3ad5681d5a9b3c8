/*
 * image.h - bytes that can be read at any offset, whatever holds them.
 *
 * In the flow:  a file, a part of a file, the parts of a split archive -> [image] -> every reader
 * Contract:     the size does not change; bytes read twice are the same unless somebody writes to
 *               the file meanwhile, so that what is checked must be what is used. One thread at a
 *               time.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_IMAGE_H
#define SEALIFT_BUNDLE_ARCHIVE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct image {
    void *ctx;
    uint64_t size; /* bytes */

    /* Reads exactly `size` bytes at `at` into `into`. ERR_IO, or ERR_CORRUPT when the bytes are
     * not there any more. */
    enum err_code (*read)(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err);

    /*
     * Where data is: the first run [*begin, *end) at or after `from` that is not known to be zeros;
     * *begin = *end = the size when nothing but zeros follows. NULL: nothing is known.
     */
    enum err_code (*next_data)(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                               struct err *err);
};

/* Reads size bytes at `at`; ERR_CORRUPT "ends at byte N, bytes up to M are wanted" past the end. */
enum err_code image_read(const struct image *image, uint64_t at, uint8_t *into, size_t size,
                         struct err *err) MUST_USE;

/* A part of another image; it must outlive the image made of it. */
struct image_window {
    const struct image *whole;
    uint64_t at, size; /* bytes of whole */
};

/* The bytes [at, at + size) of whole as an image of their own, with window as its ctx; they must
 * lie within whole. Holes stay known. */
struct image image_window(struct image_window *window, const struct image *whole, uint64_t at,
                          uint64_t size);

/* Bytes in memory as an image; bytes is its ctx and must outlive it. */
struct image image_memory(struct slice *bytes);

#endif
