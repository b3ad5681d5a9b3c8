/*
 * unused.h - which images and references of a repository no kept version needs.
 *
 * In the flow:  names and tables of a repository, the uids that stay -> [unused] -> lists
 * Rule:         an image is needed when it is of a kept version, or when a reference of a kept table is
 *               a URL that ends with its name (a query or fragment behind it does not count); a reference
 *               when a kept table has it, too.
 * Not known:    what is no image or table by its name is never listed.
 */
#ifndef SEALIFT_BUNDLE_TABLE_UNUSED_H
#define SEALIFT_BUNDLE_TABLE_UNUSED_H

#include "bundle/table/table_document.h"

enum unused_kind { UNUSED_OTHER, UNUSED_TABLE, UNUSED_IMAGE };

/* What a name below the repository is, and of which version; *uid is zeroed for UNUSED_OTHER. */
enum unused_kind unused_kind_of(const char *name, struct uid *uid);

/* Whether tables or images could lie at or below that name. */
bool unused_may_lead_to(const char *name);

/* Sorts entries by csp and reference, each once; returns how many are left. */
size_t unused_sort(struct document_entry *entries, size_t count);

/* Whether the sorted kept entries have that csp and reference. */
bool unused_has_reference(const struct document_entry *kept, size_t count,
                          const struct document_entry *entry);

/* Whether a reference of the kept entries is a URL that ends with "/name". */
bool unused_is_referred_to(const struct document_entry *kept, size_t count, const char *name);

#endif
