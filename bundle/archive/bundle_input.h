/*
 * bundle_input.h - a bundle as the user gives it: an archive, the parts of one, or a folder.
 *
 * In the flow:  FILE... of the command line -> [bundle_input] -> struct bundle -> bundle_verify
 * Told apart:   by what is there, never by names: a directory is an OCI layout, a file that begins
 *               as a part does is a part, any other file is an archive. Parts may be given in any
 *               order and lie in several folders.
 * Check = use:  each path is opened once; from then on descriptors alone are used, so that it does
 *               not matter what a path names later.
 * Checked here: that what is given is one bundle: one archive, one folder, or all parts of one; what
 *               bundle_open_* check.
 * Not checked:  signatures and the layers' bytes (bundle_reader.h); the parts' own digests and
 *               signatures (bundle_parts.h, bundle_part.h).
 * Memory:       names are borrowed; the arena must outlive the input.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_INPUT_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_INPUT_H

#include "bundle/archive/bundle_parts.h"
#include "bundle/archive/bundle_reader.h"

#define BUNDLE_KEPT_SUFFIX ".front" /* where sign keeps the front of a bundle while it changes it */

enum bundle_input_kind { INPUT_ARCHIVE, INPUT_PARTS, INPUT_FOLDER };

struct bundle_input {
    enum bundle_input_kind kind;
    struct bundle bundle;         /* after bundle_input_read */
    struct bundle_parts *parts;   /* after bundle_input_read, of INPUT_PARTS; else NULL */
    struct bundle_part_file *files; /* what was given, in that order; of a folder its path alone */
    int *fds;                     /* of each of them */
    size_t count;
};

/*
 * Opens the paths and tells what they are; no bundle is read yet. count is 1 at least. The input must
 * stay where it is; bundle_input_close must follow success. On failure everything is closed and *input
 * zeroed: ERR_IO, ERR_LIMIT, ERR_USAGE (several paths that are not all parts),
 * ERR_CORRUPT (one of several is empty); err names the path.
 */
enum err_code bundle_input_find(const char *const *paths, size_t count, struct arena *arena,
                                struct bundle_input *input, struct err *err) MUST_USE;

/* Opens the bundle that bundle_input_find found: bundle_parts_open, bundle_open_archive or
 * bundle_open_folder. On failure input->bundle is zeroed; codes are theirs, err names the path, or the
 * missing or damaged parts; and what sign has left when it was broken off. bundle_input_close must still follow. */
enum err_code bundle_input_read(struct bundle_input *input, struct arena *arena,
                                struct err *err) MUST_USE;

/* Both at once; on failure everything is closed and *input zeroed. */
enum err_code bundle_input_open(const char *const *paths, size_t count, struct arena *arena,
                                struct bundle_input *input, struct err *err) MUST_USE;

/* After a failure rc of anything that read the bundle: when a part is damaged, err names it in
 * place of what broke because of it (ERR_CORRUPT). ERR_OK, ERR_IO and ERR_LIMIT stay. Reads
 * all parts. */
enum err_code bundle_input_blame(const struct bundle_input *input, enum err_code rc,
                                 struct err *err);

/* Whether every file still has the size that it had when it was opened: ERR_CORRUPT, err names it. */
enum err_code bundle_input_unchanged(const struct bundle_input *input, struct err *err) MUST_USE;

/* Closes all descriptors; also of a zeroed input. */
void bundle_input_close(struct bundle_input *input);

#endif
