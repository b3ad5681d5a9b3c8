/*
 * measurement_values.h - the values of one set of measurements: a map {INDEX: VALUE}.
 *
 * In the flow:  node -> [measurement_values] -> measurements (verified), and readers that only compare
 * Values:       text of 32 bytes (PCR 0 to 23) in hex or base64, or of 48 bytes (TDX, index 0 = MRTD,
 *               1 to 4 = RTMR0 to 3) in hex alone, whose base64 would have as many characters as hex of
 *               32; or {expected, warnOnly}, plain text means warnOnly false.
 * Checked here: every index and value, no unknown key beside expected and warnOnly, that there is a
 *               value and that all have one length.
 * Trust:        none: nothing says here where the values come from.
 */
#ifndef SEALIFT_CORE_MEASUREMENT_VALUES_H
#define SEALIFT_CORE_MEASUREMENT_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/node.h"

#define REGISTER_COUNT 24
#define REGISTER_SIZE_MAX 48 /* bytes */

struct measurement {
    bool is_set;
    bool warn_only;
    uint8_t expected[REGISTER_SIZE_MAX]; /* as many as the set's values have */
};

/* Reads the map (NULL: missing). On failure both outputs are zeroed: ERR_FORMAT with line and
 * register. */
enum err_code measurement_values_read(const struct node *map,
                                      struct measurement registers[REGISTER_COUNT],
                                      size_t *size_bytes, struct err *err) MUST_USE;

#endif
