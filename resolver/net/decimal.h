/*
 * decimal.h - an unsigned decimal number out of text, strictly: digits alone, no overflow.
 */
#ifndef SEALIFT_NET_DECIMAL_H
#define SEALIFT_NET_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/slice.h"

/* Reads all of text, one digit or more, as a number of at most max. False, with *value 0, for
 * anything else: signs, blanks, an empty text, a number above max. */
bool decimal_parse(struct slice text, uint64_t max, uint64_t *value);

#endif
