#include "resolver/net/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/net/decimal.h"

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_hex_digit(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
}

/* The first byte of text that is neither unreserved, a sub-delim, part of a percent-encoding (RFC
 * 3986 2.1 to 2.3) nor one of `also`; text.len when there is none. */
static size_t find_stray(struct slice text, const char *also)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.ptr[i];

        if (byte == '%' && i + 2 < text.len && is_hex_digit(text.ptr[i + 1]) &&
            is_hex_digit(text.ptr[i + 2]))
            i += 2;
        else if (byte == 0 || (!is_digit(byte) && !is_letter(byte) &&
                               !strchr("-._~!$&'()*+,;=", byte) && !strchr(also, byte)))
            return i;
    }
    return text.len;
}

static enum err_code check_characters(struct slice text, const char *also, const char *part,
                                      struct err *err)
{
    size_t at = find_stray(text, also);

    if (at == text.len)
        return ERR_OK;
    if (text.ptr[at] == '%')
        return err_set(err, ERR_FORMAT, "%s: \"%%\" without two hexadecimal digits after it", part);
    return err_set(err, ERR_FORMAT, "%s: the character %s cannot stand in a URL unencoded", part,
                   quote(slice_part(text, at, 1)).text);
}

static enum err_code parse_scheme(struct slice *rest, enum url_scheme *scheme, struct err *err)
{
    size_t len = slice_find(*rest, ':');
    struct slice name = slice_part(*rest, 0, len);

    if (!slice_begins(slice_part(*rest, len, 3), "://"))
        return err_set(err, ERR_FORMAT, "not a URL: it does not begin with http:// or https://");
    if (slice_is_nocase(name, "https"))
        *scheme = URL_HTTPS;
    else if (slice_is_nocase(name, "http"))
        *scheme = URL_HTTP;
    else
        return err_set(err, ERR_FORMAT, "scheme %s: only http and https are supported",
                       quote(name).text);
    *rest = slice_part(*rest, len + 3, rest->len);
    return ERR_OK;
}

static bool is_address(int family, struct slice host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (host.len == 0 || host.len >= sizeof text || slice_find(host, 0) < host.len)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, &address) == 1;
}

static bool is_label(struct slice label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!is_digit(label.ptr[i]) && !is_letter(label.ptr[i]) && label.ptr[i] != '-' &&
            label.ptr[i] != '_')
            return false;
    }
    return true;
}

/* Whether some resolvers would read the last label as part of an IPv4 address: "127.1", "0x7f". */
static bool looks_numeric(struct slice label)
{
    return is_digit(label.ptr[0]) && (slice_begins(label, "0x") || slice_begins(label, "0X") ||
                                      is_digit(label.ptr[label.len - 1]));
}

static enum err_code check_name(struct slice host, struct err *err)
{
    struct slice rest = host, label = {NULL, 0};

    if (host.len > URL_HOST_MAX)
        return err_set(err, ERR_FORMAT, "host: longer than %d bytes", URL_HOST_MAX);
    if (host.ptr[host.len - 1] == '.')
        return err_set(err, ERR_FORMAT, "host %s: a final dot is not supported", quote(host).text);
    while (rest.ptr) {
        label = slice_cut(&rest, '.');
        if (!is_label(label))
            return err_set(err, ERR_FORMAT, "host %s: not a DNS name%s", quote(host).text,
                           find_stray(host, "") < host.len ? " (non-ASCII names as xn--...)" : "");
    }
    if (looks_numeric(label))
        return err_set(err, ERR_FORMAT, "host %s: neither a DNS name nor an IPv4 address",
                       quote(host).text);
    return ERR_OK;
}

static enum err_code parse_port(struct slice text, struct url *url, struct err *err)
{
    uint64_t port;

    if (!decimal_parse(text, UINT16_MAX, &port) || port == 0)
        return err_set(err, ERR_FORMAT, "port %s: not a number from 1 to 65535", quote(text).text);
    url->port = (uint16_t)port;
    return ERR_OK;
}

/* Splits "host[:port]"; *after is what follows the host. */
static enum err_code parse_host(struct slice text, struct url *url, struct slice *after,
                                struct err *err)
{
    size_t end;

    if (!slice_begins(text, "[")) {
        end = slice_find(text, ':');
        url->host = slice_part(text, 0, end);
        *after = slice_part(text, end, text.len);
        if (url->host.len == 0)
            return err_set(err, ERR_FORMAT, "host: empty");
        url->host_type = is_address(AF_INET, url->host) ? URL_HOST_IPV4 : URL_HOST_NAME;
        return url->host_type == URL_HOST_IPV4 ? ERR_OK : check_name(url->host, err);
    }
    end = slice_find(text, ']');
    url->host = slice_part(text, 1, end - 1);
    url->host_type = URL_HOST_IPV6;
    *after = slice_part(text, end + 1, text.len);
    if (end == text.len || !is_address(AF_INET6, url->host))
        return err_set(
            err, ERR_FORMAT, "host %s: not an IPv6 address in brackets%s", quote(text).text,
            slice_find(url->host, '%') < url->host.len ? " (zones are not supported)" : "");
    return ERR_OK;
}

static enum err_code parse_authority(struct slice text, bool with_userinfo, struct url *url,
                                     struct err *err)
{
    size_t at = slice_find(text, '@');
    struct slice after;

