#include "resolver/base/cursor.h"

struct cursor cursor_of(struct slice in)
{
    return (struct cursor){.in = in};
}

struct slice cursor_take(struct cursor *cursor, size_t count)
{
    struct slice taken = {NULL, 0};

    if (cursor->failed || count > cursor->in.len - cursor->at) {
        cursor->failed = true;
        return taken;
    }
    taken = slice_part(cursor->in, cursor->at, count);
    cursor->at += count;
    return taken;
}

static uint64_t big_endian(struct slice bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.ptr[i];
    return value;
}

static uint64_t little_endian(struct slice bytes)
{
    uint64_t value = 0;

    for (size_t i = bytes.len; i > 0; i--)
        value = value << 8 | bytes.ptr[i - 1];
    return value;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    return (uint8_t)big_endian(cursor_take(cursor, 1));
}

uint16_t cursor_be16(struct cursor *cursor)
{
    return (uint16_t)big_endian(cursor_take(cursor, 2));
}

uint32_t cursor_be32(struct cursor *cursor)
{
    return (uint32_t)big_endian(cursor_take(cursor, 4));
}

uint64_t cursor_be64(struct cursor *cursor)
{
    return big_endian(cursor_take(cursor, 8));
}

uint16_t cursor_le16(struct cursor *cursor)
{
    return (uint16_t)little_endian(cursor_take(cursor, 2));
}

uint32_t cursor_le32(struct cursor *cursor)
{
    return (uint32_t)little_endian(cursor_take(cursor, 4));
}

uint64_t cursor_le64(struct cursor *cursor)
{
    return little_endian(cursor_take(cursor, 8));
}

size_t cursor_left(const struct cursor *cursor)
{
    return cursor->failed ? 0 : cursor->in.len - cursor->at;
}

enum err_code cursor_done(const struct cursor *cursor, struct err *err)
{
    if (cursor->failed)
        return err_set(err, ERR_FORMAT, "offset %zu: the data ends too early (%zu bytes in all)",
                       cursor->at, cursor->in.len);
    if (cursor->at < cursor->in.len)
        return err_set(err, ERR_FORMAT, "offset %zu: %zu bytes follow the end", cursor->at,
                       cursor->in.len - cursor->at);
    return ERR_OK;
}
