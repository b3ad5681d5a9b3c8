#include "resolver/net/url_reference.h"

#include <string.h>

static enum err_code parse_result(struct buf *out, struct url *url, struct err *err)
{
    if (buf_done(out, err))
        return err_set(err, ERR_LIMIT, "a URL of more than %d bytes", URL_MAX);
    return url_parse(buf_slice(out), url, err);
}

static void add_origin(const struct url *url, struct buf *out)
{
    buf_add_text(out, url_scheme_name(url->scheme));
    buf_add_text(out, "://");
    url_format_host(url, false, out);
}

/* Takes the last segment and its slash off what was written since `start`. */
static void drop_segment(struct buf *out, size_t start)
{
    while (out->len > start && out->ptr[out->len - 1] != '/')
        out->len--;
    if (out->len > start)
        out->len--;
}

/* Appends an absolute path without its dot segments (RFC 3986 5.2.4). */
static void add_path(struct slice path, struct buf *out)
{
    size_t start = out->len;
    bool ends_in_dots = false;
    struct slice rest = slice_part(path, 1, path.len);

    if (rest.len == 0) {
        buf_add_byte(out, '/');
        return;
    }
    while (rest.ptr) {
        struct slice segment = slice_cut(&rest, '/');

        ends_in_dots = slice_is(segment, ".") || slice_is(segment, "..");
        if (slice_is(segment, ".."))
            drop_segment(out, start);
        if (ends_in_dots)
            continue;
        buf_add_byte(out, '/');
        buf_add(out, segment);
    }
    if (ends_in_dots)
        buf_add_byte(out, '/');
}

/* Appends the path of a relative reference, merged with the base's (RFC 3986 5.2.3). */
static enum err_code add_merged(const struct url *base, struct slice path, struct buf *out,
                                struct err *err)
{
    uint8_t merged[URL_MAX];
    struct buf buf;
    size_t folder = base->path.len;

    buf_init_fixed(&buf, merged, sizeof merged);
    while (folder > 0 && base->path.ptr[folder - 1] != '/')
        folder--;
    buf_add(&buf, folder ? slice_part(base->path, 0, folder) : SLICE("/"));
    buf_add(&buf, path);
    if (buf_done(&buf, err))
        return err_set(err, ERR_LIMIT, "a URL of more than %d bytes", URL_MAX);
    add_path(buf_slice(&buf), out);
    return ERR_OK;
}

/* RFC 3986 3.1: letters, digits and "+-.", a letter first, a colon after it. */
static bool has_scheme(struct slice reference)
{
    size_t len = slice_find(reference, ':');

    if (len == reference.len || len == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = reference.ptr[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');

        if (!is_letter && (i == 0 || !strchr("0123456789+-.", byte) || byte == 0))
            return false;
    }
    return true;
}

/* Appends path and query of a reference without scheme and authority. */
static enum err_code add_relative(const struct url *base, struct slice reference, struct buf *out,
                                  struct err *err)
{
    struct slice query = reference;
    bool has_query = slice_find(reference, '?') < reference.len;
    struct slice path = slice_cut(&query, '?');

    add_origin(base, out);
    if (path.len == 0)
        buf_add(out, base->path);
    else if (path.ptr[0] == '/')
        add_path(path, out);
    else if (add_merged(base, path, out, err))
        return err->code;
    if (path.len == 0 && !has_query) {
        query = base->query;
        has_query = base->has_query;
    }
    if (has_query) {
        buf_add_byte(out, '?');
        buf_add(out, query);
    }
    return ERR_OK;
}

/* Writes the URL again with the dot segments of its path taken out. */
static enum err_code add_normalized(struct slice text, struct buf *out, struct err *err)
{
    struct url url;

    if (url_parse(text, &url, err))
        return err->code;
    add_origin(&url, out);
    if (url.path.len)
        add_path(url.path, out);
    if (url.has_query) {
        buf_add_byte(out, '?');
        buf_add(out, url.query);
    }
    return ERR_OK;
}

static enum err_code add_absolute(const struct url *base, struct slice reference, struct buf *out,
                                  struct err *err)
{
    uint8_t text[URL_MAX];
    struct buf buf;

    buf_init_fixed(&buf, text, sizeof text);
    if (slice_begins(reference, "//")) {
        buf_add_text(&buf, url_scheme_name(base->scheme));
        buf_add_byte(&buf, ':');
    }
    buf_add(&buf, reference);
    if (buf_done(&buf, err))
        return err_set(err, ERR_LIMIT, "a URL of more than %d bytes", URL_MAX);
    return add_normalized(buf_slice(&buf), out, err);
}

enum err_code url_resolve(const struct url *base, struct slice reference, struct buf *out,
                          struct url *url, struct err *err)
{
    *url = (struct url){0};
    reference = slice_part(reference, 0, slice_find(reference, '#'));
    if (has_scheme(reference) || slice_begins(reference, "//")) {
        if (add_absolute(base, reference, out, err))
            return err->code;
    } else if (add_relative(base, reference, out, err)) {
        return err->code;
    }
    return parse_result(out, url, err);
}

static bool is_unreserved(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != 0 && strchr("-._~", byte));
}

static enum err_code add_segment(struct slice segment, struct buf *out, struct err *err)
{
    if (segment.len == 0 || slice_is(segment, ".") || slice_is(segment, ".."))
        return err_set(err, ERR_FORMAT, "a document name with an empty, \".\" or \"..\" segment");
    buf_add_byte(out, '/');
    for (size_t i = 0; i < segment.len; i++) {
        if (is_unreserved(segment.ptr[i]))
            buf_add_byte(out, segment.ptr[i]);
        else
            buf_add_format(out, "%%%02X", (unsigned)segment.ptr[i]);
    }
    return ERR_OK;
}

enum err_code url_join(const struct url *base, struct slice name, struct buf *out, struct url *url,
                       struct err *err)
{
    struct slice rest = name, path = base->path;

    *url = (struct url){0};
    if (base->has_query)
        return err_set(err, ERR_FORMAT, "a base URL has no query (\"?\")");
    if (slice_ends(path, "/"))
        path.len--;
    add_origin(base, out);
    buf_add(out, path);
    do {
        if (add_segment(slice_cut(&rest, '/'), out, err))
            return err->code;
    } while (rest.ptr);
    return parse_result(out, url, err);
}
