/*
 * fuzz_key_file.c - private keys under a password: the input as a PEM file, and as the JSON in one.
 * Whatever is accepted stays within the limits of memory; what opens cheaply enough is opened.
 */
#include <string.h>

#include "bundle/sign/key_file.h"
#include "resolver/base/heap.h"
#include "resolver/base/pem.h"
#include "tests/fuzz/fuzz.h"

#define CHEAP 4096 /* N * r * p */

static void check_file(const struct key_file *file)
{
    struct privkey key;
    struct err err;
    enum err_code rc;

    FUZZ_CHECK(file->n >= 2 && (file->n & (file->n - 1)) == 0);
    FUZZ_CHECK(file->r >= 1 && file->r <= KEY_FILE_SCRYPT_RP_MAX);
    FUZZ_CHECK(file->p >= 1 && file->p <= KEY_FILE_SCRYPT_RP_MAX);
    FUZZ_CHECK(file->n <= KEY_FILE_SCRYPT_MAX / 128 / file->r / file->p);
    FUZZ_CHECK(file->sealed_len > KEY_FILE_TAG_SIZE && file->sealed_len <= sizeof file->sealed);
    if (file->n * file->r * file->p > CHEAP)
        return;
    rc = key_file_open(file, SLICE("test"), &key, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_NO_KEY || rc == ERR_FORMAT);
    FUZZ_CHECK(rc == ERR_OK ? key.pkcs8_len > 0 : key.pkcs8_len == 0);
}

static void check(struct slice text)
{
    struct key_file file, zeros;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)1 << 20);
    memset(&file, 1, sizeof file);
    rc = key_file_parse(text, &arena, &file, &err);
    if (rc == ERR_OK) {
        FUZZ_CHECK(key_file_is(text));
        check_file(&file);
    } else {
        FUZZ_CHECK(rc == ERR_FORMAT || rc == ERR_LIMIT);
        memset(&zeros, 0, sizeof zeros);
        FUZZ_CHECK(memcmp(&file, &zeros, sizeof zeros) == 0);
    }
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char memory[2 * PRIVKEY_FILE_MAX];
    struct buf pem;
    struct err err;

    check(slice_of(data, size));
    buf_init_fixed(&pem, memory, sizeof memory);
    pem_write(&pem, "ENCRYPTED SIGSTORE PRIVATE KEY", slice_of(data, size));
    if (buf_done(&pem, &err) == ERR_OK)
        check(buf_slice(&pem));
    return 0;
}