    if (at < text.len) {
        if (!with_userinfo)
            return err_set(err, ERR_FORMAT, "a user name or password in a URL is not supported");
        url->userinfo = slice_part(text, 0, at);
        text = slice_part(text, at + 1, text.len);
        /* The offending character could be part of the password: it is not shown. */
        if (find_stray(url->userinfo, ":") < url->userinfo.len)
            return err_set(err, ERR_FORMAT,
                           "user name or password: special characters must be percent-encoded");
    }
    if (parse_host(text, url, &after, err))
        return err->code;
    if (after.len == 0)
        return ERR_OK;
    if (after.ptr[0] != ':')
        return err_set(err, ERR_FORMAT, "host %s: bytes after the address", quote(text).text);
    return parse_port(slice_part(after, 1, after.len), url, err);
}

static size_t authority_length(struct slice text)
{
    size_t len = 0;

    while (len < text.len && !strchr("/?#", text.ptr[len]))
        len++;
    return len;
}

static enum err_code parse(struct slice text, bool is_proxy, struct url *url, struct err *err)
{
    struct slice rest = text;
    size_t len;

    if (text.len > URL_MAX)
        return err_set(err, ERR_LIMIT, "a URL of %zu bytes (at most %d)", text.len, URL_MAX);
    if (parse_scheme(&rest, &url->scheme, err))
        return err->code;
    url->port = url->scheme == URL_HTTPS ? 443 : 80;
    len = authority_length(rest);
    if (parse_authority(slice_part(rest, 0, len), is_proxy, url, err))
        return err->code;
    rest = slice_part(rest, len, rest.len);
    if (slice_find(rest, '#') < rest.len)
        return err_set(err, ERR_FORMAT, "a fragment (\"#\") has no place in a URL to fetch");
    url->has_query = slice_find(rest, '?') < rest.len;
    url->path = slice_cut(&rest, '?');
    url->query = rest;
    if (check_characters(url->path, ":@/", "path", err))
        return err->code;
    return check_characters(url->query, ":@/?", "query", err);
}

enum err_code url_parse(struct slice text, struct url *url, struct err *err)
{
    *url = (struct url){0};
    if (parse(text, false, url, err))
        *url = (struct url){0};
    else
        return ERR_OK;
    return err->code;
}

enum err_code url_parse_proxy(struct slice text, struct url *url, struct err *err)
{
    enum err_code rc;

    *url = (struct url){0};
    rc = parse(text, true, url, err);
    if (rc == ERR_OK && (url->has_query || (url->path.len && !slice_is(url->path, "/"))))
        rc = err_set(err, ERR_FORMAT, "the URL of a proxy has no path");
    if (rc)
        *url = (struct url){0};
    return rc;
}

void url_format_host(const struct url *url, bool with_port, struct buf *out)
{
    bool is_own_port = url->port == (url->scheme == URL_HTTPS ? 443 : 80);

    if (url->host_type == URL_HOST_IPV6)
        buf_add_byte(out, '[');
    for (size_t i = 0; i < url->host.len; i++) {
        uint8_t byte = url->host.ptr[i];

        buf_add_byte(out, byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte);
    }
    if (url->host_type == URL_HOST_IPV6)
        buf_add_byte(out, ']');
    if (with_port || !is_own_port)
        buf_add_format(out, ":%u", (unsigned)url->port);
}

void url_format_target(const struct url *url, struct buf *out)
{
    buf_add(out, url->path.len ? url->path : SLICE("/"));
    if (url->has_query) {
        buf_add_byte(out, '?');
        buf_add(out, url->query);
    }
}

void url_format(const struct url *url, struct buf *out)
{
    buf_add_text(out, url_scheme_name(url->scheme));
    buf_add_text(out, "://");
    url_format_host(url, false, out);
    url_format_target(url, out);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    char name[URL_HOST_MAX + 1];

    if (a->scheme != b->scheme || a->port != b->port || a->host_type != b->host_type ||
        b->host.len >= sizeof name)
        return false;
    memcpy(name, b->host.ptr, b->host.len);
    name[b->host.len] = '\0';
    return slice_is_nocase(a->host, name);
}

struct url_shown url_show(const struct url *url)
{
    struct url without_query = *url;
    struct url_shown shown;
    uint8_t text[URL_MAX + 64];
    struct buf buf;
    const char *end = "";

    without_query.has_query = false;
    buf_init_fixed(&buf, text, sizeof text);
    url_format(&without_query, &buf);
    if (url->has_query)
        buf_add_text(&buf, "?...");
    if (buf.len > sizeof shown.text - 4) {
        buf.len = sizeof shown.text - 4;
        end = "...";
    }
    snprintf(shown.text, sizeof shown.text, "%.*s%s", (int)buf.len, (const char *)text, end);
    return shown;
}

struct url_shown url_show_text(struct slice text)
{
    struct url_shown shown;
    uint8_t masked[URL_MAX + 64];
    struct buf buf;
    struct slice rest = slice_part(text, 0, URL_MAX);
    size_t query = slice_find(rest, '?');
    size_t at = slice_find(rest, '@');
    size_t slash = slice_find(rest, '/');

    buf_init_fixed(&buf, masked, sizeof masked);
    if (at < query) {
        buf_add(&buf, slash < at ? slice_part(rest, 0, slash) : SLICE(""));
        buf_add_text(&buf, "//***");
        rest = slice_part(rest, at, rest.len);
        query -= at;
    }
    buf_add(&buf, slice_part(rest, 0, query));
    buf_add_text(&buf, query < rest.len ? "?..." : "");
    snprintf(shown.text, sizeof shown.text, "%s", quote(buf_slice(&buf)).text);
    return shown;
}

const char *url_scheme_name(enum url_scheme scheme)
{
    return scheme == URL_HTTPS ? "https" : "http";
}
