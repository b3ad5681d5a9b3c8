#include "resolver/net/exchange.h"

#include <inttypes.h>

#include "resolver/net/http_chunked.h"

/* A body on its way from the connection to the sink. */
struct transfer {
    struct connection *connection;
    const struct response_sink *sink;
    unsigned stall_timeout_ms;
    uint64_t received;  /* payload so far */
    uint64_t in_window; /* payload since the time limit was last started */
    bool sink_failed;
};

static enum err_code send_request(struct connection *connection, const struct http_request *request,
                                  struct err *err)
{
    uint8_t text[HTTP_REQUEST_MAX];
    struct buf buf;

    buf_init_fixed(&buf, text, sizeof text);
    if (http_request_write(request, &buf, err))
        return err->code;
    if (connection->stream.write(connection->stream.ctx, buf_slice(&buf), err))
        return err_add(err, "sending the request");
    return ERR_OK;
}

/* Takes heads until one is final (RFC 9110 15.2); 101 is never asked for. */
static enum err_code read_final_head(struct connection *connection, bool is_head,
                                     struct http_response *response, bool *any_byte,
                                     struct err *err)
{
    for (int i = 0; i < EXCHANGE_INTERIM_MAX; i++) {
        if (connection_read_head(connection, is_head, response, any_byte, err))
            return err->code;
        if (response->status == 101)
            return err_set(err, ERR_IO, "the server changes to a protocol it was not asked for");
        if (response->status >= 200)
            return ERR_OK;
    }
    return err_set(err, ERR_IO, "more than %d interim responses", EXCHANGE_INTERIM_MAX);
}

/* Passes payload on. The time that the sink takes is given back to the time limit. */
static enum err_code deliver(struct transfer *transfer, struct slice payload, struct err *err)
{
    struct watch *watch = &transfer->connection->watch;
    int64_t before = watch_clock_ms();

    transfer->received += payload.len;
    transfer->in_window += payload.len;
    if (payload.len && transfer->sink->body(transfer->sink->ctx, payload, err)) {
        transfer->sink_failed = true;
        return err->code;
    }
    if (transfer->in_window < EXCHANGE_PROGRESS_BYTES) {
        watch->deadline_ms += watch_clock_ms() - before;
        return ERR_OK;
    }
    transfer->in_window = 0;
    watch_start(watch, transfer->stall_timeout_ms);
    return ERR_OK;
}

/* Makes sure that bytes are pending; *ended when the connection has ended instead. */
static enum err_code refill(struct transfer *transfer, bool *ended, struct err *err)
{
    struct connection *connection = transfer->connection;
    size_t got = 0;

    *ended = false;
    if (connection_pending(connection).len)
        return ERR_OK;
    connection_pack(connection);
    if (connection_read(connection, &got, err))
        return err_add(err, "after %" PRIu64 " bytes of the body", transfer->received);
    *ended = got == 0;
    return ERR_OK;
}

static enum err_code cut_short(struct transfer *transfer, uint64_t want, struct err *err)
{
    transfer->connection->watch.is_broken = true;
    if (want)
        return err_set(err, ERR_IO,
                       "the server closed the connection after %" PRIu64 " of %" PRIu64
                       " bytes of the body",
                       transfer->received, want);
    return err_set(err, ERR_IO,
                   "the server closed the connection after %" PRIu64
                   " bytes of the body, before its end",
                   transfer->received);
}

static enum err_code take_counted(struct transfer *transfer, uint64_t length, struct err *err)
{
    struct connection *connection = transfer->connection;
    uint64_t left = length;
    bool ended;

