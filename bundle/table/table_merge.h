/*
 * table_merge.h - two lookup tables of one version made one.
 *
 * In the flow:  two tables, or what a site has and what a bundle brings -> [table_merge] -> table_format
 * Rule:         of each csp, variant and region (and each member that is not known here):
 *                 both have the same reference, or but one of them has one: that;
 *                 with a base, the table that both once came from: what ours has, where theirs has
 *                 what the base has; what theirs has, where ours has what the base has. So what was
 *                 added or removed on one side since is added or removed in the result;
 *                 otherwise they conflict, and nothing chooses.
 *               v2 entries of a csp that is not known are put together, equal ones once.
 * For imports:  base = the table as it was carried before, ours = the repository's, theirs = the one
 *               that is carried now. Merging the result once more changes nothing.
 * Checked here: that both (and the base) are of the same version, as far as they say.
 * Memory:       the result borrows from all three tables and from the arena.
 */
#ifndef SEALIFT_BUNDLE_TABLE_TABLE_MERGE_H
#define SEALIFT_BUNDLE_TABLE_TABLE_MERGE_H

#include "bundle/table/table_document.h"

#define MERGE_FOREIGN_MAX 1000 /* of one table: each is compared with each */

/* One place at which the tables differ. An empty reference: that table has none. */
struct merge_conflict {
    struct document_entry place; /* its reference does not count */
    struct slice member;         /* not empty: it is this member of the top level, not an entry */
    struct slice ours, theirs;   /* references; empty for members */
};

struct merge_result {
    struct table_document merged;   /* in the newer of both generations */
    size_t added, removed, changed; /* entries, against ours */
    struct merge_conflict *conflicts;
    size_t conflict_count;
};

/*
 * Merges. base may be NULL. On failure *result is zeroed, but for the conflicts: ERR_FORGED (another
 * version), ERR_AMBIGUOUS (conflicts; err names the first; or one of the tables has two references
 * for one place), ERR_LIMIT.
 */
enum err_code table_merge(const struct table_document *base, const struct table_document *ours,
                          const struct table_document *theirs, struct arena *arena,
                          struct merge_result *result, struct err *err) MUST_USE;

/* "aws aws-nitro-tpm eu-west-1: have "ami-1", want "ami-2"", into err, which is returned. */
enum err_code merge_conflict_describe(const struct merge_conflict *conflict, struct err *err);

#endif
