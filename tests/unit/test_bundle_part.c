/* The header of one part of a split archive. */
#include "bundle/archive/bundle_part.h"

#include <string.h>

#include "tests/unit/parts_world.h"

static enum err_code parse(const uint8_t *header, struct arena *arena, struct err *err)
{
    struct bundle_part part;
    enum err_code rc = bundle_part_parse(header, arena, &part, err);

    CHECK(rc == ERR_OK || part.number == 0);
    return rc;
}

TEST(bundle_part_refuses_every_changed_byte)
{
    struct parts_world world;
    uint8_t *header;
    struct arena arena;
    struct err err;

    parts_init(&world, 1);
    header = world.files[0].bytes.ptr;
    for (size_t i = 0; i < BUNDLE_PART_HEADER; i += i < 400 || (i > 32700 && i < 33700) ? 1 : 601) {
        arena_init_heap(&arena, WORLD_MAX);
        header[i] ^= (uint8_t)(1u << i % 8);
        CHECK(parse(header, &arena, &err) == (i < 16 ? ERR_FORMAT : ERR_CORRUPT));
        header[i] ^= (uint8_t)(1u << i % 8);
        arena_clear(&arena);
    }
    CHECK_ERR(ERR_CORRUPT, "the header is damaged",
              (header[20] ^= 1, parse(header, &world.world.arena, &err)), err);
    parts_end(&world);
}

/* The same with a checksum that is right: what somebody could write on purpose. */
TEST(bundle_part_refuses_headers_that_make_no_sense)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *message;
    } changes[] = {
        {19, 0, "the header's numbers make no sense: 0 parts of 8192 bytes, 97280 in all"},
        {19, 99, "the header's numbers make no sense: 99 parts of 8192 bytes, 97280 in all"},
        {16, 1, "the header's numbers make no sense: 16777228 parts of 8192 bytes, 97280 in all"},
        {24, 0x7F, NULL},
        {32, 0x7F, NULL},
        {38, 1, NULL},
        {20, 1, "the header holds bytes that mean nothing"},
        {100, 1, "the header holds bytes that mean nothing"},
        {32700, 1, "the header holds bytes that mean nothing"},
        {32771, 0, "the header's numbers make no sense: part 0 of 12, 8192 bytes at 0"},
        {32771, 2, "the header's numbers make no sense: part 2 of 12, 8192 bytes at 0"},
        {32771, 16, "the header's numbers make no sense: part 16 of 12, 8192 bytes at 0"},
        {32783, 1, "the header's numbers make no sense: part 1 of 12, 8192 bytes at 1"},
        {32791, 1, "the header's numbers make no sense: part 1 of 12, 8193 bytes at 0"},
        {32775, 1, "the header holds bytes that mean nothing"},
        {32800, 1, "the header holds bytes that mean nothing"},
        {33027, 33, "33 signatures in the header, at most 32 are read"},
        {33027, 2, "a signature of 0 bytes in the header"},
        {33072, 2, "a signature of 584 bytes in the header"},
        {33030, 1, "the header holds bytes that mean nothing"},
        {33590, 1, "the header holds bytes that mean nothing"},
        {65000, 1, "the header holds bytes that mean nothing"},
    };
    struct parts_world world;
    uint8_t *header;
    struct err err;

    parts_init(&world, 1);
    header = world.files[0].bytes.ptr;
    CHECK_NUMBER(12, world.count);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        uint8_t before = header[changes[i].at];

        header[changes[i].at] = changes[i].value;
        sha256_of(slice_of(header, 65504), header + 65504);
        CHECK_ERR(ERR_FORMAT, changes[i].message, parse(header, &world.world.arena, &err), err);
        header[changes[i].at] = before;
    }
    parts_end(&world);
}

TEST(bundle_part_is_signed_as_a_whole)
{
    struct parts_world world;
    struct bundle_signers signers;
    struct bundle_part part;
    uint8_t *header;
    struct err err;

    /* Another digest for a body, with a checksum that is right, is not what was signed. */
    parts_init(&world, 1);
    header = world.files[1].bytes.ptr;
    CHECK_OK(bundle_part_parse(header, &world.world.arena, &part, &err), err);
    CHECK_OK(bundle_part_trust(&part, &world.keys, &signers, &err), err);
    CHECK_NUMBER(1, signers.key_count);
    header[128 + 40] ^= 1;
    sha256_of(slice_of(header, 65504), header + 65504);
    CHECK_OK(bundle_part_parse(header, &world.world.arena, &part, &err), err);
    CHECK_ERR(ERR_FORGED, "signature in the header: names the key a.pub, which did not make it",
              bundle_part_trust(&part, &world.keys, &signers, &err), err);
    part.signature_count = 0;
    CHECK_ERR(ERR_NO_KEY, "is not signed", bundle_part_trust(&part, &world.keys, &signers, &err),
              err);
    parts_end(&world);
}

