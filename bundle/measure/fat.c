#include "bundle/measure/fat.h"

#include <string.h>

#include "resolver/base/cursor.h"

#define BOOT_SECTOR 512
#define CLUSTER_SIZE_MAX ((uint32_t)64 << 10)
#define CLUSTERS_MAX 0x0FFFFFF4u

/* The numbers of the boot sector. */
struct geometry {
    uint32_t sector_size, per_cluster, reserved, tables, root_entries, table_sectors, root_cluster;
    bool is_fat32;
    uint64_t sectors;
};

static void read_geometry(struct slice bytes, struct geometry *geometry)
{
    struct cursor cursor = cursor_of(slice_part(bytes, 11, bytes.len));
    uint32_t sectors16, table16, sectors32, table32;

    geometry->sector_size = cursor_le16(&cursor);
    geometry->per_cluster = cursor_u8(&cursor);
    geometry->reserved = cursor_le16(&cursor);
    geometry->tables = cursor_u8(&cursor);
    geometry->root_entries = cursor_le16(&cursor);
    sectors16 = cursor_le16(&cursor);
    cursor_take(&cursor, 1); /* the medium */
    table16 = cursor_le16(&cursor);
    cursor_take(&cursor, 8); /* tracks, heads, sectors before the volume */
    sectors32 = cursor_le32(&cursor);
    table32 = cursor_le32(&cursor);
    cursor_take(&cursor, 4);
    geometry->is_fat32 = table16 == 0;
    geometry->root_cluster = table16 ? 0 : cursor_le32(&cursor);
    geometry->sectors = sectors16 ? sectors16 : sectors32;
    geometry->table_sectors = table16 ? table16 : table32;
}

static bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static enum err_code check_geometry(const struct geometry *geometry, uint64_t size, struct err *err)
{
    if (!is_power_of_two(geometry->sector_size) || geometry->sector_size < 512 ||
        geometry->sector_size > 4096)
        return err_set(err, ERR_FORMAT, "sectors of %lu bytes", (unsigned long)geometry->sector_size);
    if (!is_power_of_two(geometry->per_cluster) ||
        geometry->per_cluster * geometry->sector_size > CLUSTER_SIZE_MAX)
        return err_set(err, ERR_FORMAT, "clusters of %lu sectors",
                       (unsigned long)geometry->per_cluster);
    if (geometry->reserved == 0 || geometry->tables == 0 || geometry->table_sectors == 0)
        return err_set(err, ERR_FORMAT, "%lu reserved sectors, %lu FATs of %lu sectors",
                       (unsigned long)geometry->reserved, (unsigned long)geometry->tables,
                       (unsigned long)geometry->table_sectors);
    if (geometry->sectors * geometry->sector_size > size)
        return err_set(err, ERR_FORMAT, "%llu sectors of %lu bytes, but the partition has %llu bytes",
                       (unsigned long long)geometry->sectors, (unsigned long)geometry->sector_size,
                       (unsigned long long)size);
    return ERR_OK;
}

static enum err_code place(const struct geometry *geometry, uint64_t at, struct fat *fat,
                           struct err *err)
{
    uint64_t sector = geometry->sector_size;
    uint64_t before = geometry->reserved + (uint64_t)geometry->tables * geometry->table_sectors;
    uint64_t root_sectors = ((uint64_t)geometry->root_entries * 32 + sector - 1) / sector;
    uint64_t clusters;

    if (before + root_sectors >= geometry->sectors)
        return err_set(err, ERR_FORMAT, "no room for data after %llu sectors",
                       (unsigned long long)(before + root_sectors));
    clusters = (geometry->sectors - before - root_sectors) / geometry->per_cluster;
    if (clusters == 0 || clusters > CLUSTERS_MAX)
        return err_set(err, ERR_FORMAT, "%llu clusters", (unsigned long long)clusters);
    fat->bits = geometry->is_fat32 ? 32 : clusters < 4085 ? 12 : 16;
    fat->table_at = at + geometry->reserved * sector;
    fat->table_size = geometry->table_sectors * sector;
    fat->root_at = at + before * sector;
    fat->root_size = (uint64_t)geometry->root_entries * 32;
    fat->root_cluster = geometry->root_cluster;
    fat->data_at = fat->root_at + root_sectors * sector;
    fat->clusters = (uint32_t)clusters;
    fat->cluster_size = (uint32_t)sector * geometry->per_cluster;
    if ((clusters + 2) * fat->bits > fat->table_size * 8)
        return err_set(err, ERR_FORMAT, "a FAT of %llu bytes for %llu clusters",
                       (unsigned long long)fat->table_size, (unsigned long long)clusters);
    return ERR_OK;
}

