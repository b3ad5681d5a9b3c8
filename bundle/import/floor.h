/*
 * floor.h - the versions below which a repository does not go back.
 *
 * In the flow:  .sealift/floor.json, uids of a bundle -> [floor] -> import goes on or not; the new
 *               floor -> .sealift/floor.json
 * Rule:         of each ref, stream and MAJOR.MINOR the highest version that was imported; and of a
 *               ref and stream a minimum, if the operator has written one into the file. What is
 *               older than either is refused. Pre-release versions are exempt: they are neither
 *               compared nor remembered.
 * Form:         {"floor": 1, "streams": [{"ref", "stream", "minimum", "highest": [VERSION...]}]};
 *               "minimum" may be absent.
 * Checked here: the form strictly (it is ours): no unknown member, no stream twice, no MAJOR.MINOR
 *               twice, releases alone.
 * Not checked:  who wrote the file: whoever can write the repository can lower its floor.
 * Memory:       copied; the lists are in the arena.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_FLOOR_H
#define SEALIFT_BUNDLE_IMPORT_FLOOR_H

#include <stdbool.h>

#include "resolver/base/arena.h"
#include "resolver/base/buf.h"
#include "resolver/core/uid.h"

#define FLOOR_FILE_MAX ((size_t)4 << 20) /* bytes */
#define FLOOR_VERSIONS_MAX 10000         /* of all streams */

struct floor {
    struct uid *highest; /* by uid, ascending; one for each ref, stream and MAJOR.MINOR */
    size_t highest_count;
    struct uid *minimum; /* by uid, ascending; one for each ref and stream at most */
    size_t minimum_count;
};

/* Reads the file. On failure *floor is zeroed: ERR_FORMAT, ERR_LIMIT; err does not name the file. */
enum err_code floor_parse(struct slice text, struct arena *arena, struct floor *floor,
                          struct err *err) MUST_USE;

/* ERR_POLICY for a version below the floor: err names both. */
enum err_code floor_check(const struct floor *floor, const struct uid *uid,
                          struct err *err) MUST_USE;

/* *raised: the floor after the uids were imported. *has_changed says whether it differs. The floor
 * is never lowered. ERR_LIMIT; *raised is zeroed then. */
enum err_code floor_raise(const struct floor *floor, const struct uid *const *uids, size_t count,
                          struct arena *arena, struct floor *raised, bool *has_changed,
                          struct err *err) MUST_USE;

/* Appends the file's text; errors stick to out. */
void floor_write(const struct floor *floor, struct buf *out);

#endif
