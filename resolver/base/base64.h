/*
 * base64.h - standard base64 with padding (RFC 4648, section 4), strictly.
 *
 * In the flow:  PEM bodies, .sig files and JSON fields -> [base64] -> DER, digests, signatures
 * Checked here: the alphabet, the padding, that nothing follows it, and that unused bits are zero
 *               (RFC 4648, 3.5), so that a value has exactly one text but for its line ends.
 * Not checked:  how long lines are.
 */
#ifndef SEALIFT_BASE_BASE64_H
#define SEALIFT_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/buf.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

/* Characters that base64 makes of len bytes, padding included. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4)

/* Appends BASE64_SIZE(bytes.len) characters to out. */
void base64_encode(struct slice bytes, struct buf *out);

/*
 * Decodes text, with nothing but the alphabet and padding in it, into out (max_len bytes).
 * *len is set to the number of bytes. On failure *len is 0, out is zeroed, and err says what is
 * wrong and at which offset of text: ERR_FORMAT (alphabet, padding, unused bits), ERR_LIMIT
 * (longer than max_len).
 */
enum err_code base64_decode(struct slice text, uint8_t *out, size_t max_len, size_t *len,
                            struct err *err) MUST_USE;

/* The same, with line ends (LF or CRLF) passed over wherever they stand: PEM bodies, wrapped
 * .sig files. A CR alone is no line end. */
enum err_code base64_decode_lines(struct slice text, uint8_t *out, size_t max_len, size_t *len,
                                  struct err *err) MUST_USE;

#endif
