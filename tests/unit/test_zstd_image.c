#include "bundle/archive/zstd_image.h"

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

static void check_refused(struct slice packed, enum err_code code, const char *why)
{
    struct zstd_image zstd;
    struct image file = image_memory(&packed);
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    CHECK_ERR(code, why, zstd_image_open(&file, &arena, &zstd, &err), err);
    CHECK(zstd.image.read == NULL);
    arena_clear(&arena);
}

/* Headers of frames that declare 4 TiB and a byte more (refused before its blocks are looked at), and a
 * window of 128 MiB and of the next size. */
TEST(zstd_image_keeps_to_its_limits)
{
    check_refused(SLICE("\x28\xb5\x2f\xfd\xc0\x00\x01\x00\x00\x00\x00\x04\x00\x00"), ERR_LIMIT,
                  "zstd: 4398046511105 bytes or more, when decompressed: at most 4398046511104 are "
                  "allowed");
    check_refused(SLICE("\x28\xb5\x2f\xfd\xc0\x00\x00\x00\x00\x00\x00\x04\x00\x00"), ERR_CORRUPT,
                  "zstd: the file is cut off");
    check_refused(SLICE("\x28\xb5\x2f\xfd\x00\x88"), ERR_CORRUPT, "zstd: the file is cut off");
    check_refused(SLICE("\x28\xb5\x2f\xfd\x00\x89\x01\x00\x00"), ERR_LIMIT,
                  "zstd: decompressing it takes a window of over 128 MiB of memory: compress it "
                  "again without --long");
}

TEST(zstd_image_counts_data_in_blocks)
{
    static uint8_t raw[5 * ZSTD_IMAGE_HOLE + 100], packed[sizeof raw];
    struct zstd_image zstd;
    struct arena arena;
    struct slice bytes;
    struct image file = image_memory(&bytes);
    struct err err;

    raw[ZSTD_IMAGE_HOLE - 1] = raw[3 * ZSTD_IMAGE_HOLE] = raw[sizeof raw - 1] = 1;
    bytes = slice_of(packed, ZSTD_compress(packed, sizeof packed, raw, sizeof raw, 3));
    file = image_memory(&bytes);
    arena_init_heap(&arena, WORLD_MAX);
    CHECK_OK(zstd_image_open(&file, &arena, &zstd, &err), err);
    CHECK_NUMBER(2 * ZSTD_IMAGE_HOLE + 100, zstd.data_size);
    zstd_image_close(&zstd);
    arena_clear(&arena);
}
