/*
 * cursor.h - reads binary input in order, and cannot pass its end.
 *
 * In the flow:  every binary parser (DER, tar, GPT, PE, event logs) reads through a cursor.
 * Sticky:       the first short read marks the cursor as failed; that read and all later ones
 *               give 0 or the empty slice. One must-use cursor_done at the end reports it.
 * Not checked:  the meaning of what was read.
 */
#ifndef SEALIFT_BASE_CURSOR_H
#define SEALIFT_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct cursor {
    struct slice in;
    size_t at;   /* offset of the next byte; of the failed read once failed */
    bool failed; /* a read passed the end */
};

struct cursor cursor_of(struct slice in);

/* The next count bytes, borrowed from the input. */
struct slice cursor_take(struct cursor *cursor, size_t count);

uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_be16(struct cursor *cursor);
uint32_t cursor_be32(struct cursor *cursor);
uint64_t cursor_be64(struct cursor *cursor);
uint16_t cursor_le16(struct cursor *cursor);
uint32_t cursor_le32(struct cursor *cursor);
uint64_t cursor_le64(struct cursor *cursor);

/* Bytes not yet read; 0 once failed. */
size_t cursor_left(const struct cursor *cursor);

/* ERR_OK when everything was read and nothing is left; ERR_FORMAT naming the offset of the
 * short read, or of the trailing bytes. */
enum err_code cursor_done(const struct cursor *cursor, struct err *err) MUST_USE;

#endif