/* --- headers made by hand --- */

struct hand {
    uint8_t digests[BUNDLE_PARTS_MAX + 1][SHA256_SIZE];
    struct bundle_part_set set;
    uint8_t header[BUNDLE_PART_HEADER];
    struct bundle_part part;
    struct arena arena;
    struct err err;
};

/* Static: it is large. */
static struct hand *begin(uint32_t count, uint64_t archive_size, uint64_t body_size)
{
    static struct hand hand;

    memset(&hand, 0, sizeof hand);
    for (size_t i = 0; i < sizeof hand.digests / sizeof hand.digests[0]; i++)
        memset(hand.digests[i], (int)i + 1, SHA256_SIZE);
    hand.set = (struct bundle_part_set){.count = count,
                                        .archive_size = archive_size,
                                        .body_size = body_size,
                                        .digests = (const uint8_t(*)[SHA256_SIZE])hand.digests};
    memset(hand.set.id, 0x1D, SHA256_SIZE);
    arena_init_heap(&hand.arena, WORLD_MAX);
    return &hand;
}

static enum err_code run(struct hand *hand, uint32_t number,
                         const struct manifest_signature *signatures, size_t count)
{
    memset(hand->header, 0xAA, sizeof hand->header);
    memset(&hand->part, 0xAA, sizeof hand->part);
    bundle_part_statement(&hand->set, hand->header);
    CHECK_OK(bundle_part_finish(&hand->set, number, signatures, count, hand->header, &hand->err),
             hand->err);
    return bundle_part_parse(hand->header, &hand->arena, &hand->part, &hand->err);
}

/* FORMAT.md, byte by byte. */
TEST(bundle_part_header_is_what_the_format_says)
{
    static uint8_t want[BUNDLE_PART_HEADER];
    struct manifest_signature signature = {.signature = {.bytes = {0x51, 0x52}, .len = 2}};
    struct hand *hand = begin(3, 0x123456, 0x80000);

    memset(signature.hint, 0x44, KEY_ID_SIZE);
    CHECK_OK(run(hand, 3, &signature, 1), hand->err);
    memset(want, 0, sizeof want);
    memcpy(want, "sealift part v1\n\0\0\0\3\0\0\0\0\0\0\0\0\0\x12\x34\x56\0\0\0\0\0\x08\0\0", 40);
    memset(want + 40, 0x1D, 32);
    for (int i = 0; i < 3; i++)
        memset(want + 128 + 32 * i, i + 1, 32);
    memcpy(want + 32768, "\0\0\0\3\0\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x02\x34\x56", 24);
    memcpy(want + 33024, "\0\0\0\1", 4);
    memset(want + 33040, 0x44, 32);
    memcpy(want + 33072, "\0\2\x51\x52", 4);
    sha256_of(slice_of(want, 65504), want + 65504);
    CHECK(memcmp(want, hand->header, sizeof want) == 0);
    arena_clear(&hand->arena);
}

TEST(bundle_part_is_read_as_it_was_written)
{
    uint8_t digest[SHA256_SIZE];
    struct manifest_signature signatures[2] = {{.signature = {.bytes = {1, 2, 3}, .len = 3}},
                                               {.signature = {.bytes = {4}, .len = 1}}};
    const struct bundle_part *part;
    struct hand *hand = begin(3, 0x123456, 0x80000);

    memset(signatures[1].hint, 7, KEY_ID_SIZE);
    CHECK_OK(run(hand, 2, signatures, 2), hand->err);
    part = &hand->part;
    CHECK_NUMBER(2, part->number);
    CHECK_NUMBER(0x80000, part->offset);
    CHECK_NUMBER(0x80000, part->length);
    CHECK_NUMBER(3, part->set.count);
    CHECK_NUMBER(0x123456, part->set.archive_size);
    CHECK_NUMBER(0x80000, part->set.body_size);
    CHECK(memcmp(part->set.id, hand->set.id, SHA256_SIZE) == 0);
    CHECK(memcmp(part->set.digests, hand->digests, 3 * SHA256_SIZE) == 0);
    sha256_of(slice_of(hand->header, BUNDLE_PART_STATEMENT), digest);
    CHECK(memcmp(part->statement_digest, digest, SHA256_SIZE) == 0);
    CHECK_NUMBER(2, part->signature_count);
    for (size_t i = 0; i < part->signature_count; i++) {
        const struct manifest_signature *have = &part->signatures[i];

        CHECK(have->form == SIGNING_PARTS && have->signature.form == SIGNATURE_DETACHED);
        CHECK(have->has_hint && memcmp(have->hint, signatures[i].hint, KEY_ID_SIZE) == 0);
        CHECK(have->signature.len == signatures[i].signature.len &&
              memcmp(have->signature.bytes, signatures[i].signature.bytes, have->signature.len) ==
                  0);
        CHECK(memcmp(have->manifest, digest, SHA256_SIZE) == 0);
        CHECK(memcmp(have->digest, digest, SHA256_SIZE) == 0);
    }
    arena_clear(&hand->arena);
}

