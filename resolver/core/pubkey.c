#include "resolver/core/pubkey.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/der.h"
#include "resolver/base/pem.h"
#include "resolver/base/quote.h"
#include "resolver/crypto/sha256.h"

/* Room to read a key that is too long, so that it can be named: RSA 8192 takes 1062 bytes. */
#define DER_MAX 1100

#define WANTED_KEYS "want ECDSA P-256 or P-384, or RSA of 2048 to 4096 bits"

/* The contents octets of OBJECT IDENTIFIERs. */
#define OID_EC_PUBLIC_KEY "\x2A\x86\x48\xCE\x3D\x02\x01" /* RFC 5480, 2.1.1 */
#define OID_P256 "\x2A\x86\x48\xCE\x3D\x03\x01\x07"      /* RFC 5480, 2.1.1.1 */
#define OID_P384 "\x2B\x81\x04\x00\x22"                  /* RFC 5480, 2.1.1.1 */
#define OID_RSA "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01"   /* RFC 8017, A.1 */

struct known_oid {
    struct slice oid;
    const char *name;
};

/* Algorithms and curves that are refused by their names. */
static const struct known_oid refused_oids[] = {
    {{(const uint8_t *)"\x2B\x65\x70", 3}, "Ed25519"},
    {{(const uint8_t *)"\x2B\x65\x71", 3}, "Ed448"},
    {{(const uint8_t *)"\x2B\x65\x6E", 3}, "X25519"},
    {{(const uint8_t *)"\x2A\x86\x48\xCE\x38\x04\x01", 7}, "DSA"},
    {{(const uint8_t *)"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A", 9}, "RSA-PSS"},
    {{(const uint8_t *)"\x2B\x81\x04\x00\x23", 5}, "P-521"},
    {{(const uint8_t *)"\x2B\x81\x04\x00\x21", 5}, "P-224"},
    {{(const uint8_t *)"\x2B\x81\x04\x00\x0A", 5}, "secp256k1"},
};

static enum err_code refuse_oid(struct slice oid, const char *what, struct err *err)
{
    for (size_t i = 0; i < sizeof refused_oids / sizeof refused_oids[0]; i++) {
        if (slice_equal(oid, refused_oids[i].oid))
            return err_set(err, ERR_FORMAT, "%s keys are not accepted; " WANTED_KEYS,
                           refused_oids[i].name);
    }
    return err_set(err, ERR_FORMAT, "a key of an unknown %s; " WANTED_KEYS, what);
}

/* ECParameters (RFC 5480, 2.1.1): a named curve. */
static enum err_code read_curve(struct cursor *algorithm, struct pubkey *key, struct err *err)
{
    struct slice oid;
    enum err_code rc;

    if (der_next_tag(algorithm) == DER_SEQUENCE)
        return err_set(err, ERR_FORMAT,
                       "a key with explicit curve parameters is not accepted: write it with the "
                       "curve's name (openssl ec -pubin -param_enc named_curve)");
    rc = der_read(algorithm, DER_OID, "curve", &oid, err);
    if (rc != ERR_OK)
        return rc;
    if (slice_equal(oid, SLICE(OID_P256)))
        key->type = PUBKEY_P256;
    else if (slice_equal(oid, SLICE(OID_P384)))
        key->type = PUBKEY_P384;
    else
        return refuse_oid(oid, "curve", err);
    key->bits = key->type == PUBKEY_P256 ? 256 : 384;
    return ERR_OK;
}

/* ECPoint (RFC 5480, 2.2; SEC 1, 2.3.3), uncompressed. */
static enum err_code read_point(struct cursor *bits, struct pubkey *key, struct err *err)
{
    size_t at = bits->at;
    struct slice point = cursor_take(bits, cursor_left(bits));
    size_t want = 1 + 2 * (size_t)(key->bits / 8);

    if (point.len == 1 + key->bits / 8 && (point.ptr[0] == 2 || point.ptr[0] == 3))
        return err_set(err, ERR_FORMAT,
                       "a compressed point is not accepted: write it uncompressed "
                       "(openssl ec -pubin -conv_form uncompressed)");
    if (point.len != want || point.ptr[0] != 4)
        return err_set(err, ERR_FORMAT,
                       "the point has %zu bytes and begins with 0x%02x, want %zu "
                       "bytes and 0x04",
                       point.len, point.len ? point.ptr[0] : 0, want);
    key->point.at = (uint16_t)at;
    key->point.len = (uint16_t)point.len;
    return ERR_OK;
}

static unsigned bit_length(struct slice number)
{
    unsigned bits = (unsigned)number.len * 8;

    for (uint8_t mask = 0x80; mask > 0 && (number.ptr[0] & mask) == 0; mask >>= 1)
        bits--;
    return bits;
}

