/*
 * table.h - the lookup table: which image reference belongs to which cloud.
 *
 * In the flow:    request -> find -> [table] -> select -> reference
 * Forms read:     rfc  {"aws": {REGION: ID}, "azure": {VARIANT: ID}, "gcp": ID or {VARIANT: ID},
 *                       "qemu": URL or {VARIANT: URL}}
 *                 v1   the same with "version", "ref", "stream" and "openstack": {VARIANT: URL}
 *                 v2   {"version", "ref", "stream", "list": [{"csp", "attestationVariant",
 *                       "reference", "region"}]}
 * Trust:          a table is untrusted; who signed its bytes is known to find.h alone.
 * Checked here:   syntax, no duplicate keys, wanted fields are there, texts are printable ASCII
 *                 without spaces and not empty.
 * Not checked:    that it is the version asked for (table_check_uid), that an entry fits the request
 *                 (select.h), that a reference has its provider's form.
 * Ignored:        keys that are not known at the top level and in v2 entries; v2 entries of a csp
 *                 that is not known. Nothing is guessed from them.
 * Memory:         borrows from the bytes and the arena given to table_parse; both must outlive it.
 */
#ifndef SEALIFT_CORE_TABLE_H
#define SEALIFT_CORE_TABLE_H

#include "resolver/base/arena.h"
#include "resolver/base/node.h"
#include "resolver/core/csp.h"
#include "resolver/core/uid.h"

#define TABLE_MAX_BYTES ((size_t)64 << 20)

enum table_generation { TABLE_RFC, TABLE_V1, TABLE_V2 };

struct table_entry {
    const struct node *variant;   /* NULL where the form has none: see entry_variant */
    const struct node *region;    /* AWS alone; NULL elsewhere */
    const struct node *reference;
    enum csp csp;
};

struct table {
    enum table_generation generation;
    bool has_uid;   /* ref, stream and version are all there */
    struct uid uid; /* only with has_uid */
    struct slice ref, stream, version; /* each as it stands in the table, empty when absent */
    struct table_entry *entries;       /* in the order of the document */
    size_t count;
    const struct node *root; /* the whole document, for who writes it again */
};

/*
 * Parses a table. On failure *table is zeroed: ERR_FORMAT "line L[, column C]: field: reason",
 * ERR_LIMIT (TABLE_MAX_BYTES; the arena is full).
 */
enum err_code table_parse(struct slice bytes, struct arena *arena, struct table *table,
                          struct err *err) MUST_USE;

/* Whether a text may be a reference, region or variant: printable ASCII without spaces, not empty, and
 * without a hyphen at its begin, since it ends up alone on a line and in other programs' arguments.
 * ERR_FORMAT "what: text: reason". */
enum err_code table_check_text(struct slice text, const char *what, struct err *err) MUST_USE;

/* Whatever of ref, stream and version the table names must be that of uid: ERR_FORGED otherwise. */
enum err_code table_check_uid(const struct table *table, const struct uid *uid,
                              struct err *err) MUST_USE;

/* The variant of an entry by its new name; the default of its csp where the form names none. */
struct slice entry_variant(const struct table_entry *entry);

/* The region of an entry, empty where there is none; its reference. */
struct slice entry_region(const struct table_entry *entry);
struct slice entry_reference(const struct table_entry *entry);

#endif
