/* bundle_part, bundle_parts and bundle_split. */
#include "bundle/archive/bundle_parts.h"

#include <stdio.h>
#include <string.h>

#include "bundle/archive/bundle_split.h"
#include "tests/unit/parts_world.h"

static enum err_code open_parts(struct parts_world *world, size_t count, struct bundle_parts *parts,
                                struct err *err)
{
    return bundle_parts_open(world->given, count, &world->world.arena, parts, err);
}

TEST(bundle_parts_give_the_archive_in_any_order)
{
    struct parts_world world;
    struct bundle_part_file file;
    struct bundle_parts parts;
    struct bundle bundle;
    struct slice archive;
    uint8_t *read;
    struct err err;

    parts_init(&world, 1);
    archive = world_archive(&world.world);
    file = world.given[0];
    world.given[0] = world.given[3];
    world.given[3] = file;
    CHECK_OK(open_parts(&world, world.count, &parts, &err), err);
    CHECK_NUMBER(archive.len, parts.image.size);
    read = arena_alloc(&world.world.arena, archive.len, &err);
    CHECK_OK(image_read(&parts.image, 0, read, archive.len, &err), err);
    CHECK(memcmp(read, archive.ptr, archive.len) == 0);
    CHECK_OK(image_read(&parts.image, WORLD_BODY - 1, read, 2, &err), err);
    CHECK(memcmp(read, archive.ptr + WORLD_BODY - 1, 2) == 0);
    CHECK_OK(bundle_open_archive(&parts.image, &world.world.arena, &bundle, &err), err);
    CHECK_OK(bundle_parts_find(&parts, &err), err);
    parts_end(&world);
}

TEST(bundle_parts_can_be_checked_alone)
{
    struct parts_world world;
    struct bundle_part part;
    struct bundle_signers signers;
    struct err err;

    parts_init(&world, 2);
    for (uint32_t i = 0; i < world.count; i++) {
        CHECK(bundle_parts_is(&world.given[i].image));
        CHECK_OK(bundle_parts_read(&world.given[i].image, &world.world.arena, &part, &err), err);
        CHECK_NUMBER(i + 1, part.number);
        CHECK_NUMBER(2, part.signature_count);
        CHECK_OK(bundle_part_trust(&part, &world.keys, &signers, &err), err);
        CHECK_NUMBER(1, signers.unknown);
        CHECK_OK(bundle_parts_check(&world.given[i].image, &part, &err), err);
        world.files[i].bytes.ptr[world.files[i].bytes.len - 1] ^= 1;
        CHECK(bundle_parts_check(&world.given[i].image, &part, &err) == ERR_CORRUPT);
    }
    part.signature_count = 0;
    CHECK_ERR(ERR_NO_KEY, "is not signed", bundle_part_trust(&part, &world.keys, &signers, &err),
              err);
    parts_end(&world);
}

TEST(bundle_parts_names_the_damaged_ones)
{
    struct parts_world world;
    struct bundle_parts parts;
    char message[200];
    struct err err;

    parts_init(&world, 1);
    CHECK_OK(open_parts(&world, world.count, &parts, &err), err);
    world.files[1].bytes.ptr[BUNDLE_PART_HEADER] ^= 1;
    snprintf(message, sizeof message, "p2: part 2 of %u is damaged: copy it again", world.count);
    CHECK_ERR(ERR_CORRUPT, message, bundle_parts_find(&parts, &err), err);
    for (size_t i = 3; i < 6; i++)
        world.files[i].bytes.ptr[BUNDLE_PART_HEADER + 5] ^= 1;
    snprintf(message, sizeof message, "parts 2, 4-6 of %u are damaged: copy them again", world.count);
    CHECK_ERR(ERR_CORRUPT, message, bundle_parts_find(&parts, &err), err);
    world.bytes[0].len--;
    CHECK(bundle_parts_find(&parts, &err) == ERR_CORRUPT);
    CHECK(strncmp(err.msg, "p1: ends at byte ", 17) == 0);
    CHECK(image_read(&parts.image, 0, &(uint8_t){0}, 1, &err) == ERR_OK);
    world.bytes[1].len = BUNDLE_PART_HEADER;
    CHECK_ERR(ERR_CORRUPT, "p2: ends at byte 65536",
              image_read(&parts.image, WORLD_BODY, &(uint8_t){0}, 1, &err), err);
    parts_end(&world);
}

TEST(bundle_parts_names_the_missing_ones)
{
    struct parts_world world;
    struct bundle_parts parts;
    struct bundle_part_file all[WORLD_PARTS_MAX];
    char message[200];
    struct err err;

    parts_init(&world, 1);
    memcpy(all, world.given, sizeof all);
    snprintf(message, sizeof message, "part %u of %u is missing", world.count, world.count);
    CHECK_ERR(ERR_CORRUPT, message, open_parts(&world, world.count - 1, &parts, &err), err);
    CHECK(!parts.image.read);
    world.given[0] = all[2];
    snprintf(message, sizeof message, "parts 1-2, 4-%u of %u are missing", world.count,
             world.count);
    CHECK_ERR(ERR_CORRUPT, message, open_parts(&world, 1, &parts, &err), err);
    world.given[1] = all[0];
    world.given[2] = all[5];
    snprintf(message, sizeof message, "parts 2, 4-5, 7-%u of %u are missing", world.count,
             world.count);
    CHECK_ERR(ERR_CORRUPT, message, open_parts(&world, 3, &parts, &err), err);
    world.given[2] = all[0];
    CHECK_ERR(ERR_FORMAT, "p1: is part 1, and so is p1", open_parts(&world, 3, &parts, &err), err);
    CHECK_ERR(ERR_USAGE, "no part is given", open_parts(&world, 0, &parts, &err), err);
    parts_end(&world);
}

