#include "bundle/measure/uki.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static void check_open(const char *path, unsigned stub, enum err_code code, const char *msg)
{
    struct slice bytes = test_file(path);
    struct image file = image_memory(&bytes);
    static const struct uki none;
    struct arena arena;
    struct uki uki;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    CHECK_ERR(code, msg, uki_open(&file, stub, &arena, &uki, &err), err);
    CHECK((memcmp(&uki, &none, sizeof none) == 0) == (code != ERR_OK));
    arena_clear(&arena);
}

TEST(uki_knows_its_stub)
{
    check_open("fixtures/images/good-252.efi", 0, ERR_OK, NULL);
    check_open("fixtures/images/good-252.efi", 252, ERR_OK, NULL);
    check_open("fixtures/images/good-252.efi", 253, ERR_USAGE,
               "--stub 253, but .sdmagic says systemd-stub 252");
    check_open("fixtures/images/expected.txt", 0, ERR_FORMAT, "not a PE file: does not begin with MZ");
}

static void read_parts(const char *path, struct arena *arena, struct uki *uki, struct image *file,
                       struct slice *bytes)
{
    struct err err;

    *bytes = test_file(path);
    *file = image_memory(bytes);
    arena_init_heap(arena, 1 << 16);
    CHECK_OK(uki_open(file, 0, arena, uki, &err), err);
}

TEST(uki_takes_sections_for_parts)
{
    struct arena arena;
    struct uki uki;
    struct image file;
    struct slice bytes;

    read_parts("fixtures/images/good-252.efi", &arena, &uki, &file, &bytes);
    CHECK_NUMBER(252, uki.stub);
    CHECK(uki.file == &file);
    for (int i = 0; i < UKI_PARTS; i++)
        CHECK((uki.parts[i] != NULL) == (i <= UKI_INITRD));
    for (int i = 0; i <= UKI_INITRD; i++)
        CHECK_TEXT(uki_part_name((enum uki_part)i), pe_section_name(uki.parts[i]));
    arena_clear(&arena);
}

/* Of the sections of one name those of the first profile count. */
TEST(uki_takes_the_first_profile)
{
    struct arena arena;
    struct uki uki;
    struct image file;
    struct slice bytes;
    struct pe_contents contents;
    struct image image;
    uint8_t have;
    struct err err;

    read_parts("fixtures/images/good-profiles.efi", &arena, &uki, &file, &bytes);
    image = pe_contents_image(&contents, &file, uki.parts[UKI_CMDLINE]);
    CHECK_NUMBER(1, image.size);
    CHECK_OK(image_read(&image, 0, &have, 1, &err), err);
    CHECK_NUMBER('a', have);
    CHECK(uki.parts[UKI_OSREL] && uki.parts[UKI_OSREL] < uki.parts[UKI_PROFILE]);
    arena_clear(&arena);
}

TEST(uki_measures_what_the_stub_knows)
{
    static const struct {
        enum uki_part part;
        unsigned since; /* 0: never */
    } cases[] = {{UKI_LINUX, 252}, {UKI_DTB, 252},     {UKI_UNAME, 254},   {UKI_SBAT, 254},
                 {UKI_UCODE, 256}, {UKI_PROFILE, 257}, {UKI_HWIDS, 257},   {UKI_PCRPKEY, 252},
                 {UKI_PCRSIG, 0},  {UKI_DTBAUTO, 0},   {UKI_EFIFW, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (unsigned stub = UKI_STUB_MIN; stub <= UKI_STUB_MAX; stub++)
            CHECK(uki_part_is_measured(cases[i].part, stub) ==
                  (cases[i].since && stub >= cases[i].since));
    }
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* .linux, the last section of good-252.efi, with as many zeros as are allowed, and one more. */
TEST(uki_bounds_what_is_filled)
{
    struct slice whole = test_file("fixtures/images/good-252.efi"), file;
    uint8_t bytes[8192], *last = bytes + 328 + 5 * 40;
    uint32_t raw_size;
    struct image image;
    struct arena arena;
    struct uki uki;
    struct err err;

    CHECK(whole.len <= sizeof bytes);
    memcpy(bytes, whole.ptr, whole.len);
    raw_size = last[16] | (uint32_t)last[17] << 8;
    for (uint32_t more = 0; more <= 1; more++) {
        put32(last + 8, raw_size + (uint32_t)UKI_FILL_MAX + more);
        put32(bytes + 144, UINT32_MAX);
        file = slice_of(bytes, whole.len);
        image = image_memory(&file);
        arena_init_heap(&arena, 1 << 16);
        CHECK(uki_open(&image, 0, &arena, &uki, &err) == (more ? ERR_FORMAT : ERR_OK));
        arena_clear(&arena);
    }
    CHECK_TEXT("sections with 67108865 bytes of zeros that the file does not have, at most 67108864",
               slice_text(err.msg));
}
