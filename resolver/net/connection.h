/*
 * connection.h - a connection to the origin of a URL: through a proxy or not, with TLS or not.
 *
 * In the flow:  url, proxy -> tcp_connect -> CONNECT -> TLS -> [connection] -> exchange
 * Kept alive:   one connection at a time; the next request uses it again when its URL has the same
 *               origin and goes the same way.
 * Contract:     the watch's limit, set by the caller, holds for all of it: lookup, connecting,
 *               the proxy's answer, the TLS handshake.
 * Credentials:  the proxy's go to the proxy alone.
 * Memory:       CONNECTION_BUFFER bytes within the struct; the streams' own.
 */
#ifndef SEALIFT_NET_CONNECTION_H
#define SEALIFT_NET_CONNECTION_H

#include "resolver/base/stream.h"
#include "resolver/net/http_response.h"
#include "resolver/net/proxy.h"
#include "resolver/net/tcp_connect.h"

#define CONNECTION_BUFFER HTTP_HEAD_MAX

/* How connections are made; the world comes in here. */
struct connector {
    void *ctx;
    /* As tcp_connect (ctx apart). NULL: tcp_connect itself. */
    enum err_code (*connect)(void *ctx, const struct url *url, struct watch *watch,
                             struct stream *out, struct address_text *peer, struct err *err);
    /* Starts TLS over `under` with the server of that name; what out->close must end includes
     * under. On failure under is left to the caller. NULL: https URLs are refused. */
    enum err_code (*open_tls)(void *ctx, struct stream *under, const char *server_name,
                              struct stream *out, struct err *err);
};

struct connection {
    struct watch watch;
    bool is_open;
    bool has_tls;
    struct stream stream; /* what requests are written to: TLS, or TCP */
    struct stream under;  /* with TLS: the TCP under it */
    struct url url;       /* the origin's; host points to `host` */
    struct url proxy_url; /* port 0 when there is no proxy; host points to `proxy_host` */
    char host[URL_HOST_MAX + 1];
    char proxy_host[URL_HOST_MAX + 1];
    struct address_text peer;
    size_t start, end; /* bytes of `in` that have come and are not used yet */
    uint8_t in[CONNECTION_BUFFER];
};

/*
 * Connects to url's origin by way of the proxy (proxy->is_used). Not open before, and not after a
 * failure: ERR_IO with what went wrong, ERR_POLICY from TLS.
 */
enum err_code connection_open(struct connection *connection, const struct connector *connector,
                              const struct url *url, const struct proxy *proxy,
                              const char *user_agent, struct err *err) MUST_USE;

/* Whether a request for url, by way of that proxy, can use the open connection. */
bool connection_fits(const struct connection *connection, const struct url *url,
                     const struct proxy *proxy);

/* Reads more bytes into `in`, behind those that are there; *got is 0 at the orderly end. There
 * must be room: connection_pack makes some. */
enum err_code connection_read(struct connection *connection, size_t *got, struct err *err) MUST_USE;

/* Moves the unused bytes to the front of `in`. */
void connection_pack(struct connection *connection);

/* The bytes that have come and are not used yet. */
struct slice connection_pending(const struct connection *connection);

/* Reads on until a whole head is in `in`, and parses it; its bytes stay there, borrowed by
 * *response, and are used up (connection->start is behind them). *any_byte says whether anything
 * came at all. ERR_IO, also for what ERR_FORMAT is to the parser: a peer failed. */
enum err_code connection_read_head(struct connection *connection, bool is_head,
                                   struct http_response *response, bool *any_byte, struct err *err)
    MUST_USE;

/* Ends it, if it is open. */
void connection_close(struct connection *connection);

#endif
