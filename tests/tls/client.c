/*
 * client.c - opens one TLS connection, asks for one document and tells how it went.
 *
 *     client [-n NOW] [-p PATH] ADDRESS PORT SERVER-NAME CA-FILE
 *
 * Linked once with each TLS implementation; tests/tls/run compares what they print:
 *     ok: TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256: 612 bytes
 *     io: certificate of "localhost": expired on ...
 * NOW is in seconds since 1970 (default: the clock). PATH is fetched with HTTP/1.0 (default: /).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "resolver/tls/tls.h"

#define ARENA_MAX ((size_t)1 << 20)

struct request {
    const char *address, *port, *server_name, *ca_file, *path;
    int64_t now;
};

static enum err_code socket_read(void *ctx, uint8_t *into, size_t size, size_t *got,
                                 struct err *err)
{
    ssize_t have = recv(*(int *)ctx, into, size, 0);

    *got = have > 0 ? (size_t)have : 0;
    return have >= 0 ? ERR_OK : err_set(err, ERR_IO, "read: %s", strerror(errno));
}

static enum err_code socket_write(void *ctx, struct slice bytes, struct err *err)
{
    while (bytes.len > 0) {
        ssize_t sent = send(*(int *)ctx, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (sent < 0)
            return err_set(err, ERR_IO, "write: %s", strerror(errno));
        bytes = slice_part(bytes, (size_t)sent, bytes.len);
    }
    return ERR_OK;
}

static void socket_close(void *ctx)
{
    close(*(int *)ctx);
}

static bool fill_address(const struct request *request, struct sockaddr_storage *address,
                         socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    in_port_t port = htons((uint16_t)strtoul(request->port, NULL, 10));

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, request->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        *len = sizeof *v4;
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    *len = sizeof *v6;
    return inet_pton(AF_INET6, request->address, &v6->sin6_addr) == 1;
}

static enum err_code socket_open(const struct request *request, int *fd, struct err *err)
{
    struct sockaddr_storage address;
    socklen_t len;

    if (!fill_address(request, &address, &len))
        return err_set(err, ERR_USAGE, "%s is not an address", request->address);
    *fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return err_set(err, ERR_IO, "socket: %s", strerror(errno));
    if (connect(*fd, (struct sockaddr *)&address, len) < 0)
        return err_set(err, ERR_IO, "connect: %s", strerror(errno));
    return ERR_OK;
}

static enum err_code read_file(const char *path, struct arena *arena, struct slice *bytes,
                               struct err *err)
{
    FILE *file = fopen(path, "rb");
    uint8_t *room = arena_alloc(arena, ARENA_MAX / 2, err);
    size_t len;

    if (!file || !room)
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    len = fread(room, 1, ARENA_MAX / 2, file);
    fclose(file);
    *bytes = slice_of(room, len);
    return ERR_OK;
}

/* Reads to the end; what was read is counted even when the end is a bad one. */
static enum err_code fetch(struct stream *tls, const struct request *request,
                           unsigned long long *total, struct err *err)
{
    char text[512];
    uint8_t into[65536];
    size_t got = 1;
    enum err_code rc;

    snprintf(text, sizeof text, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", request->path,
             request->server_name);
    rc = tls->write(tls->ctx, slice_text(text), err);
    while (rc == ERR_OK && got > 0) {
        rc = tls->read(tls->ctx, into, sizeof into, &got, err);
        *total += got;
    }
    if (rc == ERR_OK && (tls->read(tls->ctx, into, sizeof into, &got, err) != ERR_OK || got != 0))
        rc = err_set(err, ERR_BUG, "a second end is another one than the first");
    return rc;
}

static enum err_code run(const struct request *request, struct arena *arena, struct err *err)
{
    struct tls_options options = {.server_name = request->server_name, .now = request->now};
    struct stream under = {NULL, socket_read, socket_write, socket_close}, tls;
    unsigned long long total = 0;
    struct anchors anchors;
    struct slice bundle;
    int fd;
    enum err_code rc = read_file(request->ca_file, arena, &bundle, err);

    if (rc == ERR_OK)
        rc = anchors_init(&anchors, bundle, arena, err);
    if (rc == ERR_OK)
        rc = socket_open(request, &fd, err);
    if (rc != ERR_OK)
        return rc;
    options.anchors = &anchors;
    under.ctx = &fd;
    rc = tls_open(&under, &options, &tls, err);
    if (rc != ERR_OK) {
        socket_close(&fd);
        return rc;
    }
    rc = fetch(&tls, request, &total, err);
    if (rc == ERR_OK)
        printf("ok: %s: %llu bytes\n", tls_session(&tls), total);
    else
        err_add(err, "after %llu bytes", total);
    tls.close(tls.ctx);
    return rc;
}

int main(int argc, char **argv)
{
    struct request request = {.path = "/", .now = time(NULL)};
    struct arena arena;
    struct err err;
    enum err_code rc;
    int option;

    while ((option = getopt(argc, argv, "n:p:")) != -1) {
        if (option == 'n')
            request.now = strtoll(optarg, NULL, 10);
        else if (option == 'p')
            request.path = optarg;
    }
    if (argc - optind != 4) {
        fprintf(stderr, "usage: client [-n NOW] [-p PATH] ADDRESS PORT SERVER-NAME CA-FILE\n");
        return 2;
    }
    request.address = argv[optind];
    request.port = argv[optind + 1];
    request.server_name = argv[optind + 2];
    request.ca_file = argv[optind + 3];
    arena_init_heap(&arena, ARENA_MAX);
    rc = run(&request, &arena, &err);
    if (rc != ERR_OK)
        printf("%s: %s\n", err_name(rc), err.msg);
    arena_clear(&arena);
    return err_exit_status(rc);
}
