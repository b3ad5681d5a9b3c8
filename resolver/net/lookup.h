/*
 * lookup.h - the addresses of a host, within a time limit.
 *
 * In the flow:  url -> [lookup] -> tcp_connect
 * How:          an address stands for itself. A name is looked up by the C library (getaddrinfo:
 *               /etc/hosts, DNS), which knows no time limit of ours and cannot be interrupted. So
 *               a child process does it, and is killed when the time is over. A thread could only
 *               be abandoned, to go on in the memory of a program that believes itself done.
 *               The child blocks all signals, dies with its parent and ends with _exit: nothing of
 *               the caller's runs in it.
 * Trust:        none: DNS is not signed. TLS, or the signatures on documents, carry the trust.
 */
#ifndef SEALIFT_NET_LOOKUP_H
#define SEALIFT_NET_LOOKUP_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include "resolver/net/url.h"
#include "resolver/net/watch.h"

#define ADDRESSES_MAX 16 /* more than these are not tried */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct addresses {
    size_t count;
    union address list[ADDRESSES_MAX]; /* in the order in which they shall be tried */
};

struct address_text {
    char text[INET6_ADDRSTRLEN + 16];
};

/*
 * The addresses of url's host, with its port. Families alternate (RFC 8305 4), the C library's
 * first choice first. On failure *addresses is empty: ERR_IO when the name is not known, DNS does
 * not answer (the watch is then marked broken), or the time is over.
 */
enum err_code lookup(const struct url *url, struct watch *watch, struct addresses *addresses,
                     struct err *err) MUST_USE;

/* The size that connect wants with an address. */
socklen_t address_size(const union address *address);

/* "192.0.2.7 port 443", "2001:db8::7 port 443". */
struct address_text address_show(const union address *address);

#endif
