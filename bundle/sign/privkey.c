#include "bundle/sign/privkey.h"

#include <bearssl.h>
#include <string.h>

#include "resolver/base/der.h"
#include "resolver/base/pem.h"
#include "resolver/base/quote.h"

#define SCALAR_MAX 48                 /* bytes: P-384 */
#define RSA_PUBLIC_MAX 540            /* bytes of an RSAPublicKey: 4096 bits take 526 */
#define OPENSSL_ADVICE "openssl pkey -in FILE prints it as PKCS#8"
#define WANTED_KEYS "want ECDSA P-256 or P-384, or RSA of 2048 to 4096 bits"

#define OID_EC "\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01" /* RFC 5480, 2.1.1: id-ecPublicKey */
#define OID_P256 "\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07"
#define OID_P384 "\x06\x05\x2B\x81\x04\x00\x22"
#define OID_RSA "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01" /* RFC 8017, A.1 */

struct algorithm {
    struct slice identifier; /* contents of AlgorithmIdentifier (RFC 5280, 4.1.1.2) */
    const char *name;
    bool is_accepted;
    enum pubkey_type type;
};

#define BYTES(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

static const struct algorithm algorithms[] = {
    {BYTES(OID_EC OID_P256), "P-256", true, PUBKEY_P256},
    {BYTES(OID_EC OID_P384), "P-384", true, PUBKEY_P384},
    {BYTES(OID_RSA "\x05\x00"), "RSA", true, PUBKEY_RSA},
    {BYTES(OID_EC "\x06\x05\x2B\x81\x04\x00\x21"), "P-224", false, 0},
    {BYTES(OID_EC "\x06\x05\x2B\x81\x04\x00\x23"), "P-521", false, 0},
    {BYTES(OID_EC "\x06\x05\x2B\x81\x04\x00\x0A"), "secp256k1", false, 0},
    {BYTES("\x06\x03\x2B\x65\x70"), "Ed25519", false, 0},
    {BYTES("\x06\x03\x2B\x65\x71"), "Ed448", false, 0},
    {BYTES("\x06\x03\x2B\x65\x6E"), "X25519", false, 0},
};

static const struct algorithm *const p256 = &algorithms[0];
static const struct algorithm *const p384 = &algorithms[1];
static const struct algorithm *const rsa = &algorithms[2];

struct slice privkey_bytes(const struct privkey *key, struct privkey_part part)
{
    return slice_of(key->pkcs8 + part.at, part.len);
}

void privkey_wipe(struct privkey *key)
{
    explicit_bzero(key, sizeof *key);
}

/* --- ECDSA -------------------------------------------------------------------------------------- */

static int bearssl_curve(const struct algorithm *curve)
{
    return curve == p256 ? BR_EC_secp256r1 : BR_EC_secp384r1;
}

static enum err_code check_scalar(const struct algorithm *curve, struct slice scalar,
                                  struct err *err)
{
    size_t size;
    const unsigned char *order = br_ec_get_default()->order(bearssl_curve(curve), &size);
    uint8_t any = 0;

    if (scalar.len != size)
        return err_set(err, ERR_FORMAT,
                       "the secret number has %zu bytes, %s wants %zu (RFC 5915, 3); "
                       OPENSSL_ADVICE, scalar.len, curve->name, size);
    for (size_t i = 0; i < size; i++)
        any |= scalar.ptr[i];
    if (any == 0 || memcmp(scalar.ptr, order, size) >= 0)
        return err_set(err, ERR_FORMAT,
                       "the secret number is zero or not below the order of %s", curve->name);
    return ERR_OK;
}

/* ECPrivateKey (RFC 5915, 3) without parameters, in a PrivateKeyInfo (RFC 5208, 5). */
static void write_ecdsa(const struct algorithm *curve, struct slice scalar, struct slice point,
                        struct privkey *key, struct buf *out)
{
    size_t bits = 1 + point.len;
    size_t tagged = der_header_size(bits) + bits;
    size_t inner = 3 + der_header_size(scalar.len) + scalar.len + der_header_size(tagged) + tagged;
    size_t octets = der_header_size(inner) + inner;
    size_t id = der_header_size(curve->identifier.len) + curve->identifier.len;

