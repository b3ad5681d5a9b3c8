/*
 * hex.h - bytes as hexadecimal digits, strictly.
 */
#ifndef SEALIFT_BASE_HEX_H
#define SEALIFT_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/slice.h"

/* Writes len bytes as 2 * len lower-case digits and a NUL to out (2 * len + 1 bytes). */
void hex_encode(const uint8_t *bytes, size_t len, char *out);

/* Reads exactly 2 * len digits of either case into out. False, with out all zeros, when the text
 * has another length or a character that is no digit. */
bool hex_decode(struct slice text, uint8_t *out, size_t len);

#endif
