#include "resolver/net/tcp_connect.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* A socket bound to a free port on loopback, listening when backlog is not negative. */
static int open_server(int backlog, unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    CHECK(backlog < 0 || listen(fd, backlog) == 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int count_open(void)
{
    int open = 0;

    for (int fd = 0; fd < 256; fd++)
        open += fcntl(fd, F_GETFD) >= 0;
    return open;
}

static enum err_code connect_to(const char *host, unsigned port, unsigned limit_ms,
                                struct watch *watch, struct stream *stream,
                                struct address_text *peer, struct err *err)
{
    char text[100];
    struct url url;

    snprintf(text, sizeof text, "http://%s:%u/", host, port);
    CHECK_OK(url_parse(slice_text(text), &url, err), *err);
    watch_start(watch, limit_ms);
    return tcp_connect(&url, watch, stream, peer, err);
}

TEST(tcp_connect_connects)
{
    struct watch watch;
    struct stream stream;
    struct address_text peer;
    struct err err;
    char want[100], got[8];
    unsigned port;
    int server = open_server(5, &port), accepted;

    CHECK_OK(connect_to("127.0.0.1", port, LONG_MS, &watch, &stream, &peer, &err), err);
    snprintf(want, sizeof want, "127.0.0.1 port %u", port);
    CHECK_TEXT(want, slice_text(peer.text));
    CHECK_OK(stream.write(stream.ctx, SLICE("hi"), &err), err);
    accepted = accept(server, NULL, NULL);
    CHECK(read(accepted, got, sizeof got) == 2);
    stream.close(stream.ctx);
    close(accepted);
    close(server);
}

TEST(tcp_connect_tries_the_other_family)
{
    struct watch watch;
    struct stream stream;
    struct address_text peer;
    struct err err;
    unsigned port;
    int server = open_server(5, &port);

    /* localhost is often ::1 first, where nobody listens */
    CHECK_OK(connect_to("localhost", port, LONG_MS, &watch, &stream, &peer, &err), err);
    CHECK(slice_begins(slice_text(peer.text), "127.0.0.1 "));
    stream.close(stream.ctx);
    close(server);
}

TEST(tcp_connect_says_who_refused)
{
    struct watch watch;
    struct stream stream;
    struct address_text peer;
    struct err err;
    char want[100];
    unsigned port;
    int server = open_server(-1, &port);

    snprintf(want, sizeof want, "cannot connect: 127.0.0.1 port %u: Connection refused", port);
    CHECK_ERR(ERR_IO, want, connect_to("127.0.0.1", port, LONG_MS, &watch, &stream, &peer, &err), err);
    CHECK(watch.is_broken);
    CHECK(stream.ctx == NULL && *peer.text == '\0');
    close(server);
}

/* Then nothing is tried any more, and of what was not tried nobody knows whether it would have answered. */
TEST(tcp_connect_says_when_no_time_was_left)
{
    struct watch watch;
    struct stream stream;
    struct address_text peer;
    struct err err;

    CHECK_ERR(ERR_IO, "cannot connect: 127.0.0.1 port 1: timed out after 0 s",
              connect_to("127.0.0.1", 1, 0, &watch, &stream, &peer, &err), err);
    CHECK(watch.is_broken);
    CHECK(stream.ctx == NULL && *peer.text == '\0');
}

/* How many connections wait to be accepted. */
static unsigned count_waiting(int server)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    CHECK(getsockopt(server, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_unacked;
}

TEST(tcp_connect_obeys_the_time_limit)
{
    struct watch watch;
    struct stream stream;
    struct address_text peer;
    struct err err;
    char want[100];
    unsigned port, full = 0;
    int server = open_server(0, &port), fillers[8], open_before;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    /* once its queue, of one, is full a server answers no more */
    for (; full < 8; full++) {
        fillers[full] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)!connect(fillers[full], (struct sockaddr *)&address, sizeof address);
    }
    for (int tries = 0; tries < 10000 && count_waiting(server) == 0; tries++)
        watch_sleep_ms(1);
    snprintf(want, sizeof want, "cannot connect: 127.0.0.1 port %u: timed out after 100 ms", port);
    open_before = count_open();
    CHECK_ERR(ERR_IO, want, connect_to("127.0.0.1", port, 100, &watch, &stream, &peer, &err), err);
    CHECK_NUMBER(open_before, count_open());
    CHECK(watch.is_broken);
    while (full-- > 0)
        close(fillers[full]);
    close(server);
}
