/* What fixtures/keys/verdicts.tsv does not say (tests/contract reads that): the parts of a key. */
#include "resolver/core/pubkey.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/hex.h"
#include "tests/unit/test.h"

static struct pubkey load(const char *path)
{
    struct pubkey key;
    struct err err;

    CHECK_OK(pubkey_parse(test_file(path), &key, &err), err);
    return key;
}

static void check_id(const struct pubkey *key, const char *want)
{
    char id[2 * KEY_ID_SIZE + 1];

    hex_encode(key->id, KEY_ID_SIZE, id);
    CHECK_TEXT(want, slice_text(id));
}

static void check_type(const struct pubkey *key, const char *want)
{
    char type[16];

    pubkey_type_text(key, type);
    CHECK_TEXT(want, slice_text(type));
}

/* The ids are those of: openssl pkey -pubin -in FILE -outform DER | sha256sum */
TEST(pubkey_p256)
{
    struct pubkey key = load("fixtures/keys/good-p256.pem");

    CHECK_NUMBER(PUBKEY_P256, key.type);
    CHECK_NUMBER(256, key.bits);
    CHECK_NUMBER(91, key.spki_len);
    CHECK_NUMBER(26, key.point.at);
    CHECK_NUMBER(65, key.point.len);
    CHECK_NUMBER(0, key.modulus.len);
    CHECK_NUMBER(4, key.spki[key.point.at]);
    check_type(&key, "P-256");
    check_id(&key, "e7c143f3b8d095868477ef5d2bf5dc185b23aa83b9c89eefb7ccc731500b75c5");
}

TEST(pubkey_p384)
{
    struct pubkey key = load("fixtures/keys/good-p384.pem");

    CHECK_NUMBER(PUBKEY_P384, key.type);
    CHECK_NUMBER(384, key.bits);
    CHECK_NUMBER(97, key.point.len);
    CHECK_NUMBER(key.spki_len, (size_t)key.point.at + key.point.len);
    check_type(&key, "P-384");
    check_id(&key, "322053c54f5e86a8991ece008f56eb159bd736af3c5846427e2d3e1e57e9eec0");
}

TEST(pubkey_rsa)
{
    struct pubkey key = load("fixtures/keys/good-rsa2048.pem");

    CHECK_NUMBER(PUBKEY_RSA, key.type);
    CHECK_NUMBER(2048, key.bits);
    CHECK_NUMBER(256, key.modulus.len);
    CHECK(key.spki[key.modulus.at] >= 0x80 && key.spki[key.modulus.at - 1] == 0);
    CHECK(
        slice_equal(SLICE("\x01\x00\x01"), slice_of(key.spki + key.exponent.at, key.exponent.len)));
    CHECK_NUMBER(0, key.point.len);
    check_type(&key, "RSA-2048");
    check_id(&key, "4e789789e5babe387f23d9654520ac7bc0a15db9ec23a72e5970d6c872f3dbaf");
}

TEST(pubkey_of_pkcs1_is_the_same_key)
{
    struct pubkey spki = load("fixtures/keys/good-rsa4096.pem");
    struct pubkey pkcs1 = load("fixtures/keys/good-rsa4096-pkcs1.pem");

    CHECK(pubkey_equal(&spki, &pkcs1));
    CHECK(memcmp(&spki, &pkcs1, sizeof spki) == 0);
    check_id(&pkcs1, "11ca96f14b9ee0bd3e03d474c5e269c919bcaf11ce2f4e9985520ad1a3fda273");
    CHECK(spki.spki_len <= PUBKEY_SPKI_MAX);
}

TEST(pubkey_equal_compares_the_keys)
{
    struct pubkey a = load("fixtures/keys/good-p256.pem");
    struct pubkey b = load("fixtures/keys/good-p256-crlf.pem");
    struct pubkey c = load("fixtures/keys/good-p256-other.pem");

    CHECK(pubkey_equal(&a, &b));
    CHECK(!pubkey_equal(&a, &c));
}

/* The hint of a bundle that cosign 2.5.0 wrote with this key. */
TEST(pubkey_id_is_what_cosign_hints)
{
    struct pubkey key = load("fixtures/keys/good-cosign2.pem");
    struct slice bundle = test_file("fixtures/signatures/good-by-cosign2.sigstore.json");
    char text[64];
    struct buf hint;
    bool found = false;

    buf_init_fixed(&hint, text, sizeof text);
    buf_add_text(&hint, "\"hint\":\"");
    base64_encode(slice_of(key.id, KEY_ID_SIZE), &hint);
    for (size_t at = 0; at < bundle.len && !found; at++)
        found = slice_equal(slice_part(bundle, at, hint.len), buf_slice(&hint));
    CHECK(found);
}

static void check_zeroed(const struct pubkey *key)
{
    static const struct pubkey zeros;

    CHECK(memcmp(key, &zeros, sizeof zeros) == 0);
}

TEST(pubkey_refuses_a_large_file)
{
    static uint8_t text[PUBKEY_FILE_MAX + 1];
    struct pubkey key;
    struct err err;

    memset(text, '\n', sizeof text);
    memset(&key, 1, sizeof key);
    CHECK_ERR(ERR_LIMIT, "a key file of 65537 bytes, at most 65536 are read",
              pubkey_parse(slice_of(text, sizeof text), &key, &err), err);
    check_zeroed(&key);
    CHECK_ERR(ERR_FORMAT, "no PEM block: the file is empty",
              pubkey_parse(slice_of(text, sizeof text - 1), &key, &err), err);
}

TEST(pubkey_refuses_every_cut)
{
    struct slice file = test_file("fixtures/keys/good-p384.pem");
    struct pubkey key;
    struct err err;

    for (size_t len = 0; len + 1 < file.len; len++) {
        memset(&key, 1, sizeof key);
        CHECK(pubkey_parse(test_guarded(slice_part(file, 0, len)), &key, &err) == ERR_FORMAT);
        check_zeroed(&key);
    }
    CHECK_OK(pubkey_parse(slice_part(file, 0, file.len - 1), &key, &err), err);
}

TEST(pubkey_from_spki_refuses_every_cut)
{
    struct pubkey whole = load("fixtures/keys/good-rsa2048-exponent3.pem"), key;
    struct err err;

    for (size_t len = 0; len < whole.spki_len; len++) {
        memset(&key, 1, sizeof key);
        CHECK(pubkey_from_spki(test_guarded(slice_of(whole.spki, len)), &key, &err) == ERR_FORMAT);
        check_zeroed(&key);
    }
    CHECK_OK(pubkey_from_spki(slice_of(whole.spki, whole.spki_len), &key, &err), err);
    CHECK(memcmp(&key, &whole, sizeof key) == 0);
}
