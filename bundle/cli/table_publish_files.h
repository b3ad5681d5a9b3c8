/*
 * table_publish_files.h - files put into a repository's folders, each whole or not at all.
 *
 * In the flow:  verb_table_publish -> [table_publish_files] -> DIR
 * Rule:         a document or image that is there with the same contents is left alone; one with other
 *               contents is never replaced, as its signatures and users would not follow. Signature
 *               files and version lists are.
 * How:          folders are made as needed; an image is cloned where the file system can do that, else
 *               copied with its holes into a temporary file, synced and renamed.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_FILES_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_FILES_H

#include <stdbool.h>

#include "resolver/base/arena.h"

/* Makes the folders above path, each synced into the one above it. ERR_IO, ERR_LIMIT; err names the
 * folder. */
enum err_code table_publish_folders(const char *path, struct err *err) MUST_USE;

/* Removes the temporary files of path, and of its signature files, that a run which was killed has
 * left. Only for who holds the repository's lock. ERR_IO; err names the folder or file. */
enum err_code table_publish_clean(const char *path, struct err *err) MUST_USE;

/* Whether the folder of path is there; as file_look. */
enum err_code table_publish_look_for_folder(const char *path, bool *is_there, struct err *err)
    MUST_USE;

/* Puts bytes at path; *is_new says whether they were not there. ERR_POLICY (other contents are there),
 * and those of file_create and file_read. */
enum err_code table_publish_document(const char *path, struct slice bytes, struct arena *arena,
                                     bool *is_new, struct err *err) MUST_USE;

/* What is asked of a copy before it gets its name: whether it is what was looked at in `from`, which
 * somebody may have changed meanwhile. */
struct table_publish_judge {
    void *ctx;
    enum err_code (*judge)(void *ctx, int copy, struct err *err);
};

/* The same for the file `from`, of any size, and a copy that is new; codes of judge, too. */
enum err_code table_publish_image(const char *from, const char *path,
                                  const struct table_publish_judge *judge, struct arena *arena,
                                  bool *is_new, struct err *err) MUST_USE;

/* Whether `from` can be opened as an image. ERR_IO. */
enum err_code table_publish_check_image(const char *from, struct err *err) MUST_USE;

/* Whether bytes could be put at path: whether nothing is there, or the same (*is_same). ERR_POLICY as
 * above, and those of file_read. */
enum err_code table_publish_check_document(const char *path, struct slice bytes,
                                           struct arena *arena, bool *is_same, struct err *err)
    MUST_USE;

#endif
