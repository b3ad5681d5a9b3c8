#include "resolver/net/connection.h"

#include <string.h>

#include "resolver/net/http_request.h"

struct slice connection_pending(const struct connection *connection)
{
    return slice_of(connection->in + connection->start, connection->end - connection->start);
}

void connection_pack(struct connection *connection)
{
    size_t len = connection->end - connection->start;

    memmove(connection->in, connection->in + connection->start, len);
    connection->start = 0;
    connection->end = len;
}

enum err_code connection_read(struct connection *connection, size_t *got, struct err *err)
{
    *got = 0;
    if (connection->stream.read(connection->stream.ctx, connection->in + connection->end,
                                sizeof connection->in - connection->end, got, err))
        return err->code;
    connection->end += *got;
    return ERR_OK;
}

static enum err_code read_head(struct connection *connection, size_t *head_len, bool *any_byte,
                               struct err *err)
{
    size_t scanned = 0, got;

    connection_pack(connection);
    for (;;) {
        *any_byte = connection->end > 0;
        if (http_head_find(connection_pending(connection), &scanned, head_len, err) || *head_len)
            return *head_len ? ERR_OK : err->code;
        if (connection_read(connection, &got, err))
            return err->code;
        if (got == 0) {
            connection->watch.is_broken = true;
            return err_set(err, ERR_IO, "the server closed the connection %s",
                           *any_byte ? "within the response's head" : "without a response");
        }
    }
}

enum err_code connection_read_head(struct connection *connection, bool is_head,
                                   struct http_response *response, bool *any_byte, struct err *err)
{
    size_t head_len = 0;
    enum err_code rc = read_head(connection, &head_len, any_byte, err);

    if (rc == ERR_OK)
        rc = http_response_parse(slice_of(connection->in, head_len), is_head, response, err);
    if (rc == ERR_FORMAT)
        rc = err->code = ERR_IO;
    if (rc == ERR_OK)
        connection->start = head_len;
    return rc;
}

/* Keeps a URL's host, port and scheme beyond the life of its text. */
static void keep_origin(const struct url *url, struct url *kept, char host[URL_HOST_MAX + 1])
{
    memcpy(host, url->host.ptr, url->host.len);
    host[url->host.len] = '\0';
    *kept = (struct url){.scheme = url->scheme,
                         .host_type = url->host_type,
                         .host = slice_of(host, url->host.len),
                         .port = url->port};
}

static enum err_code check_tunnel(const struct connection *connection,
                                  const struct http_response *response, const struct proxy *proxy,
                                  struct err *err)
{
    struct http_status_text status = http_status_show(response);

    /* 401 is what tinyproxy says to a wrong password */
    if (response->status == 407 || response->status == 401)
        return err_set(err, ERR_IO, "the proxy %s (%s)",
                       *proxy->authorization ? "refuses the user name and password it was given"
                                             : "asks for a user name and password",
                       status.text);
    if (response->status < 200 || response->status > 299)
        return err_set(err, ERR_IO, "the proxy does not connect there (%s)", status.text);
    if (connection_pending(connection).len)
        return err_set(err, ERR_IO, "the proxy sent bytes before the TLS handshake");
    return ERR_OK;
}

/* RFC 9110 9.3.6 */
static enum err_code open_tunnel(struct connection *connection, const struct url *url,
                                 const struct proxy *proxy, const char *user_agent, struct err *err)
{
    struct http_request request = {
        .url = url, .user_agent = user_agent, .authorization = slice_text(proxy->authorization)};
    struct http_response response;
    uint8_t text[HTTP_REQUEST_MAX];
    struct buf buf;
    bool any_byte;

    buf_init_fixed(&buf, text, sizeof text);
    if (http_connect_write(&request, &buf, err) ||
        connection->stream.write(connection->stream.ctx, buf_slice(&buf), err))
        return err->code;
    do {
        if (connection_read_head(connection, true, &response, &any_byte, err))
            return err->code;
    } while (response.status < 200);
    return check_tunnel(connection, &response, proxy, err);
}

static enum err_code start_tls(struct connection *connection, const struct connector *connector,
                               struct err *err)
{
    connection->under = connection->stream;
    if (connector->open_tls(connector->ctx, &connection->under, connection->host,
                            &connection->stream, err)) {
        connection->stream = connection->under;
        return err_add(err, "TLS");
    }
    connection->has_tls = true;
    return ERR_OK;
}

static enum err_code connect_to(struct connection *connection, const struct connector *connector,
                                const struct url *url, struct err *err)
{
    if (connector->connect)
        return connector->connect(connector->ctx, url, &connection->watch, &connection->stream,
                                  &connection->peer, err);
    return tcp_connect(url, &connection->watch, &connection->stream, &connection->peer, err);
}

static enum err_code add_proxy_name(const struct proxy *proxy, struct err *err)
{
    uint8_t name[URL_HOST_MAX + 16];
    struct buf buf;

    buf_init_fixed(&buf, name, sizeof name);
    url_format_host(&proxy->url, true, &buf);
    return err_add(err, "proxy %.*s (%s)", (int)buf.len, (const char *)name, proxy->variable);
}

enum err_code connection_open(struct connection *connection, const struct connector *connector,
                              const struct url *url, const struct proxy *proxy,
                              const char *user_agent, struct err *err)
{
    bool is_https = url->scheme == URL_HTTPS;

    if (is_https && !connector->open_tls)
        return err_set(err, ERR_IO, "https URLs are not supported by this program");
    connection->start = connection->end = 0;
    connection->has_tls = false;
    keep_origin(url, &connection->url, connection->host);
    connection->proxy_url = (struct url){0};
    if (proxy->is_used)
        keep_origin(&proxy->url, &connection->proxy_url, connection->proxy_host);
    if (connect_to(connection, connector, proxy->is_used ? &proxy->url : url, err))
        return proxy->is_used ? add_proxy_name(proxy, err) : err->code;
    connection->is_open = true;
    if (proxy->is_used && is_https && open_tunnel(connection, url, proxy, user_agent, err)) {
        add_proxy_name(proxy, err);
        connection_close(connection);
        return err->code;
    }
    if (is_https && start_tls(connection, connector, err)) {
        connection_close(connection);
        return err->code;
    }
    return ERR_OK;
}

bool connection_fits(const struct connection *connection, const struct url *url,
                     const struct proxy *proxy)
{
    if (!connection->is_open || !url_same_origin(&connection->url, url))
        return false;
    if (!proxy->is_used)
        return connection->proxy_url.port == 0;
    return connection->proxy_url.port != 0 && url_same_origin(&connection->proxy_url, &proxy->url);
}

void connection_close(struct connection *connection)
{
    if (connection->is_open)
        connection->stream.close(connection->stream.ctx);
    connection->is_open = false;
}
