#include "tests/contract/fake/backends_fake.h"

#include <string.h>

#include "resolver/crypto/crypto.h"

enum err_code fake_answers[2];

static enum err_code ecdsa_first(enum crypto_curve curve, struct slice point,
                                 const uint8_t digest[SHA256_SIZE], struct slice rs)
{
    (void)curve, (void)point, (void)digest, (void)rs;
    return fake_answers[0];
}

static enum err_code ecdsa_second(enum crypto_curve curve, struct slice point,
                                  const uint8_t digest[SHA256_SIZE], struct slice rs)
{
    (void)curve, (void)point, (void)digest, (void)rs;
    return fake_answers[1];
}

/* Gives the signature itself: as if the exponent were 1. */
static enum err_code rsa_first(struct slice modulus, struct slice exponent, struct slice signature,
                               uint8_t *out)
{
    (void)modulus, (void)exponent;
    memcpy(out, signature.ptr, signature.len);
    return fake_answers[0];
}

static enum err_code rsa_second(struct slice modulus, struct slice exponent, struct slice signature,
                                uint8_t *out)
{
    (void)modulus, (void)exponent;
    memcpy(out, signature.ptr, signature.len);
    return fake_answers[1];
}

static const struct crypto_backend first = {"First", ecdsa_first, rsa_first};
static const struct crypto_backend second = {"Second", ecdsa_second, rsa_second};

const struct crypto_backend *const crypto_backends[] = {&first, &second, NULL};
