/*
 * table_edit.h - one change to a lookup table: a reference set, or entries removed.
 *
 * In the flow:  table_document -> [table_edit] -> table_format
 * Checked here: that csp, variant and region can stand in a table and fit together. Without a variant:
 *               the one that the table has for that csp; for a csp that it has nothing of, the one that
 *               the old generations mean (aws-nitro-tpm, gcp-sev-es, qemu-vtpm; on Azure there is none).
 * Not checked:  that the reference has its provider's form (reference_check.h); that the variant is
 *               known.
 * Memory:       the document then borrows the texts it was given, and from the arena.
 */
#ifndef SEALIFT_BUNDLE_TABLE_TABLE_EDIT_H
#define SEALIFT_BUNDLE_TABLE_TABLE_EDIT_H

#include "bundle/table/table_document.h"

/* What is to be changed. Old and new names of variants are the same. */
struct edit_place {
    enum csp csp;
    struct slice variant; /* empty: not said */
    struct slice region;  /* empty: not said */
};

/*
 * Sets the reference there. *entry is what stands in the table now, *before the reference that it had
 * (empty when it is new). On failure nothing has changed: ERR_FORMAT (a text that cannot stand in
 * a table), ERR_USAGE (no region on AWS, one elsewhere, a variant of another csp, none on Azure),
 * ERR_AMBIGUOUS (no variant, and the table has several), ERR_LIMIT.
 */
enum err_code table_edit_set(struct table_document *document, const struct edit_place *place,
                             struct slice reference, struct arena *arena,
                             struct document_entry *entry, struct slice *before, struct err *err)
    MUST_USE;

/*
 * Removes every entry of that csp and, where said, that variant and region. *removed is what was
 * there, *count how many; zeros on failure: ERR_NOT_FOUND (nothing fits; lists what there is),
 * ERR_USAGE (a region elsewhere than on AWS), ERR_LIMIT.
 */
enum err_code table_edit_remove(struct table_document *document, const struct edit_place *place,
                                struct arena *arena, struct document_entry **removed, size_t *count,
                                struct err *err) MUST_USE;

#endif
