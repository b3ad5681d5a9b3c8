/*
 * receipt.h - what an import leaves in .sealift/receipts/: what came in, by whose keys, and why.
 *
 * In the flow:  import_records -> [receipt] -> .sealift/receipts/<digest of the bundle>.json
 * Holds:        the bundle's digest, times, program; each uid with its manifest's digest and the keys
 *               that signed it; each file with its digest, who signed it, and what was done; the
 *               options that decide; what was taken although a rule spoke against it.
 * Later:        a receipt is for people and audits. Of it import itself reads when the bundle was made
 *               (receipt_read.h), so that an older one does not take back what a newer one changed.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_RECEIPT_H
#define SEALIFT_BUNDLE_IMPORT_RECEIPT_H

#include "bundle/import/import.h"

#define RECEIPT_MAX ((size_t)16 << 20) /* bytes */

/* Appends the receipt; errors stick to out. Of the placements, floor and receipt are left out. */
void receipt_write(const struct import_settings *settings, const struct import_result *result,
                   struct buf *out);

#endif
