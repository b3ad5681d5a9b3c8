/* What pe_parse gives; its refusals are rows of fixtures/images/expected.txt (test_predict.c). */
#include "bundle/measure/pe.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

TEST(pe_reads_headers_and_sections)
{
    static const char *const names[] = {".text", ".sdmagic", ".osrel", ".cmdline", ".initrd", ".linux"};
    struct slice bytes = test_file("fixtures/images/good-signed.efi");
    struct image file = image_memory(&bytes);
    struct arena arena;
    struct pe pe;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    CHECK_OK(pe_parse(&file, &arena, &pe, &err), err);
    CHECK_NUMBER(0x8664, pe.machine);
    CHECK_NUMBER(64 + 24 + 64, pe.checksum_at);
    CHECK_NUMBER(64 + 24 + 96 + 32, pe.certificate_entry_at);
    CHECK(pe.certificate_size > 0);
    CHECK_NUMBER(0x400, pe.headers_size);
    CHECK_NUMBER(sizeof names / sizeof names[0], pe.count);
    for (size_t i = 0; i < pe.count && i < sizeof names / sizeof names[0]; i++)
        CHECK_TEXT(names[i], pe_section_name(&pe.sections[i]));
    arena_clear(&arena);
}

/* Wherever a file is cut off, that is refused, and nothing is left. */
TEST(pe_refuses_any_beginning_of_a_file)
{
    struct slice bytes = test_file("fixtures/images/good-252.efi");
    static const struct pe none;
    struct arena arena;
    struct pe pe;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    for (size_t size = 0; size < bytes.len; size++) {
        struct slice part = slice_part(bytes, 0, size);
        struct image file = image_memory(&part);
        enum err_code rc = pe_parse(&file, &arena, &pe, &err);

        CHECK(rc == ERR_FORMAT || rc == ERR_CORRUPT);
        CHECK(memcmp(&pe, &none, sizeof none) == 0);
        arena_clear(&arena);
    }
}

#define IMAGE_SIZE_AT 144 /* of good-252.efi */
#define TABLE_AT 328

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static enum err_code parse_bytes(struct slice bytes, struct err *err)
{
    struct image file = image_memory(&bytes);
    struct arena arena;
    struct pe pe;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 16);
    rc = pe_parse(&file, &arena, &pe, err);
    arena_clear(&arena);
    return rc;
}

TEST(pe_keeps_sections_to_their_places)
{
    struct slice whole = test_file("fixtures/images/good-252.efi");
    uint8_t bytes[8192], *first = bytes + TABLE_AT, *last = bytes + TABLE_AT + 5 * 40;
    struct slice file = slice_of(bytes, whole.len);
    struct err err;

    CHECK(whole.len <= sizeof bytes);
    memcpy(bytes, whole.ptr, whole.len);
    put32(last + 8, 5000);
    put32(last + 12, 0x10000);
    put32(bytes + IMAGE_SIZE_AT, 0x10000 + 5000);
    CHECK_OK(parse_bytes(file, &err), err);
    put32(bytes + IMAGE_SIZE_AT, 0x10000 + 4999);
    CHECK_ERR(ERR_FORMAT, "section .linux: ends at 70536 in memory, where 70535 bytes are for the program",
              parse_bytes(file, &err), err);
    put32(bytes + IMAGE_SIZE_AT, 0x10000 + 5000);
    put32(first + 8, 0); /* inside of another, and empty */
    put32(first + 12, 0x10001);
    CHECK_OK(parse_bytes(file, &err), err);
    put32(first + 8, 1);
    CHECK_ERR(ERR_FORMAT, "sections .text and .linux overlap in memory", parse_bytes(file, &err), err);
    put32(first + 8, 0);
    put32(first + 20, 0x3FF);
    CHECK(parse_bytes(file, &err) == ERR_FORMAT);
    CHECK(slice_begins(slice_text(err.msg), "section .text: bytes 1023 to "));
}

TEST(pe_section_name_may_fill_its_place)
{
    struct pe_section section = {.name = {'1', '2', '3', '4', '5', '6', '7', '8'}};

    CHECK_TEXT("12345678", pe_section_name(&section));
    section.name[0] = 0;
    CHECK_TEXT("", pe_section_name(&section));
}

TEST(pe_contents_are_filled_or_cut_to_their_size_in_memory)
{
    struct slice bytes = SLICE("0123456789");
    struct image file = image_memory(&bytes), image;
    struct pe_section section = {.raw_at = 2, .raw_size = 4, .virtual_size = 7};
    struct pe_contents contents;
    uint8_t have[7];
    struct err err;

    image = pe_contents_image(&contents, &file, &section);
    CHECK_NUMBER(7, image.size);
    CHECK_OK(image_read(&image, 0, have, 7, &err), err);
    CHECK(memcmp(have, "2345\0\0\0", 7) == 0);
    CHECK_OK(image_read(&image, 3, have, 2, &err), err);
    CHECK(memcmp(have, "5\0", 2) == 0);
    CHECK_OK(image_read(&image, 4, have, 3, &err), err);
    CHECK(memcmp(have, "\0\0\0", 3) == 0);
    section.virtual_size = 3;
    image = pe_contents_image(&contents, &file, &section);
    CHECK_OK(image_read(&image, 0, have, 3, &err), err);
    CHECK(memcmp(have, "234", 3) == 0);
    CHECK_ERR(ERR_CORRUPT, "ends at byte 3, bytes up to 4 are wanted", image_read(&image, 3, have, 1, &err),
              err);
}
