/*
 * pubkey.h - a public key: what a signature is checked with.
 *
 * In the flow:  PEM file -> [pubkey] -> verify
 * Forms read:   PEM "PUBLIC KEY" (SubjectPublicKeyInfo, RFC 5280 4.1.2.7; RFC 5480; RFC 8017 A.1)
 *               and "RSA PUBLIC KEY" (PKCS#1), which gives the same key and id.
 * Checked here: PEM and DER strictly, the algorithm and its parameters, the size of the key (P-256,
 *               P-384, RSA 2048 to 4096 bits, an odd modulus, an odd exponent of 3 or more and at
 *               most 32 bits), that exactly one key is in the file, uncompressed points.
 * Not checked:  that a point lies on its curve (the backends do, at each use).
 * Memory:       everything is copied into the struct; it borrows nothing.
 */
#ifndef SEALIFT_CORE_PUBKEY_H
#define SEALIFT_CORE_PUBKEY_H

#include <stdbool.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/crypto/crypto.h"

#define PUBKEY_FILE_MAX ((size_t)64 << 10) /* bytes of a key file */
#define PUBKEY_SPKI_MAX 600                /* bytes: RSA 4096 takes 550 */
#define KEY_ID_SIZE SHA256_SIZE
#define PUBKEY_RSA_BITS_MIN 2048
#define PUBKEY_RSA_BITS_MAX 4096

enum pubkey_type { PUBKEY_P256, PUBKEY_P384, PUBKEY_RSA };

struct pubkey {
    enum pubkey_type type;
    unsigned bits;           /* 256, 384, or the modulus' length */
    uint8_t id[KEY_ID_SIZE]; /* SHA-256 of the SubjectPublicKeyInfo */
    uint8_t spki[PUBKEY_SPKI_MAX];
    size_t spki_len;
    struct {
        uint16_t at, len;
    } point, modulus, exponent; /* parts of spki; both numbers without leading zeros */
};

/* "P-256", "P-384", "RSA-3072" into out. */
void pubkey_type_text(const struct pubkey *key, char out[16]);

/*
 * Reads one key from the text of a PEM file. On failure *key is zeroed: ERR_FORMAT for anything
 * that is not exactly one such key (a private key is named as such), ERR_LIMIT over
 * PUBKEY_FILE_MAX.
 */
enum err_code pubkey_parse(struct slice pem, struct pubkey *key, struct err *err) MUST_USE;

/* The same from the DER of a SubjectPublicKeyInfo, as key files and certificates hold it. */
enum err_code pubkey_from_spki(struct slice spki, struct pubkey *key, struct err *err) MUST_USE;

bool pubkey_equal(const struct pubkey *a, const struct pubkey *b);

#endif
