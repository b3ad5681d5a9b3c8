#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/fixture_keys.h"

static struct arena arena; /* for one set at a time */

static struct keys set_of(const char *names)
{
    struct keys keys = {0};

    arena_init_heap(&arena, (size_t)4 << 20);
    fixture_keys_add(&keys, &arena, names);
    return keys;
}

TEST(keys_are_added_in_order)
{
    struct keys keys = set_of("good-p384 good-p256 good-rsa2048");

    CHECK_NUMBER(3, keys.count);
    CHECK_TEXT("good-p384", slice_text(keys.list[0]->name));
    CHECK_TEXT("good-p256", slice_text(keys.list[1]->name));
    CHECK_TEXT("good-rsa2048", slice_text(keys.list[2]->name));
    CHECK_NUMBER(PUBKEY_RSA, keys.list[2]->public.type);
    CHECK_NUMBER(2, keys.list[2]->place);
    arena_clear(&arena);
}

TEST(keys_count_once_in_however_many_files)
{
    struct keys keys = set_of("good-p256 good-p256 good-p256-crlf good-p256-one-line good-p384 "
                              "good-p256-no-final-newline");

    CHECK_NUMBER(2, keys.count);
    CHECK_TEXT("good-p256", slice_text(keys.list[0]->name));
    CHECK_TEXT("good-p384", slice_text(keys.list[1]->name));
    CHECK_NUMBER(4, keys.list[1]->place);
    CHECK_NUMBER(6, keys.calls);
    arena_clear(&arena);
}

TEST(keys_count_once_in_both_forms_of_rsa)
{
    struct keys keys = set_of("good-rsa2048-pkcs1 good-rsa2048");

    CHECK_NUMBER(1, keys.count);
    arena_clear(&arena);
}

TEST(keys_stay_as_they_were_when_one_is_refused)
{
    struct keys keys = set_of("good-p256"), before = keys;
    struct err err;

    CHECK_ERR(ERR_FORMAT, NULL,
              keys_add(&keys, test_file("fixtures/keys/bad-private-pkcs8.pem"), "x", &arena, &err),
              err);
    CHECK_ERR(ERR_FORMAT, NULL, keys_add(&keys, SLICE(""), "x", &arena, &err), err);
    CHECK(memcmp(&keys, &before, sizeof keys) == 0);
    arena_clear(&arena);
}

TEST(keys_need_memory)
{
    struct keys keys = {0};
    struct arena none;
    struct err err;

    arena_init_fixed(&none, NULL, 0);
    CHECK_ERR(ERR_LIMIT, NULL,
              keys_add(&keys, test_file("fixtures/keys/good-p256.pem"), "x", &none, &err), err);
    CHECK_NUMBER(0, keys.count);
}

TEST(keys_are_at_most_64)
{
    struct keys keys = set_of("good-p256");
    struct err err;

    while (keys.count < KEYS_MAX) {
        struct key *other = arena_alloc(&arena, sizeof *other, &err);

        *other = *keys.list[0];
        other->public.id[0] = (uint8_t)keys.count;
        other->public.spki[40] = (uint8_t)~other->public.spki[40];
        keys.list[keys.count++] = other;
    }
    CHECK_ERR(ERR_LIMIT, "more than 64 keys",
              keys_add(&keys, test_file("fixtures/keys/good-p384.pem"), "x", &arena, &err), err);
    CHECK_NUMBER(64, keys.count);
    CHECK_OK(keys_add(&keys, test_file("fixtures/keys/good-p256.pem"), "x", &arena, &err), err);
    CHECK_NUMBER(64, keys.count);
    arena_clear(&arena);
}

TEST(keys_short_id_is_the_start_of_the_id)
{
    struct pubkey key = {.id = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFF}};
    char text[KEY_SHORT_ID_SIZE];

    key_short_id(&key, text);
    CHECK_TEXT("0123456789abcdef", slice_text(text));
}
