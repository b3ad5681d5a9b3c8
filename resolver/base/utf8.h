/*
 * utf8.h - one character at a time out of UTF-8, strictly (RFC 3629: shortest forms only, no
 * surrogates, nothing above U+10FFFF).
 */
#ifndef SEALIFT_BASE_UTF8_H
#define SEALIFT_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/slice.h"

/* The length in bytes (1 to 4) of the character at text[at], stored in *code_point; 0 when the
 * bytes there are not UTF-8, or at is at the end, and *code_point is then 0. */
size_t utf8_decode(struct slice text, size_t at, uint32_t *code_point);

/* Writes code_point as UTF-8 to out and returns its length, 1 to 4; 0 for surrogates and for
 * what is above U+10FFFF. */
size_t utf8_encode(uint32_t code_point, uint8_t out[4]);

/* The offset of the first byte that is not UTF-8; text.len when all of it is. */
size_t utf8_check(struct slice text);

#endif
