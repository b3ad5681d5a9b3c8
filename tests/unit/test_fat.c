/* Files and their chains; refused volumes are rows of fixtures/images/expected.txt (test_predict.c). */
#include "bundle/measure/fat.h"

#include <stdio.h>
#include <string.h>

#include "bundle/measure/fat_folder.h"
#include "bundle/measure/gpt.h"
#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

#define UKI "EFI/BOOT/BOOTX64.EFI"

struct volume {
    struct sparse_image sparse;
    struct image disk;
    struct gpt gpt;
    struct fat fat;
    struct fat_entry entry;
    struct arena arena;
    struct err err;
};

/* The ESP of a disk and the UKI on it; one at a time. */
static struct volume *open_volume(const char *name)
{
    static struct volume volume;
    char path[128];

    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    arena_init_heap(&volume.arena, (size_t)1 << 20);
    CHECK(sparse_open(&volume.sparse, test_file(path), &volume.disk));
    CHECK_OK(gpt_find(&volume.disk, &volume.gpt, &volume.err), volume.err);
    CHECK_OK(fat_open(&volume.disk, volume.gpt.esp_at, volume.gpt.esp_size, &volume.fat, &volume.err),
             volume.err);
    CHECK_OK(fat_folder_find(&volume.fat, SLICE(UKI), &volume.arena, &volume.entry, &volume.err),
             volume.err);
    return &volume;
}

static enum err_code open_file(struct volume *volume, uint32_t cluster, uint32_t size,
                               struct fat_file *file, struct image *image)
{
    return fat_file_open(&volume->fat, cluster, size, &volume->arena, file, image, &volume->err);
}

TEST(fat_tells_its_sizes_apart)
{
    static const struct {
        const char *disk;
        unsigned bits;
        uint32_t cluster_size;
    } cases[] = {{"good-fat12", 12, 512},     {"good-fat16-fragmented", 16, 512},
                 {"good-fat16-32k", 16, 32768}, {"good-fat32", 32, 512},
                 {"good-fat32-small", 32, 512}, {"good-4096", 16, 4096}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct volume *volume = open_volume(cases[i].disk);

        CHECK_NUMBER(cases[i].bits, volume->fat.bits);
        CHECK_NUMBER(cases[i].cluster_size, volume->fat.cluster_size);
        CHECK((volume->fat.root_cluster != 0) == (cases[i].bits == 32));
        CHECK((volume->fat.root_size != 0) == (cases[i].bits != 32));
        arena_clear(&volume->arena);
    }
}

/* The same file in one go, and backwards in odd pieces. */
TEST(fat_reads_pieces_in_any_order)
{
    static const char *const disks[] = {"good-fat12", "good-fat16-fragmented", "good-fat32"};
    static uint8_t whole[40000], again[40000];

    for (size_t i = 0; i < sizeof disks / sizeof disks[0]; i++) {
        struct volume *volume = open_volume(disks[i]);
        struct fat_file file;
        struct image image;

        CHECK_OK(open_file(volume, volume->entry.cluster, volume->entry.size, &file, &image), volume->err);
        CHECK(file.count > 10 && image.size == volume->entry.size && image.size < sizeof whole);
        CHECK_OK(image_read(&image, 0, whole, (size_t)image.size, &volume->err), volume->err);
        for (size_t end = (size_t)image.size; end > 0;) {
            size_t size = end < 777 ? end : 777;

            end -= size;
            CHECK_OK(image_read(&image, end, again + end, size, &volume->err), volume->err);
        }
        CHECK(memcmp(whole, again, (size_t)image.size) == 0);
        CHECK(memcmp(whole, "MZ", 2) == 0);
        CHECK_ERR(ERR_CORRUPT, NULL, image_read(&image, image.size, again, 1, &volume->err), volume->err);
        arena_clear(&volume->arena);
    }
}

static void check_refused(struct volume *volume, uint32_t cluster, uint32_t size, enum err_code code,
                          const char *msg)
{
    struct fat_file file;
    struct image image;

    CHECK_ERR(code, msg, open_file(volume, cluster, size, &file, &image), volume->err);
    CHECK(!file.runs && file.count == 0 && file.size == 0 && image.size == 0);
}

