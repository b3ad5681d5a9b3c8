#include "bundle/measure/bank.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "tests/unit/test.h"

#define ABC_256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define ABC_384 \
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed" \
    "8086072ba1e7cc2358baeca134c825a7"

static void check_digest(const char *want, enum bank bank, const uint8_t digest[BANK_SIZE_MAX])
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    char hex[2 * BANK_SIZE_MAX + 1];

    hex_encode(digest, bank_size(bank), hex);
    CHECK_TEXT(want, slice_text(hex));
    CHECK(memcmp(digest + bank_size(bank), zeros, BANK_SIZE_MAX - bank_size(bank)) == 0);
}

TEST(bank_hashes_as_it_is_called)
{
    uint8_t digest[BANK_SIZE_MAX];

    CHECK_TEXT("sha256", slice_text(bank_name(BANK_SHA256)));
    CHECK_TEXT("sha384", slice_text(bank_name(BANK_SHA384)));
    CHECK(bank_size(BANK_SHA256) == 32 && bank_size(BANK_SHA384) == 48);
    memset(digest, 1, sizeof digest);
    bank_digest(BANK_SHA256, SLICE("abc"), digest);
    check_digest(ABC_256, BANK_SHA256, digest);
    bank_digest(BANK_SHA384, SLICE("abc"), digest);
    check_digest(ABC_384, BANK_SHA384, digest);
}

TEST(bank_hashes_pieces_and_zeros_as_one)
{
    static const uint8_t text[10000] = {'a', 'b'};

    for (int bank = BANK_SHA256; bank <= BANK_SHA384; bank++) {
        uint8_t want[BANK_SIZE_MAX], have[BANK_SIZE_MAX];
        struct bank_hash hash;

        bank_digest((enum bank)bank, slice_of(text, sizeof text), want);
        bank_init(&hash, (enum bank)bank);
        bank_update(&hash, SLICE("a"));
        bank_update_zeros(&hash, 0);
        bank_update(&hash, SLICE("b"));
        bank_update_zeros(&hash, sizeof text - 2);
        bank_final(&hash, have);
        CHECK(memcmp(want, have, sizeof want) == 0);
    }
}

TEST(bank_hashes_parts_of_images)
{
    static uint8_t bytes[300000];
    struct slice all = slice_of(bytes, sizeof bytes);
    struct image image = image_memory(&all);
    uint8_t want[BANK_SIZE_MAX], have[BANK_SIZE_MAX];
    struct bank_hash hash;
    struct err err;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i >> 8 ^ i);
    bank_digest(BANK_SHA384, slice_part(all, 7, sizeof bytes - 8), want);
    bank_init(&hash, BANK_SHA384);
    CHECK_OK(bank_update_image(&hash, &image, 7, sizeof bytes - 8, &err), err);
    bank_final(&hash, have);
    CHECK(memcmp(want, have, sizeof want) == 0);
    bank_digest(BANK_SHA256, all, want);
    CHECK_OK(bank_digest_image(BANK_SHA256, &image, have, &err), err);
    CHECK(memcmp(want, have, sizeof want) == 0);
}

static enum err_code refuse(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    (void)ctx;
    (void)at;
    (void)into;
    (void)size;
    return err_set(err, ERR_IO, "the cable is cut");
}

TEST(bank_gives_no_digest_of_what_cannot_be_read)
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    const struct image image = {.size = 100, .read = refuse};
    uint8_t digest[BANK_SIZE_MAX];
    struct err err;

    memset(digest, 1, sizeof digest);
    CHECK_ERR(ERR_IO, "the cable is cut", bank_digest_image(BANK_SHA256, &image, digest, &err), err);
    CHECK(memcmp(digest, zeros, sizeof zeros) == 0);
}
