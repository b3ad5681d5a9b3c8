/*
 * gcp_table.h - the reference of a published image, put into the site's lookup table.
 *
 * In the flow:  --table FILE, reference -> [gcp_table] -> table_edit -> FILE and its signatures
 * Generation:   the table's own; a new table is v2.
 * Rules:        the table is of the image's version, where both say it. Another reference that is there is
 *               replaced only with --replace. Signature files are treated as table_file.h says.
 * Two steps:    everything that may be refused is, before anything is asked of the cloud; and again when
 *               the image is there, with the file as it is then.
 */
#ifndef SEALIFT_BUNDLE_CLI_GCP_TABLE_H
#define SEALIFT_BUNDLE_CLI_GCP_TABLE_H

#include "bundle/cli/gcp_source.h"
#include "bundle/cli/table_file.h"

struct gcp_table {
    const struct invocation *invocation;
    const struct gcp_source *source;
    const char *path, *reference;
    struct sign_keys keys;
    struct table_file file;
    struct document_entry entry;
    struct slice before; /* the reference that was there; empty: none */
    struct table_saved saved;
};

/* Reads table and keys and checks; writes nothing. gcp_table_wipe must follow, after failure too.
 *   ERR_POLICY   another reference is there and --replace is not given; it is signed and cannot be signed
 *                anew
 *   ERR_FORGED   it is the table of another version
 *   ERR_USAGE    there is none, and nothing says of which version a new one would be
 *   and those of table_file.h, table_edit.h and sign_key.h. err names the file. */
enum err_code gcp_table_check(struct gcp_table *table, struct arena *arena,
                              struct err *err) MUST_USE;

/* Puts the reference in. Codes as above. */
enum err_code gcp_table_save(struct gcp_table *table, struct arena *arena,
                             struct err *err) MUST_USE;

void gcp_table_wipe(struct gcp_table *table);

#endif
