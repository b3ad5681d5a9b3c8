/*
 * What authenticode_digest hashes. Three fixtures were signed by other tools, and the digest that is
 * wanted stands in their signatures: good-by-sbsign.efi (good-252.efi by sbsign 0.9.4),
 * good-by-osslsigncode-sha384.efi (the same by osslsigncode 2.9 -h sha384) and
 * good-by-osslsigncode-pe32.efi (good-signed.efi).
 */
#include "bundle/measure/authenticode.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "tests/unit/test.h"

#define ARENA_MAX ((size_t)1 << 20)

static void parse(const struct image *file, struct arena *arena, struct pe *pe)
{
    struct err err;

    arena_init_heap(arena, ARENA_MAX);
    CHECK_OK(pe_parse(file, arena, pe, &err), err);
}

/* SpcIndirectDataContent ends in a DigestInfo (PKCS #7 has another one nowhere). */
static const uint8_t *digest_signed(struct slice file, const struct pe *pe, struct slice info)
{
    const uint8_t *table = file.ptr + file.len - pe->certificate_size;

    for (size_t at = 0; at + info.len + BANK_SIZE_MAX < pe->certificate_size; at++) {
        if (memcmp(table + at, info.ptr, info.len) == 0)
            return table + at + info.len;
    }
    return NULL;
}

TEST(authenticode_is_what_other_tools_sign)
{
    static const struct {
        const char *path;
        enum bank bank;
        struct slice info;
    } cases[] = {
        {"fixtures/images/good-by-sbsign.efi", BANK_SHA256,
         SLICE("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\0\x04\x20")},
        {"fixtures/images/good-by-osslsigncode-pe32.efi", BANK_SHA256,
         SLICE("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\0\x04\x20")},
        {"fixtures/images/good-by-osslsigncode-sha384.efi", BANK_SHA384,
         SLICE("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\0\x04\x30")},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice bytes = test_file(cases[i].path);
        struct image file = image_memory(&bytes);
        uint8_t digest[BANK_SIZE_MAX];
        const uint8_t *want;
        struct arena arena;
        struct pe pe;
        struct err err;

        parse(&file, &arena, &pe);
        want = digest_signed(bytes, &pe, cases[i].info);
        CHECK_OK(authenticode_digest(&file, &pe, cases[i].bank, &arena, digest, &err), err);
        CHECK(want && memcmp(want, digest, bank_size(cases[i].bank)) == 0);
        arena_clear(&arena);
    }
}

/* osslsigncode's "Calculated message digest" of good-252.efi. */
TEST(authenticode_of_what_is_not_signed)
{
    static const char *const want[] = {
        "99d1f3ebacc78477eef3f4e430b4fc62a9df01eb5ed0cde787e70328312fc0dc",
        "7d7e5ea2bf128c23b9fb06876c4946fa9a9cc60d75fc96f9a8d81ffb9114927b"
        "28f73bd9ee1cac4a6df26e65cbe6e8d5"};
    struct slice bytes = test_file("fixtures/images/good-252.efi");
    struct image file = image_memory(&bytes);
    uint8_t digest[BANK_SIZE_MAX];
    char hex[2 * BANK_SIZE_MAX + 1];
    struct arena arena;
    struct pe pe;
    struct err err;

    parse(&file, &arena, &pe);
    for (int bank = BANK_SHA256; bank <= BANK_SHA384; bank++) {
        CHECK_OK(authenticode_digest(&file, &pe, (enum bank)bank, &arena, digest, &err), err);
        hex_encode(digest, bank_size((enum bank)bank), hex);
        CHECK_TEXT(want[bank], slice_text(hex));
    }
    arena_clear(&arena);
}

/* All bytes count but CheckSum, the entry of the certificates, and the certificate table. */
TEST(authenticode_leaves_out_three_places)
{
    static uint8_t copy[8192];
    struct slice bytes = test_file("fixtures/images/good-by-sbsign.efi");
    struct slice changed = slice_of(copy, bytes.len);
    struct image file = image_memory(&changed);
    uint8_t want[BANK_SIZE_MAX], have[BANK_SIZE_MAX];
    struct arena arena;
    struct pe pe;
    struct err err;

    CHECK(bytes.len <= sizeof copy);
    memcpy(copy, bytes.ptr, bytes.len);
    parse(&file, &arena, &pe);
    CHECK_OK(authenticode_digest(&file, &pe, BANK_SHA256, &arena, want, &err), err);
    for (size_t i = 0; i < bytes.len; i++) {
        bool is_left_out = (i >= pe.checksum_at && i < pe.checksum_at + 4) ||
                           (i >= pe.certificate_entry_at && i < pe.certificate_entry_at + 8) ||
                           i >= bytes.len - pe.certificate_size;

        copy[i] ^= 0x80;
        CHECK_OK(authenticode_digest(&file, &pe, BANK_SHA256, &arena, have, &err), err);
        CHECK((memcmp(want, have, sizeof want) == 0) == is_left_out);
        copy[i] ^= 0x80;
    }
    arena_clear(&arena);
}

/* --- headers that say this and that, over a file of 92 bytes of which each is another --- */

#define CHECKSUM 4 /* where those are in it */
#define ENTRY 12
#define HEADERS 24

