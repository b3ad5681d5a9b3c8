#include "bundle/sign/signature_write.h"

#include <stdio.h>

#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/test.h"

static void set(const char *r_and_s, size_t size, const char *der)
{
    struct signature signature = {.form = SIGNATURE_SIGSTORE, .has_log = true};
    uint8_t rs[96], want[128];
    size_t len = slice_text(der).len / 2;

    CHECK(hex_decode(slice_text(r_and_s), rs, 2 * size));
    CHECK(hex_decode(slice_text(der), want, len));
    signature_set_ecdsa(slice_of(rs, 2 * size), &signature);
    CHECK(slice_equal(slice_of(want, len), slice_of(signature.bytes, signature.len)));
    CHECK(signature.form == SIGNATURE_SIGSTORE && signature.has_log && !signature.has_digest);
}

TEST(signature_write_sets_the_shortest_der)
{
    set("00000000000000000000000000000000000000000000000000000000000000FF"
        "000000000000000000000000000000000000000000000000000000000000007F", 32,
        "3007020200FF02017F");
    set("FF000000000000000000000000000000000000000000000000000000000000FF"
        "7F0000000000000000000000000000000000000000000000000000000000007F", 32,
        "3045022100FF000000000000000000000000000000000000000000000000000000000000FF"
        "02207F0000000000000000000000000000000000000000000000000000000000007F");
    set("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE",
        48,
        "3066"
        "023100FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        "023100FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE");
}

struct written {
    struct privkey key;
    uint8_t digest[SHA256_SIZE];
    struct signature signature;
    char sig_memory[SIGNATURE_TEXT_MAX], bundle_memory[SIGNATURE_TEXT_MAX];
    struct buf sig, bundle;
};

static void sign_and_write(const char *key_path, struct written *written)
{
    struct err err;

    written->key = private_fixture(key_path);
    sha256_of(test_file("fixtures/signatures/document.txt"), written->digest);
    CHECK_OK(signer_sign(&written->key, written->digest, &written->signature, &err), err);
    buf_init_fixed(&written->sig, written->sig_memory, SIGNATURE_TEXT_MAX);
    buf_init_fixed(&written->bundle, written->bundle_memory, SIGNATURE_TEXT_MAX);
    signature_write_detached(&written->signature, &written->sig);
    signature_write_sigstore(&written->signature, &written->key.public, written->digest,
                             &written->bundle);
    CHECK_OK(buf_done(&written->sig, &err), err);
    CHECK_OK(buf_done(&written->bundle, &err), err);
}

TEST(signature_write_forms)
{
    static struct written written;

    sign_and_write("fixtures/keys/test-only-private-p256.pem", &written);
    CHECK_TEXT("MEQCIBkT9tFGL6VyX9DZ6mS5fNNCY4rS/H/lWnVliGpllRkgAiBPj+3ppwWyOSV8JlJfMSnCe55S87NuP/rBwS7PJXJi"
               "/A==", buf_slice(&written.sig));
    CHECK_TEXT("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
               "\"verificationMaterial\":{\"publicKey\":{\"hint\":"
               "\"58FD87jQlYaEd+9dK/XcGFsjqoO5yJ7vt8zHMVALdcU=\"}},"
               "\"messageSignature\":{\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":"
               "\"EdnzLVVWGf3XwnlwO5Hm9iO/4ywgCmFI/2+rly/IJjE=\"},\"signature\":"
               "\"MEQCIBkT9tFGL6VyX9DZ6mS5fNNCY4rS/H/lWnVliGpllRkgAiBPj+3ppwWyOSV8JlJfMSnCe55S87NuP/rBwS7PJXJi"
               "/A==\"}}", buf_slice(&written.bundle));
}

static void check_read_back(struct slice text, const struct written *written, bool is_bundle)
{
    struct signature signature;
    struct arena scratch;
    struct err err;

    arena_init_heap(&scratch, (size_t)1 << 20);
    CHECK_OK(signature_parse(text, &scratch, &signature, &err), err);
    CHECK_NUMBER(is_bundle ? SIGNATURE_SIGSTORE : SIGNATURE_DETACHED, signature.form);
    CHECK(signature.has_digest == is_bundle && !signature.has_log);
    CHECK(slice_equal(slice_of(signature.bytes, signature.len),
                      slice_of(written->signature.bytes, written->signature.len)));
    CHECK_OK(signature_check(&signature, &written->key.public, written->digest, &err), err);
    arena_clear(&scratch);
}

TEST(signature_write_is_what_signature_parse_reads)
{
    static const char *const keys[] = {"p256", "p384", "rsa2048", "rsa3072", "rsa4096"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        static struct written written;
        char path[128];

        snprintf(path, sizeof path, "fixtures/keys/test-only-private-%s.pem", keys[i]);
        sign_and_write(path, &written);
        check_read_back(buf_slice(&written.sig), &written, false);
        check_read_back(buf_slice(&written.bundle), &written, true);
    }
    CHECK(SIGNATURE_TEXT_MAX > 1022);
}
