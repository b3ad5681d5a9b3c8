#include "bundle/publish/zstd_image.h"

#include <zstd.h>

#include "tests/unit/bundle_world.h"

#define SIZE ((size_t)700 << 10)

static struct slice make(struct arena *arena, uint8_t **raw)
{
    size_t room = 2 * ZSTD_compressBound(SIZE) + 8, len;
    struct err err;
    uint8_t *packed = arena_alloc(arena, room, &err);

    *raw = arena_alloc(arena, SIZE, &err);
    for (size_t i = 0; i < SIZE; i++)
        (*raw)[i] = (uint8_t)(i * i >> 9);
    /* Two frames with a skippable one between them. */
    len = ZSTD_compress(packed, room, *raw, SIZE / 2, 3);
    memcpy(packed + len, "\x50\x2a\x4d\x18\0\0\0\0", 8);
    len += 8;
    len += ZSTD_compress(packed + len, room - len, *raw + SIZE / 2, SIZE - SIZE / 2, 3);
    return slice_of(packed, len);
}

TEST(zstd_image_reads_anywhere)
{
    static const size_t reads[][2] = {{0, 10},    {10, 200000}, {500000, 100}, {SIZE - 1, 1},
                                      {5, 699000}, {SIZE / 2 - 1, 2}};
    struct zstd_image zstd;
    struct arena arena;
    struct image file;
    struct slice packed;
    uint8_t *raw, *into;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    packed = make(&arena, &raw);
    into = arena_alloc(&arena, SIZE, &err);
    file = image_memory(&packed);
    CHECK(zstd_image_is(packed));
    CHECK(!zstd_image_is(SLICE("\x28\xb5\x2f")));
    CHECK_OK(zstd_image_open(&file, &arena, &zstd, &err), err);
    CHECK_NUMBER(SIZE, zstd.image.size);
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        CHECK_OK(image_read(&zstd.image, reads[i][0], into, reads[i][1], &err), err);
        CHECK(memcmp(into, raw + reads[i][0], reads[i][1]) == 0);
    }
    zstd_image_close(&zstd);
    arena_clear(&arena);
}

TEST(zstd_image_refuses_what_is_cut_off_or_broken)
{
    struct zstd_image zstd;
    struct arena arena;
    struct image file;
    struct slice packed, part;
    uint8_t *raw, *bytes;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    packed = make(&arena, &raw);
    for (size_t cut = 1; cut < packed.len; cut += packed.len / 7) {
        part = slice_part(packed, 0, packed.len - cut);
        file = image_memory(&part);
        CHECK_ERR(ERR_CORRUPT, "zstd: the file is cut off",
                  zstd_image_open(&file, &arena, &zstd, &err), err);
    }
    bytes = (uint8_t *)arena_copy(&arena, packed, &err);
    bytes[packed.len - 1] ^= 0xff;
    bytes[0] ^= 1;
    part = slice_of(bytes, packed.len);
    file = image_memory(&part);
    CHECK_ERR(ERR_CORRUPT, NULL, zstd_image_open(&file, &arena, &zstd, &err), err);
    CHECK(zstd.image.read == NULL);
    arena_clear(&arena);
}
