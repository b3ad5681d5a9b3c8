#include "bundle/archive/checked_image.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define SIZE (2 * CHECKED_PIECE + 1000)

/* Bytes that are open with their digest. Static: they are many. */
struct scene {
    uint8_t bytes[SIZE];
    struct slice slice;
    struct image image;
    uint8_t digest[SHA256_SIZE];
    struct checked_image checked;
    struct arena arena;
    struct err err;
};

static struct scene scene;

static void begin(size_t max_bytes)
{
    for (size_t i = 0; i < SIZE; i++)
        scene.bytes[i] = (uint8_t)(i * 7 + i / 300);
    scene.slice = slice_of(scene.bytes, SIZE);
    scene.image = image_memory(&scene.slice);
    sha256_of(scene.slice, scene.digest);
    arena_init_heap(&scene.arena, max_bytes);
}

static enum err_code open_scene(void)
{
    memset(&scene.checked, 0xAA, sizeof scene.checked);
    return checked_image_open(&scene.image, scene.digest, &scene.arena, &scene.checked, &scene.err);
}

static enum err_code read_at(uint64_t at, size_t size)
{
    static uint8_t into[SIZE];
    enum err_code rc = image_read(&scene.checked.image, at, into, size, &scene.err);

    CHECK(rc != ERR_OK || memcmp(into, scene.bytes + at, size) == 0);
    return rc;
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

    begin((size_t)4 << 20);
    CHECK_OK(open_scene(), scene.err);
    CHECK_NUMBER(SIZE, scene.checked.image.size);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        CHECK_OK(read_at(ranges[i][0], ranges[i][1]), scene.err);
    arena_clear(&scene.arena);
}

/* Also a byte of a piece that has just been read: it is held, so others must come between. */
TEST(checked_image_finds_what_changed_since)
{
    begin((size_t)4 << 20);
    CHECK_OK(open_scene(), scene.err);
    scene.bytes[CHECKED_PIECE + 5] ^= 1;
    CHECK_OK(read_at(0, 2), scene.err);
    CHECK_ERR(ERR_CORRUPT, "byte 262144 and those after it: changed since they were checked",
              read_at(CHECKED_PIECE, 1), scene.err);
    CHECK_ERR(ERR_CORRUPT, NULL, read_at(CHECKED_PIECE - 1, 2), scene.err);
    CHECK_OK(read_at(SIZE - 1, 1), scene.err);
    scene.bytes[0] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "byte 0 and those after it: changed since they were checked",
              read_at(1, 1), scene.err);
    scene.bytes[SIZE - 2] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "byte 524288 and those after it: changed since they were checked",
              read_at(SIZE - 1, 1), scene.err);
    arena_clear(&scene.arena);
}

TEST(checked_image_checks_before_it_gives)
{
    begin((size_t)4 << 20);
    scene.bytes[SIZE - 1] ^= 1;
    CHECK_ERR(ERR_CORRUPT, "its bytes have another digest than is listed", open_scene(), scene.err);
    CHECK(!scene.checked.image.read);
    scene.slice.len = 0;
    scene.image = image_memory(&scene.slice);
    sha256_of(scene.slice, scene.digest);
    CHECK_OK(open_scene(), scene.err);
    CHECK_NUMBER(0, scene.checked.image.size);
    arena_clear(&scene.arena);
    begin(CHECKED_PIECE);
    CHECK_ERR(ERR_LIMIT, NULL, open_scene(), scene.err);
    arena_clear(&scene.arena);
}
