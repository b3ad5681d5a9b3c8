#include "resolver/tls/tls_wire.h"

#include <string.h>

#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22

void tls_wire_init(struct tls_wire *wire, struct stream under)
{
    memset(wire, 0, sizeof *wire);
    wire->under = under;
}

static void keep_first(struct tls_wire *wire, const uint8_t *bytes, size_t len)
{
    size_t room = TLS_FIRST_SIZE - wire->first_len;

    if (len > room)
        len = room;
    memcpy(wire->first + wire->first_len, bytes, len);
    wire->first_len += len;
}

static void fill(struct tls_wire *wire)
{
    enum err_code rc;

    wire->at = wire->len = 0;
    if (wire->ended || !tls_wire_flush(wire))
        return;
    rc = wire->under.read(wire->under.ctx, wire->ahead, sizeof wire->ahead, &wire->len, &wire->err);
    wire->failed = rc != ERR_OK;
    if (wire->failed)
        wire->len = 0;
    wire->ended = !wire->failed && wire->len == 0;
    keep_first(wire, wire->ahead, wire->len);
}

size_t tls_wire_read(struct tls_wire *wire, uint8_t *into, size_t size)
{
    if (wire->at == wire->len)
        fill(wire);
    if (size > wire->len - wire->at)
        size = wire->len - wire->at;
    if (size > 0)
        memcpy(into, wire->ahead + wire->at, size);
    wire->at += size;
    return size;
}

static bool write_now(struct tls_wire *wire, struct slice bytes)
{
    if (!wire->failed && bytes.len > 0)
        wire->failed = wire->under.write(wire->under.ctx, bytes, &wire->err) != ERR_OK;
    return !wire->failed;
}

bool tls_wire_flush(struct tls_wire *wire)
{
    size_t len = wire->behind_len;

    wire->behind_len = 0;
    return write_now(wire, slice_of(wire->behind, len));
}

bool tls_wire_write(struct tls_wire *wire, struct slice bytes)
{
    if (bytes.len > TLS_BEHIND_SIZE - wire->behind_len && !tls_wire_flush(wire))
        return false;
    if (bytes.len > TLS_BEHIND_SIZE)
        return write_now(wire, bytes);
    memcpy(wire->behind + wire->behind_len, bytes.ptr, bytes.len);
    wire->behind_len += bytes.len;
    return !wire->failed;
}

enum err_code tls_wire_explain(const struct tls_wire *wire, struct err *err)
{
    struct slice first = slice_of(wire->first, wire->first_len);

    if (slice_equal(first, SLICE("HTTP/")))
        return err_set(
            err, ERR_IO,
            "the server speaks plain HTTP on this port (an http:// URL, or another port?)");
    if (first.len > 0 && first.ptr[0] != RECORD_ALERT && first.ptr[0] != RECORD_HANDSHAKE)
        return err_set(err, ERR_IO, "the server does not speak TLS on this port");
    if (wire->failed) {
        *err = wire->err;
        return err->code;
    }
    if (wire->ended)
        return err_set(err, ERR_IO, "the server ended the connection during the TLS handshake");
    return ERR_OK;
}
