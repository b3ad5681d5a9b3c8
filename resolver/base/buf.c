#include "resolver/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void buf_init_fixed(struct buf *buf, void *memory, size_t size_bytes)
{
    *buf = (struct buf){.ptr = memory, .capacity = size_bytes, .max_bytes = size_bytes};
}

/* Makes room for count more bytes, or marks the buf as failed. */
static bool reserve(struct buf *buf, size_t count)
{
    if (buf->failed)
        return false;
    if (count > buf->max_bytes - buf->len) {
        buf->failed = true;
        return false;
    }
    if (count <= buf->capacity - buf->len)
        return true;
    if (!buf->grow || !buf->grow(buf, buf->len + count))
        buf->failed = true;
    return !buf->failed;
}

uint8_t *buf_extend(struct buf *buf, size_t count)
{
    uint8_t *at;

    if (!reserve(buf, count))
        return NULL;
    at = buf->ptr + buf->len;
    buf->len += count;
    return at;
}

void buf_add(struct buf *buf, struct slice bytes)
{
    uint8_t *at = bytes.len ? buf_extend(buf, bytes.len) : NULL;

    if (at)
        memcpy(at, bytes.ptr, bytes.len);
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, slice_text(text));
}

void buf_add_byte(struct buf *buf, uint8_t byte)
{
    buf_add(buf, slice_of(&byte, 1));
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* vsnprintf ends its text with a NUL: room for that one is needed, too. */
    if (length < 0 || !reserve(buf, (size_t)length + 1)) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf((char *)buf->ptr + buf->len, (size_t)length + 1, format, args);
    va_end(args);
    buf->len += (size_t)length;
}

enum err_code buf_done(const struct buf *buf, struct err *err)
{
    if (buf->failed)
        return err_set(err, ERR_LIMIT, "output does not fit into %zu bytes of memory",
                       buf->max_bytes);
    return ERR_OK;
}

struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->ptr, buf->len);
}

void buf_clear(struct buf *buf)
{
    if (buf->release)
        buf->release(buf);
    buf->len = 0;
    buf->failed = false;
}
