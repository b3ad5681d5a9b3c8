/*
 * sparse_image.h - the disks of fixtures/images/ as images: a few KiB of file for a disk of many MiB.
 *
 *     CHECK(sparse_open(&sparse, test_file("fixtures/images/good-252.sparse"), &disk));
 *
 * Form: "SPARSE1\n", the size of the disk, then pieces (offset, length, bytes) in ascending order;
 * numbers have 64 bits, little-endian. What is in no piece is zeros. Also used by the fuzz targets.
 */
#ifndef SEALIFT_TESTS_SPARSE_IMAGE_H
#define SEALIFT_TESTS_SPARSE_IMAGE_H

#include <string.h>

#include "bundle/archive/image.h"
#include "resolver/base/cursor.h"

#define SPARSE_PIECES_MAX 4096

struct sparse_image {
    struct {
        uint64_t at;
        struct slice bytes;
    } pieces[SPARSE_PIECES_MAX];
    size_t count;
    uint64_t bytes_read; /* by the users of the image */
};

static inline enum err_code sparse_read(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                        struct err *err)
{
    struct sparse_image *sparse = ctx;

    (void)err;
    memset(into, 0, size);
    sparse->bytes_read += size;
    for (size_t i = 0; i < sparse->count; i++) {
        uint64_t begin = sparse->pieces[i].at, end = begin + sparse->pieces[i].bytes.len;
        uint64_t from = begin > at ? begin : at, to = end < at + size ? end : at + size;

        if (from < to)
            memcpy(into + (from - at), sparse->pieces[i].bytes.ptr + (from - begin),
                   (size_t)(to - from));
    }
    return ERR_OK;
}

/* False when the file is not of that form. */
static inline bool sparse_open(struct sparse_image *sparse, struct slice file, struct image *disk)
{
    struct cursor cursor = cursor_of(file);

    sparse->count = 0;
    sparse->bytes_read = 0;
    *disk = (struct image){.ctx = sparse, .read = sparse_read};
    if (!slice_is(cursor_take(&cursor, 8), "SPARSE1\n"))
        return false;
    disk->size = cursor_le64(&cursor);
    while (cursor_left(&cursor) > 0 && sparse->count < SPARSE_PIECES_MAX) {
        uint64_t at = cursor_le64(&cursor), length = cursor_le64(&cursor);

        if (at > disk->size || length > disk->size - at || length > cursor_left(&cursor))
            return false;
        sparse->pieces[sparse->count].at = at;
        sparse->pieces[sparse->count++].bytes = cursor_take(&cursor, (size_t)length);
    }
    return !cursor.failed && cursor_left(&cursor) == 0;
}

#endif
