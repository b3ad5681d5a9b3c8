/*
 * fetch_tls.h - gives fetch the TLS that the program is linked with.
 *
 * In the flow:  anchors, clock -> [fetch_tls] -> connector -> fetch
 * Why apart:    a program or test that links fetch without this file has no TLS in it, and
 *               refuses https URLs.
 */
#ifndef SEALIFT_NET_FETCH_TLS_H
#define SEALIFT_NET_FETCH_TLS_H

#include "resolver/tls/tls.h"
#include "resolver/net/connection.h"

/* What TLS needs; must outlive the fetch. */
struct fetch_tls {
    void *ctx;
    /* The trust anchors; called once, before the first handshake, so that a program that never
     * meets https need not read any. ERR_IO and ERR_FORMAT as it likes. */
    enum err_code (*load)(void *ctx, struct anchors *anchors, struct err *err);
    int64_t (*now)(void *ctx); /* seconds since 1970; NULL: the machine's clock */
    bool is_loaded;            /* false at first */
    struct anchors anchors;
};

/* A connector over TCP and TLS. */
struct connector fetch_tls_connector(struct fetch_tls *tls);

#endif
