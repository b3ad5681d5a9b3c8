/*
 * network.h - the way to web servers, set up from options and environment.
 *
 * In the flow:  invocation, environment -> [network] -> fetch -> source_https, download
 * Read:         --connect-timeout, --timeout, --retries, --ca, --offline; HTTPS_PROXY, HTTP_PROXY,
 *               NO_PROXY, SSL_CERT_FILE. Trust anchors are read when the first certificate is to be
 *               checked, and not before.
 */
#ifndef SEALIFT_CLI_NETWORK_H
#define SEALIFT_CLI_NETWORK_H

#include "resolver/base/heap.h"
#include "resolver/cli/options.h"
#include "resolver/net/fetch.h"
#include "resolver/net/fetch_tls.h"

struct network {
    const struct invocation *invocation;
    struct arena arena; /* of the trust anchors */
    struct fetch_tls tls;
    struct fetch *fetch; /* NULL until network_open */
};

/* Whether the options' values are good (else ERR_USAGE), also where no network will be needed. */
enum err_code network_check(const struct invocation *invocation, struct err *err) MUST_USE;

/* Reads the options and makes network->fetch; nothing is sent. *network must be zeroed before and
 * must not move afterwards; opening it again does nothing. ERR_USAGE (an option's value), ERR_LIMIT. */
enum err_code network_open(struct network *network, const struct invocation *invocation,
                           struct err *err) MUST_USE;

/* Closes the connection and frees everything. */
void network_close(struct network *network);

#endif
