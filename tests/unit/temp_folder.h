/*
 * temp_folder.h - a folder of a test's own on the real disk.
 */
#ifndef SEALIFT_TESTS_TEMP_FOLDER_H
#define SEALIFT_TESTS_TEMP_FOLDER_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define TEMP_PATH_MAX 512

struct temp_folder {
    char path[64];
};

static inline struct temp_folder temp_folder_make(void)
{
    struct temp_folder folder = {"/tmp/sealift-test-XXXXXX"};

    CHECK(mkdtemp(folder.path) != NULL);
    return folder;
}

static inline int temp_remove_one(const char *path, const struct stat *status, int type,
                                  struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static inline void temp_folder_remove(struct temp_folder *folder)
{
    CHECK(nftw(folder->path, temp_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

/* folder/name; overwritten by the eighth call after. */
static inline const char *temp_path(const struct temp_folder *folder, const char *name)
{
    static char paths[8][TEMP_PATH_MAX];
    static size_t next;
    char *path = paths[next++ % 8];

    snprintf(path, TEMP_PATH_MAX, "%s/%s", folder->path, name);
    return path;
}

/* Writes the file, and the folders above it as far as they are in name. */
static inline void temp_write(const struct temp_folder *folder, const char *name,
                              struct slice bytes)
{
    char path[TEMP_PATH_MAX];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    for (char *slash = path + strlen(folder->path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    CHECK(fd >= 0 && write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len);
    close(fd);
}

static inline struct slice temp_read(const struct temp_folder *folder, const char *name)
{
    return test_file(temp_path(folder, name));
}

static inline bool temp_exists(const struct temp_folder *folder, const char *name)
{
    struct stat status;

    return lstat(temp_path(folder, name), &status) == 0;
}

/* How many entries the folder has, subfolders and what is in them included. */
static inline size_t temp_count(const struct temp_folder *folder)
{
    char command[TEMP_PATH_MAX];
    FILE *list;
    size_t count = 0;
    int byte;

    snprintf(command, sizeof command, "find %s -mindepth 1", folder->path);
    list = popen(command, "r");
    while (list && (byte = getc(list)) != EOF)
        count += byte == '\n';
    if (list)
        pclose(list);
    return count;
}

#endif
