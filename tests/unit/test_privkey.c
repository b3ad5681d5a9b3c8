#include "bundle/sign/privkey.h"

#include <stdio.h>
#include <string.h>

#include "bundle/sign/key_file.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/pem.h"
#include "tests/unit/fixture_folder.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/test.h"

static bool is_zeroed(const struct privkey *key)
{
    struct privkey zeros;

    memset(&zeros, 0, sizeof zeros);
    return memcmp(key, &zeros, sizeof zeros) == 0;
}

/* --- Every fixture ------------------------------------------------------------------------------ */

static enum err_code read_any(struct slice text, struct privkey *key, struct err *err)
{
    struct key_file file;
    struct arena arena;
    enum err_code rc;

    if (!key_file_is(text))
        return privkey_parse(text, key, err);
    arena_init_heap(&arena, (size_t)1 << 20);
    rc = key_file_parse(text, &arena, &file, err);
    arena_clear(&arena);
    return rc ? rc : key_file_open(&file, SLICE("test"), key, err);
}

static void check_verdict(struct slice name, struct slice verdict, struct slice want)
{
    char path[256], type[16];
    struct privkey key;
    struct err err;
    enum err_code rc;

    snprintf(path, sizeof path, "fixtures/private-keys/%.*s", (int)name.len,
             (const char *)name.ptr);
    memset(&key, 0, sizeof key);
    rc = read_any(test_file(path), &key, &err);
    test_check_text(err_name(rc), verdict, path, 0);
    if (rc != ERR_OK) {
        test_check_text(err.msg, want, path, 0);
        test_check(is_zeroed(&key), path, 0, "the key is zeroed");
        return;
    }
    pubkey_type_text(&key.public, type);
    test_check_text(type, want, path, 0);
}

TEST(privkey_verdicts)
{
    struct slice rest = test_file("fixtures/private-keys/verdicts.tsv");
    size_t count = 0;

    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        struct slice name, verdict;

        if (slice_begins(line, "#"))
            continue;
        name = slice_cut(&line, '\t');
        verdict = slice_cut(&line, '\t');
        check_verdict(name, verdict, line);
        count++;
    }
    CHECK_NUMBER(fixture_count("fixtures/private-keys", "", ".pem") +
                     fixture_count("fixtures/private-keys", "", ".key"), count);
}

/* --- One form ----------------------------------------------------------------------------------- */

static void check_same(const char *path, const char *pkcs8_path, const char *public_path)
{
    struct privkey key = private_fixture(path), other = private_fixture(pkcs8_path);
    struct pubkey public;
    struct err err;

    CHECK(key.pkcs8_len == other.pkcs8_len && memcmp(&key, &other, sizeof key) == 0);
    CHECK_OK(pubkey_parse(test_file(public_path), &public, &err), err);
    CHECK(memcmp(&public, &key.public, sizeof public) == 0);
}

TEST(privkey_forms_give_the_same_key)
{
    check_same("fixtures/private-keys/good-p256-sec1.pem", "fixtures/private-keys/good-p256.pem",
               "fixtures/keys/good-p256.pem");
    check_same("fixtures/private-keys/good-p256-sec1-no-public.pem",
               "fixtures/private-keys/good-p256.pem", "fixtures/keys/good-p256.pem");
    check_same("fixtures/private-keys/good-p256-no-public.pem",
               "fixtures/private-keys/good-p256-curve-twice.pem", "fixtures/keys/good-p256.pem");
    check_same("fixtures/private-keys/good-p384-sec1.pem", "fixtures/private-keys/good-p384.pem",
               "fixtures/keys/good-p384.pem");
    check_same("fixtures/private-keys/good-rsa2048-pkcs1.pem",
               "fixtures/private-keys/good-rsa2048.pem", "fixtures/keys/good-rsa2048.pem");
}

/* What openssl genpkey wrote. */
static void check_openssl(const char *path)
{
    struct slice text = test_file(path);
    struct privkey key = private_fixture(path);
    char memory[8192];
    struct buf out;

    buf_init_fixed(&out, memory, sizeof memory);
    pem_write(&out, "PRIVATE KEY", slice_of(key.pkcs8, key.pkcs8_len));
    CHECK(slice_equal(buf_slice(&out), text));
}

