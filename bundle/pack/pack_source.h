/*
 * pack_source.h - what a repository has for a uid: tables and measurements of every layout.
 *
 * In the flow:  repository -> [pack_source] -> pack_document -> pack_release
 * Taken:        all layouts that are there, so that the repository at the other end answers as this one
 *               does. Over HTTP, 403 counts as absent where another layout has the table.
 * Not taken:    what has been given as a file: no tables when there is one, no measurements of a csp
 *               that has some.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_SOURCE_H
#define SEALIFT_BUNDLE_PACK_PACK_SOURCE_H

#include "bundle/pack/pack_document.h"
#include "resolver/source/source_dir.h"

struct pack_repository {
    const struct source *source;
    const struct source_dir *dir; /* the same, when it is a folder; else NULL */
    int layout;                   /* enum layout, or -1: all of them */
};

/* Which clouds are wanted. */
struct pack_csps {
    bool wants[CSP_COUNT];
    bool are_named; /* by the user: then each must be there */
};

/* "BASE/name", allocated in arena; NULL and ERR_LIMIT. For titles and messages. */
const char *pack_join(const char *base, const char *name, struct arena *arena,
                      struct err *err) MUST_USE;

/*
 * Adds the documents of release->uid.
 *   ERR_NOT_FOUND  no table in any layout
 *   ERR_IO         the same, and the server answered 403 to one of them
 *   and those of pack_document_fetch
 */
enum err_code pack_source_add(const struct pack_repository *repository,
                              const struct pack_csps *csps, const struct pack_policy *policy,
                              struct pack_release *release, struct arena *arena,
                              struct err *err) MUST_USE;

/*
 * Once all is there: ERR_NOT_FOUND for a csp that was named and is in no table and no measurements;
 * ERR_NO_KEY for a release without any measurements, unless the policy allows it: nothing that is
 * signed would say what its images must be.
 */
enum err_code pack_source_check(const struct pack_release *release, const struct pack_csps *csps,
                                const struct pack_policy *policy, struct err *err) MUST_USE;

#endif
