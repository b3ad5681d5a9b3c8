/*
 * chain_sent.h - the certificates of a server, taken down as they come out of a handshake.
 *
 * In the flow:  TLS handshake -> [chain_sent] -> chain
 * Checked here: nothing is written past the room there is; what did not fit is counted, so that
 *               chain.h can say so.
 */
#ifndef SEALIFT_TLS_CHAIN_SENT_H
#define SEALIFT_TLS_CHAIN_SENT_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/slice.h"

#define CHAIN_CERTS_MAX 9 /* that a server may send: its own and 8 issuers, as Mbed TLS allows */
#define CHAIN_BYTES_MAX 16384 /* of all of them */

struct chain_sent {
    size_t count;       /* certificates, also those that did not fit */
    size_t total_bytes; /* likewise */
    size_t used_bytes;
    struct slice certs[CHAIN_CERTS_MAX]; /* into bytes */
    uint8_t bytes[CHAIN_BYTES_MAX];
};

void chain_sent_init(struct chain_sent *sent);

/* A certificate begins; what is appended from now on is part of it. */
void chain_sent_begin(struct chain_sent *sent);
void chain_sent_append(struct chain_sent *sent, struct slice bytes);

#endif
