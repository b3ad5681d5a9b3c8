/*
 * fat.h - a FAT file system: its geometry, its chains of clusters, and files as images.
 *
 * In the flow:  gpt -> [fat] -> fat_folder (names) -> [fat_file_open] -> pe
 * Standard:     Microsoft FAT specification (2005): FAT12, FAT16, FAT32. As EDK2 and Linux do it,
 *               what has no 16-bit FAT size is FAT32, whatever its number of clusters.
 * Checked here: the boot sector's numbers against each other and against the partition; every step
 *               of a chain; that a chain ends, has no circle, and is long enough for its file.
 * Not checked:  the second FAT, the FSInfo sector, clusters that two files share.
 * Memory:       a window of the FAT in struct fat, which must not move; the runs of a file in the
 *               caller's arena, 16 bytes for each piece.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_FAT_H
#define SEALIFT_BUNDLE_MEASURE_FAT_H

#include <stdbool.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"

#define FAT_WINDOW 4096
#define FAT_RUNS_MAX 200000                      /* pieces of one file */
#define FAT_FOLDER_BYTES ((uint64_t)65536 * 32) /* of a folder */

struct fat {
    const struct image *disk;
    unsigned bits;                            /* 12, 16 or 32 */
    uint64_t table_at, table_size;            /* bytes of the disk: the first FAT */
    uint64_t root_at, root_size;              /* FAT12, FAT16: the root folder */
    uint32_t root_cluster;                    /* FAT32 */
    uint64_t data_at;                         /* cluster 2 */
    uint32_t clusters, cluster_size;          /* how many; bytes */
    uint8_t window[FAT_WINDOW];               /* a part of the FAT */
    uint64_t window_at;                       /* its offset in the FAT */
    size_t window_size;                       /* 0: nothing has been read yet */
};

/* Opens the file system in the bytes [at, at + size) of the disk. ERR_FORMAT, and *fat is zeroed;
 * what reading gives. */
enum err_code fat_open(const struct image *disk, uint64_t at, uint64_t size, struct fat *fat,
                       struct err *err) MUST_USE;

/* A piece of a file that is in one place. */
struct fat_run {
    uint64_t at, size; /* bytes of the disk */
};

struct fat_file {
    const struct image *disk;
    struct fat_run *runs;
    size_t count;
    uint64_t size;    /* bytes of the file */
    size_t hint;      /* the run of the last read ... */
    uint64_t hint_at; /* ... and where in the file it begins */
};

/*
 * The file of size bytes whose chain begins with that cluster, as an image with file as its ctx.
 * ERR_FORMAT, ERR_CORRUPT (the chain is too short), ERR_LIMIT; *file is then zeroed.
 */
enum err_code fat_file_open(struct fat *fat, uint32_t cluster, uint32_t size, struct arena *arena,
                            struct fat_file *file, struct image *image, struct err *err) MUST_USE;

/* The bytes of a folder; cluster 0 is the root. Codes as above. */
enum err_code fat_folder_bytes(struct fat *fat, uint32_t cluster, struct arena *arena,
                               struct fat_file *file, struct image *image,
                               struct err *err) MUST_USE;

#endif
