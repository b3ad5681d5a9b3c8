/*
 * part_files.h - the files around a download: FILE.part, FILE.part.json, and FILE at the end.
 *
 * In the flow:  download -> [part_files], part, part_state
 * Checked here: that FILE, if it is there, is a regular file.
 * Crashes:      the state is synced and then replaced by rename, so that it is the old or the new one;
 *               a newer one is no more than a nearer place to go on from, but for the first (below).
 *               FILE is synced, and its folder.
 */
#ifndef SEALIFT_SOURCE_PART_FILES_H
#define SEALIFT_SOURCE_PART_FILES_H

#include <limits.h>

#include "resolver/base/quote.h"
#include "resolver/source/part_state.h"

struct part_files {
    char path[PATH_MAX];
    char part[PATH_MAX];
    char state[PATH_MAX];
    char state_new[PATH_MAX];
    struct quoted shown; /* part, for messages */
};

/* Makes the names, and checks FILE. ERR_USAGE for an empty or too long path, ERR_IO, naming it, when
 * something else than a regular file is there. */
enum err_code part_files_init(struct part_files *files, const char *path, struct err *err) MUST_USE;

/* Reads the state. False, with *state zeroed, when there is none that can be used; *why then says
 * why (static text). */
bool part_files_load(const struct part_files *files, struct part_state *state, const char **why);

/* Replaces the state by one of another object: the folder is synced too, so that the state before can
 * never come back and vouch for bytes that are then written over. Errors as of part_files_save. */
enum err_code part_files_begin(const struct part_files *files, const struct part_state *state,
                               struct err *err) MUST_USE;

/* Replaces the state. ERR_LIMIT for a full disk, ERR_IO otherwise, naming the file. */
enum err_code part_files_save(const struct part_files *files, const struct part_state *state,
                              struct err *err) MUST_USE;

/* Removes part and state, as far as they are there. */
void part_files_remove(const struct part_files *files);

/* Makes the part FILE, syncs the folder, and removes the state. ERR_IO, naming the file. */
enum err_code part_files_finish(const struct part_files *files, struct err *err) MUST_USE;

#endif