static enum err_code open_volume(const struct image *disk, uint64_t at, uint64_t size,
                                 struct fat *fat, struct err *err)
{
    uint8_t bytes[BOOT_SECTOR];
    struct geometry geometry;
    enum err_code rc;

    if (size < BOOT_SECTOR)
        return err_set(err, ERR_FORMAT, "a partition of %llu bytes", (unsigned long long)size);
    rc = image_read(disk, at, bytes, sizeof bytes, err);
    if (rc != ERR_OK)
        return rc;
    if (bytes[510] != 0x55 || bytes[511] != 0xAA)
        return err_set(err, ERR_FORMAT, "no boot sector");
    read_geometry(slice_of(bytes, sizeof bytes), &geometry);
    rc = check_geometry(&geometry, size, err);
    if (rc == ERR_OK)
        rc = place(&geometry, at, fat, err);
    return rc;
}

enum err_code fat_open(const struct image *disk, uint64_t at, uint64_t size, struct fat *fat,
                       struct err *err)
{
    enum err_code rc;

    memset(fat, 0, sizeof *fat);
    fat->disk = disk;
    rc = open_volume(disk, at, size, fat, err);
    if (rc != ERR_OK) {
        memset(fat, 0, sizeof *fat);
        err_add(err, "EFI system partition: FAT");
    }
    return rc;
}

/* count (at most 4) bytes of the FAT, little-endian. */
static enum err_code peek(struct fat *fat, uint64_t at, unsigned count, uint32_t *value,
                          struct err *err)
{
    if (at < fat->window_at || at + count > fat->window_at + fat->window_size) {
        uint64_t begin = at / 4 * 4, left = fat->table_size - begin;
        size_t size = left < FAT_WINDOW ? (size_t)left : FAT_WINDOW;
        enum err_code rc = image_read(fat->disk, fat->table_at + begin, fat->window, size, err);

        fat->window_at = begin;
        fat->window_size = rc == ERR_OK ? size : 0;
        if (rc != ERR_OK)
            return rc;
    }
    *value = 0;
    for (unsigned i = 0; i < count; i++)
        *value |= (uint32_t)fat->window[at - fat->window_at + i] << (8 * i);
    return ERR_OK;
}

/* What stands in the FAT for a cluster; the ends of chains of all three sizes as that of FAT32. */
static enum err_code read_link(struct fat *fat, uint32_t cluster, uint32_t *link, struct err *err)
{
    enum err_code rc;

    if (fat->bits == 32) {
        rc = peek(fat, (uint64_t)cluster * 4, 4, link, err);
        *link &= 0x0FFFFFFF;
    } else if (fat->bits == 16) {
        rc = peek(fat, (uint64_t)cluster * 2, 2, link, err);
        *link |= *link >= 0xFFF7 ? 0x0FFF0000 : 0;
    } else {
        rc = peek(fat, (uint64_t)cluster * 3 / 2, 2, link, err);
        *link = cluster & 1 ? *link >> 4 : *link & 0xFFF;
        *link |= *link >= 0xFF7 ? 0x0FFFF000 : 0;
    }
    return rc;
}

/* A chain being followed. */
struct walk {
    uint32_t cluster; /* the one it is at; 0 after the last */
    uint32_t done;    /* clusters passed */
};

static enum err_code check_cluster(const struct fat *fat, uint32_t cluster, struct err *err)
{
    if (cluster < 2 || cluster - 2 >= fat->clusters)
        return err_set(err, ERR_FORMAT, "a chain leads to cluster %lu; there are 2 to %lu",
                       (unsigned long)cluster, (unsigned long)fat->clusters + 1);
    return ERR_OK;
}

/* Goes one cluster on. */
static enum err_code step(struct fat *fat, struct walk *walk, struct err *err)
{
    uint32_t link = 0;
    enum err_code rc = read_link(fat, walk->cluster, &link, err);

    if (rc != ERR_OK)
        return rc;
    if (++walk->done > fat->clusters)
        return err_set(err, ERR_FORMAT, "a chain of clusters goes in a circle");
    if (link >= 0x0FFFFFF8) {
        walk->cluster = 0;
        return ERR_OK;
    }
    walk->cluster = link;
    return check_cluster(fat, link, err);
}

