/*
 * receipt_read.h - when the bundles that came in before were made, by the receipts of their imports.
 *
 * In the flow:  .sealift/receipts/ -> [receipt_read] -> import_ages -> import_tables
 * Checked here: that it is a receipt of form 1, and the uid and time of each release in it.
 * Not checked:  the rest of it, which is for people.
 * Trust:        that of the repository: whoever can write it can write receipts.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_RECEIPT_READ_H
#define SEALIFT_BUNDLE_IMPORT_RECEIPT_READ_H

#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/core/uid.h"

/* Raises latest[i] to the time at which a bundle with uids[i] was made, in seconds since 1970, if that was
 * later. ERR_FORMAT, ERR_LIMIT; err does not name the file. */
enum err_code receipt_read(struct slice text, const struct uid *const *uids, size_t count,
                           struct arena *scratch, int64_t *latest, struct err *err) MUST_USE;

#endif
