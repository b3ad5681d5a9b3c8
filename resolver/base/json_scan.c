#include "resolver/base/json_scan.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/node.h"
#include "resolver/base/quote.h"
#include "resolver/base/utf8.h"

/* What may come next. */
enum want {
    WANT_VALUE,       /* at the start, and after ":" */
    WANT_ITEM_OR_END, /* after "[" */
    WANT_ITEM,        /* after a comma in a list */
    WANT_KEY_OR_END,  /* after "{" */
    WANT_KEY,         /* after a comma in a map */
    WANT_COLON,
    WANT_COMMA_OR_END,
    WANT_NOTHING,
};

struct scan {
    struct slice text;
    const uint8_t *at, *end;
    enum want want;
    unsigned depth;
    bool is_map[NODE_DEPTH_MAX]; /* of the open containers */
    struct json_shape shape;
};

static bool in_map(const struct scan *scan)
{
    return scan->depth > 0 && scan->is_map[scan->depth - 1];
}

/* Sets ERR_FORMAT with the line and column of that place before the message. */
PRINTF(4, 5)
static enum err_code refuse(const struct scan *scan, const uint8_t *place, struct err *err,
                            const char *format, ...)
{
    char reason[ERR_MESSAGE_MAX];
    const uint8_t *line_start = scan->text.ptr;
    size_t line = 1;
    va_list args;

    for (const uint8_t *at = scan->text.ptr; at < place; at++) {
        if (*at == '\n') {
            line_start = at + 1;
            line++;
        }
    }
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return err_set(err, ERR_FORMAT, "line %zu, column %zu: %s", line,
                   (size_t)(place - line_start) + 1, reason);
}

static bool is_word(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '+' || byte == '-' ||
           byte == '.';
}

/* What a reader sees at this place: a whole word, or else one character. */
static struct slice word_at(const struct scan *scan)
{
    const uint8_t *at = scan->at;
    uint32_t code_point;
    size_t len;

    while (at < scan->end && is_word(*at))
        at++;
    if (at > scan->at)
        return slice_of(scan->at, (size_t)(at - scan->at));
    len = utf8_decode(slice_of(scan->at, (size_t)(scan->end - scan->at)), 0, &code_point);
    return slice_of(scan->at, len ? len : 1);
}

static const char *want_text(const struct scan *scan)
{
    switch (scan->want) {
    case WANT_VALUE:
    case WANT_ITEM:
        return "a value";
    case WANT_ITEM_OR_END:
        return "a value or \"]\"";
    case WANT_KEY_OR_END:
        return "a key in double quotes or \"}\"";
    case WANT_KEY:
        return "a key in double quotes";
    case WANT_COLON:
        return "\":\"";
    case WANT_COMMA_OR_END:
        return in_map(scan) ? "\",\" or \"}\"" : "\",\" or \"]\"";
    case WANT_NOTHING:
        break;
    }
    return "nothing after the document";
}

/* What people write who take another format for JSON. */
static const char *hint(const struct scan *scan)
{
    switch (*scan->at) {
    case '/':
    case '#':
        return " (JSON has no comments)";
    case '\'':
        return " (JSON strings stand in double quotes)";
    case ']':
    case '}':
        return scan->want == WANT_KEY || scan->want == WANT_ITEM ? " (no comma before the end)"
                                                                 : "";
    default:
        return "";
    }
}

static enum err_code refuse_unexpected(const struct scan *scan, struct err *err)
{
    if (scan->at == scan->end)
        return refuse(scan, scan->at, err, "the document ends here, want %s", want_text(scan));
    return refuse(scan, scan->at, err, "have %s, want %s%s", quote(word_at(scan)).text,
                  want_text(scan), hint(scan));
}

/* Passes over the bytes that mean nothing special in a string. */
static const uint8_t *skip_plain(const uint8_t *at, const uint8_t *end)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;

    while (end - at >= 8) {
        uint64_t bytes, quotes, backslashes;

        memcpy(&bytes, at, sizeof bytes);
        quotes = bytes ^ (ones * '"');
        backslashes = bytes ^ (ones * '\\');
        /* x - ones borrows into the top bit where a byte of x is 0, x - 0x20... where it is below
         * 0x20; a byte with its own top bit set is no ASCII and special anyway. */
        if ((bytes | (bytes - ones * 0x20) | (quotes - ones) | (backslashes - ones)) & tops)
            break;
        at += 8;
    }
    while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* Reads the four digits of \uXXXX at `at` (at the backslash). False when that is not there. */
