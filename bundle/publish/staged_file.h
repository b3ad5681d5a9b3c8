/*
 * staged_file.h - a large file that appears at its path only when it is whole.
 *
 * In the flow:  convert, publish -> a sink on [staged_file] -> fsync, rename -> the file at its path
 * Checked here: that what is at the path is a file or nothing (no directory, FIFO or device); a
 *               symbolic link is followed, and one that leads nowhere is refused.
 * How:          everything goes into FILE.sealift-part beside it, which is locked meanwhile. What a
 *               killed run left of that name is used again. It is no mere FILE.part, which could be
 *               the very image that is read.
 * Refused:      a FILE.sealift-part that is a link, has several names, is somebody else's, or that
 *               another run is writing to.
 * On failure:   what was at the path stays, the temporary file is removed.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_STAGED_FILE_H
#define SEALIFT_BUNDLE_PUBLISH_STAGED_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "resolver/base/err.h"

struct staged_file {
    int fd; /* of the temporary file, to be written; -1 when there is none */
    mode_t mode;
    bool has_owner; /* to be given to it */
    uid_t user;
    gid_t group;
    char target[PATH_MAX];
    char temporary[PATH_MAX];
};

/* Begins; a new file gets mode, less the umask; an existing one keeps its
 * own, and under root its owner. On failure fd is -1: ERR_IO, ERR_LIMIT;
 * err names the path. */
enum err_code staged_file_open(const char *path, unsigned mode, struct staged_file *file,
                               struct err *err) MUST_USE;

/* Puts the file in its place. ERR_IO, ERR_LIMIT; err names the path. */
enum err_code staged_file_commit(struct staged_file *file, struct err *err) MUST_USE;

/* Takes the temporary file away, if there still is one; must follow staged_file_open. ERR_IO when that
 * fails: err names the temporary file. */
enum err_code staged_file_drop(struct staged_file *file, struct err *err) MUST_USE;

#endif