TEST(bundle_parts_of_two_archives_do_not_mix)
{
    struct parts_world world, other;
    struct bundle_parts parts;
    struct err err;

    parts_init(&world, 1);
    parts_init(&other, 0);
    world.given[4] = other.given[4];
    CHECK_ERR(ERR_FORMAT, "p5: is part 5 of another archive",
              open_parts(&world, world.count, &parts, &err), err);
    parts_end(&world);
    parts_end(&other);
}

TEST(bundle_parts_read_refuses_other_files)
{
    struct parts_world world;
    struct slice text = SLICE("no part at all");
    struct image image = image_memory(&text);
    struct bundle_part part;
    char message[200];
    struct err err;

    parts_init(&world, 1);
    CHECK(!bundle_parts_is(&image));
    CHECK_ERR(ERR_FORMAT, "is no part of a split archive",
              bundle_parts_read(&image, &world.world.arena, &part, &err), err);
    text = slice_part(world.bytes[0], 0, 100);
    image.size = 100;
    CHECK_ERR(ERR_CORRUPT, "cut off within the header",
              bundle_parts_read(&image, &world.world.arena, &part, &err), err);
    text = slice_part(world.bytes[0], 0, BUNDLE_PART_HEADER + WORLD_BODY - 1);
    image.size = text.len;
    snprintf(message, sizeof message, "part 1 of %u: has 73727 bytes, want 73728", world.count);
    CHECK_ERR(ERR_CORRUPT, message, bundle_parts_read(&image, &world.world.arena, &part, &err),
              err);
    CHECK_NUMBER(0, part.number);
    text = slice_of((uint8_t[70000]){0}, 70000);
    image.size = text.len;
    CHECK_ERR(ERR_FORMAT, "is no part of a split archive",
              bundle_parts_read(&image, &world.world.arena, &part, &err), err);
    parts_end(&world);
}

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
    header[128 + 40] ^= 1;
    sha256_of(slice_of(header, 65504), header + 65504);
    CHECK_OK(bundle_part_parse(header, &world.world.arena, &part, &err), err);
    CHECK_ERR(ERR_FORGED, "signature in the header: names the key a.pub, which did not make it",
              bundle_part_trust(&part, &world.keys, &signers, &err), err);
    parts_end(&world);
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
    } good[] = {{"fat32", 4294967295u}, {"cd", 734003200u},   {"dvd", 4690000000u},
                {"bd", 25000000000u},   {"1000000", 1000000}, {"100K", 102400},
                {"7M", 7340032},        {"2G", 2147483648u}};
    static const char *const bad[] = {"", "x", "1k", "-1", "1.5G", "9999999999999999G", "G"};
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
}

TEST(bundle_split_limits_parts)
{
    struct parts_world world;
    const struct part_store store = {&world, parts_store_write, parts_store_read,
                                     parts_store_remove};
    struct bundle_split split;
    struct output output = bundle_split_output(&split, &store, 4096);
    struct err err;

    memset(&world, 0, sizeof world);
    CHECK_ERR(ERR_LIMIT, "more than 999 parts of this size would be needed",
              output.write(output.ctx, 4096ull * 999, SLICE("x"), &err), err);
    CHECK_ERR(ERR_LIMIT, "more than 999 parts of this size would be needed",
              output.write(output.ctx, UINT64_MAX - 10, SLICE("x"), &err), err);
    CHECK_ERR(ERR_LIMIT, "1000 parts of this size would be needed, at most 999 are possible",
              output.set_size(output.ctx, 4096ull * 999 + 1, &err), err);
    CHECK_ERR(ERR_IO, "too many for this test", output.set_size(output.ctx, 4096ull * 999, &err),
              err);
    for (size_t i = 0; i < WORLD_PARTS_MAX; i++)
        buf_clear(&world.files[i].bytes);
}

TEST(bundle_split_removes_parts_that_are_not_needed_after_all)
{
    struct parts_world world;
    const struct part_store store = {&world, parts_store_write, parts_store_read,
                                     parts_store_remove};
    struct bundle_split split;
    struct output output = bundle_split_output(&split, &store, 4096);
    uint32_t count;
    struct arena arena;
    struct err err;

    memset(&world, 0, sizeof world);
    arena_init_heap(&arena, WORLD_MAX);
    CHECK_OK(output.write(output.ctx, 4096 * 3 + 5, SLICE("x"), &err), err);
    CHECK_OK(output.set_size(output.ctx, 4096 + 100, &err), err);
    CHECK_NUMBER(3, world.removed);
    CHECK_OK(bundle_split_finish(&split, NULL, 0, &arena, &count, &err), err);
    CHECK_NUMBER(2, count);
    CHECK_NUMBER(BUNDLE_PART_HEADER + 100, world.files[1].bytes.len);
    world.files[1].bytes.len--;
    CHECK_ERR(ERR_CORRUPT, "part 2: ends at byte 65635, bytes up to 65636 are wanted",
              bundle_split_finish(&split, NULL, 0, &arena, &count, &err), err);
    for (size_t i = 0; i < WORLD_PARTS_MAX; i++)
        buf_clear(&world.files[i].bytes);
    arena_clear(&arena);
}