static bool unicode_escape(const struct scan *scan, const uint8_t *at, uint32_t *unit)
{
    uint8_t bytes[2];

    if (scan->end - at < 6 || at[0] != '\\' || at[1] != 'u' ||
        !hex_decode(slice_of(at + 2, 4), bytes, 2))
        return false;
    *unit = (uint32_t)bytes[0] << 8 | bytes[1];
    return true;
}

static enum err_code scan_unicode_escape(struct scan *scan, struct err *err)
{
    uint32_t unit, second;

    if (!unicode_escape(scan, scan->at, &unit))
        return refuse(scan, scan->at, err, "have \\u, want four hexadecimal digits after it");
    if (unit == 0)
        return refuse(scan, scan->at, err, "the character U+0000 is not allowed in a string");
    if (unit >= 0xDC00 && unit <= 0xDFFF)
        return refuse(scan, scan->at, err,
                      "\\u%04x is the second half of a character, want the first before it",
                      (unsigned)unit);
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (!unicode_escape(scan, scan->at + 6, &second) || second < 0xDC00 || second > 0xDFFF)
            return refuse(scan, scan->at, err,
                          "\\u%04x is the first half of a character, want the second after it",
                          (unsigned)unit);
        scan->at += 6;
    }
    scan->at += 6;
    return ERR_OK;
}

static enum err_code scan_escape(struct scan *scan, struct err *err)
{
    size_t left = (size_t)(scan->end - scan->at);

    if (left >= 2 && scan->at[1] == 'u')
        return scan_unicode_escape(scan, err);
    if (left < 2 || !memchr("\"\\/bfnrt", scan->at[1], 8))
        return refuse(scan, scan->at, err,
                      "have %s in a string, want \\\" \\\\ \\/ \\b \\f \\n \\r \\t, or \\u and "
                      "four digits",
                      quote_bare(slice_of(scan->at, left < 2 ? left : 2)).text);
    scan->at += 2;
    return ERR_OK;
}

/* One character of a string that is not plain ASCII. */
static enum err_code scan_special(struct scan *scan, struct err *err)
{
    uint32_t code_point;
    size_t len;

    if (*scan->at == '\\')
        return scan_escape(scan, err);
    if (*scan->at < 0x20)
        return refuse(scan, scan->at, err,
                      "have the control character \\x%02x in a string, want \\u%04x", *scan->at,
                      *scan->at);
    len = utf8_decode(slice_of(scan->at, (size_t)(scan->end - scan->at)), 0, &code_point);
    if (len == 0)
        return refuse(scan, scan->at, err, "the byte \\x%02x is not UTF-8", *scan->at);
    scan->at += len;
    return ERR_OK;
}

static enum err_code scan_string(struct scan *scan, struct err *err)
{
    const uint8_t *start = scan->at++;
    bool has_escape = false;

    for (;;) {
        enum err_code rc;

        scan->at = skip_plain(scan->at, scan->end);
        if (scan->at == scan->end || *scan->at == '\n' || *scan->at == '\r')
            return refuse(scan, start, err, "the string that begins here does not end %s",
                          scan->at == scan->end ? "before the document does" : "on its line");
        if (*scan->at == '"')
            break;
        has_escape = has_escape || *scan->at == '\\';
        rc = scan_special(scan, err);
        if (rc)
            return rc;
    }
    if (has_escape)
        scan->shape.escaped_bytes += (uint32_t)(scan->at - start - 1);
    scan->at++;
    scan->shape.values++;
    return ERR_OK;
}

/* Passes over digits; false when there are none. */
static bool skip_digits(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *start = *at;

    while (*at < end && **at >= '0' && **at <= '9')
        ++*at;
    return *at > start;
}

/* RFC 8259, 6: number = [ minus ] int [ frac ] [ exp ] */
static bool is_number(struct slice word)
{
    const uint8_t *at = word.ptr, *end = word.ptr + word.len, *whole;

    at += *at == '-';
    whole = at;
    if (!skip_digits(&at, end) || (*whole == '0' && at > whole + 1))
        return false;
    if (at < end && *at == '.') {
        at++;
        if (!skip_digits(&at, end))
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '+' || *at == '-');
        if (!skip_digits(&at, end))
            return false;
    }
    return at == end;
}

