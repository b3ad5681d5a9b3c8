#include "bundle/publish/disk.h"

#include "tests/unit/bundle_world.h"
#include "tests/unit/publish_image.h"

static enum err_code check(uint8_t *bytes, size_t size, uint64_t most, struct err *err)
{
    struct slice slice = slice_of(bytes, size);
    struct image image = image_memory(&slice);

    return disk_check(&image, most, err);
}

TEST(disk_refuses_what_is_no_disk)
{
    static const struct {
        size_t at, len;
        const char *mark, *message;
    } rows[] = {
        {0, 2, "\x1f\x8b", "is a gzip file: unpack it first (gzip -d); want a raw disk image"},
        {0, 6, "\xfd" "7zXZ\0", "is an xz file: unpack it first (xz -d); want a raw disk image"},
        {0, 4, "\x28\xb5\x2f\xfd",
         "is a zstd file (in another): unpack it first (zstd -d); want a raw disk image"},
        {0, 4, "QFI\xfb",
         "is a qcow2 image: convert it first (qemu-img convert -O raw); want a raw disk image"},
        {0, 8, "vhdxfile",
         "is a VHDX image: convert it first (qemu-img convert -O raw); want a raw disk image"},
        {257, 5, "ustar",
         "is a tar archive: give the disk image alone, or a bundle; want a raw disk image"},
        {0, 8, "conectix", "is a VHD image already; want a raw disk image"},
        {1024, 8, "conectix", "is a VHD image already; want a raw disk image"},
    };
    struct err err;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[1536] = {0};

        memcpy(bytes + rows[i].at, rows[i].mark, rows[i].len);
        CHECK_ERR(ERR_FORMAT, rows[i].message, check(bytes, sizeof bytes, UINT64_MAX, &err), err);
    }
}

TEST(disk_sizes_are_checked)
{
    uint8_t bytes[1024] = {0};
    struct err err;

    CHECK_OK(check(bytes, 1024, 1024, &err), err);
    CHECK_OK(check(bytes, 512, 1024, &err), err);
    CHECK_ERR(ERR_FORMAT, "is empty, want a disk image", check(bytes, 0, 1024, &err), err);
    CHECK_ERR(ERR_FORMAT, "1000 bytes: want a multiple of 512, as disks have",
              check(bytes, 1000, 1024, &err), err);
    CHECK_ERR(ERR_LIMIT, "1024 bytes, at most 1023 are allowed", check(bytes, 1024, 1023, &err),
              err);
    CHECK_NUMBER(0, disk_padded(0, 10));
    CHECK_NUMBER(10, disk_padded(1, 10));
    CHECK_NUMBER(10, disk_padded(10, 10));
    CHECK_NUMBER(20, disk_padded(11, 10));
}

TEST(disk_sees_partition_tables)
{
    static const struct {
        size_t at;
        const char *mark;
    } rows[] = {{510, "\x55\xaa"}, {512, "EFI PART"}, {4096, "EFI PART"}};
    uint8_t bytes[8192] = {0};
    struct slice slice = slice_of(bytes, sizeof bytes);
    struct image image = image_memory(&slice);
    bool answer;
    struct err err;

    CHECK_OK(disk_has_table(&image, &answer, &err), err);
    CHECK(!answer);
    for (size_t i = 0; i < 3; i++) {
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes + rows[i].at, rows[i].mark, strlen(rows[i].mark));
        CHECK_OK(disk_has_table(&image, &answer, &err), err);
        CHECK(answer);
    }
    slice.len = 512; /* as short as a disk can be */
    image = image_memory(&slice);
    CHECK_OK(disk_has_table(&image, &answer, &err), err);
    CHECK(!answer);
}

TEST(disk_writes_what_it_read)
{
    struct publish_image disk = {.size = 300 << 10};
    struct image image = publish_open(&disk, false);
    struct world_file out;
    struct sink sink;
    struct err err;

    publish_add(&disk, 100, 700);
    world_file_init(&out);
    sink = world_sink(&out, true);
    CHECK_OK(disk_write_raw(&image, NULL, &sink, &err), err);
    CHECK_NUMBER(300 << 10, out.bytes.len);
    CHECK_NUMBER(publish_byte(799), out.bytes.ptr[799]);
    CHECK_NUMBER(0, out.bytes.ptr[800]);
    buf_clear(&out.bytes);
}
