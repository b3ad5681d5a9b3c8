/*
 * tls_wire.h - what both TLS implementations have beneath them.
 *
 * In the flow:  tls -> [tls_wire] -> the stream beneath
 * How:          reads ahead, since TLS asks for 5 bytes and then for the rest of each record;
 *               gathers small writes until something is to be read, since the libraries write each
 *               part of a handshake by itself, and a network may then wait 40 ms between them;
 *               keeps the error of the stream beneath, which the libraries' callbacks cannot carry;
 *               looks at the first bytes of the server, so that plain HTTP is called by its name.
 */
#ifndef SEALIFT_TLS_TLS_WIRE_H
#define SEALIFT_TLS_TLS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/base/stream.h"

#define TLS_AHEAD_SIZE ((size_t)64 << 10) /* bytes: some records, so that system calls are few */
#define TLS_BEHIND_SIZE ((size_t)2 << 10) /* bytes */
#define TLS_FIRST_SIZE 5

struct tls_wire {
    struct stream under;
    struct err err; /* of the stream beneath, when failed */
    bool failed;
    bool ended;                    /* the stream beneath came to its end */
    uint8_t first[TLS_FIRST_SIZE]; /* of what the server ever sent */
    size_t first_len;
    size_t at, len; /* what of ahead is still to be read */
    size_t behind_len;
    uint8_t behind[TLS_BEHIND_SIZE]; /* not yet written */
    uint8_t ahead[TLS_AHEAD_SIZE];
};

void tls_wire_init(struct tls_wire *wire, struct stream under);

/* 1 to size bytes into `into`; 0 at the end or after a failure, which wire says apart. Writes what was
 * gathered before it waits. */
size_t tls_wire_read(struct tls_wire *wire, uint8_t *into, size_t size);

/* All of it, perhaps later; false after a failure. */
bool tls_wire_write(struct tls_wire *wire, struct slice bytes);

/* What was gathered, now; false after a failure. */
bool tls_wire_flush(struct tls_wire *wire);

/*
 * Why a handshake could not go on, as far as the wire shows: the error of the stream beneath, an end,
 * a server that does not speak TLS. Returns ERR_OK when there is nothing to be seen here.
 */
enum err_code tls_wire_explain(const struct tls_wire *wire, struct err *err);

#endif
