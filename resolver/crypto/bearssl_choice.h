/*
 * bearssl_choice.h - which of BearSSL's implementations of a thing a program has.
 *
 * In the flow:  crypto -> bearssl_crypto -> [bearssl_choice]
 * Two files:    bearssl_fast.c has those that BearSSL calls fastest on the machine it is built for;
 *               bearssl_small.c one generic code for all curves, a fifth of the size and several times
 *               slower (a signature still takes milliseconds). A program is linked with one of them.
 *               All give the same verdicts: tests/contract runs on each.
 */
#ifndef SEALIFT_CRYPTO_BEARSSL_CHOICE_H
#define SEALIFT_CRYPTO_BEARSSL_CHOICE_H

#include <bearssl.h>

const br_ec_impl *bearssl_curves(void);
br_ecdsa_vrfy bearssl_ecdsa(void);
br_rsa_public bearssl_rsa(void);

#endif