TEST(fat_checks_chains_against_sizes)
{
    struct volume *volume = open_volume("good-252");
    uint32_t cluster = volume->entry.cluster, last = volume->fat.clusters + 1;
    uint32_t room = (volume->entry.size + 511) / 512 * 512;
    struct fat_file file;
    struct image image;
    char msg[100];

    CHECK_OK(open_file(volume, 0, 0, &file, &image), volume->err); /* an empty file has no chain */
    CHECK(image.size == 0 && file.count == 0);
    CHECK_OK(open_file(volume, cluster, room, &file, &image), volume->err);
    CHECK_NUMBER(1, file.count);
    snprintf(msg, sizeof msg, "%lu bytes, but its clusters hold %lu", (unsigned long)room + 1,
             (unsigned long)room);
    check_refused(volume, cluster, room + 1, ERR_CORRUPT, msg);
    snprintf(msg, sizeof msg, "a chain leads to cluster 1; there are 2 to %lu", (unsigned long)last);
    check_refused(volume, 1, 1, ERR_FORMAT, msg);
    snprintf(msg, sizeof msg, "a chain leads to cluster %lu; there are 2 to %lu", (unsigned long)last + 1,
             (unsigned long)last);
    check_refused(volume, last + 1, 1, ERR_FORMAT, msg);
    arena_clear(&volume->arena);
}

TEST(fat_needs_a_boot_sector)
{
    struct volume *volume = open_volume("good-252");
    static const struct fat none;

    CHECK_ERR(ERR_FORMAT, "EFI system partition: FAT: a partition of 511 bytes",
              fat_open(&volume->disk, volume->gpt.esp_at, 511, &volume->fat, &volume->err), volume->err);
    CHECK(memcmp(&volume->fat, &none, sizeof none) == 0);
    CHECK_ERR(ERR_FORMAT, "EFI system partition: FAT: no boot sector",
              fat_open(&volume->disk, 0, volume->disk.size, &volume->fat, &volume->err), volume->err);
    arena_clear(&volume->arena);
}

/* A FAT32 file system of 512-byte clusters in which cluster n leads to n + 2, up to the last of one chain. */
#define RESERVED 32
#define TABLE_SECTORS 3200
#define CLUSTERS 409000

struct chain {
    uint32_t last;
};

static void put(uint8_t *at, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void make_boot_sector(uint8_t sector[512])
{
    memset(sector, 0, 512);
    put(sector + 11, 512, 2);
    put(sector + 13, 1, 1);
    put(sector + 14, RESERVED, 2);
    put(sector + 16, 1, 1);
    put(sector + 32, RESERVED + TABLE_SECTORS + CLUSTERS, 4);
    put(sector + 36, TABLE_SECTORS, 4);
    put(sector + 44, 3, 4);
    put(sector + 510, 0xAA55, 2);
}

static enum err_code read_chain(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    const struct chain *chain = ctx;

    (void)err;
    if (at == 0) {
        make_boot_sector(into);
        return ERR_OK;
    }
    for (size_t i = 0; i < size; i += 4) {
        uint32_t cluster = (uint32_t)((at - RESERVED * 512 + i) / 4);

        put(into + i, cluster < chain->last ? cluster + 2 : 0x0FFFFFFF, 4);
    }
    return ERR_OK;
}

TEST(fat_bounds_the_pieces_of_a_file)
{
    struct chain chain;
    struct image disk = {
        .ctx = &chain, .size = (uint64_t)(RESERVED + TABLE_SECTORS + CLUSTERS) * 512, .read = read_chain};
    static struct fat fat;
    struct fat_file file;
    struct image image;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)8 << 20);
    CHECK_OK(fat_open(&disk, 0, disk.size, &fat, &err), err);
    CHECK_NUMBER(32, fat.bits);
    chain.last = 2 * FAT_RUNS_MAX;
    CHECK_OK(fat_file_open(&fat, 2, FAT_RUNS_MAX * 512, &arena, &file, &image, &err), err);
    CHECK_NUMBER(FAT_RUNS_MAX, file.count);
    chain.last = 2 * FAT_RUNS_MAX + 2;
    fat.window_size = 0;
    CHECK_ERR(ERR_LIMIT, "in 200001 pieces, at most 200000",
              fat_file_open(&fat, 2, FAT_RUNS_MAX * 512, &arena, &file, &image, &err), err);
    CHECK(!file.runs && file.count == 0);
    arena_clear(&arena);
}
