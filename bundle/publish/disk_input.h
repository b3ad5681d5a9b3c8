/*
 * disk_input.h - a disk image as the user names it: a raw file, or one in zstd.
 *
 * In the flow:  IMAGE of the command line -> [disk_input] -> image -> convert, publish
 * Told apart:   by its first bytes, never by its name.
 * Check = use:  the file is opened once. disk_input_check, called when all has been read, finds out a
 *               file that was written to meanwhile (file_unchanged).
 * Memory:       as zstd_image.h; in the arena.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_DISK_INPUT_H
#define SEALIFT_BUNDLE_PUBLISH_DISK_INPUT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "bundle/archive/zstd_image.h"

struct disk_input {
    struct image image; /* raw bytes; valid while the input stays where it is */
    bool is_zstd;
    int fd;
    struct stat status; /* when it was opened */
    struct image file;
    struct zstd_image zstd;
};

/* Opens path. On failure *input is closed: ERR_IO, ERR_CORRUPT, ERR_LIMIT; err names the path. */
enum err_code disk_input_open(const char *path, struct arena *arena, struct disk_input *input,
                              struct err *err) MUST_USE;

/* ERR_IO when the file is not as it was when it was opened; err does not name it. */
enum err_code disk_input_check(const struct disk_input *input, struct err *err) MUST_USE;

void disk_input_close(struct disk_input *input);

#endif
