/* BearSSL's part of crypto.h. It allocates nothing, so it never answers ERR_LIMIT. */
#include <bearssl.h>
#include <string.h>

#include "resolver/crypto/bearssl_choice.h"
#include "resolver/crypto/crypto.h"

/* BearSSL's keys point to bytes it does not change, through pointers without const. */
static unsigned char *unchanged(struct slice bytes)
{
    return (unsigned char *)(uintptr_t)bytes.ptr;
}

static enum err_code bearssl_ecdsa_verify(enum crypto_curve curve, struct slice point,
                                          const uint8_t digest[SHA256_SIZE], struct slice rs)
{
    br_ec_public_key key = {
        .curve = curve == CURVE_P256 ? BR_EC_secp256r1 : BR_EC_secp384r1,
        .q = unchanged(point),
        .qlen = point.len,
    };
    br_ecdsa_vrfy verify = bearssl_ecdsa();

    if (verify(bearssl_curves(), digest, SHA256_SIZE, &key, rs.ptr, rs.len) == 1)
        return ERR_OK;
    return ERR_FORGED;
}

static enum err_code bearssl_rsa_public(struct slice modulus, struct slice exponent,
                                        struct slice signature, uint8_t *out)
{
    br_rsa_public_key key = {
        .n = unchanged(modulus),
        .nlen = modulus.len,
        .e = unchanged(exponent),
        .elen = exponent.len,
    };
    br_rsa_public apply = bearssl_rsa();

    memcpy(out, signature.ptr, signature.len);
    if (apply(out, signature.len, &key) == 1)
        return ERR_OK;
    memset(out, 0, modulus.len);
    return ERR_FORGED;
}

const struct crypto_backend crypto_bearssl = {
    .name = "BearSSL",
    .ecdsa_verify = bearssl_ecdsa_verify,
    .rsa_public = bearssl_rsa_public,
};
