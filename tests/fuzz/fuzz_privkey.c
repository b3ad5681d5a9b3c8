/*
 * fuzz_privkey.c - private keys: the input as a PEM file, as a PrivateKeyInfo and as a secret number.
 * An accepted key reads the same again from its own pkcs8, its parts lie in it, and its public key is
 * one that pubkey.h reads; what it signs, if its parts fit together, is valid.
 */
#include <string.h>

#include "bundle/sign/privkey.h"
#include "bundle/sign/signer.h"
#include "tests/fuzz/fuzz.h"

static void check_part(const struct privkey *key, struct privkey_part part)
{
    FUZZ_CHECK(part.len > 0 && (size_t)part.at + part.len <= key->pkcs8_len);
}

static void check_parts(const struct privkey *key)
{
    if (key->public.type != PUBKEY_RSA) {
        check_part(key, key->scalar);
        FUZZ_CHECK(key->scalar.len == key->public.bits / 8 && key->p.len == 0);
        return;
    }
    FUZZ_CHECK(key->scalar.len == 0);
    check_part(key, key->p);
    check_part(key, key->q);
    check_part(key, key->dp);
    check_part(key, key->dq);
    check_part(key, key->q_inv);
}

static void check_key(const struct privkey *key)
{
    struct privkey again;
    struct pubkey public;
    struct err err;
    enum err_code rc;

    check_parts(key);
    FUZZ_CHECK(privkey_from_pkcs8(slice_of(key->pkcs8, key->pkcs8_len), &again, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(key, &again, sizeof again) == 0);
    FUZZ_CHECK(pubkey_from_spki(slice_of(key->public.spki, key->public.spki_len), &public, &err) ==
               ERR_OK);
    FUZZ_CHECK(memcmp(&key->public, &public, sizeof public) == 0);
    rc = signer_prove(key, &err);
    FUZZ_CHECK(rc == ERR_OK || (rc == ERR_FORMAT && key->public.type == PUBKEY_RSA));
}

static void check(enum err_code rc, const struct privkey *key)
{
    struct privkey zeros;

    if (rc == ERR_OK) {
        check_key(key);
        return;
    }
    FUZZ_CHECK(rc == ERR_FORMAT || rc == ERR_LIMIT);
    memset(&zeros, 0, sizeof zeros);
    FUZZ_CHECK(memcmp(key, &zeros, sizeof zeros) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of(data, size);
    struct privkey key;
    struct err err;

    memset(&key, 1, sizeof key);
    check(privkey_parse(input, &key, &err), &key);
    memset(&key, 1, sizeof key);
    check(privkey_from_pkcs8(input, &key, &err), &key);
    if (size == 32)
        check(privkey_from_scalar(CURVE_P256, input, &key, &err), &key);
    if (size == 48)
        check(privkey_from_scalar(CURVE_P384, input, &key, &err), &key);
    return 0;
}
