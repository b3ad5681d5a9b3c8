/*
 * table_document.h - a lookup table that can be changed and written again.
 *
 * In the flow:  bytes, or a uid -> [table_document] -> table_edit, table_merge -> table_format -> bytes
 * Shape:        entries of all generations alike: csp, variant (by its new name), region (AWS alone),
 *               reference; sorted by csp, variant, region. What the resolver does not know is kept as
 *               it is: members of the top level, members of v2 entries, v2 entries of other csps.
 * Checked here: what table_parse checks. The same entry twice becomes one.
 * Not checked:  that no entry has two references (table_document_check); that a reference has its
 *               provider's form (reference_check.h).
 * Memory:       borrows from the bytes and the arena given to table_document_parse, and from what is
 *               put into it later; copying the struct shares its entries.
 */
#ifndef SEALIFT_BUNDLE_TABLE_TABLE_DOCUMENT_H
#define SEALIFT_BUNDLE_TABLE_TABLE_DOCUMENT_H

#include "resolver/core/layout.h"
#include "resolver/core/table.h"

#define DOCUMENT_NAME_MAX 420 /* of an entry's name in messages */

struct document_entry {
    enum csp csp;
    struct slice variant; /* by its new name, never empty */
    struct slice region;  /* AWS alone; empty elsewhere */
    struct slice reference;
    const struct node *item; /* the element of a v2 list, when it has members that are not known */
};

/* A member of the top level that is not known. */
struct document_member {
    const struct node *key, *value;
};

struct table_document {
    enum layout layout; /* the generation it was written in */
    bool has_uid;
    struct uid uid;                    /* only with has_uid */
    struct slice ref, stream, version; /* without has_uid: those that there are */
    struct document_entry *entries;    /* sorted */
    size_t count, room;
    struct document_member *members; /* sorted by key */
    size_t member_count;
    const struct node **foreign; /* v2 entries of a csp that is not known, in their order */
    size_t foreign_count;
};

/* An empty table of uid. */
void table_document_init(const struct uid *uid, enum layout layout,
                         struct table_document *document);

/* Reads a table of any generation. On failure *document is zeroed: errors of table_parse. */
enum err_code table_document_parse(struct slice bytes, struct arena *arena,
                                   struct table_document *document, struct err *err) MUST_USE;

/* No csp, variant and region may have two references: ERR_AMBIGUOUS names the first that has. */
enum err_code table_document_check(const struct table_document *document, struct err *err) MUST_USE;

/* The index of the first entry that is not before key in csp, variant and region. */
size_t table_document_search(const struct table_document *document,
                             const struct document_entry *key);

/* Order by csp, variant and region: <0, 0, >0. */
int document_entry_compare(const struct document_entry *a, const struct document_entry *b);

/* Whether a member of a v2 entry of that csp is one that the entry itself has. */
bool document_entry_knows(const struct document_entry *entry, struct slice key);

/* "aws aws-nitro-tpm eu-west-1", escaped, into out. */
void document_entry_name(const struct document_entry *entry, char out[DOCUMENT_NAME_MAX]);

#endif