    der_write_header(out, DER_SEQUENCE, 3 + id + der_header_size(octets) + octets);
    der_write_unsigned(out, SLICE("\x00"));
    der_write(out, DER_SEQUENCE, curve->identifier);
    der_write_header(out, DER_OCTET_STRING, octets);
    der_write_header(out, DER_SEQUENCE, inner);
    der_write_unsigned(out, SLICE("\x01"));
    der_write_header(out, DER_OCTET_STRING, scalar.len);
    key->scalar = (struct privkey_part){(uint16_t)out->len, (uint16_t)scalar.len};
    buf_add(out, scalar);
    der_write_header(out, DER_CONTEXT(1), tagged);
    der_write_header(out, DER_BIT_STRING, bits);
    buf_add_byte(out, 0); /* no unused bits */
    buf_add(out, point);
}

/* SubjectPublicKeyInfo (RFC 5280, 4.1): the algorithm, and bytes in a BIT STRING. */
static enum err_code make_public(const struct algorithm *algorithm, struct slice bytes,
                                 struct pubkey *public, struct err *err)
{
    uint8_t memory[PUBKEY_SPKI_MAX];
    size_t bits = 1 + bytes.len;
    size_t id = der_header_size(algorithm->identifier.len) + algorithm->identifier.len;
    struct buf spki;

    buf_init_fixed(&spki, memory, sizeof memory);
    der_write_header(&spki, DER_SEQUENCE, id + der_header_size(bits) + bits);
    der_write(&spki, DER_SEQUENCE, algorithm->identifier);
    der_write_header(&spki, DER_BIT_STRING, bits);
    buf_add_byte(&spki, 0);
    buf_add(&spki, bytes);
    if (buf_done(&spki, err) != ERR_OK)
        return err->code;
    return pubkey_from_spki(buf_slice(&spki), public, err);
}

static enum err_code make_ecdsa(const struct algorithm *curve, struct slice scalar,
                                struct privkey *key, struct err *err)
{
    unsigned char bytes[SCALAR_MAX], point_bytes[BR_EC_KBUF_PUB_MAX_SIZE];
    br_ec_private_key secret = {bearssl_curve(curve), bytes, scalar.len};
    struct slice point = {point_bytes, 0};
    struct buf out;

    if (check_scalar(curve, scalar, err) != ERR_OK)
        return err->code;
    memcpy(bytes, scalar.ptr, scalar.len);
    point.len = br_ec_compute_pub(br_ec_get_default(), NULL, point_bytes, &secret);
    explicit_bzero(bytes, sizeof bytes);
    buf_init_fixed(&out, key->pkcs8, sizeof key->pkcs8);
    write_ecdsa(curve, scalar, point, key, &out);
    key->pkcs8_len = out.len;
    if (buf_done(&out, err) != ERR_OK)
        return err->code;
    return make_public(curve, point, &key->public, err);
}

/* ECParameters of an ECPrivateKey: must be there in SEC 1, and name the same curve in PKCS#8. */
static enum err_code read_parameters(struct cursor *in, const struct algorithm **curve,
                                     struct err *err)
{
    struct cursor tagged;
    struct slice named;

    if (der_next_tag(in) != DER_CONTEXT(0))
        return err_set(err, ERR_FORMAT, "the key does not name its curve; " WANTED_KEYS);
    if (der_open(in, DER_CONTEXT(0), "parameters", &tagged, err) != ERR_OK)
        return err->code;
    named = cursor_take(&tagged, cursor_left(&tagged));
    if (*curve && !slice_equal(named, slice_part((*curve)->identifier, sizeof OID_EC - 1,
                                                 (*curve)->identifier.len)))
        return err_set(err, ERR_FORMAT, "two different curves are named");
    if (slice_equal(named, SLICE(OID_P256)))
        *curve = p256;
    else if (slice_equal(named, SLICE(OID_P384)))
        *curve = p384;
    else
        return err_set(err, ERR_FORMAT, "a key of a curve that is not accepted; " WANTED_KEYS);
    return ERR_OK;
}

/* The public key that may stand in an ECPrivateKey. */
static enum err_code check_point(struct cursor *in, const struct privkey *key, struct err *err)
{
    struct cursor tagged, bits;
    enum err_code rc = der_open(in, DER_CONTEXT(1), "public key", &tagged, err);

    if (rc == ERR_OK)
        rc = der_bit_string(&tagged, "public key", &bits, err);
    if (rc == ERR_OK)
        rc = der_end(&tagged, "public key", err);
    if (rc == ERR_OK &&
        !slice_equal(cursor_take(&bits, cursor_left(&bits)),
                     slice_of(key->public.spki + key->public.point.at, key->public.point.len)))
        rc = err_set(err, ERR_FORMAT,
                     "the public key beside the secret number is not its own (or is compressed)");
    return rc;
}

