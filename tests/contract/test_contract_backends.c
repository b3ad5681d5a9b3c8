/* Each backend by itself, past the checks that crypto.c makes for all: the same question gives the
 * same answer, and it is the one wanted. With one backend linked, that one is tested. */
#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/core/pubkey.h"
#include "tests/unit/test.h"

static struct pubkey rsa_key(void)
{
    struct pubkey key;
    struct err err;

    CHECK_OK(pubkey_parse(test_file("fixtures/keys/good-rsa2048.pem"), &key, &err), err);
    return key;
}

TEST(contract_backends_have_names)
{
    CHECK(crypto_backends[0] != NULL);
    for (size_t i = 0; crypto_backends[i]; i++)
        CHECK(slice_is(slice_text(crypto_backends[i]->name), "BearSSL") ||
              slice_is(slice_text(crypto_backends[i]->name), "Mbed TLS"));
}

/* 1^e = 1, 0^e = 0, and (n - 1)^e = n - 1 as e is odd. */
TEST(contract_backends_rsa_public)
{
    struct pubkey key = rsa_key();
    struct slice n = slice_of(key.spki + key.modulus.at, key.modulus.len);
    struct slice e = slice_of(key.spki + key.exponent.at, key.exponent.len);
    uint8_t number[RSA_MODULUS_MAX], out[RSA_MODULUS_MAX];

    for (size_t i = 0; crypto_backends[i]; i++) {
        memset(number, 0, sizeof number);
        CHECK(crypto_backends[i]->rsa_public(n, e, slice_of(number, n.len), out) == ERR_OK);
        CHECK(memcmp(number, out, n.len) == 0);
        number[n.len - 1] = 1;
        CHECK(crypto_backends[i]->rsa_public(n, e, slice_of(number, n.len), out) == ERR_OK);
        CHECK(memcmp(number, out, n.len) == 0);
        memcpy(number, n.ptr, n.len);
        number[n.len - 1]--;
        CHECK(crypto_backends[i]->rsa_public(n, e, slice_of(number, n.len), out) == ERR_OK);
        CHECK(memcmp(number, out, n.len) == 0);
    }
}

/* What a backend refuses leaves nothing behind: the modulus as the signature; an even modulus. */
TEST(contract_backends_rsa_zero_what_they_refuse)
{
    struct pubkey key = rsa_key();
    struct slice n = slice_of(key.spki + key.modulus.at, key.modulus.len);
    struct slice e = slice_of(key.spki + key.exponent.at, key.exponent.len);
    uint8_t out[RSA_MODULUS_MAX], zeros[RSA_MODULUS_MAX] = {0}, number[RSA_MODULUS_MAX];

    memset(number, 3, sizeof number);
    for (size_t i = 0; crypto_backends[i]; i++) {
        memset(out, 7, sizeof out);
        CHECK(crypto_backends[i]->rsa_public(n, e, n, out) == ERR_FORGED);
        CHECK(memcmp(out, zeros, n.len) == 0);
        memset(out, 7, sizeof out);
        key.spki[key.modulus.at + key.modulus.len - 1] ^= 1;
        CHECK(crypto_backends[i]->rsa_public(n, e, slice_of(number, n.len), out) == ERR_FORGED);
        CHECK(memcmp(out, zeros, n.len) == 0);
        key.spki[key.modulus.at + key.modulus.len - 1] ^= 1;
    }
}

/* Points off the curve are left to the backends, and r = s = 1 is in range. */
TEST(contract_backends_refuse_points_off_the_curve)
{
    uint8_t point[97] = {4}, digest[SHA256_SIZE] = {1}, rs[96] = {0};

    for (size_t i = 0; crypto_backends[i]; i++) {
        for (unsigned y = 0; y < 4; y++) {
            memset(rs, 0, sizeof rs);
            point[64] = (uint8_t)y;
            rs[31] = rs[63] = 1;
            CHECK(crypto_backends[i]->ecdsa_verify(CURVE_P256, slice_of(point, 65), digest,
                                                   slice_of(rs, 64)) == ERR_FORGED);
            memset(rs, 0, sizeof rs);
            point[64] = 0;
            point[96] = (uint8_t)y;
            rs[47] = rs[95] = 1;
            CHECK(crypto_backends[i]->ecdsa_verify(CURVE_P384, slice_of(point, 97), digest,
                                                   slice_of(rs, 96)) == ERR_FORGED);
            point[96] = 0;
        }
    }
}
