/*
 * mbedtls_chain.h - chain.h between two steps of an Mbed TLS handshake.
 *
 * In the flow:  Certificate message -> [mbedtls_chain] -> chain_judge, then
 *               mbedtls_x509_crt_verify on the certificates that chain_judge put in order
 * Why so:       Mbed TLS wants all trust anchors parsed beforehand, tells several reasons as one
 *               and stops at certificates that it cannot parse without saying more. So it is told
 *               to verify nothing by itself, and the message is read here, right after the step
 *               that took it in, before the handshake goes on.
 * Not checked:  server name and dates by Mbed TLS: it would take a common name, and the clock
 *               instead of the time given. chain.h has checked both.
 */
#ifndef SEALIFT_TLS_MBEDTLS_CHAIN_H
#define SEALIFT_TLS_MBEDTLS_CHAIN_H

#include <stdbool.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/tls/chain.h"

struct mbedtls_chain {
    struct chain_terms terms;
    bool is_judged;
    enum err_code verdict; /* ERR_BUG until the certificates have been judged */
    struct err err;        /* the reason, unless verdict is ERR_OK */
    struct arena arena;
    struct chain chain;
    struct chain_sent sent;
};

/* Ready for one handshake; terms are copied. */
void mbedtls_chain_init(struct mbedtls_chain *judge, const struct chain_terms *terms);

/* Judges a Certificate message with its header (RFC 5246, 7.4.2; RFC 8446, 4.4.2), once. */
void mbedtls_chain_judge(struct mbedtls_chain *judge, struct slice message, bool is_tls13);

/* Gives memory back; verdict and sent stay. */
void mbedtls_chain_clear(struct mbedtls_chain *judge);

#endif