/* Follows a chain to its end: counts its clusters and the runs they make. With runs given they are
 * filled, too. */
static enum err_code follow(struct fat *fat, uint32_t first, struct fat_run *runs, size_t *count,
                            uint32_t *clusters, struct err *err)
{
    struct walk walk = {.cluster = first};
    uint32_t previous = 0;
    enum err_code rc = check_cluster(fat, first, err);

    *count = 0;
    while (rc == ERR_OK && walk.cluster) {
        uint32_t now = walk.cluster;

        if (previous == 0 || now != previous + 1) {
            if (runs)
                runs[*count] = (struct fat_run){
                    .at = fat->data_at + (uint64_t)(now - 2) * fat->cluster_size, .size = 0};
            ++*count;
        }
        if (runs)
            runs[*count - 1].size += fat->cluster_size;
        previous = now;
        rc = step(fat, &walk, err);
    }
    *clusters = walk.done;
    return rc;
}

static enum err_code map_chain(struct fat *fat, uint32_t first, struct arena *arena,
                               struct fat_file *file, uint64_t *capacity, struct err *err)
{
    uint32_t clusters = 0;
    size_t count = 0;
    enum err_code rc = follow(fat, first, NULL, &count, &clusters, err);

    if (rc != ERR_OK)
        return rc;
    if (count > FAT_RUNS_MAX)
        return err_set(err, ERR_LIMIT, "in %zu pieces, at most %d", count, FAT_RUNS_MAX);
    file->runs = arena_array(arena, count, sizeof *file->runs, err);
    if (!file->runs)
        return err->code;
    *capacity = (uint64_t)clusters * fat->cluster_size;
    return follow(fat, first, file->runs, &file->count, &clusters, err);
}

static enum err_code read_file(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    struct fat_file *file = ctx;

    if (at < file->hint_at) {
        file->hint = 0;
        file->hint_at = 0;
    }
    while (size > 0) {
        const struct fat_run *run;
        uint64_t inside;
        size_t now;
        enum err_code rc;

        while (at - file->hint_at >= file->runs[file->hint].size)
            file->hint_at += file->runs[file->hint++].size;
        run = &file->runs[file->hint];
        inside = at - file->hint_at;
        now = size < run->size - inside ? size : (size_t)(run->size - inside);
        rc = image_read(file->disk, run->at + inside, into, now, err);
        if (rc != ERR_OK)
            return rc;
        at += now;
        into += now;
        size -= now;
    }
    return ERR_OK;
}

static struct image image_of(struct fat_file *file)
{
    return (struct image){.ctx = file, .size = file->size, .read = read_file};
}

enum err_code fat_file_open(struct fat *fat, uint32_t cluster, uint32_t size, struct arena *arena,
                            struct fat_file *file, struct image *image, struct err *err)
{
    uint64_t capacity = 0;
    enum err_code rc = ERR_OK;

    *file = (struct fat_file){.disk = fat->disk, .size = size};
    if (size > 0)
        rc = map_chain(fat, cluster, arena, file, &capacity, err);
    if (rc == ERR_OK && size > capacity)
        rc = err_set(err, ERR_CORRUPT, "%lu bytes, but its clusters hold %llu", (unsigned long)size,
                     (unsigned long long)capacity);
    if (rc != ERR_OK)
        memset(file, 0, sizeof *file);
    *image = image_of(file);
    return rc;
}

enum err_code fat_folder_bytes(struct fat *fat, uint32_t cluster, struct arena *arena,
                               struct fat_file *file, struct image *image, struct err *err)
{
    enum err_code rc = ERR_OK;

    *file = (struct fat_file){.disk = fat->disk};
    if (cluster == 0)
        cluster = fat->root_cluster;
    if (cluster != 0 || fat->bits == 32) {
        rc = map_chain(fat, cluster, arena, file, &file->size, err);
        if (rc == ERR_OK && file->size > FAT_FOLDER_BYTES + fat->cluster_size)
            rc = err_set(err, ERR_LIMIT, "a folder of %llu bytes", (unsigned long long)file->size);
    } else {
        file->runs = arena_alloc(arena, sizeof *file->runs, err);
        if (file->runs)
            *file->runs = (struct fat_run){.at = fat->root_at, .size = fat->root_size};
        file->count = 1;
        file->size = fat->root_size;
        rc = file->runs ? ERR_OK : err->code;
    }
    if (rc != ERR_OK)
        memset(file, 0, sizeof *file);
    *image = image_of(file);
    return rc;
}
