/*
 * server_name.h - is a certificate for the server that was asked for?
 *
 * In the flow:  URL's host -> [server_name] -> chain, the server name indication of TLS
 * Rules:        RFC 9525, 6: only subject alternative names count, never the common name. A DNS
 *               name fits a dNSName with the same labels (ASCII letters of either case), or one
 *               whose first label is "*" for exactly one label, with two more labels at least after
 *               it. An IP address fits an iPAddress of the same bytes, and nothing else.
 * Checked here: that the name asked for is a DNS name or an IP address at all.
 * Not checked:  international names: they come as A-labels (xn--...), or not at all.
 */
#ifndef SEALIFT_TLS_SERVER_NAME_H
#define SEALIFT_TLS_SERVER_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/buf.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define SERVER_NAME_MAX 253 /* characters of a DNS name (RFC 1035, 2.3.4) */

struct server_name {
    char text[SERVER_NAME_MAX + 1]; /* as given, less the dot that may end it */
    bool is_ip;
    uint8_t ip[16];
    size_t ip_len; /* 4 or 16 bytes */
};

/* Reads "example.com", "192.0.2.1" or "2001:db8::1" (no brackets, no port). On failure *name is
 * zeroed: ERR_USAGE. */
enum err_code server_name_parse(const char *text, struct server_name *name, struct err *err)
    MUST_USE;

/* Whether one of the general names (struct x509's alt_names) fits. */
bool server_name_fits(const struct server_name *name, struct slice alt_names);

/* What the general names are for, escaped: DNS "a.example", DNS "*.b.example", IP 192.0.2.1. After a
 * few "and N more"; without any "no server". */
void server_name_list(struct slice alt_names, struct buf *out);

#endif