static bool is_odd(struct slice number)
{
    return (number.ptr[number.len - 1] & 1) != 0;
}

static enum err_code check_rsa(struct slice modulus, struct slice exponent, struct err *err)
{
    unsigned bits = bit_length(modulus);

    if (bits < PUBKEY_RSA_BITS_MIN || bits > PUBKEY_RSA_BITS_MAX)
        return err_set(err, ERR_FORMAT, "RSA-%u: too %s, want %d to %d bits", bits,
                       bits < PUBKEY_RSA_BITS_MIN ? "short" : "long", PUBKEY_RSA_BITS_MIN,
                       PUBKEY_RSA_BITS_MAX);
    if (!is_odd(modulus))
        return err_set(err, ERR_FORMAT, "RSA-%u: the modulus is even", bits);
    if (exponent.len > RSA_EXPONENT_MAX)
        return err_set(err, ERR_FORMAT, "RSA-%u: the exponent has %u bits, want at most 32", bits,
                       bit_length(exponent));
    if (!is_odd(exponent) || (exponent.len == 1 && exponent.ptr[0] == 1))
        return err_set(err, ERR_FORMAT, "RSA-%u: the exponent is 1 or even", bits);
    return ERR_OK;
}

/* RSAPublicKey (RFC 8017, A.1.1) */
static enum err_code read_rsa(struct cursor *bits, struct pubkey *key, struct err *err)
{
    struct cursor inside;
    struct slice modulus, exponent;
    enum err_code rc = der_open(bits, DER_SEQUENCE, "RSA key", &inside, err);

    if (rc == ERR_OK)
        rc = der_positive(&inside, "modulus", &modulus, err);
    if (rc == ERR_OK)
        rc = der_positive(&inside, "exponent", &exponent, err);
    if (rc == ERR_OK)
        rc = der_end(&inside, "RSA key", err);
    if (rc == ERR_OK)
        rc = der_end(bits, "key", err);
    if (rc == ERR_OK)
        rc = check_rsa(modulus, exponent, err);
    if (rc != ERR_OK)
        return rc;
    key->type = PUBKEY_RSA;
    key->bits = bit_length(modulus);
    key->modulus.at = (uint16_t)(modulus.ptr - bits->in.ptr);
    key->modulus.len = (uint16_t)modulus.len;
    key->exponent.at = (uint16_t)(exponent.ptr - bits->in.ptr);
    key->exponent.len = (uint16_t)exponent.len;
    return ERR_OK;
}

/* AlgorithmIdentifier (RFC 5280, 4.1.1.2) and then the key it belongs to. */
static enum err_code read_key(struct cursor *algorithm, struct cursor *bits, struct pubkey *key,
                              struct err *err)
{
    struct slice oid;
    enum err_code rc = der_read(algorithm, DER_OID, "algorithm", &oid, err);
    bool is_ec = slice_equal(oid, SLICE(OID_EC_PUBLIC_KEY));

    if (rc != ERR_OK)
        return rc;
    if (!is_ec && !slice_equal(oid, SLICE(OID_RSA)))
        return refuse_oid(oid, "algorithm", err);
    if (is_ec)
        rc = read_curve(algorithm, key, err);
    else
        rc = der_null(algorithm, "RSA parameters", err);
    if (rc == ERR_OK)
        rc = der_end(algorithm, "algorithm", err);
    if (rc != ERR_OK)
        return rc;
    return is_ec ? read_point(bits, key, err) : read_rsa(bits, key, err);
}

/* SubjectPublicKeyInfo (RFC 5280, 4.1) */
static enum err_code read_spki(struct slice spki, struct pubkey *key, struct err *err)
{
    struct cursor in = cursor_of(spki), inside, algorithm, bits;
    enum err_code rc = der_open(&in, DER_SEQUENCE, "public key", &inside, err);

    if (rc == ERR_OK)
        rc = der_end(&in, "public key", err);
    if (rc == ERR_OK)
        rc = der_open(&inside, DER_SEQUENCE, "algorithm", &algorithm, err);
    if (rc == ERR_OK)
        rc = der_bit_string(&inside, "key", &bits, err);
    if (rc == ERR_OK)
        rc = der_end(&inside, "public key", err);
    if (rc == ERR_OK)
        rc = read_key(&algorithm, &bits, key, err);
    return rc;
}

enum err_code pubkey_from_spki(struct slice spki, struct pubkey *key, struct err *err)
{
    enum err_code rc;

