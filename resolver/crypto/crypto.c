#include "resolver/crypto/crypto.h"

#include <stdbool.h>
#include <string.h>

#define COORDINATE_MAX 48

struct curve {
    const char *name;
    size_t size;
    uint8_t prime[COORDINATE_MAX];
    uint8_t order[COORDINATE_MAX];
};

/* SP 800-186, 3.2.1.3 and 3.2.1.4 */
static const struct curve curves[] = {
    [CURVE_P256] =
        {
            .name = "P-256",
            .size = 32,
            .prime = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
                      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
            .order = {0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                      0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51},
        },
    [CURVE_P384] =
        {
            .name = "P-384",
            .size = 48,
            .prime = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF,
                      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF},
            .order = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                      0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                      0xC7, 0x63, 0x4D, 0x81, 0xF4, 0x37, 0x2D, 0xDF, 0x58, 0x1A, 0x0D, 0xB2,
                      0x48, 0xB0, 0xA7, 0x7A, 0xEC, 0xEC, 0x19, 0x6A, 0xCC, 0xC5, 0x29, 0x73},
        },
};

/* What the backends said, by their names. */
struct verdicts {
    const char *accepted_by;
    const char *refused_by;
    const char *without_memory;
};

size_t crypto_curve_size(enum crypto_curve curve)
{
    return curves[curve].size;
}

const char *crypto_curve_name(enum crypto_curve curve)
{
    return curves[curve].name;
}

static void note(struct verdicts *verdicts, const struct crypto_backend *backend,
                 enum err_code verdict)
{
    if (verdict == ERR_OK)
        verdicts->accepted_by = backend->name;
    else if (verdict == ERR_LIMIT)
        verdicts->without_memory = backend->name;
    else
        verdicts->refused_by = backend->name;
}

static enum err_code conclude(const struct verdicts *verdicts, struct err *err)
{
    if (verdicts->refused_by && verdicts->accepted_by)
        return err_set(err, ERR_FORGED, "%s refuses the signature, although %s accepts it",
                       verdicts->refused_by, verdicts->accepted_by);
    if (verdicts->refused_by)
        return err_set(err, ERR_FORGED, "the signature does not fit this document and key");
    if (verdicts->without_memory)
        return err_set(err, ERR_LIMIT, "%s has no memory to check the signature",
                       verdicts->without_memory);
    if (!verdicts->accepted_by)
        return err_set(err, ERR_BUG, "this program is linked without a crypto backend");
    return ERR_OK;
}

static bool is_zero(struct slice number)
{
    for (size_t i = 0; i < number.len; i++) {
        if (number.ptr[i] != 0)
            return false;
    }
    return true;
}

/* number, as long as the curve's numbers are, is below limit. */
static bool is_below(struct slice number, const uint8_t *limit)
{
    return memcmp(number.ptr, limit, number.len) < 0;
}

/* SP 800-186, D.1.1: the form of the point and the range of its coordinates. */
static enum err_code check_point(const struct curve *curve, struct slice point, struct err *err)
{
    if (point.len != 1 + 2 * curve->size || point.ptr[0] != 0x04)
        return err_set(err, ERR_FORGED, "the key is no uncompressed point of %s", curve->name);
    if (!is_below(slice_part(point, 1, curve->size), curve->prime) ||
        !is_below(slice_part(point, 1 + curve->size, curve->size), curve->prime))
        return err_set(err, ERR_FORGED, "the key has a coordinate out of range for %s",
                       curve->name);
    return ERR_OK;
}

/* FIPS 186-5, 6.4.2 step 1: r and s are in [1, n-1]. */
static enum err_code check_number(const struct curve *curve, const char *name, struct slice number,
                                  struct err *err)
{
    if (is_zero(number))
        return err_set(err, ERR_FORGED, "%s is zero", name);
    if (!is_below(number, curve->order))
        return err_set(err, ERR_FORGED, "%s is not below the order of %s", name, curve->name);
    return ERR_OK;
}

/* FIPS 186-5 allows a digest that is zero modulo n, but BearSSL cannot multiply by zero. Nobody has
 * a document with such a digest: it is refused for all backends. */
static enum err_code check_digest(const struct curve *curve, const uint8_t digest[SHA256_SIZE],
                                  struct err *err)
{
    if (is_zero(slice_of(digest, SHA256_SIZE)) ||
        (curve->size == SHA256_SIZE && memcmp(digest, curve->order, SHA256_SIZE) == 0))
        return err_set(err, ERR_FORGED, "the digest is zero modulo the order of %s", curve->name);
    return ERR_OK;
}

