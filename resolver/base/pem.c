#include "resolver/base/pem.h"

#include <stdbool.h>

#include "resolver/base/base64.h"
#include "resolver/base/quote.h"

#define LINE_BYTES 48 /* 64 characters of base64 */

struct lines {
    struct slice rest;
    size_t number; /* of the line last taken, from 1 */
};

/* Takes the next line, without its LF or CRLF, off *lines; false at the end of the text. */
static bool next_line(struct lines *lines, struct slice *line)
{
    if (lines->rest.len == 0)
        return false;
    *line = slice_cut(&lines->rest, '\n');
    if (lines->rest.ptr && slice_ends(*line, "\r")) /* rest.ptr: there was an LF */
        line->len--;
    lines->number++;
    return true;
}

static bool is_blank(struct slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] != ' ' && line.ptr[i] != '\t')
            return false;
    }
    return true;
}

/* The label of a line "-----BEGIN label-----"; empty when the line is none. */
static struct slice label_of(struct slice line, const char *begin)
{
    struct slice dashes = SLICE("-----");
    size_t start = slice_text(begin).len;

    if (!slice_begins(line, begin) || !slice_ends(line, "-----") || line.len <= start + dashes.len)
        return slice_of(NULL, 0);
    return slice_part(line, start, line.len - start - dashes.len);
}

static enum err_code find_begin(struct lines *lines, struct slice *label, struct err *err)
{
    struct slice line;

    while (next_line(lines, &line)) {
        if (is_blank(line))
            continue;
        *label = label_of(line, "-----BEGIN ");
        if (label->len > 0)
            return ERR_OK;
        return err_set(err, ERR_FORMAT, "line %zu: have %s, want -----BEGIN ...----- (PEM)",
                       lines->number, quote(slice_part(line, 0, 40)).text);
    }
    return err_set(err, ERR_FORMAT, "no PEM block: the file is empty");
}

/* Finds the END line that belongs to label; *body ends before it. */
static enum err_code find_end(struct lines *lines, struct slice label, struct slice *body,
                              struct err *err)
{
    const uint8_t *start = lines->rest.ptr;
    struct slice line;

    while (next_line(lines, &line)) {
        if (slice_find(line, ':') < line.len)
            return err_set(err, ERR_FORMAT, "line %zu: PEM header lines are not accepted",
                           lines->number);
        if (!slice_begins(line, "-----"))
            continue;
        if (!slice_equal(label_of(line, "-----END "), label))
            return err_set(err, ERR_FORMAT, "line %zu: have %s, want -----END %s-----",
                           lines->number, quote(line).text, quote_bare(label).text);
        *body = slice_of(start, (size_t)(line.ptr - start));
        return ERR_OK;
    }
    return err_set(err, ERR_FORMAT, "line %zu: the file ends before -----END %s-----",
                   lines->number, quote_bare(label).text);
}

static enum err_code find_nothing(struct lines *lines, struct err *err)
{
    struct slice line, label;

    while (next_line(lines, &line)) {
        if (is_blank(line))
            continue;
        label = label_of(line, "-----BEGIN ");
        if (label.len > 0)
            return err_set(err, ERR_FORMAT, "line %zu: a second PEM block, %s; want exactly one",
                           lines->number, quote(label).text);
        return err_set(err, ERR_FORMAT, "line %zu: text after the PEM block", lines->number);
    }
    return ERR_OK;
}

enum err_code pem_parse(struct slice text, struct pem *pem, struct err *err)
{
    struct lines lines = {.rest = text};
    struct pem found = {{NULL, 0}, {NULL, 0}};
    enum err_code rc = find_begin(&lines, &found.label, err);

    if (rc == ERR_OK)
        rc = find_end(&lines, found.label, &found.body, err);
    if (rc == ERR_OK)
        rc = find_nothing(&lines, err);
    *pem = rc == ERR_OK ? found : (struct pem){{NULL, 0}, {NULL, 0}};
    return rc;
}

enum err_code pem_decode(const struct pem *pem, uint8_t *out, size_t max_len, size_t *len,
                         struct err *err)
{
    enum err_code rc = base64_decode_lines(pem->body, out, max_len, len, err);

    if (rc != ERR_OK)
        return err_add(err, "base64 after the BEGIN line");
    if (*len == 0)
        return err_set(err, ERR_FORMAT, "nothing between the BEGIN and END lines");
    return ERR_OK;
}

void pem_write(struct buf *out, const char *label, struct slice bytes)
{
    buf_add_format(out, "-----BEGIN %s-----\n", label);
    for (size_t at = 0; at < bytes.len; at += LINE_BYTES) {
        base64_encode(slice_part(bytes, at, LINE_BYTES), out);
        buf_add_byte(out, '\n');
    }
    buf_add_format(out, "-----END %s-----\n", label);
}
