/*
 * title.h - where a file of the bundle belongs: a path that is safe on every system.
 *
 * In the flow:  layers of all manifests -> [title] -> names in the archive, paths in a repository
 * Checked here: relative; segments of [A-Za-z0-9._+=@,~-], none empty, ".", ".." or ending in ".";
 *               short enough for a tar header; not a name that the archive or import itself uses
 *               (oci-layout, index.json, blobs/, .sealift/). Of a set: no title twice with other
 *               contents; none that differs from another in case alone, that is another's folder,
 *               or that is another's name after decompression (x.raw.zst and x.raw).
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_TITLE_H
#define SEALIFT_BUNDLE_ARCHIVE_TITLE_H

#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

/* ERR_FORMAT "title \"...\": reason" for a title that is not safe. */
enum err_code title_check(struct slice title, struct err *err) MUST_USE;

/* The title without the ".zst" that import takes off; the same for others. */
struct slice title_unpacked(struct slice title);

struct title {
    struct slice text;
    const uint8_t *digest; /* of the contents, SHA-256 */
};

/* Checks a set of safe titles against each other; scratch is used meanwhile. ERR_FORMAT names two
 * that clash; ERR_LIMIT. Equal titles are allowed only with equal digests. */
enum err_code title_check_all(const struct title *titles, size_t count, struct arena *scratch,
                              struct err *err) MUST_USE;

#endif
