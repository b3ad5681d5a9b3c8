/* Public keys: the input as a PEM file and as a SubjectPublicKeyInfo. An accepted key is put
 * together again from its parts, and must come out as the same bytes. */
#include <string.h>

#include "resolver/base/der.h"
#include "resolver/base/pem.h"
#include "resolver/core/pubkey.h"
#include "resolver/crypto/sha256.h"
#include "tests/fuzz/fuzz.h"

static struct slice algorithm_of(const struct pubkey *key)
{
    static const char p256[] = "\x30\x13\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x08\x2A\x86\x48"
                               "\xCE\x3D\x03\x01\x07";
    static const char p384[] = "\x30\x10\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01\x06\x05\x2B\x81\x04"
                               "\x00\x22";
    static const char rsa[] = "\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00";

    if (key->type == PUBKEY_RSA)
        return slice_of(rsa, sizeof rsa - 1);
    return key->type == PUBKEY_P256 ? slice_of(p256, sizeof p256 - 1)
                                    : slice_of(p384, sizeof p384 - 1);
}

/* The contents of the BIT STRING, without its first octet. */
static void write_key(const struct pubkey *key, struct buf *out)
{
    uint8_t memory[PUBKEY_SPKI_MAX];
    struct buf two;

    if (key->type != PUBKEY_RSA) {
        buf_add(out, slice_of(key->spki + key->point.at, key->point.len));
        return;
    }
    buf_init_fixed(&two, memory, sizeof memory);
    der_write_unsigned(&two, slice_of(key->spki + key->modulus.at, key->modulus.len));
    der_write_unsigned(&two, slice_of(key->spki + key->exponent.at, key->exponent.len));
    der_write(out, DER_SEQUENCE, buf_slice(&two));
}

static void check_key(const struct pubkey *key)
{
    uint8_t bits_memory[PUBKEY_SPKI_MAX], inside_memory[PUBKEY_SPKI_MAX], memory[PUBKEY_SPKI_MAX];
    uint8_t id[KEY_ID_SIZE];
    struct buf bits, inside, whole;

    buf_init_fixed(&bits, bits_memory, sizeof bits_memory);
    buf_init_fixed(&inside, inside_memory, sizeof inside_memory);
    buf_init_fixed(&whole, memory, sizeof memory);
    buf_add_byte(&bits, 0);
    write_key(key, &bits);
    buf_add(&inside, algorithm_of(key));
    der_write(&inside, DER_BIT_STRING, buf_slice(&bits));
    der_write(&whole, DER_SEQUENCE, buf_slice(&inside));
    FUZZ_CHECK(slice_equal(slice_of(key->spki, key->spki_len), buf_slice(&whole)));
    sha256_of(buf_slice(&whole), id);
    FUZZ_CHECK(memcmp(id, key->id, sizeof id) == 0);
}

static void check_failure(const struct pubkey *key)
{
    static const struct pubkey zeros;

    FUZZ_CHECK(memcmp(key, &zeros, sizeof zeros) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t memory[2 * PUBKEY_SPKI_MAX];
    struct pubkey key, again;
    struct buf text;
    struct err err;

    if (pubkey_parse(slice_of(data, size), &key, &err) == ERR_OK)
        check_key(&key);
    else
        check_failure(&key);
    if (pubkey_from_spki(slice_of(data, size), &key, &err) != ERR_OK) {
        check_failure(&key);
        return 0;
    }
    check_key(&key);
    buf_init_fixed(&text, memory, sizeof memory);
    pem_write(&text, "PUBLIC KEY", slice_of(data, size));
    FUZZ_CHECK(pubkey_parse(buf_slice(&text), &again, &err) == ERR_OK);
    FUZZ_CHECK(pubkey_equal(&key, &again));
    return 0;
}
