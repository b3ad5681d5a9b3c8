/*
 * privkey.h - a private key: what signatures are made with.
 *
 * In the flow:  PEM file, key_file or random bytes -> [privkey] -> signer
 * Forms read:   PEM "PRIVATE KEY" (PKCS#8, RFC 5208), "EC PRIVATE KEY" (SEC 1, RFC 5915) and "RSA
 *               PRIVATE KEY" (PKCS#1, RFC 8017 A.1.2), none of them encrypted: key_file.h reads the
 *               encrypted form.
 * Checked here: PEM and DER strictly; the algorithm and its parameters; that an ECDSA number is in
 *               [1, n-1] and that a public key beside it is its own; that an RSA key has two
 *               primes; everything that pubkey.h checks of the public part.
 * Not checked:  that the parts of an RSA key fit together (signer_prove does).
 * One form:     whatever form was read, pkcs8 is as openssl pkey and cosign write it.
 * Memory:       everything is copied into the struct, which holds secrets: privkey_wipe must follow
 *               each use, after failure too. Working copies made here are wiped; what the compiler
 *               and the libraries leave on the stack is not.
 * Timing:       multiplying with the secret number takes the same time for all (BearSSL); reading
 *               files does not.
 */
#ifndef SEALIFT_BUNDLE_SIGN_PRIVKEY_H
#define SEALIFT_BUNDLE_SIGN_PRIVKEY_H

#include "bundle/sign/random.h"
#include "resolver/core/pubkey.h"

#define PRIVKEY_FILE_MAX ((size_t)16 << 10) /* bytes of a private key file, in any form */
#define PRIVKEY_DER_MAX 2400                /* bytes: RSA 4096 takes 2375 in PKCS#8 */

struct privkey_part {
    uint16_t at, len;
};

struct privkey {
    struct pubkey public;
    uint8_t pkcs8[PRIVKEY_DER_MAX]; /* PrivateKeyInfo */
    size_t pkcs8_len;
    struct privkey_part scalar;              /* ECDSA: as long as the curve's order */
    struct privkey_part p, q, dp, dq, q_inv; /* RSA: numbers without leading zeros */
};

/*
 * Reads one key from the text of a PEM file. On failure *key is zeroed: ERR_FORMAT for anything
 * that is not exactly one such key (public and encrypted keys are named as such), ERR_LIMIT over
 * PRIVKEY_FILE_MAX.
 */
enum err_code privkey_parse(struct slice pem, struct privkey *key, struct err *err) MUST_USE;

/* The same from the DER of a PrivateKeyInfo. */
enum err_code privkey_from_pkcs8(struct slice der, struct privkey *key, struct err *err) MUST_USE;

/* The ECDSA key with that secret number, big-endian and as long as the curve's order. On failure
 * *key is zeroed: ERR_FORMAT when the number is zero, not below the order, or of another length. */
enum err_code privkey_from_scalar(enum crypto_curve curve, struct slice scalar,
                                  struct privkey *key, struct err *err) MUST_USE;

/*
 * Makes a new ECDSA key: random numbers are drawn until one is in [1, n-1] (FIPS 186-5, A.2.2). On
 * failure *key is zeroed: the code of random->fill; ERR_BUG when none of PRIVKEY_DRAWS_MAX numbers
 * was, which happens to a broken source alone.
 */
#define PRIVKEY_DRAWS_MAX 16
enum err_code privkey_generate(enum crypto_curve curve, const struct random_source *random,
                               struct privkey *key, struct err *err) MUST_USE;

/* The bytes of one of the parts, borrowed. */
struct slice privkey_bytes(const struct privkey *key, struct privkey_part part);

/* Zeroes the key in a way that no compiler leaves out. */
void privkey_wipe(struct privkey *key);

#endif