TEST(bundle_part_lengths_are_those_of_the_archive)
{
    static const struct {
        uint64_t archive_size;
        uint32_t count;
        uint64_t last;
    } cases[] = {{1, 1, 1}, {4095, 1, 4095}, {4096, 1, 4096}, {4097, 2, 1}, {8192, 2, 4096}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hand *hand = begin(cases[i].count, cases[i].archive_size, 4096);

        CHECK_OK(run(hand, cases[i].count, NULL, 0), hand->err);
        CHECK_NUMBER(cases[i].last, hand->part.length);
        CHECK_NUMBER(cases[i].last, bundle_part_length(&hand->set, cases[i].count));
        arena_clear(&hand->arena);
    }
}

TEST(bundle_part_limits)
{
    static const struct {
        uint32_t count;
        uint64_t archive_size, body_size;
        bool is_good;
    } cases[] = {
        {999, 999 * 4096ull, 4096, true},
        {1000, 1000 * 4096ull, 4096, false},
        {2, 4097, 4096, true},
        {2, 4096, 4095, false},
        {1, OCI_SIZE_MAX, OCI_SIZE_MAX, true},
        {1, OCI_SIZE_MAX, OCI_SIZE_MAX + 1ull, false},
        {2, OCI_SIZE_MAX + 1ull, OCI_SIZE_MAX, false},
        {1, 0, 4096, false},
        {2, 4096, 4096, false},
        {1, 4097, 4096, false},
    };
    static const struct bundle_part none;
    struct hand *hand;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum err_code rc;

        hand = begin(cases[i].count, cases[i].archive_size, cases[i].body_size);
        rc = run(hand, 1, NULL, 0);
        CHECK(rc == (cases[i].is_good ? ERR_OK : ERR_FORMAT));
        CHECK(cases[i].is_good || memcmp(&hand->part, &none, sizeof none) == 0);
        arena_clear(&hand->arena);
    }
    hand = begin(0, 0, 4096);
    CHECK_ERR(ERR_FORMAT, "the header's numbers make no sense: 0 parts of 4096 bytes, 0 in all",
              run(hand, 1, NULL, 0), hand->err);
    arena_clear(&hand->arena);
}

