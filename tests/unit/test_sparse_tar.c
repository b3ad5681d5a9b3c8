#include "bundle/publish/sparse_tar.h"

#include <stdio.h>

#include "bundle/archive/tar.h"
#include "tests/unit/bundle_world.h"
#include "tests/unit/publish_image.h"

#define BLOCK (64 << 10)

static uint64_t number_at(const uint8_t *field)
{
    uint64_t value = 0;

    if (field[0] == 0x80) {
        for (size_t i = 1; i < 12; i++)
            value = value << 8 | field[i];
        return value;
    }
    CHECK_NUMBER(0, field[11]);
    for (size_t i = 0; i < 11; i++) {
        CHECK(field[i] >= '0' && field[i] <= '7');
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    return value;
}

static void check_run(const uint8_t *map, size_t number, uint64_t at, uint64_t size)
{
    CHECK_NUMBER(at, number_at(map + 24 * number));
    CHECK_NUMBER(size, number_at(map + 24 * number + 12));
}

static struct buf write_tar(struct publish_image *disk, uint64_t size)
{
    struct image image = publish_open(disk, true);
    struct extents extents;
    struct world_file out;
    struct sink sink;
    struct err err;

    world_file_init(&out);
    sink = world_sink(&out, false);
    CHECK_OK(extents_find(&image, NULL, &extents, &err), err);
    CHECK_OK(sparse_tar_write(&image, &extents, "disk.raw", size, &sink, &err), err);
    extents_free(&extents);
    return out.bytes;
}

TEST(sparse_tar_header_is_old_gnu)
{
    struct publish_image disk = {.size = 4 * BLOCK};
    struct buf tar;
    unsigned sum = 0, have = 0;

    publish_add(&disk, BLOCK, 1);
    tar = write_tar(&disk, 8 * BLOCK);
    CHECK_NUMBER(TAR_BLOCK + BLOCK + TAR_END, tar.len);
    CHECK(memcmp(tar.ptr, "disk.raw\0", 9) == 0);
    CHECK(memcmp(tar.ptr + 100, "0000644\0" "0000000\0" "0000000\0" "00000200000\0" "00000000000", 48) == 0);
    CHECK_NUMBER('S', tar.ptr[156]);
    CHECK(memcmp(tar.ptr + 257, "ustar  ", 8) == 0);
    check_run(tar.ptr + 386, 0, BLOCK, BLOCK);
    check_run(tar.ptr + 386, 1, 8 * BLOCK, 0); /* the hole at the end */
    CHECK_NUMBER(0, tar.ptr[386 + 48]);
    CHECK_NUMBER(0, tar.ptr[482]);
    CHECK_NUMBER(8 * BLOCK, number_at(tar.ptr + 483));
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : tar.ptr[i];
    CHECK_NUMBER(1, sscanf((const char *)tar.ptr + 148, "%o", &have));
    CHECK_NUMBER(sum, have);
    CHECK(memcmp(tar.ptr + 154, "\0 ", 2) == 0);
    CHECK_NUMBER(publish_byte(BLOCK), tar.ptr[TAR_BLOCK]);
    CHECK_NUMBER(0, tar.ptr[tar.len - TAR_END]);
    buf_clear(&tar);
}

TEST(sparse_tar_map_goes_on_in_blocks)
{
    static const size_t counts[] = {3, 4, 5, 24, 25, 26, 46, 47};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t count = counts[i], runs = count + 1; /* the one at the end */
        size_t blocks = runs > 4 ? (runs - 4 + 20) / 21 : 0;
        struct publish_image disk = {.size = 2 * count * BLOCK};
        struct buf tar;

        for (size_t run = 0; run < count; run++)
            publish_add(&disk, 2 * run * BLOCK, BLOCK);
        tar = write_tar(&disk, disk.size);
        CHECK_NUMBER((1 + blocks) * TAR_BLOCK + count * BLOCK + TAR_END, tar.len);
        CHECK_NUMBER(blocks > 0, tar.ptr[482]);
        for (size_t run = 0; run < runs && run < 4; run++)
            check_run(tar.ptr + 386, run, 2 * run * BLOCK, run < count ? BLOCK : 0);
        for (size_t run = 4; run < runs; run++)
            check_run(tar.ptr + (1 + (run - 4) / 21) * TAR_BLOCK, (run - 4) % 21, 2 * run * BLOCK,
                      run < count ? BLOCK : 0);
        for (size_t block = 1; block <= blocks; block++)
            CHECK_NUMBER(block < blocks, tar.ptr[block * TAR_BLOCK + 504]);
        buf_clear(&tar);
    }
}

TEST(sparse_tar_without_a_hole_at_the_end_has_no_last_run)
{
    struct publish_image disk = {.size = 2 * BLOCK};
    struct buf tar;

    publish_add(&disk, BLOCK, BLOCK);
    tar = write_tar(&disk, 2 * BLOCK);
    check_run(tar.ptr + 386, 0, BLOCK, BLOCK);
    CHECK_NUMBER(0, tar.ptr[386 + 24]);
    buf_clear(&tar);
}

TEST(sparse_tar_of_zeros_is_one_run_of_nothing)
{
    struct publish_image disk = {.size = BLOCK};
    struct buf tar = write_tar(&disk, BLOCK);

    check_run(tar.ptr + 386, 0, BLOCK, 0);
    CHECK_NUMBER(TAR_BLOCK + TAR_END, tar.len);
    buf_clear(&tar);
}

TEST(sparse_tar_writes_eight_gib_in_base_256)
{
    struct publish_image disk = {.size = (uint64_t)9 << 30};
    struct buf tar;

    publish_add(&disk, ((uint64_t)8 << 30) - BLOCK, BLOCK);
    publish_add(&disk, (uint64_t)8 << 30, 1);
    publish_add(&disk, ((uint64_t)9 << 30) - 512, 512);
    tar = write_tar(&disk, disk.size);
    CHECK_NUMBER('7', tar.ptr[386]); /* 8 GiB less 64 KiB: still octal */
    check_run(tar.ptr + 386, 0, ((uint64_t)8 << 30) - BLOCK, 2 * BLOCK);
    check_run(tar.ptr + 386, 1, ((uint64_t)9 << 30) - BLOCK, BLOCK);
    CHECK_NUMBER(0x80, tar.ptr[386 + 24]);
    CHECK_NUMBER(0x80, tar.ptr[483]);
    CHECK_NUMBER((uint64_t)9 << 30, number_at(tar.ptr + 483));
    buf_clear(&tar);
}

TEST(sparse_tar_wants_whole_blocks)
{
    struct publish_image disk = {.size = BLOCK};
    struct image image = publish_open(&disk, true);
    struct extents extents = {.image_size = BLOCK};
    struct sink sink = {0};
    struct err err;

    CHECK_ERR(ERR_BUG, NULL, sparse_tar_write(&image, &extents, "d", BLOCK + 1, &sink, &err), err);
    CHECK_ERR(ERR_BUG, NULL, sparse_tar_write(&image, &extents, "d", BLOCK - 512, &sink, &err), err);
}
