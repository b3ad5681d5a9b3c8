#include "bundle/archive/checked_image.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define SIZE (2 * CHECKED_PIECE + 1000)

static void fill(uint8_t *bytes)
{
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 300);
}

TEST(checked_image_reads_any_range)
{
    static const size_t ranges[][2] = {{0, 1},
                                       {0, SIZE},
                                       {CHECKED_PIECE - 1, 2},
                                       {CHECKED_PIECE, CHECKED_PIECE},
                                       {SIZE - 1, 1},
                                       {5, 2 * CHECKED_PIECE},
                                       {SIZE, 0}};
    static uint8_t bytes[SIZE], into[SIZE];
    struct slice slice = slice_of(bytes, SIZE);
    struct image image = image_memory(&slice);
    uint8_t digest[SHA256_SIZE];
    struct checked_image checked;
    struct arena arena;
    struct err err;

    fill(bytes);
    sha256_of(slice, digest);
    arena_init_heap(&arena, (size_t)4 << 20);
    CHECK_OK(checked_image_open(&image, digest, &arena, &checked, &err), err);
    CHECK_NUMBER(SIZE, checked.image.size);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        CHECK_OK(image_read(&checked.image, ranges[i][0], into, ranges[i][1], &err), err);
        CHECK(memcmp(into, bytes + ranges[i][0], ranges[i][1]) == 0);
    }
    arena_clear(&arena);
}

/* Also a byte of a piece that has just been read: it is held, so others must come between. */
TEST(checked_image_finds_what_changed_since)
{
    static uint8_t bytes[SIZE];
    struct slice slice = slice_of(bytes, SIZE);
    struct image image = image_memory(&slice);
    uint8_t digest[SHA256_SIZE], into[2];
    struct checked_image checked;
    struct arena arena;
    struct err err;

    fill(bytes);
    sha256_of(slice, digest);
    arena_init_heap(&arena, (size_t)4 << 20);
    CHECK_OK(checked_image_open(&image, digest, &arena, &checked, &err), err);
    bytes[CHECKED_PIECE + 5] ^= 1;
    CHECK_OK(image_read(&checked.image, 0, into, 2, &err), err);
    CHECK_ERR(ERR_CORRUPT, "byte 262144 and those after it: changed since they were checked",
              image_read(&checked.image, CHECKED_PIECE, into, 1, &err), err);
    CHECK_ERR(ERR_CORRUPT, NULL, image_read(&checked.image, CHECKED_PIECE - 1, into, 2, &err), err);
    CHECK_OK(image_read(&checked.image, SIZE - 1, into, 1, &err), err);
    bytes[0] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "byte 0 and those after it: changed since they were checked",
              image_read(&checked.image, 1, into, 1, &err), err);
    bytes[SIZE - 2] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "byte 524288 and those after it: changed since they were checked",
              image_read(&checked.image, SIZE - 1, into, 1, &err), err);
    arena_clear(&arena);
}

TEST(checked_image_checks_before_it_gives)
{
    static uint8_t bytes[SIZE];
    struct slice slice = slice_of(bytes, SIZE), none = slice_of(bytes, 0);
    struct image image = image_memory(&slice), empty = image_memory(&none);
    uint8_t digest[SHA256_SIZE];
    struct checked_image checked;
    struct arena arena;
    struct err err;

    fill(bytes);
    sha256_of(slice, digest);
    bytes[SIZE - 1] ^= 1;
    arena_init_heap(&arena, (size_t)4 << 20);
    CHECK_ERR(ERR_CORRUPT, "its bytes have another digest than is listed",
              checked_image_open(&image, digest, &arena, &checked, &err), err);
    CHECK(!checked.image.read);
    sha256_of(none, digest);
    CHECK_OK(checked_image_open(&empty, digest, &arena, &checked, &err), err);
    CHECK_NUMBER(0, checked.image.size);
    arena_clear(&arena);
    arena_init_heap(&arena, CHECKED_PIECE);
    CHECK_ERR(ERR_LIMIT, NULL, checked_image_open(&image, digest, &arena, &checked, &err), err);
    arena_clear(&arena);
}
