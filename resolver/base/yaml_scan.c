#include "resolver/base/yaml_scan.h"

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/utf8.h"

struct scan {
    struct slice text;
    size_t at;     /* offset in bytes */
    size_t line;   /* from 1 */
    size_t column; /* in characters, from 1 */
    size_t blanks; /* how many stand before this place in a row */
};

/* Puts the place before a message that has been set. */
static enum err_code add_place(const struct scan *scan, struct err *err)
{
    return err_add(err, "line %zu, column %zu", scan->line, scan->column);
}

static bool is_blank(uint32_t code_point)
{
    return code_point == ' ' || code_point == '\t' || code_point == '\n' || code_point == '\r';
}

static bool is_control(uint32_t code_point)
{
    return (code_point < 0x20 && !is_blank(code_point)) ||
           (code_point >= 0x7F && code_point < 0xA0) || code_point == 0xFFFE ||
           code_point == 0xFFFF;
}

static bool is_odd_line_end(uint32_t code_point)
{
    return code_point == 0x85 || code_point == 0x2028 || code_point == 0x2029;
}

static enum err_code check_character(const struct scan *scan, uint32_t code_point,
                                     struct err *err)
{
    struct slice rest = slice_part(scan->text, scan->at, 2);

    if (code_point == 0xFEFF)
        return err_set(err, ERR_FORMAT, "have a byte order mark, want the document without it");
    if (is_odd_line_end(code_point))
        return err_set(err, ERR_FORMAT, "have the line end U+%04X, want LF or CR LF", code_point);
    if (is_control(code_point))
        return err_set(err, ERR_FORMAT, "the control character U+%04X is not allowed",
                       code_point);
    if (code_point == '\r' && !slice_is(rest, "\r\n"))
        return err_set(err, ERR_FORMAT, "have the line end CR, want LF or CR LF");
    if (code_point == '%' && scan->column == 1)
        return err_set(err, ERR_FORMAT, "directives (lines that begin with %%) are not allowed");
    if (is_blank(code_point) && scan->blanks == YAML_BLANKS_MAX)
        return err_set(err, ERR_FORMAT, "more than %d blanks and line ends in a row",
                       YAML_BLANKS_MAX);
    return ERR_OK;
}

static void pass(struct scan *scan, uint32_t code_point, size_t len)
{
    scan->at += len;
    scan->blanks = is_blank(code_point) ? scan->blanks + 1 : 0;
    scan->column++;
    if (code_point == '\n') {
        scan->line++;
        scan->column = 1;
    }
}

enum err_code yaml_scan(struct slice text, struct err *err)
{
    struct scan scan = {.text = text, .line = 1, .column = 1};

    if (text.len > YAML_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "the document has %zu bytes, at most %zu are read",
                       text.len, YAML_SIZE_MAX);
    while (scan.at < text.len) {
        uint32_t code_point;
        size_t len = utf8_decode(text, scan.at, &code_point);

        if (len == 0) {
            err_set(err, ERR_FORMAT, "the byte \\x%02x is not UTF-8", text.ptr[scan.at]);
            return add_place(&scan, err);
        }
        if (check_character(&scan, code_point, err))
            return add_place(&scan, err);
        pass(&scan, code_point, len);
    }
    return ERR_OK;
}
