/*
 * folder.h - the entries of a folder, one by one.
 *
 * In the flow:  a folder -> [folder] -> names -> source_dir, key_files; repository, staging, ...
 * Order:        none: as the file system has them.
 * Left out:     "." and "..".
 * Errors:       an entry that cannot be read is an error, and never taken for the end.
 */
#ifndef SEALIFT_SOURCE_FOLDER_H
#define SEALIFT_SOURCE_FOLDER_H

#include "resolver/base/err.h"

/* Opens the folder at path, or the one that path lies in; -1 with errno. */
int folder_open(const char *path);
int folder_open_of(const char *path);

/*
 * Calls visit for each entry of the folder behind fd, which stays open and may be used meanwhile. The
 * name lives until visit returns; an error of visit ends the listing and is passed on. ERR_IO, ERR_LIMIT;
 * err does not name the folder.
 */
enum err_code folder_visit(int fd,
                           enum err_code (*visit)(void *ctx, const char *name, struct err *err),
                           void *ctx, struct err *err) MUST_USE;

#endif
