/* What crypto.c makes of two backends' answers, and the encoding it wants of RSA. */
#include <string.h>

#include "resolver/crypto/crypto.h"
#include "tests/contract/fake/backends_fake.h"
#include "tests/unit/test.h"

static enum err_code ask(enum err_code first, enum err_code second, struct err *err)
{
    uint8_t point[65] = {4, 1}, digest[SHA256_SIZE] = {1}, rs[64];

    memset(rs, 1, sizeof rs);
    fake_answers[0] = first;
    fake_answers[1] = second;
    return crypto_ecdsa_verify(CURVE_P256, slice_of(point, 65), digest, slice_of(rs, 64), err);
}

TEST(fake_both_accept)
{
    struct err err;

    CHECK_OK(ask(ERR_OK, ERR_OK, &err), err);
}

TEST(fake_one_refuses)
{
    struct err err;

    CHECK_ERR(ERR_FORGED, "Second refuses the signature, although First accepts it",
              ask(ERR_OK, ERR_FORGED, &err), err);
    CHECK_ERR(ERR_FORGED, "First refuses the signature, although Second accepts it",
              ask(ERR_FORGED, ERR_OK, &err), err);
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key",
              ask(ERR_FORGED, ERR_FORGED, &err), err);
}

TEST(fake_one_cannot_answer)
{
    struct err err;

    CHECK_ERR(ERR_LIMIT, "Second has no memory to check the signature",
              ask(ERR_OK, ERR_LIMIT, &err), err);
    CHECK_ERR(ERR_LIMIT, "First has no memory to check the signature", ask(ERR_LIMIT, ERR_OK, &err),
              err);
    CHECK_ERR(ERR_LIMIT, "Second has no memory to check the signature",
              ask(ERR_LIMIT, ERR_LIMIT, &err), err);
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key",
              ask(ERR_LIMIT, ERR_FORGED, &err), err);
}

TEST(fake_unknown_answers_refuse)
{
    struct err err;

    CHECK_ERR(ERR_FORGED, "Second refuses the signature, although First accepts it",
              ask(ERR_OK, ERR_BUG, &err), err);
}

/* RFC 8017, 9.2: byte by byte, each one changed in turn. */
TEST(fake_rsa_wants_the_whole_encoding)
{
    static const uint8_t info[] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                   0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    uint8_t modulus[RSA_MODULUS_MAX], digest[SHA256_SIZE], block[RSA_MODULUS_MAX];
    struct err err;

    memset(modulus, 0xFF, sizeof modulus);
    memset(digest, 0xD1, sizeof digest);
    fake_answers[0] = fake_answers[1] = ERR_OK;
    for (size_t size = RSA_MODULUS_MIN; size <= RSA_MODULUS_MAX; size += 64) {
        memset(block, 0xFF, size);
        block[0] = 0;
        block[1] = 1;
        block[size - 52] = 0;
        memcpy(block + size - 51, info, sizeof info);
        memcpy(block + size - 32, digest, sizeof digest);
        CHECK_OK(crypto_rsa_verify(slice_of(modulus, size), SLICE("\x03"), digest,
                                   slice_of(block, size), &err),
                 err);
        for (size_t i = 0; i < size; i++) {
            block[i] ^= 0x11;
            CHECK(crypto_rsa_verify(slice_of(modulus, size), SLICE("\x03"), digest,
                                    slice_of(block, size), &err) == ERR_FORGED);
            block[i] ^= 0x11;
        }
    }
}
