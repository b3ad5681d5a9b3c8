/* What verify.c makes of a check that could not be made: neither valid nor forged. */
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/verify.h"
#include "tests/contract/fake/backends_fake.h"
#include "tests/unit/fixture_keys.h"

static enum err_code verify(const char *key_names, enum err_code first, enum err_code second,
                            struct verified *verified, struct err *err)
{
    struct evidence evidence = {.name = "x.sig",
                                .bytes = test_file("fixtures/signatures/good-p256.sig")};
    struct keys keys = {0};
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)1 << 20);
    fixture_keys_add(&keys, &arena, key_names);
    fake_answers[0] = first;
    fake_answers[1] = second;
    rc = verify_bytes(SLICE("x"), &evidence, 1, &keys, &arena, verified, err);
    arena_clear(&arena);
    return rc;
}

TEST(fake_verify_that_could_not_be_made)
{
    static const struct verified zeroed;
    struct verified verified;
    struct err err;

    CHECK_ERR(ERR_LIMIT, "x.sig: Second has no memory to check the signature",
              verify("good-p256", ERR_LIMIT, ERR_LIMIT, &verified, &err), err);
    CHECK(memcmp(&verified, &zeroed, sizeof zeroed) == 0);
    /* Another key that refuses it does not make it forged. */
    CHECK_ERR(ERR_LIMIT, "x.sig: Second has no memory to check the signature",
              verify("good-p256 good-rsa2048", ERR_LIMIT, ERR_LIMIT, &verified, &err), err);
    CHECK_ERR(ERR_LIMIT, "x.sig: Second has no memory to check the signature",
              verify("good-rsa2048 good-p256", ERR_LIMIT, ERR_LIMIT, &verified, &err), err);
}

TEST(fake_verify_that_was_made)
{
    struct verified verified;
    struct err err;

    CHECK_OK(verify("good-p256", ERR_OK, ERR_OK, &verified, &err), err);
    CHECK_NUMBER(1, verified.signer_count);
    CHECK_ERR(ERR_FORGED, "x.sig: none of the 2 keys given validates this signature",
              verify("good-p256 good-rsa2048", ERR_FORGED, ERR_FORGED, &verified, &err), err);
}
