#include "resolver/net/exchange.h"

#include <stdio.h>
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
    const unsigned *delay_ms = ctx;

    (void)take_err;
    received += bytes.len;
    if (*delay_ms)
        watch_sleep_ms(*delay_ms);
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
    const struct sink sink = {delay_ms, begin, take};
    struct url url;
    struct http_request request = {.url = &url};

    CHECK_OK(url_parse(SLICE("http://h/"), &url, &err), err);
    return exchange(&connection, &request, limit_ms, &sink, progress, &err);
}

TEST(exchange_limits_the_time_of_a_head)
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

TEST(exchange_limits_the_time_of_a_body)
{
    enum exchange_progress progress;
    unsigned no_delay = 0;
    int peer = open_pair();

    say(peer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
    CHECK_ERR(ERR_IO, "after 3 bytes of the body: timed out after 30 ms", run(30, &no_delay, &progress),
              err);
    CHECK_NUMBER(EXCHANGE_BEGUN, progress);
    close(peer);
}

TEST(exchange_gives_the_sink_its_time)
{
    enum exchange_progress progress;
    unsigned delay = 60;
    char body[EXCHANGE_PROGRESS_BYTES + 1];
    int peer = open_pair();

    /* little payload at a time, and much */
    say(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n");
    memset(body, 'x', sizeof body);
    say(peer, "1001\r\n");
    CHECK(write(peer, body, sizeof body) == (ssize_t)sizeof body);
    say(peer, "\r\n0\r\n\r\n");
    CHECK_OK(run(50, &delay, &progress), err);
    CHECK_NUMBER(2 + EXCHANGE_PROGRESS_BYTES + 1, received);
    CHECK(connection.is_open);
    connection_close(&connection);
    close(peer);
}

TEST(exchange_does_not_wait_for_unwanted_bodies)
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
