/*
 * version_list.h - the version lists of a repository: made anew, or with one version put in.
 *
 * In the flow:  a list that is there, a uid -> [version_list] -> the list that is to be there
 * Lists:        below constellation/v1/ref/REF/stream/STREAM/versions/
 *                 latest/image.json      {"ref", "stream", "kind": "image", "version"}
 *                 major/vN/image.json    {"ref", "stream", "granularity": "major", "base": "vN",
 *                                         "kind": "image", "versions": ["vN.M", ...]}
 *                 minor/vN.M/image.json  the same with "minor", "vN.M" and full versions
 * Rule:         sorted by precedence, each once. The latest is the highest release, or the highest
 *               pre-release where there is no release, as versions.h has it.
 * Checked here: strictly: a list that is there must be of this ref, stream and base, with all its
 *               members and no others, and every version must belong in it.
 * Not checked:  that the repository has the other versions of a list.
 */
#ifndef SEALIFT_BUNDLE_TABLE_VERSION_LIST_H
#define SEALIFT_BUNDLE_TABLE_VERSION_LIST_H

#include "resolver/base/arena.h"
#include "resolver/base/buf.h"
#include "resolver/core/layout.h"

enum version_list_kind { VERSION_LIST_LATEST, VERSION_LIST_MAJOR, VERSION_LIST_MINOR };

#define VERSION_LIST_KINDS 3

/* The list's name below the repository. */
void version_list_name(enum version_list_kind kind, const struct uid *uid,
                       char out[LAYOUT_NAME_MAX]);

/*
 * Appends to out the list with uid's version in it. before: the list that is there, empty for none.
 * On failure what is in out is of no use: ERR_FORMAT (before is malformed), ERR_FORGED (it is of
 * another ref, stream or base), ERR_LIMIT (also over VERSIONS_MAX of versions.h).
 */
enum err_code version_list_add(enum version_list_kind kind, struct slice before,
                               const struct uid *uid, struct arena *arena, struct buf *out,
                               struct err *err) MUST_USE;

/* How many of the first uids, which ascend, belong into one list; 0 of none. */
size_t version_list_together(enum version_list_kind kind, const struct uid *uids, size_t count);

/* Appends to out a list anew: of uids, one at least, all of which belong into it. On failure what is in
 * out is of no use: ERR_LIMIT. Quick where they ascend. */
enum err_code version_list_make(enum version_list_kind kind, const struct uid *uids, size_t count,
                                struct arena *arena, struct buf *out, struct err *err) MUST_USE;

#endif
