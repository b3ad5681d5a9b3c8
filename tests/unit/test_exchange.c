#include "resolver/net/exchange.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/net/tcp.h"
#include "tests/unit/test.h"

/* An exchange over a socket pair whose other end has said already all it will say. */
static struct connection connection;
static struct err err;
static size_t received;

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *begin_err)
{
    (void)response, (void)begin_err;
    *wants_body = ctx != NULL;
    return ERR_OK;
}

static enum err_code take(void *ctx, struct slice bytes, struct err *take_err)
{
    unsigned *delay_ms = ctx;

    (void)take_err;
    received += bytes.len;
    watch_sleep_ms(*delay_ms);
    *delay_ms = 0;
    return ERR_OK;
}

static int open_pair(void)
{
    int ends[2];

    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    CHECK_OK(tcp_stream(ends[0], &connection.watch, &connection.stream, &err), err);
    connection.is_open = true;
    connection.start = connection.end = 0;
    received = 0;
    return ends[1];
}

static void say(int peer, const char *text)
{
    CHECK(write(peer, text, strlen(text)) == (ssize_t)strlen(text));
}

static enum err_code run(unsigned limit_ms, unsigned *delay_ms, enum exchange_progress *progress)
{
    const struct response_sink sink = {delay_ms, begin, take};
    struct url url;
    struct http_request request = {.url = &url};

    CHECK_OK(url_parse(SLICE("http://h/"), &url, &err), err);
    return exchange(&connection, &request, limit_ms, &sink, progress, &err);
}

TIMED_TEST(exchange_limits_the_time_of_a_head)
{
    enum exchange_progress progress;
    unsigned no_delay = 0;
    int peer = open_pair();

    CHECK_ERR(ERR_IO, "timed out after 30 ms", run(30, &no_delay, &progress), err);
    CHECK_NUMBER(EXCHANGE_SILENT, progress);
    CHECK(connection.watch.is_broken && !connection.is_open);
    close(peer);
    peer = open_pair();
    say(peer, "HTTP/1.1 200 OK\r\n");
    CHECK_ERR(ERR_IO, "timed out after 30 ms", run(30, &no_delay, &progress), err);
    CHECK_NUMBER(EXCHANGE_BEGUN, progress);
    close(peer);
}

TIMED_TEST(exchange_limits_the_time_of_a_body)
{
    enum exchange_progress progress;
    unsigned no_delay = 0;
    int peer = open_pair();

    say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    CHECK_ERR(ERR_IO, "after 3 bytes of the body: timed out after 30 ms",
              run(30, &no_delay, &progress), err);
    CHECK_NUMBER(EXCHANGE_BEGUN, progress);
    close(peer);
}

/* The first piece takes the sink longer than the time limit; what follows is more than one read. */
TIMED_TEST(exchange_gives_the_sink_its_time)
{
    static uint8_t text[2 * CONNECTION_BUFFER];
    enum exchange_progress progress;
    unsigned delay = 60;
    struct buf buf;
    int peer = open_pair();

    buf_init_fixed(&buf, text, sizeof text);
    buf_add_text(&buf, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < EXCHANGE_PROGRESS_BYTES - 1; i++)
        buf_add_text(&buf, "1;extension-of-17b\r\na\r\n");
    buf_add_text(&buf, "0\r\n\r\n");
    CHECK(buf.len > CONNECTION_BUFFER && write(peer, text, buf.len) == (ssize_t)buf.len);
    CHECK_OK(run(50, &delay, &progress), err);
    CHECK_NUMBER(EXCHANGE_PROGRESS_BYTES - 1, received);
    CHECK(connection.is_open);
    connection_close(&connection);
    close(peer);
}

TIMED_TEST(exchange_starts_the_time_anew_with_enough_payload)
{
    static char body[CONNECTION_BUFFER + EXCHANGE_PROGRESS_BYTES];
    enum exchange_progress progress;
    unsigned delay = 60;
    int peer = open_pair();

    memset(body, 'x', sizeof body - 1);
    say(peer, "HTTP/1.1 200 OK\r\n\r\n");
    say(peer, body);
    shutdown(peer, SHUT_WR);
    CHECK_OK(run(50, &delay, &progress), err);
    CHECK_NUMBER(sizeof body - 1, received);
    close(peer);
}

TIMED_TEST(exchange_does_not_wait_for_unwanted_bodies)
{
    enum exchange_progress progress;
    int peer = open_pair();

    say(peer, "HTTP/1.1 404 No\r\nContent-Length: 5\r\n\r\nabc");
    CHECK_OK(run(30, NULL, &progress), err);
    CHECK(!connection.is_open);
    close(peer);
    peer = open_pair();
    say(peer, "HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
    CHECK_OK(run(30, NULL, &progress), err);
    CHECK(connection.is_open);
    connection_close(&connection);
    close(peer);
}