static enum err_code scan_word(struct scan *scan, struct err *err)
{
    struct slice word = word_at(scan);
    bool is_numeric = *word.ptr == '-' || (*word.ptr >= '0' && *word.ptr <= '9');

    if (is_numeric && !is_number(word))
        return refuse(scan, scan->at, err, "have %s, want a number as JSON writes them",
                      quote(word).text);
    if (!is_numeric && !slice_is(word, "true") && !slice_is(word, "false") &&
        !slice_is(word, "null"))
        return refuse_unexpected(scan, err);
    scan->at += word.len;
    scan->shape.values++;
    return ERR_OK;
}

static void after_value(struct scan *scan)
{
    scan->want = scan->depth ? WANT_COMMA_OR_END : WANT_NOTHING;
}

static enum err_code open_container(struct scan *scan, bool is_map, struct err *err)
{
    if (scan->depth == NODE_DEPTH_MAX)
        return refuse(scan, scan->at, err, "more than %d lists and maps within each other",
                      NODE_DEPTH_MAX);
    scan->is_map[scan->depth++] = is_map;
    scan->want = is_map ? WANT_KEY_OR_END : WANT_ITEM_OR_END;
    scan->at++;
    scan->shape.values++;
    return ERR_OK;
}

static enum err_code scan_value(struct scan *scan, struct err *err)
{
    enum err_code rc;

    if (*scan->at == '{' || *scan->at == '[')
        return open_container(scan, *scan->at == '{', err);
    rc = *scan->at == '"' ? scan_string(scan, err) : scan_word(scan, err);
    if (!rc)
        after_value(scan);
    return rc;
}

static enum err_code scan_key(struct scan *scan, struct err *err)
{
    if (*scan->at != '"')
        return refuse_unexpected(scan, err);
    scan->want = WANT_COLON;
    return scan_string(scan, err);
}

static enum err_code scan_end(struct scan *scan)
{
    scan->at++;
    scan->depth--;
    after_value(scan);
    return ERR_OK;
}

/* What stands between values. */
static enum err_code scan_mark(struct scan *scan, struct err *err)
{
    if (scan->want == WANT_COLON && *scan->at == ':')
        scan->want = WANT_VALUE;
    else if (scan->want == WANT_COMMA_OR_END && *scan->at == ',')
        scan->want = in_map(scan) ? WANT_KEY : WANT_ITEM;
    else
        return refuse_unexpected(scan, err);
    scan->at++;
    return ERR_OK;
}

static bool is_end(const struct scan *scan)
{
    bool may_end = scan->want == WANT_COMMA_OR_END || scan->want == WANT_ITEM_OR_END ||
                   scan->want == WANT_KEY_OR_END;

    return may_end && *scan->at == (in_map(scan) ? '}' : ']');
}

static enum err_code scan_next(struct scan *scan, struct err *err)
{
    if (is_end(scan))
        return scan_end(scan);
    switch (scan->want) {
    case WANT_VALUE:
    case WANT_ITEM_OR_END:
    case WANT_ITEM:
        return scan_value(scan, err);
    case WANT_KEY_OR_END:
    case WANT_KEY:
        return scan_key(scan, err);
    default:
        return scan_mark(scan, err);
    }
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' ||
                                    *scan->at == '\t'))
        scan->at++;
}

static enum err_code scan_document(struct scan *scan, struct err *err)
{
    for (;;) {
        enum err_code rc;

        skip_blanks(scan);
        if (scan->at == scan->end)
            return scan->want == WANT_NOTHING ? ERR_OK : refuse_unexpected(scan, err);
        rc = scan_next(scan, err);
        if (rc)
            return rc;
    }
}

enum err_code json_scan(struct slice text, struct json_shape *shape, struct err *err)
{
    struct scan scan = {.text = text};
    enum err_code rc;

    memset(shape, 0, sizeof *shape);
    if (text.len >= JSON_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "the document has %zu bytes, at most %zu are read",
                       text.len, JSON_SIZE_MAX - 1);
    if (text.len == 0)
        return err_set(err, ERR_FORMAT, "line 1, column 1: the document is empty, want a value");
    scan.at = text.ptr;
    scan.end = text.ptr + text.len;
    if (slice_begins(text, "\xEF\xBB\xBF"))
        return refuse(&scan, scan.at, err, "have a byte order mark, want the document without one");
    rc = scan_document(&scan, err);
    if (!rc)
        *shape = scan.shape;
    return rc;
}
