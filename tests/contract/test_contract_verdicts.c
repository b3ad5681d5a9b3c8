/* Every key and signature of the fixtures gives what their verdicts.tsv say, message and all,
 * whichever backends the program is linked with. */
#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/signature.h"
#include "resolver/crypto/sha256.h"
#include "tests/contract/tsv.h"
#include "tests/unit/test.h"

/* Compares, and names the fixture when it is not as wanted. */
static void check_verdict(const char *path, struct slice want_name, struct slice want_text,
                          enum err_code have, struct slice have_text)
{
    if (have == tsv_code(want_name) && slice_equal(want_text, have_text))
        return;
    printf("%s: have %s \"%.*s\"\n", path, err_name(have), (int)have_text.len,
           (const char *)have_text.ptr);
    CHECK(have == tsv_code(want_name));
    CHECK(slice_equal(want_text, have_text));
}

static bool is_zeroed(const void *object, size_t size)
{
    const uint8_t *bytes = object;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

TEST(contract_key_files)
{
    struct slice rest = test_file("fixtures/keys/verdicts.tsv"), fields[3];
    size_t count = 0;

    for (; tsv_next(&rest, fields, 3); count++) {
        char path[256], type[16];
        struct pubkey key;
        struct err err;
        enum err_code rc;

        rc = pubkey_parse(test_file(tsv_path(path, "fixtures/keys", fields[0])), &key, &err);
        if (rc == ERR_OK)
            pubkey_type_text(&key, type);
        else
            CHECK(is_zeroed(&key, sizeof key));
        check_verdict(path, fields[1], fields[2], rc, slice_text(rc == ERR_OK ? type : err.msg));
    }
    CHECK(count >= 108);
}

static void try_signature(const struct slice fields[4], const uint8_t digest[SHA256_SIZE])
{
    char path[256], key_path[256];
    struct signature signature;
    struct pubkey key;
    struct arena scratch;
    struct err err;
    enum err_code rc;
    const char *text;

    arena_init_heap(&scratch, (size_t)1 << 20);
    CHECK_OK(pubkey_parse(test_file(tsv_path(key_path, "fixtures/keys", fields[1])), &key, &err),
             err);
    rc = signature_parse(test_file(tsv_path(path, "fixtures/signatures", fields[0])), &scratch,
                         &signature, &err);
    arena_clear(&scratch); /* nothing of the signature may be in it */
    if (rc != ERR_OK)
        CHECK(is_zeroed(&signature, sizeof signature));
    text = signature.has_log ? "log" : "";
    if (rc == ERR_OK)
        rc = signature_check(&signature, &key, digest, &err);
    check_verdict(path, fields[2], fields[3], rc, slice_text(rc == ERR_OK ? text : err.msg));
}

TEST(contract_signature_files)
{
    struct slice rest = test_file("fixtures/signatures/verdicts.tsv"), fields[4];
    uint8_t digest[SHA256_SIZE];
    size_t count = 0;

    sha256_of(test_file("fixtures/signatures/document.txt"), digest);
    for (; tsv_next(&rest, fields, 4); count++)
        try_signature(fields, digest);
    CHECK(count >= 188);
}