static enum err_code read_version(struct cursor *in, const char *what, const char *want,
                                  const char *otherwise, struct err *err)
{
    struct slice version;
    enum err_code rc = der_integer(in, what, &version, err);

    if (rc == ERR_OK && (version.len != 1 || version.ptr[0] != (uint8_t)want[0]))
        rc = err_set(err, ERR_FORMAT, "%s", otherwise);
    return rc;
}

/* ECPrivateKey (RFC 5915, 3). curve is NULL where only the parameters name it. */
static enum err_code read_ecdsa(struct cursor *in, const struct algorithm *curve,
                                struct privkey *key, struct err *err)
{
    struct cursor inside;
    struct slice scalar;
    enum err_code rc = der_open(in, DER_SEQUENCE, "ECDSA key", &inside, err);

    if (rc == ERR_OK)
        rc = der_end(in, "ECDSA key", err);
    if (rc == ERR_OK)
        rc = read_version(&inside, "version", "\x01", "an ECDSA key of another version than 1",
                          err);
    if (rc == ERR_OK)
        rc = der_read(&inside, DER_OCTET_STRING, "secret number", &scalar, err);
    if (rc == ERR_OK && (!curve || der_next_tag(&inside) == DER_CONTEXT(0)))
        rc = read_parameters(&inside, &curve, err);
    if (rc == ERR_OK)
        rc = make_ecdsa(curve, scalar, key, err);
    if (rc == ERR_OK && der_next_tag(&inside) != 0)
        rc = check_point(&inside, key, err);
    if (rc == ERR_OK)
        rc = der_end(&inside, "ECDSA key", err);
    return rc;
}

/* --- RSA ---------------------------------------------------------------------------------------- */

struct rsa_numbers {
    struct slice n, e, d, p, q, dp, dq, q_inv;
};

/* RSAPrivateKey (RFC 8017, A.1.2) */
static enum err_code read_rsa_numbers(struct cursor *in, struct rsa_numbers *numbers,
                                      struct err *err)
{
    static const char *const names[] = {"modulus",      "public exponent", "private exponent",
                                        "first prime",  "second prime",    "first exponent",
                                        "second exponent", "coefficient"};
    struct slice *const out[] = {&numbers->n, &numbers->e,  &numbers->d,  &numbers->p,
                                 &numbers->q, &numbers->dp, &numbers->dq, &numbers->q_inv};
    struct cursor inside;
    enum err_code rc = der_open(in, DER_SEQUENCE, "RSA key", &inside, err);

    if (rc == ERR_OK)
        rc = der_end(in, "RSA key", err);
    if (rc == ERR_OK)
        rc = read_version(&inside, "version", "\x00",
                          "an RSA key of more than two primes is not accepted", err);
    for (size_t i = 0; i < sizeof out / sizeof out[0] && rc == ERR_OK; i++)
        rc = der_positive(&inside, names[i], out[i], err);
    if (rc == ERR_OK)
        rc = der_end(&inside, "RSA key", err);
    return rc;
}

/* RSAPublicKey (RFC 8017, A.1.1) */
static enum err_code make_rsa_public(const struct rsa_numbers *numbers, struct pubkey *public,
                                     struct err *err)
{
    uint8_t inner_memory[RSA_PUBLIC_MAX], memory[RSA_PUBLIC_MAX];
    struct buf inner, out;

    buf_init_fixed(&inner, inner_memory, sizeof inner_memory);
    der_write_unsigned(&inner, numbers->n);
    der_write_unsigned(&inner, numbers->e);
    buf_init_fixed(&out, memory, sizeof memory);
    der_write(&out, DER_SEQUENCE, buf_slice(&inner));
    if (buf_done(&inner, err) != ERR_OK || buf_done(&out, err) != ERR_OK)
        return err_set(err, ERR_FORMAT, "longer than any key that is accepted; " WANTED_KEYS);
    return make_public(rsa, buf_slice(&out), public, err);
}

/* Where a number of the RSAPrivateKey, which begins at from, is when that begins at to. */
static struct privkey_part moved(struct slice number, const uint8_t *from, size_t to)
{
    return (struct privkey_part){(uint16_t)(to + (size_t)(number.ptr - from)),
                                 (uint16_t)number.len};
}

/* Puts the RSAPrivateKey, as it stands, into a PrivateKeyInfo. */
static enum err_code write_rsa(struct slice inner, const struct rsa_numbers *numbers,
                               struct privkey *key, struct err *err)
{
    size_t id = der_header_size(rsa->identifier.len) + rsa->identifier.len;
    size_t at;
    struct buf out;