/* With an offset and a length that would be those of such a part. */
TEST(bundle_part_numbers_begin_and_end)
{
    static const struct {
        uint32_t number;
        const char *message;
    } cases[] = {
        {0, "the header's numbers make no sense: part 0 of 3, 4096 bytes at 17592186040320"},
        {4,
         "the header's numbers make no sense: part 4 of 3, 18446744073709551516 bytes at 12288"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hand *hand = begin(3, 12188, 4096);

        CHECK_ERR(ERR_FORMAT, cases[i].message, run(hand, cases[i].number, NULL, 0), hand->err);
        arena_clear(&hand->arena);
    }
}

TEST(bundle_part_limits_signatures)
{
    struct manifest_signature signature = {.signature = {.len = SIGNATURE_MAX}};
    struct hand *hand = begin(1, 5, 4096);

    memset(signature.signature.bytes, 0xFF, SIGNATURE_MAX);
    CHECK_OK(run(hand, 1, &signature, 1), hand->err);
    CHECK_NUMBER(SIGNATURE_MAX, hand->part.signatures[0].signature.len);
    CHECK_NUMBER(0xFF, hand->part.signatures[0].signature.bytes[SIGNATURE_MAX - 1]);
    hand->header[33073]++;
    sha256_of(slice_of(hand->header, 65504), hand->header + 65504);
    CHECK_ERR(ERR_FORMAT, "a signature of 513 bytes in the header",
              bundle_part_parse(hand->header, &hand->arena, &hand->part, &hand->err), hand->err);
    CHECK(!hand->part.signatures && hand->part.number == 0);
    arena_clear(&hand->arena);
}

TEST(bundle_part_says_when_memory_is_short)
{
    static uint8_t memory[256 << 10];
    struct manifest_signature signature = {.signature = {.len = 1}};
    struct hand *hand = begin(1, 5, 4096);
    enum err_code rc = ERR_LIMIT;
    struct arena arena;

    CHECK_OK(run(hand, 1, &signature, 1), hand->err);
    for (size_t size = 0; rc == ERR_LIMIT && size < sizeof memory; size += 500) {
        arena_init_fixed(&arena, memory, size);
        rc = bundle_part_parse(hand->header, &arena, &hand->part, &hand->err);
        CHECK(rc == ERR_OK ||
              (rc == ERR_LIMIT && hand->part.number == 0 && !hand->part.signatures));
    }
    CHECK(rc == ERR_OK);
    arena_clear(&hand->arena);
}

TEST(bundle_part_holds_so_many_signatures)
{
    struct manifest_signature signatures[BUNDLE_PART_SIGNATURES_MAX + 1];
    static const uint8_t digests[1][SHA256_SIZE];
    const struct bundle_part_set set = {
        .count = 1, .archive_size = 5, .body_size = WORLD_BODY, .digests = digests};
    struct arena arena;
    struct bundle_part part;
    uint8_t *header;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    header = arena_alloc(&arena, BUNDLE_PART_HEADER, &err);
    memset(signatures, 0, sizeof signatures);
    for (size_t i = 0; i <= BUNDLE_PART_SIGNATURES_MAX; i++)
        signatures[i].signature.len = SIGNATURE_MAX;
    bundle_part_statement(&set, header);
    CHECK_OK(bundle_part_finish(&set, 1, signatures, BUNDLE_PART_SIGNATURES_MAX, header, &err),
             err);
    CHECK_OK(bundle_part_parse(header, &arena, &part, &err), err);
    CHECK_NUMBER(BUNDLE_PART_SIGNATURES_MAX, part.signature_count);
    CHECK_NUMBER(5, part.length);
    CHECK_ERR(ERR_LIMIT, "33 signatures, the header of a part holds 32",
              bundle_part_finish(&set, 1, signatures, BUNDLE_PART_SIGNATURES_MAX + 1, header, &err),
              err);
    arena_clear(&arena);
}

TEST(bundle_part_sizes)
{
    static const struct {
        const char *text;
        uint64_t size;
    } good[] = {{"fat32", 4294967295u},
                {"cd", 734003200u},
                {"dvd", 4690000000u},
                {"bd", 25000000000u},
                {"1000000", 1000000},
                {"100K", 102400},
                {"7M", 7340032},
                {"2G", 2147483648u},
                {"69632", 69632},
                {"68K", 69632},
                {"2305843009213693951", OCI_SIZE_MAX},
                {"2147483647G", 2147483647ull << 30}};
    static const char *const bad[] = {
        "",    "x",   "1k",     "-1",    "1.5G", "9999999999999999G",   "G",          "K", "1KK",
        "1M5", " 1M", "fat32 ", "FAT32", "1T",   "2305843009213693952", "2147483648G"};
    uint64_t size;
    struct err err;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK_OK(bundle_part_size_parse(slice_text(good[i].text), &size, &err), err);
        CHECK_NUMBER(good[i].size - BUNDLE_PART_HEADER, size);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(bundle_part_size_parse(slice_text(bad[i]), &size, &err) == ERR_USAGE && size == 0);
    CHECK_ERR(ERR_USAGE,
              "have \"stick\", want fat32, cd, dvd, bd, or bytes (K, M and G are allowed)",
              bundle_part_size_parse(SLICE("stick"), &size, &err), err);
    CHECK_ERR(ERR_USAGE, "parts of 65536 bytes, want 69632 at least",
              bundle_part_size_parse(SLICE("64K"), &size, &err), err);
    CHECK_ERR(ERR_USAGE, "parts of 69631 bytes, want 69632 at least",
              bundle_part_size_parse(SLICE("69631"), &size, &err), err);
    CHECK_NUMBER(0, size);
}
