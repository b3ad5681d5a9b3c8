/*
 * semver.h - versions of images: vMAJOR.MINOR.PATCH[-PRERELEASE].
 *
 * In the flow:  uid -> [semver] -> versions --latest, floor
 * Form:         Semantic Versioning 2.0.0 with a leading "v" and without build metadata, in
 *               its one canonical text: numbers without leading zeros.
 * Memory:       prerelease borrows from the text given to semver_parse.
 */
#ifndef SEALIFT_CORE_SEMVER_H
#define SEALIFT_CORE_SEMVER_H

#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct semver {
    uint64_t major, minor, patch;
    struct slice prerelease; /* without the hyphen; empty for a release */
};

/* Reads a version. On failure *version is zeroed and err (ERR_FORMAT) says which part is wrong;
 * it does not repeat the text. */
enum err_code semver_parse(struct slice text, struct semver *version, struct err *err) MUST_USE;

/* Precedence by clause 11 of the specification: <0, 0, >0. */
int semver_compare(const struct semver *a, const struct semver *b);

#endif