    buf_init_fixed(&out, key->pkcs8, sizeof key->pkcs8);
    der_write_header(&out, DER_SEQUENCE, 3 + id + der_header_size(inner.len) + inner.len);
    der_write_unsigned(&out, SLICE("\x00"));
    der_write(&out, DER_SEQUENCE, rsa->identifier);
    der_write_header(&out, DER_OCTET_STRING, inner.len);
    at = out.len;
    buf_add(&out, inner);
    if (buf_done(&out, err) != ERR_OK)
        return err_set(err, ERR_FORMAT, "longer than any key that is accepted; " WANTED_KEYS);
    key->pkcs8_len = out.len;
    key->p = moved(numbers->p, inner.ptr, at);
    key->q = moved(numbers->q, inner.ptr, at);
    key->dp = moved(numbers->dp, inner.ptr, at);
    key->dq = moved(numbers->dq, inner.ptr, at);
    key->q_inv = moved(numbers->q_inv, inner.ptr, at);
    return ERR_OK;
}

static enum err_code read_rsa(struct cursor *in, struct privkey *key, struct err *err)
{
    struct slice whole = slice_of(in->in.ptr + in->at, cursor_left(in));
    struct rsa_numbers numbers;
    enum err_code rc = read_rsa_numbers(in, &numbers, err);

    if (rc == ERR_OK)
        rc = make_rsa_public(&numbers, &key->public, err);
    if (rc == ERR_OK)
        rc = write_rsa(whole, &numbers, key, err);
    return rc;
}

/* --- The forms ---------------------------------------------------------------------------------- */

static enum err_code find_algorithm(struct slice identifier, const struct algorithm **found,
                                    struct err *err)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        *found = &algorithms[i];
        if (!slice_equal(identifier, (*found)->identifier))
            continue;
        if ((*found)->is_accepted)
            return ERR_OK;
        return err_set(err, ERR_FORMAT, "%s keys are not accepted; " WANTED_KEYS, (*found)->name);
    }
    return err_set(err, ERR_FORMAT, "a key of an unknown algorithm or curve; " WANTED_KEYS);
}

/* PrivateKeyInfo (RFC 5208, 5), without attributes. */
static enum err_code read_pkcs8(struct slice der, struct privkey *key, struct err *err)
{
    struct cursor in = cursor_of(der), inside, octets;
    const struct algorithm *algorithm;
    struct slice identifier;
    enum err_code rc = der_open(&in, DER_SEQUENCE, "private key", &inside, err);

    if (rc == ERR_OK)
        rc = der_end(&in, "private key", err);
    if (rc == ERR_OK)
        rc = read_version(&inside, "version", "\x00", "a PKCS#8 key of another version than 0; "
                          OPENSSL_ADVICE, err);
    if (rc == ERR_OK)
        rc = der_read(&inside, DER_SEQUENCE, "algorithm", &identifier, err);
    if (rc == ERR_OK)
        rc = find_algorithm(identifier, &algorithm, err);
    if (rc == ERR_OK)
        rc = der_open(&inside, DER_OCTET_STRING, "private key", &octets, err);
    if (rc == ERR_OK && der_next_tag(&inside) == DER_CONTEXT(0))
        rc = err_set(err, ERR_FORMAT, "attributes beside the key are not accepted; "
                     OPENSSL_ADVICE);
    if (rc == ERR_OK)
        rc = der_end(&inside, "private key", err);
    if (rc != ERR_OK)
        return rc;
    return algorithm == rsa ? read_rsa(&octets, key, err)
                            : read_ecdsa(&octets, algorithm, key, err);
}

static enum err_code refuse_label(struct slice label, struct err *err)
{
    static const struct {
        const char *label, *advice;
    } known[] = {
        {"PUBLIC KEY", "this is a public key: give the private key"},
        {"RSA PUBLIC KEY", "this is a public key: give the private key"},
        {"CERTIFICATE", "this is a certificate: give the private key"},
        {"ENCRYPTED PRIVATE KEY",
         "a PKCS#8 key encrypted by openssl is not read: openssl pkey -in FILE -out PLAIN, then "
         "sealift key import PLAIN NAME encrypts it as cosign does"},
        {"OPENSSH PRIVATE KEY",
         "an OpenSSH key is not read: ssh-keygen -p -m PKCS8 -f COPY writes a copy as PKCS#8"},
        {"EC PARAMETERS", "the file begins with EC PARAMETERS; " OPENSSL_ADVICE},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_is(label, known[i].label))
            return err_set(err, ERR_FORMAT, "%s", known[i].advice);
    }
    return err_set(err, ERR_FORMAT,
                   "have a PEM block %s, want \"PRIVATE KEY\", \"EC PRIVATE KEY\" or \"RSA PRIVATE "
                   "KEY\"", quote(label).text);
}

