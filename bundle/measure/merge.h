/*
 * merge.h - one more set of measurements for a v2 document.
 *
 * In the flow:  document, struct measurements -> [merge] -> document
 * Order:        by csp, then variant, so that the order of merging does not show.
 * Checked here: that the document is of the same version; that it has nothing that would be lost; that
 *               a set of the same csp and variant is the same.
 * Trust:        none: what comes out is a new document, to be signed.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_MERGE_H
#define SEALIFT_BUNDLE_MEASURE_MERGE_H

#include "bundle/measure/claims.h"

/*
 * Appends the merged document to out. variant names the set where added does not.
 *   ERR_FORMAT  not a v2 document, or one with keys that are not known
 *   ERR_FORGED  a document of another version
 *   ERR_POLICY  it has another set for the csp and variant; the message names the first register
 *   ERR_LIMIT
 */
enum err_code merge_measurements(struct slice document, const struct measurements *added,
                                 struct slice variant, struct arena *arena, struct buf *out,
                                 struct err *err) MUST_USE;

#endif
