/*
 * url.h - http and https URLs, strictly (a subset of RFC 3986).
 *
 * In the flow:  --repository, a table's reference, a redirect -> [url] -> proxy -> fetch
 * Checked here: the scheme; the host (a DNS name, an IPv4 address in four decimal parts, or an
 *               IPv6 address in brackets); the port; that path and query hold only characters
 *               that RFC 3986 allows there, "%" with two hexadecimal digits after it. Control
 *               characters, blanks and non-ASCII bytes are refused, so a URL can stand in a
 *               request line and in a message as it is.
 * Refused:      other schemes, user names and passwords (but in a proxy's URL), fragments, host
 *               names with a final dot, IPv6 zones, numbers that only look like an IPv4 address.
 * Not checked:  that the host exists. Dot segments of a path stay as they are (url_reference.h
 *               takes them out of what a server sends).
 * Memory:       a struct url borrows from the text it was parsed from.
 */
#ifndef SEALIFT_NET_URL_H
#define SEALIFT_NET_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/buf.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define URL_MAX 8192     /* bytes of a URL: RFC 9110 4.1 asks for 8000 */
#define URL_HOST_MAX 253 /* bytes of a DNS name: RFC 1035 2.3.4 */

enum url_scheme { URL_HTTP, URL_HTTPS };
enum url_host_type { URL_HOST_NAME, URL_HOST_IPV4, URL_HOST_IPV6 };

struct url {
    enum url_scheme scheme;
    enum url_host_type host_type;
    struct slice userinfo; /* "user:password", percent-encoded; empty when there is none */
    struct slice host;     /* as written, an IPv6 address without its brackets */
    uint16_t port;         /* the scheme's own when none is written */
    bool has_query;
    struct slice path;  /* empty, or begins with '/' */
    struct slice query; /* without the '?' */
};

/* The part of a URL that a message shows. */
struct url_shown {
    char text[280];
};

/*
 * Parses a URL to fetch from. On failure *url is zeroed: ERR_FORMAT with the reason, the URL
 * itself not in it (the caller has it; it may hold a password); ERR_LIMIT over URL_MAX.
 */
enum err_code url_parse(struct slice text, struct url *url, struct err *err) MUST_USE;

/* The same for the URL of a proxy: a user name and password are allowed, a path other than "/"
 * and a query are not. */
enum err_code url_parse_proxy(struct slice text, struct url *url, struct err *err) MUST_USE;

/* Appends "host" or "host:port": with_port says whether the port is written even when it is the
 * scheme's own (CONNECT wants that). The host is in lower case, an IPv6 address in brackets. */
void url_format_host(const struct url *url, bool with_port, struct buf *out);

/* Appends path and query as a request line wants them: "/" when the path is empty. */
void url_format_target(const struct url *url, struct buf *out);

/* Appends the whole URL, never with userinfo. */
void url_format(const struct url *url, struct buf *out);

/* Same scheme, host (letter case aside) and port: one connection serves both. */
bool url_same_origin(const struct url *a, const struct url *b);

/* The URL for a message: never userinfo, and "?..." for a query, which may hold a signature that
 * grants access. A long URL is cut, "..." after it. */
struct url_shown url_show(const struct url *url);

/* The same for text that url_parse refuses: in quotes and escaped (quote.h), without what stands
 * between "//" and "@", and without a query. */
struct url_shown url_show_text(struct slice text);

/* "http" or "https". */
const char *url_scheme_name(enum url_scheme scheme);

#endif
