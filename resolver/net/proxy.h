/*
 * proxy.h - which proxy, if any, leads to a URL.
 *
 * In the flow:  environment, URL -> [proxy] -> connection
 * Read:         HTTPS_PROXY for https URLs, HTTP_PROXY for http URLs, NO_PROXY for the exceptions;
 *               of each the lower-case form first. An empty value means "no proxy", as if unset.
 *               HTTP_PROXY in upper case is ignored when REQUEST_METHOD is set: in a CGI program a
 *               request header "Proxy:" would set it ("httpoxy").
 * NO_PROXY:     entries separated by commas or blanks (no_proxy.h).
 * Checked here: the proxy's URL: http:// or no scheme, a port, a well-formed user name and
 *               password. https:// and socks proxies are refused, saying so.
 * Not read:     ALL_PROXY; the environment itself: its values are parameters.
 */
#ifndef SEALIFT_NET_PROXY_H
#define SEALIFT_NET_PROXY_H

#include <stdbool.h>

#include "resolver/net/url.h"

#define PROXY_CREDENTIALS_MAX 512 /* bytes of "user:password" */

/* The environment's say. The strings are borrowed; NULL: not set. */
struct proxy_settings {
    const char *https_proxy;
    const char *http_proxy;
    const char *no_proxy;
};

struct proxy {
    bool is_used;
    const char *variable; /* the one it came from, for messages: "HTTPS_PROXY" */
    struct url url;       /* host and port */
    char authorization[16 + PROXY_CREDENTIALS_MAX / 3 * 4]; /* "Basic ...", or empty */
};

/* Picks the settings with `get`, which works like getenv (and usually is). */
struct proxy_settings proxy_settings_read(char *(*get)(const char *name));

/*
 * The proxy for that URL. *proxy borrows from the settings; it is zeroed, with ERR_OK, when there
 * is none to be used, and on failure: ERR_USAGE naming the variable, and never its value, which may
 * hold a password.
 */
enum err_code proxy_find(const struct proxy_settings *settings, const struct url *url,
                         struct proxy *proxy, struct err *err) MUST_USE;

#endif
