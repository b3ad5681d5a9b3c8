/*
 * table_signatures.h - the signature files that a table has in the repository after an import.
 *
 * In the flow:  import_tables -> [table_signatures] -> placements
 * Carried ones: stay beside the table where it is as carried, and go to its .upstream where it is not:
 *               there they still fit.
 * The site's:   --table-sign-key signs the table as it is to be, with names as sign gives them: NAME.sig
 *               for the first signer, NAME.<short id>.sig for others, each with .sigstore.json.
 * Old ones:     of a table that changes fit no more and are removed. Where nobody signs the new one,
 *               that would lose a signature, and is refused.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_TABLE_SIGNATURES_H
#define SEALIFT_BUNDLE_IMPORT_TABLE_SIGNATURES_H

#include "bundle/import/import_table.h"
#include "bundle/import/import_work.h"

#define UPSTREAM_SUFFIX ".upstream"
#define TABLE_NAME_MAX 512 /* bytes: a title, a suffix and NUL */

/* A table on its way. */
struct table_work {
    const struct carried *carried;
    const char *name;     /* in the repository */
    const char *upstream; /* its .upstream */
    bool is_there;
    struct import_table table;
};

/* Adds the placements of all signature files of the table. ERR_POLICY where a signature would be lost,
 * or the table cannot be signed; err names the table. */
enum err_code table_signatures(struct import_work *work, const struct table_work *table,
                               struct err *err) MUST_USE;

#endif
