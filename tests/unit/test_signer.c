#include "bundle/sign/signer.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/test.h"

/* RFC 6979, A.2.5 (P-256) and A.2.6 (P-384), with SHA-256 */
static const struct {
    enum crypto_curve curve;
    const char *x, *message, *r, *s;
} vectors[] = {
    {CURVE_P256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721", "sample",
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    {CURVE_P256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721", "test",
     "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
     "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"},
    {CURVE_P384,
     "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8"
     "96D5724E4C70A825F872C9EA60D2EDF5", "sample",
     "21B13D1E013C7FA1392D03C5F99AF8B30C570C6F98D4EA8E354B63A21D3DAA33"
     "BDE1E888E63355D92FA2B3C36D8FB2CD",
     "F3AA443FB107745BF4BD77CB3891674632068A10CA67E3D45DB2266FA7D1FEEB"
     "EFDC63ECCD1AC42EC0CB8668A4FA0AB0"},
    {CURVE_P384,
     "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8"
     "96D5724E4C70A825F872C9EA60D2EDF5", "test",
     "6D6DEFAC9AB64DABAFE36C6BF510352A4CC27001263638E5B16D9BB51D451559"
     "F918EEDAF2293BE5B475CC8F0188636B",
     "2D46F3BECBCC523D5F1A1256BF0C9B024D879BA9E838144C8BA6BAEB4B53B47D"
     "51AB373F9845C0514EEFB14024787265"},
};

/* DER of r and s with a zero before each that has its top bit set. */
static void check_der(const struct signature *signature, const char *r, const char *s, size_t size)
{
    uint8_t want[128] = {0x30, 0}, *at = want + 2;
    const char *const numbers[] = {r, s};

    for (int i = 0; i < 2; i++) {
        uint8_t number[48];
        size_t skip = 0;

        CHECK(hex_decode(slice_text(numbers[i]), number, size));
        while (number[skip] == 0)
            skip++;
        *at++ = 0x02;
        *at++ = (uint8_t)(size - skip + (number[skip] >= 0x80));
        if (number[skip] >= 0x80)
            *at++ = 0;
        memcpy(at, number + skip, size - skip);
        at += size - skip;
    }
    want[1] = (uint8_t)(at - want - 2);
    CHECK(slice_equal(slice_of(want, (size_t)(at - want)),
                      slice_of(signature->bytes, signature->len)));
}

TEST(signer_gives_the_signatures_of_rfc6979)
{
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        size_t size = crypto_curve_size(vectors[i].curve);
        uint8_t scalar[48], digest[SHA256_SIZE];
        struct signature signature;
        struct privkey key;
        struct err err;

        CHECK(hex_decode(slice_text(vectors[i].x), scalar, size));
        CHECK_OK(privkey_from_scalar(vectors[i].curve, slice_of(scalar, size), &key, &err), err);
        sha256_of(slice_text(vectors[i].message), digest);
        CHECK_OK(signer_sign(&key, digest, &signature, &err), err);
        CHECK_NUMBER(SIGNATURE_DETACHED, signature.form);
        check_der(&signature, vectors[i].r, vectors[i].s, size);
    }
}

static void check_fixture(const char *path)
{
    struct privkey key = private_fixture(path);
    struct signature first, second;
    uint8_t digest[SHA256_SIZE];
    struct err err;

    CHECK_OK(signer_prove(&key, &err), err);
    for (int i = 0; i < 8; i++) {
        sha256_of(slice_of(&i, sizeof i), digest);
        CHECK_OK(signer_sign(&key, digest, &first, &err), err);
        CHECK_OK(signer_sign(&key, digest, &second, &err), err);
        CHECK(memcmp(&first, &second, sizeof first) == 0);
        CHECK_OK(signature_check(&first, &key.public, digest, &err), err);
        digest[31] ^= 1;
        CHECK(signature_check(&first, &key.public, digest, &err) == ERR_FORGED);
    }
}

TEST(signer_signs_with_every_kind_of_key)
{
    check_fixture("fixtures/keys/test-only-private-p256.pem");
    check_fixture("fixtures/keys/test-only-private-p384.pem");
    check_fixture("fixtures/private-keys/good-scalar-one.pem");
    check_fixture("fixtures/private-keys/good-scalar-last.pem");
    check_fixture("fixtures/keys/test-only-private-rsa2048.pem");
    check_fixture("fixtures/keys/test-only-private-rsa2048-exponent3.pem");
    check_fixture("fixtures/keys/test-only-private-rsa2056.pem");
    check_fixture("fixtures/keys/test-only-private-rsa3070.pem");
    check_fixture("fixtures/keys/test-only-private-rsa4096.pem");
}

/* openssl dgst -sha256 -sign of the same document: RSA PKCS#1 v1.5 has but one signature. */
TEST(signer_rsa_is_what_openssl_writes)
{
    struct privkey key = private_fixture("fixtures/keys/test-only-private-rsa3072.pem");
    struct slice want = test_file("fixtures/signatures/good-rsa3072.sig");
    struct signature have, openssl;
    uint8_t digest[SHA256_SIZE];
    char memory[64];
    struct arena scratch;
    struct err err;

    arena_init_fixed(&scratch, memory, sizeof memory);
    sha256_of(test_file("fixtures/signatures/document.txt"), digest);
    CHECK_OK(signer_sign(&key, digest, &have, &err), err);
    CHECK_OK(signature_parse(want, &scratch, &openssl, &err), err);
    CHECK(memcmp(&have, &openssl, sizeof have) == 0);
}

static void check_odd(const char *path)
{
    struct privkey key = private_fixture(path);
    struct signature signature, zeros;
    uint8_t digest[SHA256_SIZE] = {1};
    struct err err;

    memset(&zeros, 0, sizeof zeros);
    memset(&signature, 1, sizeof signature);
    CHECK_ERR(ERR_FORMAT, "the parts of the private key do not fit together",
              signer_prove(&key, &err), err);
    CHECK(signer_sign(&key, digest, &signature, &err) == ERR_BUG);
    CHECK(slice_begins(slice_text(err.msg), "the signature that was made is not valid: "));
    CHECK(memcmp(&signature, &zeros, sizeof zeros) == 0);
}

TEST(signer_never_hands_out_a_bad_signature)
{
    check_odd("fixtures/private-keys/odd-rsa-prime.pem");
    check_odd("fixtures/private-keys/odd-rsa-exponent.pem");
    check_odd("fixtures/private-keys/odd-rsa-modulus.pem");
    check_odd("fixtures/private-keys/odd-rsa-small-primes.pem");
}

/* A public key that is not the private one's: what a fault, or a mixed-up file, would look like. */
TEST(signer_checks_with_the_public_key)
{
    struct privkey key = private_fixture("fixtures/keys/test-only-private-p256.pem");
    struct privkey other = private_fixture("fixtures/keys/test-only-private-p256-other.pem");
    struct signature signature;
    uint8_t digest[SHA256_SIZE] = {1};
    struct err err;

    key.public = other.public;
    CHECK_ERR(ERR_FORMAT, "the parts of the private key do not fit together",
              signer_prove(&key, &err), err);
    CHECK_ERR(ERR_BUG,
              "the signature that was made is not valid: the signature does not fit this document "
              "and key",
              signer_sign(&key, digest, &signature, &err), err);
}
