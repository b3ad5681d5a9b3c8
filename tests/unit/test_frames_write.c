/* What frames_write makes of an image: the same whatever the threads, and what zstd reads. */
#include "bundle/archive/frames.h"

#include <zstd.h>

#include "tests/unit/frames_world.h"

TEST(frames_give_back_what_they_took)
{
    static const size_t lengths[] = {1, 4095, 4096, 4097, 8192, 70000, 300000};
    struct arena arena;

    arena_init_heap(&arena, WORLD_MAX);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (unsigned threads = 1; threads <= 4; threads++) {
            struct slice bytes = frames_noise(&arena, lengths[i]);
            struct world_file blob, out;
            struct frames_facts facts;
            uint8_t digest[SHA256_SIZE];
            struct err err;

            frames_make(bytes, threads, &blob, &facts);
            sha256_of(bytes, digest);
            CHECK(memcmp(digest, facts.raw_digest, SHA256_SIZE) == 0);
            sha256_of(buf_slice(&blob.bytes), digest);
            CHECK(memcmp(digest, facts.stored_digest, SHA256_SIZE) == 0);
            CHECK(facts.stored_size <= frames_stored_max(&facts));
            world_file_init(&out);
            CHECK_OK(frames_take(buf_slice(&blob.bytes), &facts, true, threads, &out, &err), err);
            CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
            buf_clear(&out.bytes);
            buf_clear(&blob.bytes);
        }
    }
    arena_clear(&arena);
}

TEST(frames_are_plain_zstd)
{
    struct arena arena;
    struct slice bytes;
    struct world_file blob;
    struct frames_facts facts;
    uint8_t *out;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = world_image_bytes(&arena, 3);
    out = arena_alloc(&arena, bytes.len, &err);
    frames_make(bytes, 2, &blob, &facts);
    CHECK_NUMBER(bytes.len, ZSTD_decompress(out, bytes.len, blob.bytes.ptr, blob.bytes.len));
    CHECK(memcmp(out, bytes.ptr, bytes.len) == 0);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_are_the_same_whatever_the_threads_memory_and_holes)
{
    static const size_t memory[] = {1, 30000, (size_t)64 << 20};
    struct arena arena;
    /* Runs as a file system has them: they end and begin where frames do. */
    struct holed holed = {
        .data = {{0, 3 * FRAMES_WORLD_SIZE}, {14 * FRAMES_WORLD_SIZE, WORLD_IMAGE_SIZE}}};
    struct world_file first;
    struct frames_facts want;

    arena_init_heap(&arena, WORLD_MAX);
    holed.bytes = world_image_bytes(&arena, 1);
    frames_make(holed.bytes, 1, &first, &want);
    for (unsigned threads = 1; threads <= 8; threads += 3) {
        for (size_t i = 0; i < 3; i++) {
            const struct frames_settings settings = {threads, memory[i]};
            struct image image = {.ctx = &holed,
                                  .size = holed.bytes.len,
                                  .read = holed_read,
                                  .next_data = i ? holed_next_data : NULL};
            struct frames_facts have;
            struct world_file blob;
            struct sink sink;
            struct err err;

            world_file_init(&blob);
            sink = world_sink(&blob, false);
            holed.read = holed.next = 0;
            CHECK_OK(frames_write(&image, FRAMES_WORLD_SIZE, FRAMES_LEVEL, &settings, &sink, &have,
                                  &err),
                     err);
            CHECK(slice_equal(buf_slice(&first.bytes), buf_slice(&blob.bytes)));
            CHECK(memcmp(&want, &have, sizeof want) == 0);
            CHECK(!holed.out_of_order);
            /* With holes known, only frames that have data are read. */
            CHECK_NUMBER(i ? 3 * FRAMES_WORLD_SIZE + (WORLD_IMAGE_SIZE - 14 * FRAMES_WORLD_SIZE)
                           : WORLD_IMAGE_SIZE,
                         holed.read);
            buf_clear(&blob.bytes);
        }
    }
    buf_clear(&first.bytes);
    arena_clear(&arena);
}

