/*
 * bounded_format.h - snprintf for systems whose C library brings streams and a heap along with it.
 *
 * In the flow:  err_set and buf_add_format -> [bounded_format], in the microcontroller build and in resolver-min:
 *               there vsnprintf and snprintf are these (-D, or the linker's --defsym). The other programs
 *               use their C library's.
 * Known:        %s %d %u %x %%, the lengths l, ll and z, a width with or without a leading 0 or "-", a string's
 *               precision, "*" for either: all that resolver-min's files say, as tests/lint sees to. Anything
 *               else ends the text with "?".
 * Memory:       none but the caller's; a few words of stack.
 */
#ifndef SEALIFT_BASE_BOUNDED_FORMAT_H
#define SEALIFT_BASE_BOUNDED_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "resolver/base/err.h"

/*
 * As vsnprintf: writes at most size bytes, the final NUL included, and returns the length of the whole
 * text; out may be NULL where size is 0. A NULL string reads "(null)".
 */
int bounded_vsnprintf(char *out, size_t size, const char *format, va_list args) PRINTF(3, 0);
int bounded_snprintf(char *out, size_t size, const char *format, ...) PRINTF(3, 4);

#endif