TEST(privkey_pkcs8_is_what_openssl_writes)
{
    check_openssl("fixtures/keys/test-only-private-p256.pem");
    check_openssl("fixtures/keys/test-only-private-p384.pem");
    check_openssl("fixtures/keys/test-only-private-rsa2048.pem");
    check_openssl("fixtures/keys/test-only-private-rsa4096.pem");
}

static void check_public(const char *private, const char *public)
{
    struct privkey key = private_fixture(private);
    char memory[2048];
    struct buf out;

    buf_init_fixed(&out, memory, sizeof memory);
    pem_write(&out, "PUBLIC KEY", slice_of(key.public.spki, key.public.spki_len));
    CHECK(slice_equal(buf_slice(&out), test_file(public)));
}

TEST(privkey_public_is_what_openssl_writes)
{
    check_public("fixtures/keys/test-only-private-p256.pem", "fixtures/keys/good-p256.pem");
    check_public("fixtures/keys/test-only-private-p256-other.pem",
                 "fixtures/keys/good-p256-other.pem");
    check_public("fixtures/keys/test-only-private-p384.pem", "fixtures/keys/good-p384.pem");
    check_public("fixtures/keys/test-only-private-rsa2048-exponent3.pem",
                 "fixtures/keys/good-rsa2048-exponent3.pem");
    check_public("fixtures/keys/test-only-private-rsa3070.pem", "fixtures/keys/good-rsa3070.pem");
    check_public("fixtures/keys/test-only-private-rsa4096.pem", "fixtures/keys/good-rsa4096.pem");
}

/* --- Parts -------------------------------------------------------------------------------------- */

/* RFC 6979, A.2.5 and A.2.6 */
#define X256 "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"
#define UX256 "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
#define UY256 "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
#define X384                                                                                       \
    "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8"                             \
    "96D5724E4C70A825F872C9EA60D2EDF5"
#define UX384                                                                                      \
    "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64"                             \
    "DEF8F0EA9055866064A254515480BC13"
#define UY384                                                                                      \
    "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1"                             \
    "288B231C3AE0D4FE7344FD2533264720"

static void check_vector(enum crypto_curve curve, const char *x, const char *point)
{
    size_t size = crypto_curve_size(curve);
    uint8_t scalar[48], want[97];
    struct privkey key;
    struct err err;

    CHECK(hex_decode(slice_text(x), scalar, size));
    CHECK(hex_decode(slice_text(point), want, 1 + 2 * size));
    CHECK_OK(privkey_from_scalar(curve, slice_of(scalar, size), &key, &err), err);
    CHECK(slice_equal(privkey_bytes(&key, key.scalar), slice_of(scalar, size)));
    CHECK(slice_equal(slice_of(key.public.spki + key.public.point.at, key.public.point.len),
                      slice_of(want, 1 + 2 * size)));
}

TEST(privkey_from_scalar_computes_the_public_key)
{
    check_vector(CURVE_P256, X256, "04" UX256 UY256);
    check_vector(CURVE_P384, X384, "04" UX384 UY384);
}

TEST(privkey_from_scalar_refuses)
{
    uint8_t zeros[48] = {0};
    struct privkey key;
    struct err err;

    memset(&key, 1, sizeof key);
    CHECK_ERR(ERR_FORMAT, "the secret number is zero or not below the order of P-384",
              privkey_from_scalar(CURVE_P384, slice_of(zeros, 48), &key, &err), err);
    CHECK(is_zeroed(&key));
    CHECK_ERR(ERR_FORMAT,
              "the secret number has 32 bytes, P-384 wants 48 (RFC 5915, 3); openssl pkey -in FILE "
              "prints it as PKCS#8",
              privkey_from_scalar(CURVE_P384, slice_of(zeros, 32), &key, &err), err);
}

