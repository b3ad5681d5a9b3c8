#include "bundle/publish/vhd.h"

#include "tests/unit/bundle_world.h"
#include "tests/unit/publish_image.h"

static uint64_t big(const uint8_t *field, size_t len)
{
    uint64_t value = 0;

    while (len-- > 0)
        value = value << 8 | *field++;
    return value;
}

/* Sizes in MiB and what the specification's calculation gives, worked out by hand. */
TEST(vhd_geometry_is_the_specifications)
{
    static const struct {
        uint64_t mib;
        unsigned cylinders, heads, sectors;
    } rows[] = {
        {1, 30, 4, 17},        {16, 481, 4, 17},      {64, 963, 8, 17},      {136, 561, 16, 31},
        {256, 520, 16, 63},   {504, 1024, 16, 63},   {1024, 2080, 16, 63},  {30720, 62415, 16, 63},
        {32768, 16448, 16, 255}, {131072, 65535, 16, 255}, {1047552, 65535, 16, 255},
    };
    const uint8_t id[VHD_ID] = {1, 2, 3};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t footer[VHD_FOOTER];
        uint32_t sum = 0;

        vhd_footer(rows[i].mib << 20, id, footer);
        CHECK_NUMBER(rows[i].cylinders, big(footer + 56, 2));
        CHECK_NUMBER(rows[i].heads, footer[58]);
        CHECK_NUMBER(rows[i].sectors, footer[59]);
        CHECK_NUMBER(rows[i].mib << 20, big(footer + 40, 8));
        CHECK_NUMBER(rows[i].mib << 20, big(footer + 48, 8));
        for (size_t at = 0; at < VHD_FOOTER; at++)
            sum += at >= 64 && at < 68 ? 0 : footer[at];
        CHECK_NUMBER((uint32_t)~sum, big(footer + 64, 4));
    }
}

TEST(vhd_footer_says_fixed)
{
    static const uint8_t id[VHD_ID] = "0123456789abcdef";
    uint8_t footer[VHD_FOOTER];

    vhd_footer((uint64_t)1 << 20, id, footer);
    CHECK(memcmp(footer, "conectix\0\0\0\2\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0win \0\x0a\0\0Wi2k", 40) == 0);
    CHECK_NUMBER(2, big(footer + 60, 4));
    CHECK(memcmp(footer + 68, id, VHD_ID) == 0);
    for (size_t at = 84; at < VHD_FOOTER; at++)
        CHECK(footer[at] == 0);
}

static void write_vhd(size_t size, bool with_holes, uint64_t *disk_size, struct world_file *out)
{
    struct publish_image disk = {.size = size};
    struct image image;
    struct sink sink;
    struct err err;

    publish_add(&disk, 5000, 700);
    image = publish_open(&disk, with_holes);
    world_file_init(out);
    sink = world_sink(out, with_holes);
    CHECK_OK(vhd_write(&image, NULL, &sink, disk_size, &err), err);
}

TEST(vhd_is_padded_once)
{
    static const struct {
        size_t size, disk;
    } rows[] = {{512 * 20, 1 << 20}, {1 << 20, 1 << 20}, {(1 << 20) + 512, 2 << 20}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world_file with_holes, without;
        uint64_t size;

        write_vhd(rows[i].size, true, &size, &with_holes);
        CHECK_NUMBER(rows[i].disk, size);
        CHECK_NUMBER(rows[i].disk + VHD_FOOTER, with_holes.bytes.len);
        CHECK_NUMBER(publish_byte(5001), with_holes.bytes.ptr[5001]);
        CHECK(memcmp(with_holes.bytes.ptr + rows[i].disk, "conectix", 8) == 0);
        write_vhd(rows[i].size, false, &size, &without);
        CHECK(slice_equal(buf_slice(&with_holes.bytes), buf_slice(&without.bytes)));
        buf_clear(&with_holes.bytes);
        buf_clear(&without.bytes);
    }
}

TEST(vhd_refuses_what_azure_does_not_take)
{
    struct publish_image disk = {.size = VHD_SIZE_MAX + 512};
    struct image image = publish_open(&disk, true);
    struct sink sink = {0};
    uint64_t size = 1;
    struct err err;

    CHECK_ERR(ERR_LIMIT, "1098437886464 bytes, at most 1098437885952 are allowed",
              vhd_write(&image, NULL, &sink, &size, &err), err);
    CHECK_NUMBER(0, size);
}