static void check_hashed(struct pe pe, const char *want)
{
    static const char text[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789+-*/=.,:;<>()[]{}!?#$%&@^_~'|`\\\"";
    struct slice bytes = slice_of(text, 92);
    struct image file = image_memory(&bytes);
    uint8_t have[BANK_SIZE_MAX], hashed[BANK_SIZE_MAX];
    struct arena arena;
    struct err err;

    pe.checksum_at = CHECKSUM;
    pe.headers_size = HEADERS;
    arena_init_heap(&arena, ARENA_MAX);
    bank_digest(BANK_SHA384, slice_text(want), hashed);
    CHECK_OK(authenticode_digest(&file, &pe, BANK_SHA384, &arena, have, &err), err);
    CHECK(memcmp(hashed, have, sizeof have) == 0);
    arena_clear(&arena);
}

TEST(authenticode_takes_sections_by_their_place)
{
    struct pe_section sections[] = {{.raw_at = 52, .raw_size = 10},
                                    {.raw_at = 9999, .raw_size = 0},
                                    {.raw_at = 24, .raw_size = 26},
                                    {.raw_at = 50, .raw_size = 2},
                                    {.raw_at = 62, .raw_size = 30}};

    check_hashed((struct pe){.certificate_entry_at = ENTRY, .sections = sections, .count = 5},
                 "ABCDIJKLUVWXYZabcdefghijklmnopqrstuvwxyz"
                 "0123456789+-*/=.,:;<>()[]{}!?#$%&@^_~'|`");
}

/* What is not in a section is counted by the sizes of headers and sections, gaps or not. */
TEST(authenticode_counts_the_rest_by_sizes)
{
    struct pe_section sections[] = {{.raw_at = 40, .raw_size = 12}};
    struct pe pe = {.certificate_entry_at = ENTRY, .sections = sections, .count = 1};

    check_hashed(pe, "ABCDIJKLUVWXopqrstuvwxyz"
                     "klmnopqrstuvwxyz0123456789+-*/=.,:;<>()[]{}!?#$%&@^_~'|`");
    pe.certificate_size = 40;
    check_hashed(pe, "ABCDIJKLUVWXopqrstuvwxyz"
                     "klmnopqrstuvwxyz");
    pe.certificate_size = 55; /* one byte is left */
    check_hashed(pe, "ABCDIJKLUVWXopqrstuvwxyzk");
    pe.certificate_size = 56;
    check_hashed(pe, "ABCDIJKLUVWXopqrstuvwxyz");
    pe.certificate_size = 60; /* all that is left and more: nothing follows */
    check_hashed(pe, "ABCDIJKLUVWXopqrstuvwxyz");
}

TEST(authenticode_without_an_entry_for_certificates)
{
    check_hashed((struct pe){.count = 0}, "ABCDIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                          "0123456789+-*/=.,:;<>()[]{}!?#$%&@^_~'|`");
}

TEST(authenticode_keeps_sections_of_one_place_in_their_order)
{
    struct pe_section sections[] = {{.raw_at = 30, .raw_size = 3},
                                    {.raw_at = 30, .raw_size = 1},
                                    {.raw_at = 24, .raw_size = 2}};

    check_hashed((struct pe){.certificate_entry_at = ENTRY,
                             .sections = sections,
                             .count = 3,
                             .certificate_size = 62},
                 "ABCDIJKLUVWXYZefge");
}

/* --- failures --- */

struct cut {
    struct slice bytes;
    size_t reads, fails_at; /* the read that fails */
};

static enum err_code read_cut(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    struct cut *cut = ctx;

    if (++cut->reads == cut->fails_at)
        return err_set(err, ERR_IO, "the cable is cut");
    memcpy(into, cut->bytes.ptr + at, size);
    return ERR_OK;
}

/* Three pieces of the headers, six sections, and what follows. */
TEST(authenticode_gives_no_digest_of_what_cannot_be_read)
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    struct cut cut = {.bytes = test_file("fixtures/images/good-by-osslsigncode-pe32.efi")};
    struct image file = {.ctx = &cut, .size = cut.bytes.len, .read = read_cut};
    uint8_t digest[BANK_SIZE_MAX];
    struct arena arena;
    struct pe pe;
    struct err err;

    parse(&file, &arena, &pe);
    for (size_t i = 1; i <= 10; i++) {
        cut.reads = 0;
        cut.fails_at = i;
        memset(digest, 1, sizeof digest);
        CHECK_ERR(ERR_IO, "the cable is cut",
                  authenticode_digest(&file, &pe, BANK_SHA256, &arena, digest, &err), err);
        CHECK(memcmp(digest, zeros, sizeof zeros) == 0);
    }
    cut.reads = 0;
    cut.fails_at = 11;
    CHECK_OK(authenticode_digest(&file, &pe, BANK_SHA256, &arena, digest, &err), err);
    arena_clear(&arena);
}

TEST(authenticode_needs_memory)
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    struct slice bytes = test_file("fixtures/images/good-252.efi");
    struct image file = image_memory(&bytes);
    uint8_t digest[BANK_SIZE_MAX], little[8];
    struct arena arena, none;
    struct pe pe;
    struct err err;

    parse(&file, &arena, &pe);
    arena_init_fixed(&none, little, sizeof little);
    memset(digest, 1, sizeof digest);
    CHECK_ERR(ERR_LIMIT, NULL, authenticode_digest(&file, &pe, BANK_SHA256, &none, digest, &err),
              err);
    CHECK(memcmp(digest, zeros, sizeof zeros) == 0);
    arena_clear(&arena);
}
