/*
 * pack_files.h - tables and measurements that are given as files, one by one.
 *
 * In the flow:  --table, --measurements, --signature -> [pack_files] -> pack_document -> pack_release
 * Uid:          what the file itself names. A table that names none is of the one uid that was asked
 *               for. What is of a uid that was not asked for is refused; where none was asked for, the
 *               files say which.
 * Title:        the path of the layout that has that form of table or measurements.
 * Signatures:   those beside the file, and those given, which belong to the document that they sign.
 * Checked here: what has to be known to find the place; pack_document.h checks the rest.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_FILES_H
#define SEALIFT_BUNDLE_PACK_PACK_FILES_H

#include "bundle/pack/pack_document.h"
#include "resolver/source/source_dir.h"

#define PACK_FILES_MAX 128 /* tables and measurements together */

/* One file, as it was read. */
struct pack_file {
    const char *path;
    struct slice bytes;
    bool is_table, has_uid;
    struct uid uid;
    enum layout layout;
    enum csp csp; /* of measurements; CSP_NONE: of several */
    struct pack_given *given;
    size_t given_count;
    struct source_dir folder; /* that it lies in */
};

struct pack_files {
    struct pack_file list[PACK_FILES_MAX];
    size_t count;
};

/* Each reads a file: ERR_USAGE, ERR_IO, ERR_LIMIT, ERR_FORMAT (cannot be read as what it is), and
 * ERR_FORGED for measurements of another csp than "CSP=" says. err names the file. What they hold is
 * allocated in arena. */
enum err_code pack_files_table(struct pack_files *files, const char *path, struct arena *arena,
                               struct err *err) MUST_USE;
enum err_code pack_files_measurements(struct pack_files *files, const char *csp_and_path,
                                      struct arena *arena, struct err *err) MUST_USE;

/* Gives a signature file to the document that it signs, after all have been read. ERR_FORGED when no
 * given key validates it for any of them; ERR_NO_KEY without any key. */
enum err_code pack_files_signature(struct pack_files *files, const char *path,
                                   const struct pack_policy *policy, struct arena *arena,
                                   struct err *err) MUST_USE;

/* Adds the files of release->uid to it; with is_only, tables that name no uid, too. Codes of
 * pack_document_add. */
enum err_code pack_files_add(const struct pack_files *files, bool is_only,
                             const struct pack_policy *policy, struct pack_release *release,
                             struct arena *arena, struct err *err) MUST_USE;

/* Closes folders. */
void pack_files_close(struct pack_files *files);

#endif