    while (left) {
        struct slice pending;

        if (refill(transfer, &ended, err))
            return err->code;
        if (ended)
            return cut_short(transfer, length, err);
        pending = connection_pending(connection);
        if (pending.len > left)
            pending.len = (size_t)left;
        connection->start += pending.len;
        left -= pending.len;
        if (deliver(transfer, pending, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code take_chunked(struct transfer *transfer, struct err *err)
{
    struct connection *connection = transfer->connection;
    struct http_chunked chunked;
    bool ended;

    http_chunked_init(&chunked);
    while (chunked.state != CHUNKED_DONE) {
        struct slice in, payload;

        if (refill(transfer, &ended, err))
            return err->code;
        if (ended)
            return cut_short(transfer, 0, err);
        in = connection_pending(connection);
        if (http_chunked_decode(&chunked, &in, &payload, err))
            return err->code = ERR_IO;
        connection->start = connection->end - in.len;
        if (deliver(transfer, payload, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code take_until_close(struct transfer *transfer, struct err *err)
{
    struct connection *connection = transfer->connection;
    bool ended;

    for (;;) {
        struct slice pending;

        if (refill(transfer, &ended, err) || ended)
            return ended ? ERR_OK : err->code;
        pending = connection_pending(connection);
        connection->start = connection->end;
        if (deliver(transfer, pending, err))
            return err->code;
    }
}

static enum err_code take_body(struct transfer *transfer, const struct http_response *response,
                               struct err *err)
{
    switch (response->framing) {
    case HTTP_BODY_NONE:
        return ERR_OK;
    case HTTP_BODY_LENGTH:
        return take_counted(transfer, response->length, err);
    case HTTP_BODY_CHUNKED:
        return take_chunked(transfer, err);
    case HTTP_BODY_UNTIL_CLOSE:
        return take_until_close(transfer, err);
    }
    return err_set(err, ERR_BUG, "body framing %d", (int)response->framing);
}

static enum err_code skip_bytes(void *ctx, struct slice bytes, struct err *err)
{
    size_t *left = ctx;

    if (bytes.len > *left)
        return err_set(err, ERR_LIMIT, "not worth reading");
    *left -= bytes.len;
    return ERR_OK;
}

/* Reads a short unwanted body so that the connection can go on; what is long, or fails, only
 * costs the connection. */
static bool skip_body(const struct transfer *unwanted, const struct http_response *response)
{
    size_t left = EXCHANGE_SKIP_MAX;
    const struct response_sink skipper = {&left, NULL, skip_bytes};
    struct transfer transfer = *unwanted;
    struct err ignored;

    if (!response->keep_alive ||
        (response->framing == HTTP_BODY_LENGTH && response->length > EXCHANGE_SKIP_MAX))
        return false;
    transfer.sink = &skipper;
    return take_body(&transfer, response, &ignored) == ERR_OK;
}

static enum err_code receive(struct connection *connection, const struct http_request *request,
                             struct transfer *transfer, bool *can_go_on,
                             enum exchange_progress *progress, struct err *err)
{
    struct http_response response;
    bool any_byte = false, wants_body = false;
    enum err_code rc;

    rc = read_final_head(connection, request->is_head, &response, &any_byte, err);
    *progress = any_byte ? EXCHANGE_BEGUN : EXCHANGE_SILENT;
    if (rc)
        return rc;
    *can_go_on = response.keep_alive;
    if (transfer->sink->begin(transfer->sink->ctx, &response, &wants_body, err)) {
        *progress = EXCHANGE_SINK;
        return err->code;
    }
    watch_start(&connection->watch, transfer->stall_timeout_ms);
    if (!wants_body) {
        *can_go_on = skip_body(transfer, &response);
        return ERR_OK;
    }
    rc = take_body(transfer, &response, err);
    if (rc && transfer->sink_failed)
        *progress = EXCHANGE_SINK;
    return rc;
}

enum err_code exchange(struct connection *connection, const struct http_request *request,
                       unsigned stall_timeout_ms, const struct response_sink *sink,
                       enum exchange_progress *progress, struct err *err)
{
    struct transfer transfer = {
        .connection = connection, .sink = sink, .stall_timeout_ms = stall_timeout_ms};
    bool can_go_on = false;
    enum err_code rc;

    *progress = EXCHANGE_SILENT;
    watch_start(&connection->watch, stall_timeout_ms);
    rc = send_request(connection, request, err);
    if (rc == ERR_OK)
        rc = receive(connection, request, &transfer, &can_go_on, progress, err);
    /* bytes beyond the response were not asked for */
    if (rc || !can_go_on || connection_pending(connection).len)
        connection_close(connection);
    return rc;
}
