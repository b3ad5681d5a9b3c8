#include "resolver/base/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The length that a first byte announces; 0 for a byte that cannot be first. */
static size_t announced(uint8_t byte)
{
    if (byte < 0x80)
        return 1;
    if (byte >= 0xC2 && byte <= 0xDF)
        return 2;
    if (byte >= 0xE0 && byte <= 0xEF)
        return 3;
    return byte >= 0xF0 && byte <= 0xF4 ? 4 : 0;
}

static bool is_shortest(uint32_t code_point, size_t len)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    return code_point >= smallest[len] && code_point <= 0x10FFFF &&
           !(code_point >= 0xD800 && code_point <= 0xDFFF);
}

size_t utf8_decode(struct slice text, size_t at, uint32_t *code_point)
{
    uint32_t value;
    size_t len;

    *code_point = 0;
    if (at >= text.len)
        return 0;
    len = announced(text.ptr[at]);
    if (len == 0 || len > text.len - at)
        return 0;
    value = len == 1 ? text.ptr[at] : text.ptr[at] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(text.ptr[at + i]))
            return 0;
        value = value << 6 | (text.ptr[at + i] & 0x3F);
    }
    if (!is_shortest(value, len))
        return 0;
    *code_point = value;
    return len;
}

size_t utf8_encode(uint32_t code_point, uint8_t out[4])
{
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t len = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;

    if (!is_shortest(code_point, len))
        return 0;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (uint8_t)(marks[len] | code_point);
    return len;
}

size_t utf8_check(struct slice text)
{
    uint32_t code_point;
    size_t at = 0;

    while (at < text.len) {
        uint64_t eight;
        size_t len;

        /* Almost everything is ASCII: pass it eight bytes at a time. */
        if (text.len - at >= sizeof eight) {
            memcpy(&eight, text.ptr + at, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        len = utf8_decode(text, at, &code_point);
        if (len == 0)
            return at;
        at += len;
    }
    return text.len;
}
