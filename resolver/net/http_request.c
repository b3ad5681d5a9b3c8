#include "resolver/net/http_request.h"

#include <inttypes.h>

static void add_header(struct buf *out, const char *name, struct slice value)
{
    buf_add_text(out, name);
    buf_add_text(out, ": ");
    buf_add(out, value);
    buf_add_text(out, "\r\n");
}

static bool has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            return true;
    }
    return false;
}

/* The values that a struct url has not checked already. */
static enum err_code check_values(const struct http_request *request, struct err *err)
{
    if (has_control(slice_text(request->user_agent)) || has_control(request->authorization) ||
        has_control(request->if_range))
        return err_set(err, ERR_BUG, "a control character in a request header");
    return ERR_OK;
}

static void add_common(const struct http_request *request, struct buf *out)
{
    if (request->user_agent)
        add_header(out, "User-Agent", slice_text(request->user_agent));
    if (request->authorization.len)
        add_header(out, "Proxy-Authorization", request->authorization);
}

enum err_code http_request_write(const struct http_request *request, struct buf *out,
                                 struct err *err)
{
    if (check_values(request, err))
        return err->code;
    buf_add_text(out, request->is_head ? "HEAD " : "GET ");
    if (request->to_proxy)
        url_format(request->url, out);
    else
        url_format_target(request->url, out);
    buf_add_text(out, " HTTP/1.1\r\nHost: ");
    url_format_host(request->url, false, out);
    buf_add_text(out, "\r\n");
    add_common(request, out);
    buf_add_text(out, "Accept: */*\r\nAccept-Encoding: identity\r\n");
    if (request->has_range)
        buf_add_format(out, "Range: bytes=%" PRIu64 "-\r\n", request->range_from);
    if (request->has_range && request->if_range.len)
        add_header(out, "If-Range", request->if_range);
    buf_add_text(out, "\r\n");
    return buf_done(out, err);
}

enum err_code http_connect_write(const struct http_request *request, struct buf *out,
                                 struct err *err)
{
    if (check_values(request, err))
        return err->code;
    buf_add_text(out, "CONNECT ");
    url_format_host(request->url, true, out);
    buf_add_text(out, " HTTP/1.1\r\nHost: ");
    url_format_host(request->url, true, out);
    buf_add_text(out, "\r\n");
    add_common(request, out);
    buf_add_text(out, "\r\n");
    return buf_done(out, err);
}
