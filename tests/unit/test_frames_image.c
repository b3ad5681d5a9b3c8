#include "bundle/archive/frames_image.h"

#include "tests/unit/frames_world.h"

TEST(frames_image_reads_any_range)
{
    static const uint64_t ranges[][2] = {{0, 1},       {0, 70000},    {4095, 2},
                                         {4096, 4096}, {69999, 1},    {8000, 9000},
                                         {70000, 0},   {30000, 5000}, {12287, 8193}};
    struct arena arena;
    struct slice raw, bytes;
    struct world_file blob;
    struct frames_facts facts;
    struct frames_image frames;
    struct image image;
    uint8_t *into;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    raw = world_image_bytes(&arena, 5);
    into = arena_alloc(&arena, raw.len, &err);
    frames_make(raw, 1, &blob, &facts);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    CHECK_OK(frames_image_open(&image, &facts, &arena, &frames, &err), err);
    CHECK_NUMBER(raw.len, frames.image.size);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        CHECK_OK(image_read(&frames.image, ranges[i][0], into, (size_t)ranges[i][1], &err), err);
        CHECK(memcmp(into, raw.ptr + ranges[i][0], (size_t)ranges[i][1]) == 0);
    }
    CHECK_ERR(ERR_CORRUPT, "ends at byte 70000, bytes up to 70001 are wanted",
              image_read(&frames.image, 69999, into, 2, &err), err);
    frames_image_close(&frames);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

/* A blob of several pieces (checked_image.h): frames begin in one and end in the next. */
TEST(frames_image_finds_what_changed_since)
{
    static uint8_t raw[3 * CHECKED_PIECE], into[sizeof raw];
    struct arena arena;
    struct slice bytes;
    struct world_file blob;
    struct frames_facts facts;
    struct frames_image frames;
    struct image image;
    struct err err;

    for (uint32_t i = 0, seed = 1; i < sizeof raw; i++)
        raw[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 24);
    arena_init_heap(&arena, WORLD_MAX);
    frames_make(slice_of(raw, sizeof raw), 1, &blob, &facts);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    CHECK_OK(frames_image_open(&image, &facts, &arena, &frames, &err), err);
    CHECK_OK(image_read(&frames.image, 0, into, sizeof into, &err), err);
    CHECK(memcmp(into, raw, sizeof raw) == 0);
    blob.bytes.ptr[CHECKED_PIECE + 10] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "byte 262144 and those after it: changed since they were checked",
              image_read(&frames.image, 0, into, sizeof into, &err), err);
    CHECK_OK(image_read(&frames.image, 0, into, 4096, &err), err);
    CHECK_OK(image_read(&frames.image, sizeof raw - 1, into, 1, &err), err);
    frames_image_close(&frames);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_image_checks_before_it_gives)
{
    struct arena arena;
    struct slice bytes;
    struct world_file blob;
    struct frames_facts facts;
    struct frames_image frames;
    struct image image;
    uint8_t into[4096];
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    frames_make(world_image_bytes(&arena, 5), 1, &blob, &facts);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    blob.bytes.ptr[9] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "its bytes have another digest than is listed",
              frames_image_open(&image, &facts, &arena, &frames, &err), err);
    CHECK(!frames.image.read);
    /* A blob with the digest that it is to have, and a frame that is none. */
    sha256_of(bytes, facts.stored_digest);
    blob.bytes.ptr[0] ^= 1;
    sha256_of(bytes, facts.stored_digest);
    CHECK_OK(frames_image_open(&image, &facts, &arena, &frames, &err), err);
    CHECK_ERR(ERR_CORRUPT, "frame 0: has no zstd header",
              image_read(&frames.image, 0, into, 2, &err), err);
    frames_image_close(&frames);
    frames_image_close(&frames);
    facts.stored_size--;
    CHECK_ERR(ERR_CORRUPT, NULL, frames_image_open(&image, &facts, &arena, &frames, &err), err);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}
