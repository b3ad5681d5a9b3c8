/* What fixtures/private-keys/verdicts.tsv does not say (test_privkey.c reads that). */
#include "bundle/sign/key_file.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/test.h"

static struct key_file load(struct slice text)
{
    struct key_file file;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_OK(key_file_parse(text, &arena, &file, &err), err);
    arena_clear(&arena);
    return file;
}

static void check_opens(struct slice text, struct slice password, const struct privkey *want)
{
    struct key_file file = load(text);
    struct privkey key;
    struct err err;

    CHECK_OK(key_file_open(&file, password, &key, &err), err);
    CHECK(memcmp(&key, want, sizeof key) == 0);
}

TEST(key_file_is_told_by_its_label)
{
    CHECK(key_file_is(test_file("fixtures/private-keys/good-cosign3.key")));
    CHECK(key_file_is(test_file("fixtures/private-keys/good-sealed-old-label.key")));
    CHECK(!key_file_is(test_file("fixtures/private-keys/bad-sealed-label.key")));
    CHECK(!key_file_is(test_file("fixtures/private-keys/good-p256.pem")));
    CHECK(!key_file_is(SLICE("")));
}

TEST(key_file_parse_reads_the_parameters)
{
    struct key_file file = load(test_file("fixtures/private-keys/good-sealed-parallel.key"));

    CHECK_NUMBER(2, file.n);
    CHECK_NUMBER(1, file.r);
    CHECK_NUMBER(64, file.p);
    CHECK_NUMBER(138 + KEY_FILE_TAG_SIZE, file.sealed_len);
    file = load(test_file("fixtures/private-keys/good-cosign2.key"));
    CHECK_NUMBER(65536, file.n);
    CHECK_NUMBER(8, file.r);
    CHECK_NUMBER(1, file.p);
}

TEST(key_file_parse_refuses_other_blocks)
{
    struct key_file file, zeros;
    struct arena arena;
    struct err err;

    memset(&zeros, 0, sizeof zeros);
    memset(&file, 1, sizeof file);
    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_ERR(ERR_FORMAT,
              "have a PEM block \"PRIVATE KEY\", want \"ENCRYPTED SIGSTORE PRIVATE KEY\"",
              key_file_parse(test_file("fixtures/private-keys/good-p256.pem"), &arena, &file,
                             &err), err);
    CHECK(memcmp(&file, &zeros, sizeof file) == 0);
    arena_clear(&arena);
}

TEST(key_file_parse_without_memory)
{
    struct key_file file;
    struct arena arena;
    struct err err;
    char memory[600];

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(key_file_parse(test_file("fixtures/private-keys/good-cosign2.key"), &arena, &file,
                         &err) == ERR_LIMIT);
    CHECK_NUMBER(0, file.n);
}

TEST(key_file_open_wants_the_password)
{
    struct key_file file = load(test_file("fixtures/private-keys/good-sealed.key"));
    static const char *const wrong[] = {"", "Test", "test ", "test\n", "tes"};
    struct privkey key, zeros;
    struct err err;

    memset(&zeros, 0, sizeof zeros);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(&key, 1, sizeof key);
        CHECK_ERR(ERR_NO_KEY, "wrong password (or the file was changed)",
                  key_file_open(&file, slice_text(wrong[i]), &key, &err), err);
        CHECK(memcmp(&key, &zeros, sizeof key) == 0);
    }
    CHECK_OK(key_file_open(&file, SLICE("test"), &key, &err), err);
}

TEST(key_file_open_of_an_empty_password)
{
    struct key_file file = load(test_file("fixtures/private-keys/bad-cosign-empty-password.key"));
    struct privkey key;
    struct err err;

    CHECK_OK(key_file_open(&file, SLICE(""), &key, &err), err);
    CHECK_OK(key_file_open(&file, slice_of(NULL, 0), &key, &err), err);
}

/* Every byte of what is encrypted, and of salt and nonce, counts. */
TEST(key_file_open_notices_every_flip)
{
    struct key_file file = load(test_file("fixtures/private-keys/good-sealed.key"));
    struct privkey key;
    struct err err;
    size_t opened = 0;

    for (size_t i = 0; i < file.sealed_len; i++) {
        file.sealed[i] ^= 1;
        opened += key_file_open(&file, SLICE("test"), &key, &err) == ERR_OK;
        file.sealed[i] ^= 1;
    }
    for (size_t i = 0; i < KEY_FILE_SALT_SIZE; i++) {
        file.salt[i] ^= 0x80;
        opened += key_file_open(&file, SLICE("test"), &key, &err) == ERR_OK;
        file.salt[i] ^= 0x80;
    }
    for (size_t i = 0; i < KEY_FILE_NONCE_SIZE; i++) {
        file.nonce[i] ^= 0x10;
        opened += key_file_open(&file, SLICE("test"), &key, &err) == ERR_OK;
        file.nonce[i] ^= 0x10;
    }
    CHECK_NUMBER(0, opened);
}

/* --- Writing ------------------------------------------------------------------------------------ */

static const uint8_t salt[KEY_FILE_SALT_SIZE] = "0123456789abcdef0123456789ABCDE";
static const uint8_t nonce[KEY_FILE_NONCE_SIZE] = "ABCDEFGHIJKLMNOPQRSTUVW";

static void check_round(const char *path, struct slice password)
{
    struct privkey key = private_fixture(path);
    char memory[PRIVKEY_FILE_MAX];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    CHECK_OK(key_file_seal(&key, password, salt, nonce, &out, &err), err);
    CHECK(slice_begins(buf_slice(&out), "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
    check_opens(test_guarded(buf_slice(&out)), password, &key);
}

TEST(key_file_seal_is_what_key_file_open_reads)
{
    check_round("fixtures/keys/test-only-private-p256.pem", SLICE("a password"));
    check_round("fixtures/keys/test-only-private-p384.pem", SLICE(""));
    check_round("fixtures/keys/test-only-private-rsa4096.pem", SLICE("p\xC3\xA4ss\0word"));
}

/* Sealed again with its own salt and nonce, a key of cosign's gives cosign's file. */
static void check_same_as_cosign(const char *path)
{
    struct slice text = test_file(path);
    struct key_file file = load(text);
    char memory[PRIVKEY_FILE_MAX];
    struct privkey key;
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    CHECK_OK(key_file_open(&file, SLICE("test"), &key, &err), err);
    CHECK_OK(key_file_seal(&key, SLICE("test"), file.salt, file.nonce, &out, &err), err);
    CHECK(slice_equal(buf_slice(&out), text));
}

TEST(key_file_seal_writes_what_cosign_writes)
{
    check_same_as_cosign("fixtures/private-keys/good-cosign2.key");
    check_same_as_cosign("fixtures/private-keys/good-cosign3.key");
    check_same_as_cosign("fixtures/private-keys/good-cosign3-rsa2048.key");
}

TEST(key_file_seal_into_little_room)
{
    struct privkey key = private_fixture("fixtures/keys/test-only-private-p256.pem");
    char memory[600];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    CHECK(key_file_seal(&key, SLICE("x"), salt, nonce, &out, &err) == ERR_LIMIT);
}