static enum err_code read_form(struct slice label, struct slice der, struct privkey *key,
                               struct err *err)
{
    struct cursor in = cursor_of(der);

    if (slice_is(label, "PRIVATE KEY"))
        return read_pkcs8(der, key, err);
    if (slice_is(label, "EC PRIVATE KEY"))
        return read_ecdsa(&in, NULL, key, err);
    return read_rsa(&in, key, err);
}

static bool is_known_label(struct slice label)
{
    return slice_is(label, "PRIVATE KEY") || slice_is(label, "EC PRIVATE KEY") ||
           slice_is(label, "RSA PRIVATE KEY");
}

static enum err_code read_block(const struct pem *pem, struct privkey *key, struct err *err)
{
    uint8_t der[PRIVKEY_DER_MAX];
    size_t len;
    enum err_code rc;

    if (!is_known_label(pem->label))
        return refuse_label(pem->label, err);
    rc = pem_decode(pem, der, sizeof der, &len, err);
    if (rc == ERR_LIMIT)
        rc = err_set(err, ERR_FORMAT, "longer than any key that is accepted; " WANTED_KEYS);
    if (rc == ERR_OK)
        rc = read_form(pem->label, slice_of(der, len), key, err);
    explicit_bzero(der, sizeof der);
    return rc;
}

/* What people give in place of one PEM block. */
static enum err_code check_text(struct slice text, struct err *err)
{
    if (text.len > PRIVKEY_FILE_MAX)
        return err_set(err, ERR_LIMIT, "a key file of %zu bytes, at most %zu are read", text.len,
                       PRIVKEY_FILE_MAX);
    if (slice_begins(text, "-----BEGIN EC PARAMETERS-----"))
        return refuse_label(SLICE("EC PARAMETERS"), err);
    if (text.len > 2 && text.ptr[0] == DER_SEQUENCE && slice_find(text, 0) < text.len)
        return err_set(err, ERR_FORMAT,
                       "this looks like DER: give PEM (openssl pkey -inform DER -in FILE prints "
                       "it)");
    return ERR_OK;
}

enum err_code privkey_parse(struct slice text, struct privkey *key, struct err *err)
{
    struct pem pem;
    enum err_code rc = check_text(text, err);

    memset(key, 0, sizeof *key);
    if (rc == ERR_OK)
        rc = pem_parse(text, &pem, err);
    if (rc == ERR_OK)
        rc = read_block(&pem, key, err);
    if (rc != ERR_OK)
        privkey_wipe(key);
    return rc;
}

enum err_code privkey_from_pkcs8(struct slice der, struct privkey *key, struct err *err)
{
    enum err_code rc;

    memset(key, 0, sizeof *key);
    rc = read_pkcs8(der, key, err);
    if (rc != ERR_OK)
        privkey_wipe(key);
    return rc;
}

enum err_code privkey_from_scalar(enum crypto_curve curve, struct slice scalar,
                                  struct privkey *key, struct err *err)
{
    enum err_code rc;

    memset(key, 0, sizeof *key);
    rc = make_ecdsa(curve == CURVE_P256 ? p256 : p384, scalar, key, err);
    if (rc != ERR_OK)
        privkey_wipe(key);
    return rc;
}

enum err_code privkey_generate(enum crypto_curve curve, const struct random_source *random,
                               struct privkey *key, struct err *err)
{
    uint8_t scalar[SCALAR_MAX];
    size_t size = crypto_curve_size(curve);
    enum err_code rc = ERR_FORMAT;

    memset(key, 0, sizeof *key);
    for (int i = 0; i < PRIVKEY_DRAWS_MAX && rc == ERR_FORMAT; i++) {
        rc = random->fill(random->ctx, scalar, size, err);
        if (rc == ERR_OK)
            rc = privkey_from_scalar(curve, slice_of(scalar, size), key, err);
    }
    explicit_bzero(scalar, sizeof scalar);
    if (rc == ERR_FORMAT)
        rc = err_set(err, ERR_BUG, "the random numbers are not random");
    return rc;
}
