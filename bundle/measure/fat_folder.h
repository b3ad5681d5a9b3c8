/*
 * fat_folder.h - the names in a FAT file system: folders, long names, paths.
 *
 * In the flow:  fat -> [fat_folder] -> the UKI, systemd-boot, addons -> fat_file_open
 * Standard:     Microsoft FAT specification (2005), 6 and 7 (long names).
 * Names:        UTF-16, as firmware sees them: the long name when it is whole and its checksum fits
 *               the short one; else the short one, in the case that the entry's flags say. Paths are
 *               found by either, and A-Z and a-z are the same.
 * Checked here: the order and checksum of the parts of long names; lengths.
 * Not checked:  that a name occurs once: the first one counts.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_FAT_FOLDER_H
#define SEALIFT_BUNDLE_MEASURE_FAT_FOLDER_H

#include "bundle/measure/fat.h"

#define FAT_NAME_MAX 255 /* UTF-16 units */
#define FAT_PATH_DEPTH 32

struct fat_entry {
    uint16_t name[260]; /* 20 parts of 13 units */
    size_t length;      /* of name; at most FAT_NAME_MAX */
    uint16_t short_name[12];
    size_t short_length;
    bool is_folder;
    uint32_t cluster, size;
};

struct fat_folder {
    struct fat_file file;
    struct image bytes;
    uint64_t at;
};

/* Opens a folder, the root when entry is NULL. folder must not move. Codes of fat_folder_bytes. */
enum err_code fat_folder_open(struct fat *fat, const struct fat_entry *entry, struct arena *arena,
                              struct fat_folder *folder, struct err *err) MUST_USE;

/* The next file or folder in it, but for "." and ".."; *is_end after the last. */
enum err_code fat_folder_next(struct fat_folder *folder, struct fat_entry *entry, bool *is_end,
                              struct err *err) MUST_USE;

/* Finds a file or folder by its path: UTF-8, parts between "/". ERR_NOT_FOUND "no such file";
 * *entry is zeroed on failure. */
enum err_code fat_folder_find(struct fat *fat, struct slice path, struct arena *arena,
                              struct fat_entry *entry, struct err *err) MUST_USE;

/* Whether the name ends so (ASCII, A-Z as a-z). */
bool fat_folder_name_ends(const struct fat_entry *entry, const char *suffix);

/* The name as UTF-8, in arena; what is not UTF-16 becomes "?". ERR_LIMIT. */
enum err_code fat_folder_name(const struct fat_entry *entry, struct arena *arena,
                              struct slice *name, struct err *err) MUST_USE;

/* The order of names by UTF-16 units: <0, 0, >0. */
int fat_folder_compare(const struct fat_entry *a, const struct fat_entry *b);

#endif
