/*
 * no_proxy.h - the hosts that are reached without a proxy.
 *
 * In the flow:  proxy -> [no_proxy]
 * Entries:      "*"                          every host
 *               "example.com"                that host and every host below it
 *               ".example.com" "*.example.com"   the same
 *               "192.0.2.7" "2001:db8::7" "[2001:db8::7]"    that address
 *               "192.0.2.0/24" "2001:db8::/32"               the addresses of that network
 *               each but the networks also with ":PORT", an IPv6 address then in brackets.
 *               They stand in a list with commas or blanks between them; letter case is nothing.
 * Checked here: an entry with a slash that is not a network is refused: passed over, it would send
 *               through the proxy what was meant to stay inside.
 * Not done:     names are not looked up: an address entry fits a URL with that address alone.
 */
#ifndef SEALIFT_NET_NO_PROXY_H
#define SEALIFT_NET_NO_PROXY_H

#include <stdbool.h>

#include "resolver/net/url.h"

/* Whether an entry of the list fits the URL. On failure *matches is false: ERR_USAGE, naming the
 * entry. */
enum err_code no_proxy_matches(struct slice list, const struct url *url, bool *matches,
                               struct err *err) MUST_USE;

#endif
