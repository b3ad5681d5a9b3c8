/* What fixtures/signatures/verdicts.tsv does not say (tests/contract reads that): what is in the
 * struct, limits, and the order of the checks. */
#include "resolver/core/signature.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/test.h"

static enum err_code parse(struct slice text, struct signature *signature, struct err *err)
{
    struct arena scratch;
    enum err_code rc;

    arena_init_heap(&scratch, (size_t)1 << 20);
    rc = signature_parse(text, &scratch, signature, err);
    arena_clear(&scratch);
    return rc;
}

static struct signature load(const char *path)
{
    struct signature signature;
    struct err err;

    CHECK_OK(parse(test_file(path), &signature, &err), err);
    return signature;
}

static struct pubkey load_key(const char *path)
{
    struct pubkey key;
    struct err err;

    CHECK_OK(pubkey_parse(test_file(path), &key, &err), err);
    return key;
}

static void hash_document(uint8_t digest[SHA256_SIZE])
{
    sha256_of(test_file("fixtures/signatures/document.txt"), digest);
}

static void check_zeroed(const struct signature *signature)
{
    static const struct signature zeros;

    CHECK(memcmp(signature, &zeros, sizeof zeros) == 0);
}

TEST(signature_detached)
{
    struct signature signature = load("fixtures/signatures/good-rsa4096.sig");

    CHECK_NUMBER(SIGNATURE_DETACHED, signature.form);
    CHECK_NUMBER(512, signature.len);
    CHECK(!signature.has_digest && !signature.has_log);
}

TEST(signature_sigstore)
{
    struct signature detached = load("fixtures/signatures/good-p256.sig");
    struct signature signature = load("fixtures/signatures/good-with-log.sigstore.json");
    uint8_t digest[SHA256_SIZE];

    hash_document(digest);
    CHECK_NUMBER(SIGNATURE_SIGSTORE, signature.form);
    CHECK(slice_equal(slice_of(detached.bytes, detached.len),
                      slice_of(signature.bytes, signature.len)));
    CHECK(signature.has_digest && memcmp(digest, signature.digest, SHA256_SIZE) == 0);
    CHECK(signature.has_log);
    signature = load("fixtures/signatures/good-p256.sigstore.json");
    CHECK(!signature.has_log);
}

TEST(signature_cosign2)
{
    struct signature signature = load("fixtures/signatures/good-with-log.cosign2.json");

    CHECK_NUMBER(SIGNATURE_COSIGN2, signature.form);
    CHECK(!signature.has_digest && signature.has_log);
    signature = load("fixtures/signatures/good-by-cosign2.bundle.json");
    CHECK_NUMBER(SIGNATURE_COSIGN2, signature.form);
    CHECK(!signature.has_log);
}

TEST(signature_detached_needs_no_scratch)
{
    struct slice text = test_file("fixtures/signatures/good-p256.sig");
    struct signature signature;
    struct arena none;
    struct err err;

    arena_init_fixed(&none, NULL, 0);
    CHECK_OK(signature_parse(text, &none, &signature, &err), err);
}

TEST(signature_refuses_without_scratch_for_json)
{
    struct slice text = test_file("fixtures/signatures/good-p256.sigstore.json");
    struct signature signature;
    struct arena none;
    struct err err;

    arena_init_fixed(&none, NULL, 0);
    memset(&signature, 1, sizeof signature);
    CHECK(signature_parse(text, &none, &signature, &err) == ERR_LIMIT);
    check_zeroed(&signature);
}

TEST(signature_refuses_a_large_file)
{
    static uint8_t text[SIGNATURE_FILE_MAX + 1];
    struct signature signature;
    struct err err;

    memset(text, '\n', sizeof text);
    memset(&signature, 1, sizeof signature);
    CHECK_ERR(ERR_LIMIT, "a signature file of 65537 bytes, at most 65536 are read",
              parse(slice_of(text, sizeof text), &signature, &err), err);
    check_zeroed(&signature);
    CHECK_ERR(ERR_FORMAT, "the signature is empty",
              parse(slice_of(text, sizeof text - 1), &signature, &err), err);
    check_zeroed(&signature);
}

/* No cut of a file is the signature, or a signature at all where it is JSON. */
static void check_cuts(const char *path, bool is_json)
{
    struct slice file = test_file(path);
    struct pubkey key = load_key("fixtures/keys/good-p256.pem");
    uint8_t digest[SHA256_SIZE];

    hash_document(digest);
    for (size_t len = 0; len < file.len; len++) {
        struct signature signature;
        struct err err;
        enum err_code rc = parse(test_guarded(slice_part(file, 0, len)), &signature, &err);

        if (rc != ERR_OK)
            check_zeroed(&signature);
        CHECK(rc == ERR_FORMAT || !is_json);
        CHECK(rc != ERR_OK || signature_check(&signature, &key, digest, &err) != ERR_OK);
    }
}

TEST(signature_refuses_every_cut)
{
    check_cuts("fixtures/signatures/good-p256.sig", false);
    check_cuts("fixtures/signatures/good-p256.sigstore.json", true);
    check_cuts("fixtures/signatures/good-p256.cosign2.json", true);
}

/* A malformed signature is that first; then comes the digest of the bundle; then the signature. */
TEST(signature_check_order)
{
    struct signature signature = load("fixtures/signatures/bad-signature-not-der.sigstore.json");
    struct pubkey key = load_key("fixtures/keys/good-p256.pem");
    uint8_t digest[SHA256_SIZE] = {0};
    struct err err;

    CHECK_ERR(ERR_FORMAT,
              "offset 1: ECDSA signature: a length that is not in its shortest form (not DER)",
              signature_check(&signature, &key, digest, &err), err);
    signature = load("fixtures/signatures/bad-signature-of-other-key.sigstore.json");
    CHECK(signature_check(&signature, &key, digest, &err) == ERR_FORGED);
    CHECK(slice_begins(slice_text(err.msg), "the bundle is for another document"));
    hash_document(digest);
    CHECK_ERR(ERR_FORGED, "the signature does not fit this document and key",
              signature_check(&signature, &key, digest, &err), err);
}

/* A digest that is compared only in part would let this through. */
TEST(signature_check_compares_the_whole_digest)
{
    struct pubkey key = load_key("fixtures/keys/good-p256.pem");
    uint8_t digest[SHA256_SIZE];
    struct err err;

    hash_document(digest);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        struct signature signature = load("fixtures/signatures/good-p256.sigstore.json");

        signature.digest[i] ^= 1;
        CHECK(signature_check(&signature, &key, digest, &err) == ERR_FORGED);
    }
}

TEST(signature_check_of_zeros_is_no_success)
{
    struct signature signature;
    struct pubkey key;
    uint8_t digest[SHA256_SIZE] = {0};
    struct err err;

    memset(&signature, 0, sizeof signature);
    memset(&key, 0, sizeof key);
    CHECK_ERR(ERR_FORMAT, "offset 0: ECDSA signature: the data ends before it",
              signature_check(&signature, &key, digest, &err), err);
    signature = load("fixtures/signatures/good-p256.sig");
    CHECK_ERR(ERR_FORGED, "the key is no uncompressed point of P-256",
              signature_check(&signature, &key, digest, &err), err);
    key.type = PUBKEY_RSA;
    CHECK_ERR(ERR_FORGED, "the key's modulus is even or of the wrong size",
              signature_check(&signature, &key, digest, &err), err);
}
