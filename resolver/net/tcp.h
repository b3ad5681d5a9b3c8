/*
 * tcp.h - a connected socket as a stream.
 *
 * In the flow:  tcp_connect -> [tcp] -> tls, or straight to fetch
 * Contract:     stream.h's; the time limit is that of the watch, which must outlive the stream.
 *               An end of the connection, orderly or not, marks the watch as broken.
 * Speed:        after its first mebibyte, a read that finds nothing sleeps two milliseconds before it
 *               waits: fewer and larger packets, a third more over a fast network.
 * Signals:      a peer that is gone is an error, never SIGPIPE.
 */
#ifndef SEALIFT_NET_TCP_H
#define SEALIFT_NET_TCP_H

#include "resolver/base/stream.h"
#include "resolver/net/watch.h"

/* Makes a stream of a non-blocking socket, which the stream then owns; also on failure, when it is
 * closed: ERR_LIMIT without memory. */
enum err_code tcp_stream(int socket, struct watch *watch, struct stream *out, struct err *err)
    MUST_USE;

#endif
