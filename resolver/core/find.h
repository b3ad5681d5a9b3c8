/*
 * find.h - the lookup order: which file answers the request.
 *
 * In the flow:  request -> [find] -> table, or measurements
 * Order:        1. the local folder: <uid>.json, then the name that Constellation's CLI reads
 *               2. the repository, in the layouts rfc, v1, v2 (or the one that is pinned)
 * Rules:        the first file that exists is the answer. If it is broken, that is the error; the
 *               search never goes on past it. Absent and 403 go on to the next layout; found
 *               nowhere is ERR_NOT_FOUND, or ERR_IO naming the 403 if there was one.
 * Trust:        with table keys a valid signature is required of a table wherever it comes from;
 *               without, its signature files are not even looked for. Measurements are never
 *               handed out unverified: there is no such function.
 */
#ifndef SEALIFT_CORE_FIND_H
#define SEALIFT_CORE_FIND_H

#include "resolver/core/layout.h"
#include "resolver/core/signed_document.h"
#include "resolver/core/table.h"

struct finder {
    const struct source *local;      /* NULL: no local folder is looked at */
    const struct source *repository; /* NULL: there is none */
    int layout;                      /* enum layout, or -1: all of them in turn */
};

/* Where an answer came from. */
struct origin {
    const struct source *source;
    bool is_local;               /* the local folder, not the repository */
    char name[LAYOUT_NAME_MAX];  /* below source->base */
    enum layout layout;          /* of a repository's file */
};

struct found_table {
    struct table table;
    struct slice bytes;
    struct origin origin;
    struct verified verified; /* signer_count 0: the table is unsigned */
};

/*
 * Finds, reads and checks the table of uid. On failure *found is zeroed:
 *   ERR_NOT_FOUND  nowhere; says where it was looked for
 *   ERR_FORMAT     the file that exists is malformed
 *   ERR_POLICY     it is signed but lacks ref, stream or version, and so could be replayed for
 *                  another uid
 *   ERR_FORGED     it is the table of another version, or its signature is not valid
 *   ERR_NO_KEY     table keys are given and it has no signature, or too few; a threshold is given
 *                  and no table key
 *   and those of the sources.
 */
enum err_code find_table(const struct finder *finder, const struct uid *uid,
                         const struct keys *table_keys, struct arena *arena,
                         struct found_table *found, struct err *err) MUST_USE;

/*
 * Finds and verifies the measurements of uid on csp in the repository. On failure *verified is
 * zeroed. Errors as above; ERR_NO_KEY too when there is no key at all.
 */
enum err_code find_measurements(const struct finder *finder, const struct uid *uid, enum csp csp,
                                const struct keys *keys, struct arena *arena,
                                struct verified *verified, struct origin *origin,
                                struct err *err) MUST_USE;

#endif
