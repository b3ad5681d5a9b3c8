/* The checks that crypto.c makes before a backend is asked, each with its message. */
#include "resolver/crypto/crypto.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "tests/unit/test.h"

/* The generator of P-256, whose secret key is 1: r is its x, and s = digest + r for the nonce 1. */
#define G_P256                                                                                 \
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb" \
    "4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ORDER_P256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define PRIME_P256 "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
#define ORDER_P384                                                                             \
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196a" \
    "ccc52973"
#define PRIME_P384                                                                             \
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000" \
    "ffffffff"

struct question {
    uint8_t point[97];
    uint8_t digest[SHA256_SIZE];
    uint8_t rs[96];
};

static void put(uint8_t *out, const char *hex)
{
    struct slice text = slice_text(hex);

    CHECK(hex_decode(text, out, text.len / 2));
}

/* Digest 1; r = x of G; s = 1 + r. */
static struct question good_p256(void)
{
    struct question question;

    memset(&question, 0, sizeof question);
    put(question.point, G_P256);
    question.digest[SHA256_SIZE - 1] = 1;
    memcpy(question.rs, question.point + 1, 32);
    memcpy(question.rs + 32, question.point + 1, 32);
    question.rs[63]++;
    return question;
}

static enum err_code ask(const struct question *question, struct err *err)
{
    return crypto_ecdsa_verify(CURVE_P256, slice_of(question->point, 65), question->digest,
                               slice_of(question->rs, 64), err);
}

TEST(crypto_curves)
{
    CHECK_NUMBER(32, crypto_curve_size(CURVE_P256));
    CHECK_NUMBER(48, crypto_curve_size(CURVE_P384));
    CHECK_TEXT("P-256", slice_text(crypto_curve_name(CURVE_P256)));
    CHECK_TEXT("P-384", slice_text(crypto_curve_name(CURVE_P384)));
}

TEST(crypto_ecdsa_accepts)
{
    struct question question = good_p256();
    struct err err;

    CHECK_OK(ask(&question, &err), err);
}

TEST(crypto_ecdsa_refuses_points)
{
    struct question question = good_p256();
    struct err err;
    static const char message[] = "the key is no uncompressed point of P-256";

    question.point[0] = 6;
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
    question.point[0] = 0;
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
    question = good_p256();
    for (size_t len = 0; len <= 97; len++) {
        if (len != 65)
            CHECK_ERR(ERR_FORGED, message,
                      crypto_ecdsa_verify(CURVE_P256, slice_of(question.point, len),
                                          question.digest, slice_of(question.rs, 64), &err),
                      err);
    }
    question.point[64] ^= 1;
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key", ask(&question, &err),
              err);
}

TEST(crypto_ecdsa_refuses_coordinates)
{
    struct question question = good_p256();
    struct err err;
    static const char message[] = "the key has a coordinate out of range for P-256";

    put(question.point + 1, PRIME_P256);
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
    memset(question.point + 1, 0xFF, 32);
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
    question = good_p256();
    put(question.point + 33, PRIME_P256);
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
    question.point[64]--; /* p - 1 is in range, but not on the curve */
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key", ask(&question, &err),
              err);
}

TEST(crypto_ecdsa_refuses_numbers)
{
    struct question question = good_p256();
    struct err err;

    memset(question.rs, 0, 32);
    CHECK_ERR(ERR_FORGED, "r is zero", ask(&question, &err), err);
    put(question.rs, ORDER_P256);
    CHECK_ERR(ERR_FORGED, "r is not below the order of P-256", ask(&question, &err), err);
    question.rs[31]--;
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key", ask(&question, &err),
              err);
    question = good_p256();
    memset(question.rs + 32, 0, 32);
    CHECK_ERR(ERR_FORGED, "s is zero", ask(&question, &err), err);
    put(question.rs + 32, ORDER_P256);
    CHECK_ERR(ERR_FORGED, "s is not below the order of P-256", ask(&question, &err), err);
    memset(question.rs + 32, 0xFF, 32);
    CHECK_ERR(ERR_FORGED, "s is not below the order of P-256", ask(&question, &err), err);
}

TEST(crypto_ecdsa_refuses_numbers_of_p384)
{
    uint8_t point[97] = {4}, digest[SHA256_SIZE] = {1}, rs[96];
    struct err err;

    memset(rs, 1, sizeof rs);
    put(rs, ORDER_P384);
    CHECK_ERR(ERR_FORGED, "r is not below the order of P-384",
              crypto_ecdsa_verify(CURVE_P384, slice_of(point, 97), digest, slice_of(rs, 96), &err),
              err);
    put(point + 49, PRIME_P384);
    CHECK_ERR(ERR_FORGED, "the key has a coordinate out of range for P-384",
              crypto_ecdsa_verify(CURVE_P384, slice_of(point, 97), digest, slice_of(rs, 96), &err),
              err);
}

