/*
 * buf.h - bytes being written: owned, and capped from the start.
 *
 * In the flow:  every answer is put together in a buf and leaves in one write.
 * Sticky:       the first addition that does not fit marks the buf as failed and it takes no
 *               more; one buf_done at the end tells. So writers read as plain sequences.
 * Two kinds:    over a region of the caller (no heap), or growing up to a maximum (heap.h).
 */
#ifndef SEALIFT_BASE_BUF_H
#define SEALIFT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct buf {
    uint8_t *ptr;
    size_t len;       /* bytes written */
    size_t capacity;  /* bytes at ptr */
    size_t max_bytes; /* len may not pass it */
    bool failed;      /* something did not fit */
    /* Makes capacity at least want_bytes; NULL in a fixed buf. */
    bool (*grow)(struct buf *buf, size_t want_bytes);
    void (*release)(struct buf *buf);
};

/* A buf over size_bytes at memory, which must outlive it. */
void buf_init_fixed(struct buf *buf, void *memory, size_t size_bytes);

/* Additions; what does not fit whole is not written at all and marks the buf as failed. */
void buf_add(struct buf *buf, struct slice bytes);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, uint8_t byte);
void buf_add_format(struct buf *buf, const char *format, ...) PRINTF(2, 3);

/* Room for count bytes at the end, already counted in len, to be filled by the caller (from a
 * read, say); NULL, and the buf failed, when they do not fit. Valid until the next addition. */
uint8_t *buf_extend(struct buf *buf, size_t count);

/* ERR_OK, or ERR_LIMIT when something did not fit (its cap, or the system's memory). */
enum err_code buf_done(const struct buf *buf, struct err *err) MUST_USE;

/* What has been written; borrowed until the next addition or buf_clear. */
struct slice buf_slice(const struct buf *buf);

/* Gives memory of a growing buf back, empties a fixed one; ready to be used again. */
void buf_clear(struct buf *buf);

#endif
