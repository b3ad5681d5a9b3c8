#include "resolver/tls/x509_key.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/der.h"

struct signature_row {
    const char *oid;
    size_t oid_len;
    enum x509_signature signature;
};

#define PKCS1 "\x2A\x86\x48\x86\xF7\x0D\x01\x01"
#define ANSI_X962 "\x2A\x86\x48\xCE\x3D"

static const struct signature_row signatures[] = {
    {PKCS1 "\x04", 9, X509_SIGNATURE_MD5},
    {PKCS1 "\x05", 9, X509_SIGNATURE_SHA1},
    {PKCS1 "\x0E", 9, X509_SIGNATURE_SHA224},
    {PKCS1 "\x0A", 9, X509_SIGNATURE_RSA_PSS},
    {PKCS1 "\x0B", 9, X509_SIGNATURE_GOOD},
    {PKCS1 "\x0C", 9, X509_SIGNATURE_GOOD},
    {PKCS1 "\x0D", 9, X509_SIGNATURE_GOOD},
    {ANSI_X962 "\x04\x01", 7, X509_SIGNATURE_SHA1},
    {ANSI_X962 "\x04\x03\x01", 8, X509_SIGNATURE_SHA224},
    {ANSI_X962 "\x04\x03\x02", 8, X509_SIGNATURE_GOOD},
    {ANSI_X962 "\x04\x03\x03", 8, X509_SIGNATURE_GOOD},
    {ANSI_X962 "\x04\x03\x04", 8, X509_SIGNATURE_GOOD},
};

static const uint8_t oid_rsa[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};
static const uint8_t oid_ec[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
static const uint8_t oid_p256[] = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
static const uint8_t oid_p384[] = {0x2B, 0x81, 0x04, 0x00, 0x22};

static bool is_oid(struct slice oid, const uint8_t *want, size_t len)
{
    return slice_equal(oid, slice_of(want, len));
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static enum err_code read_rsa(struct cursor *in, struct x509_key *key, struct err *err)
{
    struct cursor inside;
    enum err_code rc = der_open(in, DER_SEQUENCE, "RSA key", &inside, err);

    if (rc == ERR_OK)
        rc = der_positive(&inside, "RSA modulus", &key->modulus, err);
    if (rc == ERR_OK)
        rc = der_positive(&inside, "RSA exponent", &key->exponent, err);
    if (rc == ERR_OK)
        rc = cursor_done(&inside, err);
    if (rc != ERR_OK)
        return rc;
    key->type = X509_KEY_RSA;
    key->bits = (unsigned)key->modulus.len * 8;
    for (uint8_t top = key->modulus.ptr[0]; top < 0x80; top = (uint8_t)(top << 1))
        key->bits--;
    return ERR_OK;
}

/* The curve is named in the parameters; the key is the point alone (RFC 5480, 2.2). */
static enum err_code read_ec(struct cursor *parameters, struct cursor *in, struct x509_key *key,
                             struct err *err)
{
    size_t at = in->at;
    struct slice curve, point = cursor_take(in, cursor_left(in));
    unsigned size_bytes;
    enum err_code rc;

    if (der_next_tag(parameters) != DER_OID)
        return ERR_OK; /* explicit parameters: X509_KEY_OTHER */
    rc = der_read(parameters, DER_OID, "curve", &curve, err);
    if (rc != ERR_OK)
        return rc;
    if (is_oid(curve, oid_p256, sizeof oid_p256))
        key->type = X509_KEY_P256;
    else if (is_oid(curve, oid_p384, sizeof oid_p384))
        key->type = X509_KEY_P384;
    else
        return ERR_OK;
    key->bits = key->type == X509_KEY_P256 ? 256 : 384;
    size_bytes = key->bits / 8;
    if (point.len != 1 + 2 * (size_t)size_bytes || point.ptr[0] != 0x04)
        return err_set(err, ERR_FORMAT, "offset %zu: EC key: not an uncompressed point of %u bytes",
                       at, 1 + 2 * size_bytes);
    key->point = point;
    return ERR_OK;
}

static enum err_code read_key(struct cursor *in, struct x509_key *key, struct err *err)
{
    struct cursor whole, algorithm, bits;
    struct slice oid;
    enum err_code rc = der_open(in, DER_SEQUENCE, "public key", &whole, err);

    if (rc == ERR_OK)
        rc = der_open(&whole, DER_SEQUENCE, "key algorithm", &algorithm, err);
    if (rc == ERR_OK)
        rc = der_read(&algorithm, DER_OID, "key algorithm", &oid, err);
    if (rc == ERR_OK)
        rc = der_bit_string(&whole, "public key", &bits, err);
    if (rc == ERR_OK)
        rc = cursor_done(&whole, err);
    if (rc != ERR_OK)
        return rc;
    if (is_oid(oid, oid_rsa, sizeof oid_rsa))
        rc = read_rsa(&bits, key, err);
    else if (is_oid(oid, oid_ec, sizeof oid_ec))
        rc = read_ec(&algorithm, &bits, key, err);
    else
        return ERR_OK;
    return rc == ERR_OK ? cursor_done(&bits, err) : rc;
}

enum err_code x509_key_read(struct cursor *in, struct x509_key *key, struct err *err)
{
    enum err_code rc;

    memset(key, 0, sizeof *key);
    rc = read_key(in, key, err);
    if (rc != ERR_OK)
        memset(key, 0, sizeof *key);
    return rc;
}

enum err_code x509_signature_read(struct slice bytes, enum x509_signature *signature,
                                  struct err *err)
{
    struct cursor in = cursor_of(bytes), inside;
    struct slice oid;
    enum err_code rc = der_open(&in, DER_SEQUENCE, "signature algorithm", &inside, err);

    *signature = X509_SIGNATURE_OTHER;
    if (rc == ERR_OK)
        rc = der_read(&inside, DER_OID, "signature algorithm", &oid, err);
    for (size_t i = 0; rc == ERR_OK && i < sizeof signatures / sizeof signatures[0]; i++) {
        if (slice_equal(oid, slice_of(signatures[i].oid, signatures[i].oid_len)))
            *signature = signatures[i].signature;
    }
    return rc;
}

struct x509_text x509_key_text(const struct x509_key *key)
{
    struct x509_text out = {"a key of another kind"};

    if (key->type == X509_KEY_RSA)
        snprintf(out.text, sizeof out.text, "RSA-%u", key->bits);
    else if (key->type != X509_KEY_OTHER)
        snprintf(out.text, sizeof out.text, "P-%u", key->bits);
    return out;
}

const char *x509_signature_text(enum x509_signature signature)
{
    switch (signature) {
    case X509_SIGNATURE_MD5:
        return "MD5";
    case X509_SIGNATURE_SHA1:
        return "SHA-1";
    case X509_SIGNATURE_SHA224:
        return "SHA-224";
    case X509_SIGNATURE_RSA_PSS:
        return "RSA-PSS";
    case X509_SIGNATURE_GOOD:
        return "SHA-256 or better";
    case X509_SIGNATURE_OTHER:
        break;
    }
    return "another algorithm";
}
