/*
 * uid.h - the version uid: the name of one set of images.
 *
 * In the flow:  the user's text -> [uid] -> layout (paths), table and measurements (identity)
 * Forms:        v2.2.0
 *               stream/debug/v2.3.0
 *               ref/feat-xyz/stream/debug/v2.4.0-pre.0.20230922011244-0744d001aa84
 * Checked here: the whole grammar, before any text gets near a path or URL: ref "-" or
 *               [A-Za-z0-9-]+ that does not begin with "refs-heads"; streams stable, console, debug
 *               on ref "-", nightly, console, debug on others; a canonical version; UID_MAX.
 * One form:     uids that mean the same have the same `text`, the shortest form.
 * Memory:       everything is copied; a struct uid borrows nothing.
 */
#ifndef SEALIFT_CORE_UID_H
#define SEALIFT_CORE_UID_H

#include <stdbool.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/core/semver.h"

#define UID_MAX 200 /* characters */

struct uid {
    char ref[UID_MAX + 1];
    char stream[UID_MAX + 1];
    char version[UID_MAX + 1];
    char text[UID_MAX + 1]; /* the shortest canonical form */
};

/* Reads a uid. On failure *uid is zeroed; ERR_FORMAT quotes the text and says what is wrong. */
enum err_code uid_parse(struct slice text, struct uid *uid, struct err *err) MUST_USE;

/* The uid of its three parts, as tables and version lists carry them. Errors as uid_parse. */
enum err_code uid_from_parts(struct slice ref, struct slice stream, struct slice version,
                             struct uid *uid, struct err *err) MUST_USE;

bool uid_equal(const struct uid *a, const struct uid *b);

/* By ref, then stream, then the precedence of versions: <0, 0, >0. */
int uid_compare(const struct uid *a, const struct uid *b);

/* The uid's text as one file name: every character outside [A-Za-z0-9.-] is "_". */
void uid_file_name(const struct uid *uid, char out[UID_MAX + 1]);

#endif