    memset(key, 0, sizeof *key);
    rc = read_spki(spki, key, err);
    if (rc == ERR_OK && spki.len > sizeof key->spki)
        rc = err_set(err, ERR_FORMAT, "a key of %zu bytes, want at most %zu", spki.len,
                     sizeof key->spki);
    if (rc != ERR_OK) {
        memset(key, 0, sizeof *key);
        return rc;
    }
    memcpy(key->spki, spki.ptr, spki.len);
    key->spki_len = spki.len;
    sha256_of(spki, key->id);
    return ERR_OK;
}

/* Puts a SubjectPublicKeyInfo around an RSAPublicKey (RFC 8017, A.1). */
static void wrap_rsa(struct slice rsa, struct buf *spki)
{
    static const uint8_t algorithm[] = {0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
                                        0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00};
    size_t bits_len = 1 + rsa.len;

    der_write_header(spki, DER_SEQUENCE, sizeof algorithm + der_header_size(bits_len) + bits_len);
    buf_add(spki, slice_of(algorithm, sizeof algorithm));
    der_write_header(spki, DER_BIT_STRING, bits_len);
    buf_add_byte(spki, 0); /* no unused bits */
    buf_add(spki, rsa);
}

static enum err_code refuse_label(struct slice label, struct err *err)
{
    if (slice_ends(label, "PRIVATE KEY"))
        return err_set(err, ERR_FORMAT,
                       "this is a private key (%s): give the public key (sealift key public FILE "
                       "prints it), and keep this one secret",
                       quote_bare(label).text);
    if (slice_is(label, "CERTIFICATE"))
        return err_set(err, ERR_FORMAT,
                       "this is a certificate: give its public key alone "
                       "(openssl x509 -pubkey -noout -in FILE prints it)");
    return err_set(err, ERR_FORMAT, "have a PEM block %s, want \"PUBLIC KEY\"", quote(label).text);
}

static enum err_code parse_block(const struct pem *pem, struct pubkey *key, struct err *err)
{
    uint8_t der[DER_MAX], wrapped[DER_MAX + 64];
    struct buf spki;
    size_t len;
    bool is_pkcs1 = slice_is(pem->label, "RSA PUBLIC KEY");
    enum err_code rc;

    if (!is_pkcs1 && !slice_is(pem->label, "PUBLIC KEY"))
        return refuse_label(pem->label, err);
    rc = pem_decode(pem, der, sizeof der, &len, err);
    if (rc == ERR_LIMIT)
        rc = err_set(err, ERR_FORMAT, "longer than any key that is accepted; " WANTED_KEYS);
    if (rc != ERR_OK || !is_pkcs1)
        return rc == ERR_OK ? pubkey_from_spki(slice_of(der, len), key, err) : rc;
    buf_init_fixed(&spki, wrapped, sizeof wrapped);
    wrap_rsa(slice_of(der, len), &spki);
    rc = buf_done(&spki, err);
    return rc == ERR_OK ? pubkey_from_spki(buf_slice(&spki), key, err) : rc;
}

/* What people give in place of PEM. */
static enum err_code check_text(struct slice text, struct err *err)
{
    if (text.len > PUBKEY_FILE_MAX)
        return err_set(err, ERR_LIMIT, "a key file of %zu bytes, at most %zu are read", text.len,
                       PUBKEY_FILE_MAX);
    if (slice_begins(text, "\xEF\xBB\xBF"))
        return err_set(err, ERR_FORMAT,
                       "the file begins with a byte order mark: save it without one");
    if (slice_begins(text, "ssh-") || slice_begins(text, "ecdsa-sha2-"))
        return err_set(err, ERR_FORMAT,
                       "this is an OpenSSH key: give it as PEM "
                       "(ssh-keygen -e -m PKCS8 -f FILE prints it)");
    if (text.len > 2 && text.ptr[0] == DER_SEQUENCE && slice_find(text, 0) < text.len)
        return err_set(err, ERR_FORMAT,
                       "this looks like DER: give PEM "
                       "(openssl pkey -pubin -inform DER -in FILE prints it)");
    return ERR_OK;
}

enum err_code pubkey_parse(struct slice text, struct pubkey *key, struct err *err)
{
    struct pem pem;
    enum err_code rc = check_text(text, err);

    memset(key, 0, sizeof *key);
    if (rc == ERR_OK)
        rc = pem_parse(text, &pem, err);
    if (rc == ERR_OK)
        rc = parse_block(&pem, key, err);
    return rc;
}

void pubkey_type_text(const struct pubkey *key, char out[16])
{
    if (key->type == PUBKEY_RSA)
        snprintf(out, 16, "RSA-%u", key->bits);
    else
        snprintf(out, 16, "P-%u", key->bits);
}

bool pubkey_equal(const struct pubkey *a, const struct pubkey *b)
{
    return slice_equal(slice_of(a->spki, a->spki_len), slice_of(b->spki, b->spki_len));
}
