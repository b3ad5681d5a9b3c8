/*
 * frames_world.h - what the tests of frames share: images in memory that know their holes, compressed and
 * decompressed in frames of 4 KiB.
 */
#ifndef SEALIFT_TESTS_FRAMES_WORLD_H
#define SEALIFT_TESTS_FRAMES_WORLD_H

#include <string.h>

#include "bundle/archive/frames.h"
#include "tests/unit/bundle_world.h"

#define FRAMES_WORLD_SIZE 4096

/* An image in memory that knows its holes and counts what is read. */
struct holed {
    struct slice bytes;
    uint64_t data[2][2]; /* runs of data */
    uint64_t read;       /* bytes */
    uint64_t next;       /* where the next read is expected to begin, or later */
    bool out_of_order;
    uint64_t fail_at; /* 0, or an offset that cannot be read */
};

static inline enum err_code holed_read(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                       struct err *err)
{
    struct holed *holed = ctx;

    if (holed->fail_at && at + size > holed->fail_at)
        return err_set(err, ERR_IO, "Input/output error");
    holed->out_of_order = holed->out_of_order || at < holed->next;
    holed->next = at + size;
    holed->read += size;
    memcpy(into, holed->bytes.ptr + at, size);
    return ERR_OK;
}

static inline enum err_code holed_next_data(void *ctx, uint64_t from, uint64_t *begin,
                                            uint64_t *end, struct err *err)
{
    struct holed *holed = ctx;

    (void)err;
    *begin = *end = holed->bytes.len;
    for (size_t i = 0; i < 2; i++) {
        if (from < holed->data[i][1]) {
            *begin = from > holed->data[i][0] ? from : holed->data[i][0];
            *end = holed->data[i][1];
            return ERR_OK;
        }
    }
    return ERR_OK;
}

static inline enum err_code holed_fail_next_data(void *ctx, uint64_t from, uint64_t *begin,
                                                 uint64_t *end, struct err *err)
{
    (void)ctx;
    (void)from;
    *begin = *end = 0;
    return err_set(err, ERR_IO, "Illegal seek");
}

/* Compresses bytes; the blob is in *blob, which the caller clears. */
static inline void frames_make(struct slice bytes, unsigned threads, struct world_file *blob,
                               struct frames_facts *facts)
{
    const struct frames_settings settings = {.threads = threads};
    struct image image = image_memory(&bytes);
    struct sink sink;
    struct err err;

    world_file_init(blob);
    sink = world_sink(blob, false);
    CHECK_OK(frames_write(&image, FRAMES_WORLD_SIZE, FRAMES_LEVEL, &settings, &sink, facts, &err),
             err);
    CHECK_NUMBER(facts->stored_size, blob->bytes.len);
    CHECK_NUMBER(facts->raw_size, bytes.len);
}

static inline enum err_code frames_take(struct slice blob, const struct frames_facts *facts,
                                        bool is_deep, unsigned threads, struct world_file *out,
                                        struct err *err)
{
    const struct frames_settings settings = {.threads = threads};
    struct image image = image_memory(&blob);
    struct sink sink = world_sink(out, threads % 2 == 1);

    return frames_read(&image, facts, is_deep, &settings, &sink, err);
}

/* Some bytes that compress a little. */
static inline struct slice frames_noise(struct arena *arena, size_t len)
{
    unsigned seed = 7;
    struct err err;
    uint8_t *bytes = arena_alloc(arena, len, &err);

    for (size_t i = 0; i < len; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(seed >> 27);
    }
    return slice_of(bytes, len);
}

#endif
