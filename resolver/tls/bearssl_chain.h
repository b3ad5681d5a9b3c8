/*
 * bearssl_chain.h - chain.h as the X.509 engine of a BearSSL handshake.
 *
 * In the flow:  BearSSL's handshake -> certificates -> [bearssl_chain] -> chain_judge, then
 *               br_x509_minimal on the certificates that chain_judge put in order
 * Not checked:  server name: BearSSL is given none, since it would take a common name and knows no
 *               IP addresses; chain.h has checked it.
 */
#ifndef SEALIFT_TLS_BEARSSL_CHAIN_H
#define SEALIFT_TLS_BEARSSL_CHAIN_H

#include <bearssl.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/tls/chain.h"

struct bearssl_chain {
    const br_x509_class *vtable; /* first, as BearSSL wants it */
    struct chain_terms terms;
    enum err_code verdict; /* ERR_BUG until the certificates have been judged */
    struct err err;        /* the reason, unless verdict is ERR_OK */
    br_x509_minimal_context minimal;
    struct arena arena;
    struct chain chain;
    struct chain_sent sent;
};

/* Ready for one handshake; terms are copied. */
void bearssl_chain_init(struct bearssl_chain *engine, const struct chain_terms *terms);

/* Gives memory back; the verdict stays. */
void bearssl_chain_clear(struct bearssl_chain *engine);

#endif
