/*
 * table_format.h - a lookup table being written, in the generation that is wanted.
 *
 * In the flow:  table_document -> [table_format] -> bytes
 * Shape:        one member a line; version, ref, stream first, then entries in their order, then what
 *               is not known here. The same table gives the same bytes, so that diffs show changes.
 * Generations:  v2 has everything. rfc and v1 name variants by their old names where they have one.
 *               rfc differs from v1 in having no openstack, and in qemu being a text where there is
 *               one URL. version, ref and stream are written in all of them, where the table has them:
 *               first-generation readers pass over them, and without them it could not be signed.
 * Refused:      what the generation cannot say, naming the entry: other variants than aws-nitro-tpm
 *               on AWS in rfc and v1, openstack in rfc, v2 entries with members or a csp that are not
 *               known, members whose name would be taken for a csp; entries with two references.
 */
#ifndef SEALIFT_BUNDLE_TABLE_TABLE_FORMAT_H
#define SEALIFT_BUNDLE_TABLE_TABLE_FORMAT_H

#include "bundle/table/table_document.h"
#include "resolver/base/buf.h"

/*
 * Appends the table as that generation has it, a line end at its end. On failure what is in out is of no
 * use: ERR_POLICY (the generation cannot say it), ERR_AMBIGUOUS (two references; table_document_check;
 * v2 writes both), ERR_LIMIT (out is full).
 */
enum err_code table_format(const struct table_document *document, enum layout layout,
                           struct buf *out, struct err *err) MUST_USE;

#endif
