/*
 * config_edit.h - measurements written into a config, every other byte kept.
 *
 * In the flow:  measurements + config bytes -> [config_edit] -> new config bytes
 * Rule:         the old set is replaced as a whole: a register that the new set lacks must not
 *               survive. Comments inside the old set go with it; everything else stays as it
 *               is, byte for byte, line ends included.
 * Checked here: the result is parsed again and must hold exactly the new set.
 */
#ifndef SEALIFT_CORE_CONFIG_EDIT_H
#define SEALIFT_CORE_CONFIG_EDIT_H

#include "resolver/base/buf.h"
#include "resolver/core/config.h"
#include "resolver/core/measurements.h"

/*
 * Appends to out the bytes with the measurements in their place. Nothing of out is to be used on
 * failure: ERR_FORMAT (a place where measurements cannot stand), ERR_LIMIT, ERR_BUG (the check of
 * the result failed).
 */
enum err_code config_edit(struct slice bytes, const struct config *config,
                          const struct measurements *measurements, struct arena *arena,
                          struct buf *out, struct err *err) MUST_USE;

#endif
