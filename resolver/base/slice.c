#include "resolver/base/slice.h"

#include <string.h>

struct slice slice_of(const void *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

struct slice slice_text(const char *text)
{
    return (struct slice){(const uint8_t *)text, text ? strlen(text) : 0};
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_text(text));
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    }
    return true;
}

bool slice_is_nocase(struct slice a, const char *text)
{
    return slice_equal_nocase(a, slice_text(text));
}

int slice_compare(struct slice a, struct slice b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool slice_begins(struct slice a, const char *prefix)
{
    struct slice b = slice_text(prefix);

    return a.len >= b.len && slice_equal(slice_part(a, 0, b.len), b);
}

bool slice_ends(struct slice a, const char *suffix)
{
    struct slice b = slice_text(suffix);

    return a.len >= b.len && slice_equal(slice_part(a, a.len - b.len, b.len), b);
}

struct slice slice_part(struct slice a, size_t from, size_t len)
{
    if (from >= a.len)
        return (struct slice){NULL, 0};
    if (len > a.len - from)
        len = a.len - from;
    return (struct slice){a.ptr + from, len};
}

struct slice slice_cut(struct slice *rest, char separator)
{
    size_t at = slice_find(*rest, (uint8_t)separator);
    struct slice before = slice_part(*rest, 0, at);

    if (at == rest->len)
        *rest = (struct slice){NULL, 0};
    else
        *rest = (struct slice){rest->ptr + at + 1, rest->len - at - 1};
    return before;
}

size_t slice_find(struct slice a, uint8_t byte)
{
    const uint8_t *hit = a.len ? memchr(a.ptr, byte, a.len) : NULL;

    return hit ? (size_t)(hit - a.ptr) : a.len;
}