enum err_code crypto_ecdsa_verify(enum crypto_curve curve, struct slice point,
                                  const uint8_t digest[SHA256_SIZE], struct slice rs,
                                  struct err *err)
{
    const struct curve *c = &curves[curve];
    struct verdicts verdicts = {NULL, NULL, NULL};
    enum err_code rc = check_point(c, point, err);

    if (rc == ERR_OK && rs.len != 2 * c->size)
        rc = err_set(err, ERR_FORGED, "r and s have %zu bytes together, %s wants %zu", rs.len,
                     c->name, 2 * c->size);
    if (rc == ERR_OK)
        rc = check_number(c, "r", slice_part(rs, 0, c->size), err);
    if (rc == ERR_OK)
        rc = check_number(c, "s", slice_part(rs, c->size, c->size), err);
    if (rc == ERR_OK)
        rc = check_digest(c, digest, err);
    if (rc != ERR_OK)
        return rc;
    for (size_t i = 0; crypto_backends[i]; i++)
        note(&verdicts, crypto_backends[i],
             crypto_backends[i]->ecdsa_verify(curve, point, digest, rs));
    return conclude(&verdicts, err);
}

static bool is_odd(struct slice number)
{
    return number.len > 0 && (number.ptr[number.len - 1] & 1) != 0;
}

static enum err_code check_rsa_key(struct slice modulus, struct slice exponent, struct err *err)
{
    if (modulus.len < RSA_MODULUS_MIN || modulus.len > RSA_MODULUS_MAX || modulus.ptr[0] == 0 ||
        !is_odd(modulus))
        return err_set(err, ERR_FORGED, "the key's modulus is even or of the wrong size");
    if (exponent.len == 0 || exponent.len > RSA_EXPONENT_MAX || exponent.ptr[0] == 0 ||
        !is_odd(exponent) || (exponent.len == 1 && exponent.ptr[0] == 1))
        return err_set(err, ERR_FORGED, "the key's exponent is 1, even or of the wrong size");
    return ERR_OK;
}

/* EMSA-PKCS1-v1_5 (RFC 8017, 9.2) of a SHA-256 digest: the one right encoding, size bytes. */
static void expected_encoding(const uint8_t digest[SHA256_SIZE], uint8_t *out, size_t size)
{
    static const uint8_t digest_info[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60,
                                          0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                          0x01, 0x05, 0x00, 0x04, 0x20};
    size_t info_at = size - sizeof digest_info - SHA256_SIZE;

    memset(out, 0xFF, size);
    out[0] = 0x00;
    out[1] = 0x01;
    out[info_at - 1] = 0x00;
    memcpy(out + info_at, digest_info, sizeof digest_info);
    memcpy(out + info_at + sizeof digest_info, digest, SHA256_SIZE);
}

static enum err_code recovers(const struct crypto_backend *backend, struct slice modulus,
                              struct slice exponent, struct slice signature, const uint8_t *want)
{
    uint8_t have[RSA_MODULUS_MAX];
    enum err_code rc = backend->rsa_public(modulus, exponent, signature, have);

    if (rc == ERR_OK && memcmp(have, want, modulus.len) != 0)
        rc = ERR_FORGED;
    return rc;
}

enum err_code crypto_rsa_verify(struct slice modulus, struct slice exponent,
                                const uint8_t digest[SHA256_SIZE], struct slice signature,
                                struct err *err)
{
    uint8_t want[RSA_MODULUS_MAX];
    struct verdicts verdicts = {NULL, NULL, NULL};
    enum err_code rc = check_rsa_key(modulus, exponent, err);

    if (rc == ERR_OK && signature.len != modulus.len)
        rc = err_set(err, ERR_FORGED, "the signature has %zu bytes, those of this RSA key have %zu",
                     signature.len, modulus.len);
    if (rc == ERR_OK && !is_below(signature, modulus.ptr))
        rc = err_set(err, ERR_FORGED, "the signature is not below the key's modulus");
    if (rc != ERR_OK)
        return rc;
    expected_encoding(digest, want, modulus.len);
    for (size_t i = 0; crypto_backends[i]; i++)
        note(&verdicts, crypto_backends[i],
             recovers(crypto_backends[i], modulus, exponent, signature, want));
    return conclude(&verdicts, err);
}
