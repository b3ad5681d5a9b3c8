/*
 * fixture_folder.h - how many fixtures of a kind a folder holds, so that a test that lists them all
 * notices a new one.
 */
#ifndef SEALIFT_TESTS_FIXTURE_FOLDER_H
#define SEALIFT_TESTS_FIXTURE_FOLDER_H

#include <dirent.h>

#include "resolver/base/slice.h"

/* Files of folder (below the repository's root) whose names begin and end so. */
static inline size_t fixture_count(const char *folder, const char *prefix, const char *suffix)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;

    while (entries && (entry = readdir(entries))) {
        struct slice name = slice_text(entry->d_name);

        count += slice_begins(name, prefix) && slice_ends(name, suffix);
    }
    if (entries)
        closedir(entries);
    return count;
}

#endif
