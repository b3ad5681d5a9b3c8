/*
 * x509.h - an X.509 certificate, read strictly (RFC 5280).
 *
 * In the flow:  TLS handshake -> [x509] -> chain -> the TLS library; trust anchors likewise
 * Why:          the libraries fall back to common names, one of them knows no IP addresses, and
 *               they tell reasons of refusal apart differently or not at all. What is read here
 *               is checked by chain.h first; the library then validates the same bytes.
 * Checked here: DER throughout; version 1 or 3; that both statements of the signature algorithm
 *               agree; that no extension comes twice; the syntax of the extensions listed below.
 * Not checked:  signatures (the libraries do), and whether what it says is acceptable (chain.h).
 * Extensions:   basicConstraints, keyUsage, extKeyUsage, subjectAltName, nameConstraints and
 *               authorityInfoAccess are read; the others are passed over, and of the critical ones
 *               the first is named.
 * Memory:       struct x509 borrows everything from the bytes it was read from.
 */
#ifndef SEALIFT_TLS_X509_H
#define SEALIFT_TLS_X509_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define X509_NO_PATH_LENGTH (-1)

/* Bits of keyUsage (4.2.1.3). */
#define X509_USE_DIGITAL_SIGNATURE 0x8000
#define X509_USE_SIGN_CERTIFICATES 0x0400

enum x509_key_type {
    X509_KEY_OTHER, /* no RSA and no EC key, or on another curve */
    X509_KEY_RSA,
    X509_KEY_P256,
    X509_KEY_P384,
};

struct x509_key {
    enum x509_key_type type;
    unsigned bits;         /* RSA: of the modulus; EC: of the field; 0 for others */
    struct slice modulus;  /* RSA, without leading zeros */
    struct slice exponent; /* RSA, likewise */
    struct slice point;    /* EC: 0x04, x, y */
};

enum x509_signature {
    X509_SIGNATURE_OTHER,
    X509_SIGNATURE_MD5,
    X509_SIGNATURE_SHA1,
    X509_SIGNATURE_SHA224,
    X509_SIGNATURE_RSA_PSS,
    X509_SIGNATURE_GOOD, /* SHA-256, SHA-384 or SHA-512, with RSA (PKCS#1 v1.5) or ECDSA */
};

struct x509 {
    struct slice der;
    unsigned version;              /* 1 or 3 */
    struct slice issuer, subject;  /* whole elements */
    int64_t not_before, not_after; /* seconds since 1970 */
    struct x509_key key;
    enum x509_signature signature; /* with which the issuer signed it */

    bool is_ca;
    int path_length; /* or X509_NO_PATH_LENGTH */
    bool has_key_usage;
    unsigned key_usage; /* X509_USE_... */
    bool has_ext_key_usage;
    bool serves_tls; /* extKeyUsage has serverAuth or anyExtendedKeyUsage */
    bool has_alt_names;
    struct slice alt_names;        /* general names, one after the other, all readable */
    struct slice name_constraints; /* contents of the extension; ptr NULL when there is none */
    bool names_issuer_url;         /* authorityInfoAccess says where the issuer's certificate is */
    struct slice critical;         /* OID of the first critical extension that is neither
                                      basicConstraints, keyUsage nor subjectAltName; or ptr NULL */
};

/* Reads one certificate, which is all of der. On failure *cert is zeroed and err has ERR_FORMAT,
 * "offset N: reason". */
enum err_code x509_parse(struct slice der, struct x509 *cert, struct err *err) MUST_USE;

/* Issuer and subject are the same name: it signed itself, or claims to. */
bool x509_is_self_issued(const struct x509 *cert);

struct x509_text {
    char text[96];
};

/* "RSA-2048", "P-256", "a key of another kind". */
struct x509_text x509_key_text(const struct x509_key *key);

/* "SHA-1", "RSA-PSS", ... */
const char *x509_signature_text(enum x509_signature signature);

/* The critical extension as text: "2.5.29.30 (name constraints)", "1.2.3.4". */
struct x509_text x509_critical_text(const struct x509 *cert);

#endif
