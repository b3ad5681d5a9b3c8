/*
 * exchange.h - one request and its response, over a connection.
 *
 * In the flow:  http_request -> [exchange] -> sink
 * Checked here: the body's end (Content-Length reached, last chunk, or an orderly end of the
 *               connection): a body cut short is never taken for a whole one.
 * Time limits:  the head within stall_timeout_ms of the request; then EXCHANGE_PROGRESS_BYTES of
 *               payload (or the rest of it) in each stall_timeout_ms. So a server that drips
 *               bytes, or framing without payload, runs into the limit too. What the sink takes is
 *               not counted.
 * Memory:       nothing beyond the connection's buffer.
 */
#ifndef SEALIFT_NET_EXCHANGE_H
#define SEALIFT_NET_EXCHANGE_H

#include "resolver/net/connection.h"
#include "resolver/net/http_request.h"

#define EXCHANGE_PROGRESS_BYTES 4096
#define EXCHANGE_INTERIM_MAX 16 /* responses 1xx before the final one */
/* Bytes of an unwanted body that are read, so that the connection can be used again. */
#define EXCHANGE_SKIP_MAX ((size_t)64 << 10)

/* Where a response goes. An error of either function ends the exchange and is passed on as it is. */
struct response_sink {
    void *ctx;
    /* Called once with the head of the final response; its slices are valid during the call alone.
     * *wants_body (false before) says whether the body is to be passed on. */
    enum err_code (*begin)(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *err);
    /* Called with each piece of the body, in order, never empty. */
    enum err_code (*body)(void *ctx, struct slice bytes, struct err *err);
};

/* How far an exchange came when it failed. */
enum exchange_progress {
    EXCHANGE_SILENT, /* not a single byte came: on a connection kept alive, perhaps it had ended */
    EXCHANGE_BEGUN,
    EXCHANGE_SINK, /* the sink failed: trying again is of no use */
};

/*
 * Sends the request and takes its response. The connection is closed unless another request can
 * follow. ERR_IO when it fails, with the watch marked broken where another try may help; the
 * sink's own errors.
 */
enum err_code exchange(struct connection *connection, const struct http_request *request,
                       unsigned stall_timeout_ms, const struct response_sink *sink,
                       enum exchange_progress *progress, struct err *err) MUST_USE;

#endif
