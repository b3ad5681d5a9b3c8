#include "resolver/base/quote.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "resolver/base/utf8.h"

/* C0 and C1 controls, DEL, line separators, byte-order mark, and what turns the direction. */
static bool is_unsafe(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
           (code_point >= 0x200B && code_point <= 0x200F) ||
           (code_point >= 0x2028 && code_point <= 0x202E) ||
           (code_point >= 0x2060 && code_point <= 0x206F) || code_point == 0xFEFF ||
           code_point == 0x061C;
}

/* Writes one character of text, escaped, to out (at least 17 bytes); returns bytes taken. */
static size_t escape(struct slice text, size_t at, bool in_quotes, char *out)
{
    uint32_t code_point;
    size_t len = utf8_decode(text, at, &code_point);

    if (len == 0 || is_unsafe(code_point)) {
        snprintf(out, 5, "\\x%02x", text.ptr[at]);
        return 1;
    }
    if (in_quotes && (code_point == '"' || code_point == '\\'))
        *out++ = '\\';
    memcpy(out, text.ptr + at, len);
    out[len] = '\0';
    return len;
}

static struct quoted quote_with(struct slice text, const char *mark)
{
    struct quoted quoted;
    size_t used = strlen(mark);
    const char *end = "";

    memcpy(quoted.text, mark, used);
    for (size_t at = 0; at < text.len;) {
        char piece[8];
        size_t taken = escape(text, at, *mark != '\0', piece);
        size_t len = strlen(piece);

        if (used + len > QUOTE_MAX) {
            end = "...";
            break;
        }
        memcpy(quoted.text + used, piece, len);
        used += len;
        at += taken;
    }
    snprintf(quoted.text + used, sizeof quoted.text - used, "%s%s", end, mark);
    return quoted;
}

struct quoted quote(struct slice text)
{
    return quote_with(text, "\"");
}

struct quoted quote_bare(struct slice text)
{
    return quote_with(text, "");
}