TEST(crypto_ecdsa_refuses_sizes)
{
    struct question question = good_p256();
    struct err err;

    CHECK_ERR(ERR_FORGED, "r and s have 63 bytes together, P-256 wants 64",
              crypto_ecdsa_verify(CURVE_P256, slice_of(question.point, 65), question.digest,
                                  slice_of(question.rs, 63), &err),
              err);
    CHECK_ERR(ERR_FORGED, "r and s have 96 bytes together, P-256 wants 64",
              crypto_ecdsa_verify(CURVE_P256, slice_of(question.point, 65), question.digest,
                                  slice_of(question.rs, 96), &err),
              err);
    CHECK(crypto_ecdsa_verify(CURVE_P256, slice_of(question.point, 65), question.digest,
                              slice_of(NULL, 0), &err) == ERR_FORGED);
}

TEST(crypto_ecdsa_refuses_a_zero_digest)
{
    struct question question = good_p256();
    struct err err;
    static const char message[] = "the digest is zero modulo the order of P-256";

    question.digest[SHA256_SIZE - 1] = 0;
    question.rs[63]--; /* s = 0 + r would be valid */
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
    put(question.digest, ORDER_P256);
    CHECK_ERR(ERR_FORGED, message, ask(&question, &err), err);
}

/* modulus 2^2048 - 1, exponent 3: what is asked is refused before it matters. */
static enum err_code ask_rsa(const uint8_t *modulus, size_t modulus_len, struct slice exponent,
                             size_t signature_len, struct err *err)
{
    static const uint8_t signature[RSA_MODULUS_MAX + 1] = {1}, digest[SHA256_SIZE] = {1};

    return crypto_rsa_verify(slice_of(modulus, modulus_len), exponent, digest,
                             slice_of(signature, signature_len), err);
}

TEST(crypto_rsa_refuses_moduli)
{
    uint8_t modulus[RSA_MODULUS_MAX + 1];
    struct err err;
    static const char message[] = "the key's modulus is even or of the wrong size";

    memset(modulus, 0xFF, sizeof modulus);
    CHECK_ERR(ERR_FORGED, message, ask_rsa(modulus, 0, SLICE("\x03"), 0, &err), err);
    CHECK_ERR(ERR_FORGED, message, ask_rsa(modulus, 255, SLICE("\x03"), 255, &err), err);
    CHECK_ERR(ERR_FORGED, message, ask_rsa(modulus, 513, SLICE("\x03"), 513, &err), err);
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key",
              ask_rsa(modulus, 512, SLICE("\x03"), 512, &err), err);
    modulus[0] = 0;
    CHECK_ERR(ERR_FORGED, message, ask_rsa(modulus, 256, SLICE("\x03"), 256, &err), err);
    modulus[0] = 0xFF;
    modulus[255] = 0xFE;
    CHECK_ERR(ERR_FORGED, message, ask_rsa(modulus, 256, SLICE("\x03"), 256, &err), err);
}

TEST(crypto_rsa_refuses_exponents)
{
    static const struct slice bad[] = {
        {(const uint8_t *)"", 0},
        {(const uint8_t *)"\x01", 1},
        {(const uint8_t *)"\x02", 1},
        {(const uint8_t *)"\x00\x03", 2},
        {(const uint8_t *)"\x01\x00\x00", 3},
        {(const uint8_t *)"\x01\x00\x00\x00\x01", 5},
    };
    uint8_t modulus[256];
    struct err err;

    memset(modulus, 0xFF, sizeof modulus);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_FORGED, "the key's exponent is 1, even or of the wrong size",
                  ask_rsa(modulus, 256, bad[i], 256, &err), err);
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key",
              ask_rsa(modulus, 256, SLICE("\xFF\xFF\xFF\xFF"), 256, &err), err);
}

TEST(crypto_rsa_refuses_signatures)
{
    uint8_t modulus[256];
    struct err err;

    memset(modulus, 0xFF, sizeof modulus);
    CHECK_ERR(ERR_FORGED, "the signature has 255 bytes, those of this RSA key have 256",
              ask_rsa(modulus, 256, SLICE("\x03"), 255, &err), err);
    CHECK_ERR(ERR_FORGED, "the signature has 257 bytes, those of this RSA key have 256",
              ask_rsa(modulus, 256, SLICE("\x03"), 257, &err), err);
    modulus[0] = 0x01;
    memset(modulus + 1, 0, 254);
    modulus[255] = 1; /* the signature is this number less one */
    CHECK(ask_rsa(modulus, 256, SLICE("\x03"), 256, &err) == ERR_FORGED);
    CHECK(!slice_is(slice_text(err.msg), "the signature is not below the key's modulus"));
    CHECK_ERR(ERR_FORGED, "the signature is not below the key's modulus",
              crypto_rsa_verify(slice_of(modulus, 256), SLICE("\x03"), modulus,
                                slice_of(modulus, 256), &err),
              err);
}
