#include "bundle/publish/secure_boot.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/pem.h"
#include "tests/unit/test.h"

TEST(secure_boot_tells_roles_by_names)
{
    static const struct {
        const char *name;
        enum secure_boot_role role;
    } rows[] = {
        {"PK.der", SECURE_BOOT_PK},       {"pk.PEM", SECURE_BOOT_PK},
        {"KEK.crt", SECURE_BOOT_KEK},     {"KEK2.cer", SECURE_BOOT_KEK},
        {"kek-vendor.der", SECURE_BOOT_KEK}, {"db.pem", SECURE_BOOT_DB},
        {"db_ms 2011.crt", SECURE_BOOT_DB}, {"db1-x.der", SECURE_BOOT_DB},
        {"dbx.der", SECURE_BOOT_NONE},    {"dbt.der", SECURE_BOOT_NONE},
        {"PK.key", SECURE_BOOT_NONE},     {"PK.auth", SECURE_BOOT_NONE},
        {"PK.esl", SECURE_BOOT_NONE},     {"PK", SECURE_BOOT_NONE},
        {"xPK.der", SECURE_BOOT_NONE},    {".der", SECURE_BOOT_NONE},
        {"PKI.der", SECURE_BOOT_NONE},    {"README", SECURE_BOOT_NONE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        test_check(secure_boot_role_of(rows[i].name) == rows[i].role, __FILE__, __LINE__, rows[i].name);
}

static enum err_code add(struct secure_boot *keys, enum secure_boot_role role, struct slice bytes,
                         struct arena *arena, struct err *err)
{
    return secure_boot_add(keys, "f", role, test_guarded(bytes), arena, err);
}

TEST(secure_boot_takes_der_and_pem_and_each_certificate_once)
{
    struct slice text = test_file("fixtures/tls/good-p256.pem");
    struct secure_boot keys = {.count = 0};
    struct arena arena;
    struct pem pem;
    static uint8_t der[4096];
    size_t len;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(pem_parse(text, &pem, &err), err);
    CHECK_OK(pem_decode(&pem, der, sizeof der, &len, &err), err);
    CHECK_OK(add(&keys, SECURE_BOOT_PK, text, &arena, &err), err);
    CHECK_OK(add(&keys, SECURE_BOOT_PK, slice_of(der, len), &arena, &err), err);
    CHECK_NUMBER(1, keys.count);
    CHECK(slice_equal(keys.keys[0].der, slice_of(der, len)));
    CHECK(der[0] == 0x30 && der[1] == 0x82);
    CHECK_OK(add(&keys, SECURE_BOOT_DB, slice_of(der, len), &arena, &err), err);
    CHECK_NUMBER(2, keys.count);
    CHECK_ERR(ERR_USAGE, "f: a second PK; there can be one",
              add(&keys, SECURE_BOOT_PK, test_file("fixtures/tls/good-p384.pem"), &arena, &err), err);
    arena_clear(&arena);
}

TEST(secure_boot_names_what_is_no_certificate)
{
    static const struct {
        enum err_code code;
        const char *bytes;
        size_t len;
        const char *msg;
    } rows[] = {
        {ERR_FORMAT, "", 0, "f: is empty; want a certificate"},
        {ERR_FORMAT, "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72", 16,
         "f: is an EFI signature list (.esl); want the certificate in it (sig-list-to-certs)"},
        {ERR_FORMAT,
         "\xe6\x07\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x9a\x04\x00\x00\x00\x02"
         "\xf1\x0e\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56\x65\xa7", 40,
         "f: is a signed update (.auth); want the certificate in it"},
        {ERR_POLICY, "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", 68,
         "f: is a private key, which must never leave its place; want the certificate"},
        {ERR_FORMAT, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", 60,
         "f: is \"PUBLIC KEY\" in PEM; want a certificate"},
        {ERR_FORMAT, "\x30\x80", 2, NULL},
        {ERR_FORMAT, "x", 1, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct secure_boot keys = {.count = 0};
        struct slice bytes = slice_of(rows[i].bytes, rows[i].len);
        struct arena arena;
        struct err err;

        arena_init_heap(&arena, 1 << 20);
        if (rows[i].bytes[0] == '-')
            bytes = slice_text(rows[i].bytes);
        CHECK_ERR(rows[i].code, rows[i].msg, add(&keys, SECURE_BOOT_DB, bytes, &arena, &err), err);
        CHECK_NUMBER(0, keys.count);
        arena_clear(&arena);
    }
}

/* --- Roles --------------------------------------------------------------------------------------- */

struct named {
    uint8_t bytes[96];
    struct slice name;
};

/* A distinguished name of a CN alone (RFC 5280, 4.1.2.4). */
static void name(struct named *named, const char *cn)
{
    uint8_t len = (uint8_t)strlen(cn);
    const uint8_t head[] = {0x30, (uint8_t)(len + 11), 0x31, (uint8_t)(len + 9),
                            0x30, (uint8_t)(len + 7),  0x06, 3, 0x55, 4, 3, 0x0c, len};

    memcpy(named->bytes, head, sizeof head);
    memcpy(named->bytes + sizeof head, cn, len);
    named->name = slice_of(named->bytes, sizeof head + len);
}

/* PK, KEK and db by their subjects; each issued by itself, or the one of that number. */
static enum err_code check(const char *const subjects[3], const int issuers[3], struct err *err)
{
    static const char *const files[] = {"PK", "KEK", "db"};
    struct named names[3];
    struct secure_boot keys = {.count = 3};

    for (size_t i = 0; i < 3; i++)
        name(&names[i], subjects[i]);
    for (size_t i = 0; i < 3; i++)
        keys.keys[i] = (struct secure_boot_key){
            (enum secure_boot_role)i, files[i], slice_text(subjects[i]), names[i].name,
            names[issuers ? issuers[i] : (int)i].name};
    return secure_boot_check(&keys, err);
}

TEST(secure_boot_lets_keys_through_that_fit)
{
    static const char *const subjects[][3] = {
        {"a", "b", "c"},
        {"Site PK", "Site KEK", "Site db"},
        {"Platform Key", "Key Exchange Key", "Signature Database"},
        {"PK, KEK and db 1", "PK, KEK and db 2", "PK, KEK and db 3"},
        {"Upkeep", "Speking", "Odbury"},
    };
    static const int chain[] = {0, 0, 1};
    struct err err;

    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        CHECK_OK(check(subjects[i], NULL, &err), err);
        CHECK_OK(check(subjects[i], chain, &err), err);
    }
}

TEST(secure_boot_names_roles_that_are_mixed_up)
{
    struct err err;

    CHECK_ERR(ERR_POLICY,
              "PK is given as the PK, and calls itself \"CN=Site KEK\": mixed up?; "
              "KEK is given as the KEK, and calls itself \"CN=platform key\": mixed up?",
              check((const char *const[]){"Site KEK", "platform key", "x"}, NULL, &err), err);
    CHECK_ERR(ERR_POLICY, "db is given as the db, and calls itself \"CN=x pk\": mixed up?",
              check((const char *const[]){"a", "b", "x pk"}, NULL, &err), err);
    CHECK_ERR(ERR_POLICY, "PK was issued by db: are they mixed up?",
              check((const char *const[]){"a", "b", "c"}, (const int[]){2, 1, 2}, &err), err);
    CHECK_ERR(ERR_POLICY, "KEK was issued by db: are they mixed up?",
              check((const char *const[]){"a", "b", "c"}, (const int[]){0, 2, 2}, &err), err);
    CHECK_ERR(ERR_POLICY,
              "PK and KEK are the same certificate; PK and db are the same certificate; KEK and db are "
              "the same certificate",
              check((const char *const[]){"a", "a", "a"}, NULL, &err), err);
}

TEST(secure_boot_wants_each_role)
{
    struct secure_boot keys = {.count = 0};
    struct err err;

    CHECK_ERR(ERR_USAGE,
              "no PK: want PK.der, .cer, .crt or .pem; no KEK: want KEK.der, .cer, .crt or .pem; no db: want "
              "db.der, .cer, .crt or .pem",
              secure_boot_check(&keys, &err), err);
}