TEST(frames_write_refuses_what_it_cannot_do)
{
    const struct frames_settings settings = {.threads = 1};
    struct slice none = {NULL, 0};
    struct image image = image_memory(&none);
    struct frames_facts facts;
    struct world_file blob;
    struct sink sink;
    struct err err;

    world_file_init(&blob);
    sink = world_sink(&blob, false);
    CHECK_ERR(ERR_FORMAT, "is empty, want a disk image",
              frames_write(&image, FRAMES_WORLD_SIZE, 3, &settings, &sink, &facts, &err), err);
    image.size = (uint64_t)FRAMES_WORLD_SIZE * SEEK_FRAMES_MAX + 1;
    CHECK_ERR(ERR_LIMIT, "17179869185 bytes, at most 17179869184 in frames of this size",
              frames_write(&image, FRAMES_WORLD_SIZE, 3, &settings, &sink, &facts, &err), err);
}

TEST(frames_write_ends_cleanly_when_a_callback_fails)
{
    struct arena arena;
    struct holed holed = {.fail_at = 50000};
    struct image image = {.ctx = &holed, .read = holed_read};
    struct frames_facts facts;
    struct world_file blob;
    struct sink sink;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    holed.bytes = frames_noise(&arena, WORLD_IMAGE_SIZE);
    image.size = holed.bytes.len;
    for (unsigned threads = 1; threads <= 3; threads++) {
        const struct frames_settings settings = {.threads = threads};

        world_file_init(&blob);
        sink = world_sink(&blob, false);
        CHECK_ERR(ERR_IO, "Input/output error",
                  frames_write(&image, FRAMES_WORLD_SIZE, 3, &settings, &sink, &facts, &err), err);
        CHECK_NUMBER(0, facts.raw_size);
        image.next_data = holed_fail_next_data;
        CHECK_ERR(ERR_IO, "Illegal seek",
                  frames_write(&image, FRAMES_WORLD_SIZE, 3, &settings, &sink, &facts, &err), err);
        image.next_data = NULL;
        holed.fail_at = 0;
        /* Every write in its turn: 18 frames and the three parts of the table. */
        for (size_t i = 1; i <= 21; i++) {
            buf_clear(&blob.bytes);
            blob.fail_at = i;
            blob.writes = 0;
            CHECK_ERR(ERR_LIMIT, "No space left on device",
                      frames_write(&image, FRAMES_WORLD_SIZE, 3, &settings, &sink, &facts, &err),
                      err);
        }
        holed.fail_at = 50000;
        buf_clear(&blob.bytes);
    }
    arena_clear(&arena);
}

/* Zeros at the end, fewer than a frame: they have a frame of their own, known as a hole or not. */
TEST(frames_write_ends_in_zeros)
{
    static uint8_t raw[3 * FRAMES_WORLD_SIZE + 5];
    struct holed holed = {.bytes = slice_of(raw, sizeof raw), .data = {{0, FRAMES_WORLD_SIZE}}};
    const struct frames_settings settings = {.threads = 1};
    struct image image = {.ctx = &holed, .size = sizeof raw, .read = holed_read};
    struct world_file blob, out;
    struct frames_facts facts;
    struct sink sink;
    struct err err;

    memset(raw, 'x', FRAMES_WORLD_SIZE);
    for (int knows_holes = 0; knows_holes < 2; knows_holes++) {
        holed.read = 0;
        image.next_data = knows_holes ? holed_next_data : NULL;
        world_file_init(&blob);
        world_file_init(&out);
        sink = world_sink(&blob, false);
        CHECK_OK(frames_write(&image, FRAMES_WORLD_SIZE, 3, &settings, &sink, &facts, &err), err);
        CHECK_NUMBER(knows_holes ? FRAMES_WORLD_SIZE + 5 : sizeof raw, holed.read);
        CHECK_OK(frames_take(buf_slice(&blob.bytes), &facts, true, 1, &out, &err), err);
        CHECK(slice_equal(holed.bytes, buf_slice(&out.bytes)));
        buf_clear(&out.bytes);
        buf_clear(&blob.bytes);
    }
}