TEST(privkey_rsa_parts)
{
    struct privkey key = private_fixture("fixtures/keys/test-only-private-rsa2048.pem");

    CHECK_NUMBER(2048, key.public.bits);
    CHECK_NUMBER(128, key.p.len);
    CHECK_NUMBER(128, key.q.len);
    CHECK(privkey_bytes(&key, key.p).ptr[127] & 1);
    CHECK(privkey_bytes(&key, key.q).ptr[127] & 1);
    CHECK(key.dp.len <= 128 && key.dq.len <= 128 && key.q_inv.len <= 128);
    CHECK(key.p.at < key.q.at && key.q.at < key.dp.at && key.dp.at < key.dq.at &&
          key.dq.at < key.q_inv.at && key.q_inv.at + key.q_inv.len == key.pkcs8_len);
    CHECK_NUMBER(0, key.scalar.len);
}

TEST(privkey_wipe_leaves_nothing)
{
    struct privkey key = private_fixture("fixtures/keys/test-only-private-p256.pem");

    CHECK(!is_zeroed(&key));
    privkey_wipe(&key);
    CHECK(is_zeroed(&key));
}

/* --- New keys ----------------------------------------------------------------------------------- */

/* Hands out a list of numbers, one a call, and then fails. */
struct list_of_numbers {
    const char *const *hex;
    size_t count, used, asked_bytes;
};

static enum err_code from_list(void *ctx, uint8_t *out, size_t len, struct err *err)
{
    struct list_of_numbers *list = ctx;

    memset(out, 0, len);
    list->asked_bytes = len;
    if (list->used == list->count)
        return err_set(err, ERR_IO, "the list is at its end");
    CHECK(hex_decode(slice_text(list->hex[list->used++]), out, len));
    return ERR_OK;
}

#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ORDER "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
#define ABOVE "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
#define LAST "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550"

TEST(privkey_generate_draws_until_a_number_fits)
{
    static const char *const numbers[] = {ZERO, ORDER, ABOVE, LAST, X256};
    struct list_of_numbers list = {numbers, 5, 0, 0};
    struct random_source random = {&list, from_list};
    struct privkey key;
    struct err err;
    uint8_t last[32];

    CHECK_OK(privkey_generate(CURVE_P256, &random, &key, &err), err);
    CHECK_NUMBER(4, list.used);
    CHECK_NUMBER(32, list.asked_bytes);
    CHECK(hex_decode(slice_text(LAST), last, 32));
    CHECK(slice_equal(privkey_bytes(&key, key.scalar), slice_of(last, 32)));
}

TEST(privkey_generate_stops_at_a_broken_source)
{
    static const char *const numbers[] = {ABOVE, ABOVE, ABOVE, ABOVE, ABOVE, ABOVE,
                                          ABOVE, ABOVE, ABOVE, ABOVE, ABOVE, ABOVE,
                                          ABOVE, ABOVE, ABOVE, ABOVE, X256};
    struct list_of_numbers list = {numbers, 17, 0, 0};
    struct random_source random = {&list, from_list};
    struct privkey key;
    struct err err;

    CHECK_ERR(ERR_BUG, "the random numbers are not random",
              privkey_generate(CURVE_P256, &random, &key, &err), err);
    CHECK_NUMBER(PRIVKEY_DRAWS_MAX, list.used);
    CHECK(is_zeroed(&key));
    list.used = 15;
    list.count = 16;
    CHECK_ERR(ERR_IO, "the list is at its end",
              privkey_generate(CURVE_P256, &random, &key, &err), err);
    CHECK(is_zeroed(&key));
}

TEST(privkey_generate_from_the_kernel)
{
    struct privkey a, b;
    struct err err;

    CHECK_OK(privkey_generate(CURVE_P256, &random_of_kernel, &a, &err), err);
    CHECK_OK(privkey_generate(CURVE_P384, &random_of_kernel, &b, &err), err);
    CHECK_NUMBER(PUBKEY_P256, a.public.type);
    CHECK_NUMBER(PUBKEY_P384, b.public.type);
    CHECK_OK(privkey_generate(CURVE_P384, &random_of_kernel, &a, &err), err);
    CHECK(!pubkey_equal(&a.public, &b.public));
}
