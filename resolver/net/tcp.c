#include "resolver/net/tcp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BULK (1u << 20) /* bytes after which a connection is one that carries much */
#define REST_MS 2       /* a sender on a fast network fills a window of some MiB in that time */

struct tcp {
    int socket;
    struct watch *watch;
    size_t received; /* counted up to BULK */
};

static enum err_code broken(struct tcp *tcp, const char *what, struct err *err)
{
    tcp->watch->is_broken = true;
    return err_set(err, ERR_IO, "%s: %s", what, strerror(errno));
}

/* Waits for bytes. A connection that carries much is first left alone for a while: woken for each
 * packet, the reader would never let the sender gather its data into large ones, which costs both
 * more than the data. */
static enum err_code wait_for_bytes(struct tcp *tcp, struct err *err)
{
    if (tcp->received == BULK)
        watch_sleep_ms(REST_MS);
    return watch_wait(tcp->watch, tcp->socket, POLLIN, err);
}

static enum err_code tcp_read(void *ctx, uint8_t *into, size_t size, size_t *got, struct err *err)
{
    struct tcp *tcp = ctx;
    ssize_t count;

    *got = 0;
    while ((count = recv(tcp->socket, into, size, 0)) < 0) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return broken(tcp, "receiving", err);
        if (wait_for_bytes(tcp, err))
            return err->code;
    }
    tcp->received = (size_t)count < BULK - tcp->received ? tcp->received + (size_t)count : BULK;
    if (count == 0)
        tcp->watch->is_broken = true;
    else if (watch_left_ms(tcp->watch) == 0)
        return watch_timed_out(tcp->watch, err);
    *got = (size_t)count;
    return ERR_OK;
}

static enum err_code tcp_write(void *ctx, struct slice bytes, struct err *err)
{
    struct tcp *tcp = ctx;

    while (bytes.len) {
        ssize_t count = send(tcp->socket, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (count >= 0) {
            bytes = slice_part(bytes, (size_t)count, bytes.len);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return broken(tcp, "sending", err);
        if (watch_wait(tcp->watch, tcp->socket, POLLOUT, err))
            return err->code;
    }
    return ERR_OK;
}

static void tcp_close(void *ctx)
{
    struct tcp *tcp = ctx;

    close(tcp->socket);
    free(tcp);
}

enum err_code tcp_stream(int socket, struct watch *watch, struct stream *out, struct err *err)
{
    struct tcp *tcp = malloc(sizeof *tcp);

    *out = (struct stream){0};
    if (!tcp) {
        close(socket);
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    *tcp = (struct tcp){.socket = socket, .watch = watch};
    *out = (struct stream){tcp, tcp_read, tcp_write, tcp_close};
    return ERR_OK;
}
