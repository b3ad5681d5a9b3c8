/*
 * publish_image.h - images for the tests of bundle/publish: in memory, large and mostly holes.
 */
#ifndef SEALIFT_TESTS_PUBLISH_IMAGE_H
#define SEALIFT_TESTS_PUBLISH_IMAGE_H

#include <string.h>

#include "bundle/archive/image.h"
#include "tests/unit/test.h"

#define PUBLISH_RUNS 128

/* Zeros, but for runs whose bytes depend on where they are. */
struct publish_image {
    struct {
        uint64_t at, size;
    } runs[PUBLISH_RUNS];
    size_t count;
    uint64_t size;
    uint64_t read; /* bytes */
    uint64_t fail_at; /* 0, or a byte that cannot be read */
};

static inline uint8_t publish_byte(uint64_t at)
{
    return (uint8_t)(1 + (at * 2654435761u >> 13) % 251);
}

static inline enum err_code publish_read(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                         struct err *err)
{
    struct publish_image *image = ctx;

    if (image->fail_at && at + size > image->fail_at)
        return err_set(err, ERR_IO, "Input/output error");
    memset(into, 0, size);
    image->read += size;
    for (size_t i = 0; i < image->count; i++) {
        uint64_t begin = image->runs[i].at, end = begin + image->runs[i].size;
        uint64_t from = begin > at ? begin : at, to = end < at + size ? end : at + size;

        for (; from < to; from++)
            into[from - at] = publish_byte(from);
    }
    return ERR_OK;
}

static inline enum err_code publish_next(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                                         struct err *err)
{
    struct publish_image *image = ctx;

    (void)err;
    *begin = *end = image->size;
    for (size_t i = 0; i < image->count; i++) {
        if (from < image->runs[i].at + image->runs[i].size) {
            *begin = from > image->runs[i].at ? from : image->runs[i].at;
            *end = image->runs[i].at + image->runs[i].size;
            break;
        }
    }
    return ERR_OK;
}

static inline void publish_add(struct publish_image *image, uint64_t at, uint64_t size)
{
    image->runs[image->count].at = at;
    image->runs[image->count++].size = size;
}

static inline struct image publish_open(struct publish_image *image, bool with_holes)
{
    return (struct image){.ctx = image,
                          .size = image->size,
                          .read = publish_read,
                          .next_data = with_holes ? publish_next : NULL};
}

#endif
