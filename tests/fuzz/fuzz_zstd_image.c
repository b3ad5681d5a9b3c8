/* Images in any zstd file: what opening counts is what reading gives, in whatever order it is read. */
#include <string.h>

#include "bundle/archive/zstd_image.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

#define STORED_MAX 512 /* bytes, of which each can make tens of KiB */
#define COMPARED 5000

static void read_twice(const struct image *image)
{
    static uint8_t forward[COMPARED], back[COMPARED];
    size_t size = image->size < COMPARED ? (size_t)image->size : COMPARED;
    uint64_t at = image->size - size;
    struct err err;

    FUZZ_CHECK(image_read(image, at, forward, size, &err) == ERR_OK);
    FUZZ_CHECK(image_read(image, at + size / 2, back + size / 2, size - size / 2, &err) == ERR_OK);
    FUZZ_CHECK(image_read(image, at, back, size / 2, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(forward, back, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice file = slice_of(data, size < STORED_MAX ? size : STORED_MAX);
    struct image image = image_memory(&file);
    struct zstd_image zstd;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    if (zstd_image_open(&image, &arena, &zstd, &err) == ERR_OK) {
        FUZZ_CHECK(zstd.data_size <= zstd.image.size);
        read_twice(&zstd.image);
        zstd_image_close(&zstd);
    } else {
        FUZZ_CHECK(zstd.image.read == NULL && zstd.image.size == 0);
    }
    arena_clear(&arena);
    return 0;
}
