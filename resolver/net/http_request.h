/*
 * http_request.h - the bytes of a request (RFC 9112 3).
 *
 * In the flow:  url, proxy -> [http_request] -> stream -> http_response
 * Written:      GET and HEAD, to the server itself (path alone) or to a proxy (the whole URL);
 *               CONNECT for a tunnel. "Accept-Encoding: identity": the bytes wanted are those that
 *               were signed.
 * Checked here: that no value can end its line: a control character in any of them is ERR_BUG,
 *               since every value comes from a parser that has refused it.
 * Memory:       none; writes to a buf.
 */
#ifndef SEALIFT_NET_HTTP_REQUEST_H
#define SEALIFT_NET_HTTP_REQUEST_H

#include "resolver/net/url.h"

#define HTTP_REQUEST_MAX (URL_MAX + 4096) /* bytes of a request */

struct http_request {
    const struct url *url;
    bool is_head;               /* HEAD in place of GET */
    bool to_proxy;              /* the request line names the whole URL */
    const char *user_agent;     /* "sealift/1.0.0" */
    struct slice authorization; /* Proxy-Authorization's value, or empty */
    bool has_range;             /* ask for the bytes from range_from on */
    uint64_t range_from;
    struct slice if_range; /* the validator the range depends on, or empty */
};

/* Writes the request to out. ERR_LIMIT when it does not fit, ERR_BUG as said above. */
enum err_code http_request_write(const struct http_request *request, struct buf *out,
                                 struct err *err) MUST_USE;

/* Writes a CONNECT request for the tunnel to request->url's host and port. Errors as above. */
enum err_code http_connect_write(const struct http_request *request, struct buf *out,
                                 struct err *err) MUST_USE;

#endif
