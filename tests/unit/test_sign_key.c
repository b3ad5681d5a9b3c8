#include "bundle/cli/sign_key.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/pem.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

static enum err_code read_key(const char *path, struct privkey *key, struct err *err)
{
    struct password password = {.len = 0};
    enum err_code rc = sign_key_read(path, &password, key, err);

    password_wipe(&password);
    return rc;
}

TEST(sign_key_reads_every_form)
{
    static const char *const paths[] = {
        "fixtures/keys/test-only-private-p256.pem", "fixtures/private-keys/good-p384-sec1.pem",
        "fixtures/private-keys/good-rsa2048-pkcs1.pem", "fixtures/private-keys/good-sealed.key",
        "fixtures/private-keys/good-cosign3.key", "fixtures/private-keys/good-sealed-rsa4096.key"};
    struct privkey key;
    struct err err;

    setenv("COSIGN_PASSWORD", "test", 1);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        CHECK_OK(read_key(paths[i], &key, &err), err);
    unsetenv("COSIGN_PASSWORD");
}

static void check_refused(const char *path, enum err_code code, const char *message)
{
    struct privkey key, zeros;
    struct err err;

    memset(&zeros, 0, sizeof zeros);
    memset(&key, 1, sizeof key);
    CHECK_ERR(code, message, read_key(path, &key, &err), err);
    CHECK(memcmp(&key, &zeros, sizeof key) == 0);
}

TEST(sign_key_refuses)
{
    setenv("COSIGN_PASSWORD", "test", 1);
    check_refused("fixtures/private-keys/bad-sealed-password.key", ERR_NO_KEY,
                  "fixtures/private-keys/bad-sealed-password.key: password from COSIGN_PASSWORD: "
                  "wrong password (or the file was changed)");
    check_refused("fixtures/private-keys/odd-rsa-prime.pem", ERR_FORMAT,
                  "fixtures/private-keys/odd-rsa-prime.pem: the parts of the private key do not fit "
                  "together");
    check_refused("fixtures/private-keys/bad-sealed-n-huge.key", ERR_LIMIT,
                  "fixtures/private-keys/bad-sealed-n-huge.key: scrypt with N=9223372036854775808, "
                  "r=8, p=1: 128*N*r*p is over 1024 MiB");
    check_refused("fixtures/keys/good-p256.pem", ERR_FORMAT,
                  "fixtures/keys/good-p256.pem: this is a public key: give the private key");
    check_refused("fixtures/private-keys/bad-large.pem", ERR_LIMIT,
                  "fixtures/private-keys/bad-large.pem: 16711 bytes, at most 16384 are allowed");
    check_refused("fixtures/none.key", ERR_IO, "fixtures/none.key: No such file or directory");
    setenv("COSIGN_PASSWORD", "", 1);
    check_refused("fixtures/private-keys/good-sealed.key", ERR_NO_KEY,
                  "fixtures/private-keys/good-sealed.key: password from COSIGN_PASSWORD (it is "
                  "empty): wrong password (or the file was changed)");
    unsetenv("COSIGN_PASSWORD");
}

/* JSON that has far more values than the file has bytes to spare. */
TEST(sign_key_refuses_a_file_of_too_many_values)
{
    struct temp_folder folder = temp_folder_make();
    static char json[12000], text[17000];
    struct privkey key;
    struct buf out;
    struct err err;

    memset(json, '0', sizeof json);
    json[0] = '[';
    for (size_t i = 2; i < sizeof json; i += 2)
        json[i] = ',';
    json[sizeof json - 1] = ']';
    buf_init_fixed(&out, text, sizeof text);
    pem_write(&out, "ENCRYPTED SIGSTORE PRIVATE KEY", slice_of(json, sizeof json));
    temp_write(&folder, "k", buf_slice(&out));
    CHECK(read_key(temp_path(&folder, "k"), &key, &err) == ERR_FORMAT ||
          err.code == ERR_LIMIT);
    temp_folder_remove(&folder);
}

TEST(sign_key_reads_public_keys_of_both)
{
    static const char *const paths[] = {
        "fixtures/keys/good-p256.pem", "fixtures/keys/test-only-private-p256.pem",
        "fixtures/private-keys/good-p256-sec1.pem", "fixtures/private-keys/good-sealed.key"};
    struct password password = {.len = 0};
    struct pubkey first, key;
    struct err err;

    setenv("COSIGN_PASSWORD", "test", 1);
    CHECK_OK(sign_key_read_public(paths[0], &password, &first, &err), err);
    for (size_t i = 1; i < sizeof paths / sizeof paths[0]; i++) {
        CHECK_OK(sign_key_read_public(paths[i], &password, &key, &err), err);
        CHECK(pubkey_equal(&first, &key));
    }
    CHECK_ERR(ERR_FORMAT,
              "fixtures/keys/bad-algorithm-ed25519.pem: Ed25519 keys are not accepted; want ECDSA "
              "P-256 or P-384, or RSA of 2048 to 4096 bits",
              sign_key_read_public("fixtures/keys/bad-algorithm-ed25519.pem", &password, &key,
                                   &err), err);
    CHECK_NUMBER(0, key.spki_len);
    CHECK(sign_key_read_public("fixtures/keys/bad-empty.pem", &password, &key, &err) ==
          ERR_FORMAT);
    unsetenv("COSIGN_PASSWORD");
}

static struct invocation asked(const char *const *paths, size_t count)
{
    struct invocation invocation;

    memset(&invocation, 0, sizeof invocation);
    invocation.given[OPT_SIGN_KEY] = count;
    invocation.repeated[OPT_SIGN_KEY] = paths;
    return invocation;
}

TEST(sign_keys_count_once)
{
    static const char *const paths[] = {"fixtures/keys/test-only-private-p256.pem",
                                        "fixtures/keys/test-only-private-p384.pem",
                                        "fixtures/private-keys/good-p256-sec1.pem",
                                        "fixtures/keys/test-only-private-rsa2048.pem"};
    struct invocation invocation = asked(paths, 4);
    struct sign_keys keys;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_OK(sign_keys_read(&invocation, OPT_SIGN_KEY, &arena, &keys, &err), err);
    CHECK_NUMBER(3, keys.count);
    CHECK_TEXT(paths[0], slice_text(keys.names[0]));
    CHECK_TEXT(paths[1], slice_text(keys.names[1]));
    CHECK_TEXT(paths[3], slice_text(keys.names[2]));
    CHECK_NUMBER(PUBKEY_RSA, keys.list[2].public.type);
    sign_keys_wipe(&keys);
    CHECK(keys.list[0].pkcs8_len == 0 && keys.list[2].pkcs8_len == 0);
    arena_clear(&arena);
}

TEST(sign_keys_stop_at_the_first_that_is_none)
{
    static const char *const paths[] = {"fixtures/keys/test-only-private-p256.pem",
                                        "fixtures/keys/good-p384.pem"};
    struct invocation invocation = asked(paths, 2);
    struct sign_keys keys;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_ERR(ERR_FORMAT, "fixtures/keys/good-p384.pem: this is a public key: give the private key",
              sign_keys_read(&invocation, OPT_SIGN_KEY, &arena, &keys, &err), err);
    CHECK_NUMBER(1, keys.count);
    sign_keys_wipe(&keys);
    arena_clear(&arena);
}
