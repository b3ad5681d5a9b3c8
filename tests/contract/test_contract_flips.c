/* No byte of a document, a signature or a key may change without the signature becoming bad. */
#include <stdio.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/pem.h"
#include "resolver/core/signature.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/test.h"

#define DOCUMENT_MAX 256

/* A document, its signature and its key, all valid. */
struct good {
    uint8_t document[DOCUMENT_MAX];
    size_t document_len;
    struct signature signature;
    struct pubkey key;
};

static const uint8_t masks[] = {0x01, 0x80, 0xFF};

static void load(const char *key_path, const char *signature_path, struct good *good)
{
    struct slice document = test_file("fixtures/signatures/document.txt");
    struct arena none;
    struct err err;

    arena_init_fixed(&none, NULL, 0);
    CHECK(document.len <= DOCUMENT_MAX);
    good->document_len = document.len;
    memcpy(good->document, document.ptr, document.len);
    CHECK_OK(pubkey_parse(test_file(key_path), &good->key, &err), err);
    CHECK_OK(signature_parse(test_file(signature_path), &none, &good->signature, &err), err);
}

static enum err_code judge(const struct good *good)
{
    uint8_t digest[SHA256_SIZE];
    struct err err;

    sha256_of(slice_of(good->document, good->document_len), digest);
    return signature_check(&good->signature, &good->key, digest, &err);
}

/* The same key, read again from its bytes as a PEM file; ERR_FORMAT when they are none. */
static enum err_code reread_key(struct good *good)
{
    uint8_t text[2 * PUBKEY_SPKI_MAX], spki[PUBKEY_SPKI_MAX];
    size_t len = good->key.spki_len;
    struct buf pem;
    struct err err;

    memcpy(spki, good->key.spki, len);
    buf_init_fixed(&pem, text, sizeof text);
    pem_write(&pem, "PUBLIC KEY", slice_of(spki, len));
    return pubkey_parse(buf_slice(&pem), &good->key, &err);
}

static void flip_document(const struct good *good)
{
    struct good bad = *good;

    for (size_t i = 0; i < good->document_len; i++) {
        bad.document[i] ^= masks[i % sizeof masks];
        CHECK(judge(&bad) == ERR_FORGED);
        bad.document[i] = good->document[i];
    }
    bad.document_len--;
    CHECK(judge(&bad) == ERR_FORGED);
    bad.document_len += 2;
    CHECK(judge(&bad) == ERR_FORGED);
}

static void flip_signature(const struct good *good)
{
    struct good bad = *good;

    for (size_t i = 0; i < good->signature.len; i++) {
        for (size_t m = 0; m < sizeof masks; m++) {
            bad.signature.bytes[i] ^= masks[m];
            CHECK(judge(&bad) != ERR_OK);
            bad.signature.bytes[i] = good->signature.bytes[i];
        }
    }
    for (bad.signature.len = 0; bad.signature.len < good->signature.len; bad.signature.len++)
        CHECK(judge(&bad) != ERR_OK);
}

static void flip_key(const struct good *good)
{
    struct good bad;

    for (size_t i = 0; i < good->key.spki_len; i++) {
        for (size_t m = 0; m < sizeof masks; m++) {
            bad = *good;
            bad.key.spki[i] ^= masks[m];
            CHECK(reread_key(&bad) != ERR_OK || judge(&bad) == ERR_FORGED);
        }
    }
    for (size_t len = 0; len < good->key.spki_len; len++) {
        bad = *good;
        bad.key.spki_len = len;
        CHECK(reread_key(&bad) == ERR_FORMAT);
    }
}

static void flip_all(const char *key_path, const char *signature_path)
{
    struct good good;

    memset(&good, 0, sizeof good);
    load(key_path, signature_path, &good);
    CHECK(judge(&good) == ERR_OK);
    flip_document(&good);
    flip_signature(&good);
    flip_key(&good);
    CHECK(reread_key(&good) == ERR_OK && judge(&good) == ERR_OK);
}

TEST(contract_flips_p256)
{
    flip_all("fixtures/keys/good-p256.pem", "fixtures/signatures/good-p256.sig");
}

TEST(contract_flips_p384)
{
    flip_all("fixtures/keys/good-p384.pem", "fixtures/signatures/good-p384.sig");
}

TEST(contract_flips_rsa2048)
{
    flip_all("fixtures/keys/good-rsa2048.pem", "fixtures/signatures/good-rsa2048.sig");
}

TEST(contract_flips_rsa2048_exponent3)
{
    flip_all("fixtures/keys/good-rsa2048-exponent3.pem",
             "fixtures/signatures/good-rsa2048-exponent3.sig");
}

TEST(contract_flips_rsa4096)
{
    flip_all("fixtures/keys/good-rsa4096.pem", "fixtures/signatures/good-rsa4096.sig");
}
