#include "resolver/net/tcp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* A stream on one end of a socket pair; the other end is returned. */
static int open_pair(struct watch *watch, unsigned limit_ms, struct stream *stream)
{
    struct err err;
    int ends[2];

    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    watch_start(watch, limit_ms);
    CHECK_OK(tcp_stream(ends[0], watch, stream, &err), err);
    return ends[1];
}

TEST(tcp_reads_and_writes)
{
    struct watch watch;
    struct stream stream;
    struct err err;
    uint8_t bytes[8];
    size_t got;
    int peer = open_pair(&watch, LONG_MS, &stream);

    CHECK(write(peer, "hello", 5) == 5);
    CHECK_OK(stream.read(stream.ctx, bytes, 3, &got, &err), err);
    CHECK_TEXT("hel", slice_of(bytes, got));
    CHECK_OK(stream.read(stream.ctx, bytes, sizeof bytes, &got, &err), err);
    CHECK_TEXT("lo", slice_of(bytes, got));
    CHECK_OK(stream.write(stream.ctx, SLICE("answer"), &err), err);
    CHECK(read(peer, bytes, sizeof bytes) == 6 && memcmp(bytes, "answer", 6) == 0);
    CHECK(!watch.is_broken);
    close(peer);
    CHECK_OK(stream.read(stream.ctx, bytes, sizeof bytes, &got, &err), err);
    CHECK_NUMBER(0, got);
    CHECK(watch.is_broken);
    stream.close(stream.ctx);
}

/* After its first mebibyte a stream rests before it waits; bytes and limit stay what they were. */
TEST(tcp_reads_on_after_much)
{
    static uint8_t many[1 << 16];
    struct watch watch;
    struct stream stream;
    struct err err;
    size_t got, total = 0;
    int peer = open_pair(&watch, LONG_MS, &stream);

    while (total < 1 << 20) {
        CHECK(write(peer, many, sizeof many) > 0);
        CHECK_OK(stream.read(stream.ctx, many, sizeof many, &got, &err), err);
        total += got;
    }
    CHECK(write(peer, "end", 3) == 3);
    do
        CHECK_OK(stream.read(stream.ctx, many, sizeof many, &got, &err), err);
    while (many[got - 1] != 'd');
    watch_start(&watch, 20);
    CHECK_ERR(ERR_IO, "timed out after 20 ms",
              stream.read(stream.ctx, many, sizeof many, &got, &err), err);
    CHECK_NUMBER(0, got);
    close(peer);
    stream.close(stream.ctx);
}

TEST(tcp_read_ends_when_the_time_is_over)
{
    struct watch watch;
    struct stream stream;
    struct err err;
    uint8_t byte;
    size_t got = 7;
    int peer = open_pair(&watch, 20, &stream);

    CHECK_ERR(ERR_IO, "timed out after 20 ms", stream.read(stream.ctx, &byte, 1, &got, &err), err);
    CHECK_NUMBER(0, got);
    CHECK(watch.is_broken);
    /* bytes that come too late do not help: a server could send one now and then for ever */
    CHECK(write(peer, "x", 1) == 1);
    CHECK_ERR(ERR_IO, "timed out after 20 ms", stream.read(stream.ctx, &byte, 1, &got, &err), err);
    CHECK_NUMBER(0, got);
    stream.close(stream.ctx);
    close(peer);
}

TEST(tcp_write_ends_when_the_time_is_over)
{
    static uint8_t much[4 << 20];
    struct watch watch;
    struct stream stream;
    struct err err;
    int peer = open_pair(&watch, 20, &stream);

    CHECK_ERR(ERR_IO, "timed out after 20 ms",
              stream.write(stream.ctx, slice_of(much, sizeof much), &err), err);
    CHECK(watch.is_broken);
    stream.close(stream.ctx);
    close(peer);
}

TEST(tcp_write_to_a_peer_that_is_gone_is_an_error)
{
    struct watch watch;
    struct stream stream;
    struct err err;
    int peer = open_pair(&watch, LONG_MS, &stream);

    close(peer);
    CHECK_ERR(ERR_IO, "sending: Broken pipe", stream.write(stream.ctx, SLICE("x"), &err), err);
    CHECK(watch.is_broken);
    stream.close(stream.ctx);
}

TEST(tcp_close_closes_the_socket)
{
    struct watch watch;
    struct stream stream;
    uint8_t byte;
    int peer = open_pair(&watch, LONG_MS, &stream);

    stream.close(stream.ctx);
    CHECK(read(peer, &byte, 1) == 0);
    close(peer);
}
