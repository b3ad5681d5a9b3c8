/*
 * source_dir.h - a directory as a source of documents.
 *
 * In the flow:  find -> [source_dir] -> bytes
 * Checked here: the directory is opened once, when it is first needed; everything is found below
 *               it (beneath.h); documents are regular files. A link that leads nowhere is an
 *               error, not an absent document.
 */
#ifndef SEALIFT_SOURCE_SOURCE_DIR_H
#define SEALIFT_SOURCE_SOURCE_DIR_H

#include "resolver/core/source.h"

struct source_dir {
    int fd;               /* -1 until it is needed */
    struct source source; /* borrows this struct, which must not move */
};

/* A source of the directory at path, which is borrowed as its base. Nothing is opened before the
 * first document is asked for; then a directory that cannot be opened is ERR_IO. */
void source_dir_init(struct source_dir *dir, const char *path);

/* Closes it, if it was ever opened. */
void source_dir_close(struct source_dir *dir);

#endif
