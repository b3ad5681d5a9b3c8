/*
 * version_lists.h - the static files that tell web clients which versions a repository has.
 *
 * In the flow:  versions of one ref and stream -> [version_lists] -> files for versions.h to read
 * Files:        constellation/v1/ref/REF/stream/STREAM/versions/latest/image.json, and for each major
 *               and minor version major/vN/image.json and minor/vN.M/image.json.
 * Latest:       the highest release; where there are only pre-releases, the highest of those.
 * Trust:        none: nobody signs these lists, and resolvers say so.
 * Memory:       names and texts are in the arena.
 */
#ifndef SEALIFT_BUNDLE_VERSION_LISTS_H
#define SEALIFT_BUNDLE_VERSION_LISTS_H

#include "resolver/base/arena.h"
#include "resolver/core/uid.h"

struct version_list {
    const char *name; /* below the repository */
    struct slice text;
};

struct version_lists {
    struct version_list *list; /* the latest one last: what it names is in the others then */
    size_t count;
};

/* uids: of one ref and stream, ascending, each once, one at least. On failure *lists is zeroed:
 * ERR_LIMIT when the arena is full. */
enum err_code version_lists_make(const struct uid *uids, size_t count, struct arena *arena,
                                 struct version_lists *lists, struct err *err) MUST_USE;

#endif
