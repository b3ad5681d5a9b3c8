/*
 * staging.h - the folder in which an import is prepared: DIR/.sealift/<digest of the bundle>/.
 *
 * In the flow:  bundle -> [staging] -> checked -> moved into the repository -> [staging] is removed
 * Why there:    it is on the repository's own file system, so that moving is renaming, and resolvers
 *               do not look there.
 * Files:        are numbered; what each becomes is known to import.c alone.
 * Leftovers:    of a run that was killed are removed by the next one, which stages anew: what was
 *               moved already is in its place and is found equal there.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_STAGING_H
#define SEALIFT_BUNDLE_IMPORT_STAGING_H

#include "bundle/import/repository.h"

#define STAGING_NAME_SIZE (2 * SHA256_SIZE + 1)

struct staging {
    const struct repository *repository;
    char name[STAGING_NAME_SIZE];
    int fd; /* -1: not made yet */
};

/* Removes what other runs have left; *was_interrupted: something of this very bundle was there.
 * Nothing is made yet. ERR_IO; staging_close must follow success. */
enum err_code staging_init(struct staging *staging, const struct repository *repository,
                           const uint8_t digest[SHA256_SIZE], bool *was_interrupted,
                           struct err *err) MUST_USE;

/* Makes the folder. */
enum err_code staging_make(struct staging *staging, struct err *err) MUST_USE;

/* A new, empty file, open for reading and writing; -1 on failure. Of this, finishing and putting err names
 * nothing: the caller knows what the file is for. */
int staging_create(const struct staging *staging, size_t number, struct err *err) MUST_USE;

/* A file that is there, for reading; -1 on failure. */
int staging_open(const struct staging *staging, size_t number, struct err *err) MUST_USE;

/* Syncs and closes a file, whatever rc, which is handed on unless syncing fails. */
enum err_code staging_finish(int fd, enum err_code rc, struct err *err) MUST_USE;

/* A whole small file. */
enum err_code staging_put(const struct staging *staging, size_t number, struct slice bytes,
                          struct err *err) MUST_USE;

/* Syncs the folder: everything is there, and will be after a loss of power. */
enum err_code staging_sync(const struct staging *staging, struct err *err) MUST_USE;

/* Moves a file into the folder that is open as `folder`, under the name `last`: what was there is
 * replaced. */
enum err_code staging_move(const struct staging *staging, size_t number, int folder,
                           const char *last, struct err *err) MUST_USE;

/* Removes the folder with all files in it, if it was made. */
enum err_code staging_remove(struct staging *staging, struct err *err) MUST_USE;

/* Closes it; what is in it stays. */
void staging_close(struct staging *staging);

#endif
