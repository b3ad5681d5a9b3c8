/*
 * import_table.h - what becomes of a lookup table that a bundle carries.
 *
 * In the flow:  the table as carried; the repository's, and its .upstream -> [import_table] -> the
 *               table as it is to be
 * Rule:         nothing there: the table as carried, byte for byte. The same there: nothing to do.
 *               Otherwise both are merged (table_merge.h), with the table as carried before
 *               (.upstream) as their base: what the bundle adds is added, what the site has changed
 *               stays the site's. What conflicts is refused, or with `replace` taken from the bundle.
 * Base URL:     with one, references to images that the bundle brings become the site's own
 *               (base_url.h). Those that were made so by an earlier import are known by .upstream,
 *               and stay as they are where no base URL is given.
 * Twice:        the same import once more changes nothing.
 * Checked here: what table_merge and table_format check.
 * Not checked:  signatures, and that the carried table is of the uid (contents.h).
 * Memory:       everything is in the arena, or borrowed from what is given.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_IMPORT_TABLE_H
#define SEALIFT_BUNDLE_IMPORT_IMPORT_TABLE_H

#include "bundle/archive/manifest.h"

struct import_table_question {
    const struct manifest *manifest; /* that carries it */
    struct slice carried;
    bool is_there, has_upstream;
    struct slice present, upstream; /* what the repository has */
    struct slice base_url;          /* empty: none */
    bool replace;
};

struct import_table {
    struct slice bytes;  /* as it is to be */
    bool is_new;         /* not what is there */
    bool is_carried;     /* byte for byte as carried */
    bool has_uid;        /* it carries ref, stream and version, so that it can be signed */
    bool needs_upstream; /* .upstream is to be there, with the bytes as carried */
};

/*
 * On failure *table is zeroed: ERR_POLICY (conflicts; err lists as many as fit), ERR_FORMAT and
 * ERR_FORGED (a table that is there is malformed, or of another version; err says which), ERR_LIMIT.
 */
enum err_code import_table(const struct import_table_question *question, struct arena *arena,
                           struct import_table *table, struct err *err) MUST_USE;

#endif
