/* Signature files: an accepted .sig is the one text of its bytes but for line ends, and nothing is
 * a valid signature of a digest that nobody has signed. */
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/core/signature.h"
#include "tests/fuzz/fuzz.h"

/* The generator of P-256, and 2^2048 - 1 with the exponent 65537. */
static void make_keys(struct pubkey *ecdsa, struct pubkey *rsa)
{
    static const uint8_t g[] = {0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC,
                                0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2, 0x77, 0x03, 0x7D, 0x81, 0x2D,
                                0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96,
                                0x4F, 0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB,
                                0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE, 0x33, 0x57, 0x6B, 0x31,
                                0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5};

    memset(ecdsa, 0, sizeof *ecdsa);
    ecdsa->type = PUBKEY_P256;
    ecdsa->point.len = sizeof g;
    memcpy(ecdsa->spki, g, sizeof g);
    memset(rsa, 0, sizeof *rsa);
    rsa->type = PUBKEY_RSA;
    rsa->modulus.len = 256;
    memset(rsa->spki, 0xFF, 256);
    rsa->exponent.at = 256;
    rsa->exponent.len = 3;
    memcpy(rsa->spki + 256, "\x01\x00\x01", 3);
}

static void check_not_valid(const struct signature *signature)
{
    uint8_t digest[SHA256_SIZE];
    struct pubkey ecdsa, rsa;
    struct err err;

    make_keys(&ecdsa, &rsa);
    memset(digest, 0x5A, sizeof digest);
    FUZZ_CHECK(signature_check(signature, &ecdsa, digest, &err) != ERR_OK);
    FUZZ_CHECK(signature_check(signature, &rsa, digest, &err) != ERR_OK);
}

static void check_text(struct slice text, const struct signature *signature)
{
    uint8_t memory[BASE64_SIZE(SIGNATURE_MAX)];
    struct buf want;
    size_t at = 0;

    buf_init_fixed(&want, memory, sizeof memory);
    base64_encode(slice_of(signature->bytes, signature->len), &want);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n' || text.ptr[i] == '\r')
            continue;
        FUZZ_CHECK(at < want.len && want.ptr[at] == text.ptr[i]);
        at++;
    }
    FUZZ_CHECK(at == want.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[1 << 20];
    static const struct signature zeros;
    struct arena scratch;
    struct signature signature;
    struct err err;

    arena_init_fixed(&scratch, memory, sizeof memory);
    if (signature_parse(slice_of(data, size), &scratch, &signature, &err) != ERR_OK) {
        FUZZ_CHECK(memcmp(&signature, &zeros, sizeof zeros) == 0);
        return 0;
    }
    FUZZ_CHECK(signature.len > 0 && signature.len <= SIGNATURE_MAX);
    FUZZ_CHECK(signature.has_digest == (signature.form == SIGNATURE_SIGSTORE));
    if (signature.form == SIGNATURE_DETACHED)
        check_text(slice_of(data, size), &signature);
    check_not_valid(&signature);
    return 0;
}
