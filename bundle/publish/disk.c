#include "bundle/publish/disk.h"

#include <stdbool.h>
#include <string.h>

#include "bundle/publish/extents.h"

#define HEAD 4096 /* bytes that are looked at */

/* Files that hold a disk image and are none. */
struct container {
    size_t at;
    size_t len;
    const char *mark;
    const char *what;
};

static const struct container containers[] = {
    {0, 2, "\x1f\x8b", "a gzip file: unpack it first (gzip -d)"},
    {0, 6, "\xfd" "7zXZ\0", "an xz file: unpack it first (xz -d)"},
    {0, 4, "\x28\xb5\x2f\xfd", "a zstd file (in another): unpack it first (zstd -d)"},
    {0, 4, "QFI\xfb", "a qcow2 image: convert it first (qemu-img convert -O raw)"},
    {0, 8, "vhdxfile", "a VHDX image: convert it first (qemu-img convert -O raw)"},
    {257, 5, "ustar", "a tar archive: give the disk image alone, or a bundle"},
};

static const char vhd_mark[] = "conectix";

static enum err_code refuse(const char *what, struct err *err)
{
    return err_set(err, ERR_FORMAT, "is %s; want a raw disk image", what);
}

static enum err_code check_head(const struct image *image, struct err *err)
{
    uint8_t head[DISK_SECTOR];

    if (image_read(image, 0, head, sizeof head, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
        if (memcmp(head + containers[i].at, containers[i].mark, containers[i].len) == 0)
            return refuse(containers[i].what, err);
    }
    if (memcmp(head, vhd_mark, sizeof vhd_mark - 1) == 0)
        return refuse("a VHD image already", err);
    if (image_read(image, image->size - DISK_SECTOR, head, sizeof head, err) != ERR_OK)
        return err->code;
    return memcmp(head, vhd_mark, sizeof vhd_mark - 1) == 0 ? refuse("a VHD image already", err)
                                                            : ERR_OK;
}

enum err_code disk_check(const struct image *image, uint64_t max_bytes, struct err *err)
{
    if (image->size == 0)
        return err_set(err, ERR_FORMAT, "is empty, want a disk image");
    if (image->size >= DISK_SECTOR && check_head(image, err) != ERR_OK)
        return err->code;
    if (image->size % DISK_SECTOR)
        return err_set(err, ERR_FORMAT, "%llu bytes: want a multiple of %d, as disks have",
                       (unsigned long long)image->size, DISK_SECTOR);
    if (image->size > max_bytes)
        return err_set(err, ERR_LIMIT, "%llu bytes, at most %llu are allowed",
                       (unsigned long long)image->size, (unsigned long long)max_bytes);
    return ERR_OK;
}

uint64_t disk_padded(uint64_t size, uint64_t unit)
{
    uint64_t rest = size % unit;

    return rest ? size + (unit - rest) : size;
}

enum err_code disk_has_table(const struct image *image, bool *answer, struct err *err)
{
    uint8_t head[HEAD + 8] = {0};
    size_t len = image->size < sizeof head ? (size_t)image->size : sizeof head;

    *answer = false;
    if (image_read(image, 0, head, len, err) != ERR_OK)
        return err->code;
    *answer = (head[510] == 0x55 && head[511] == 0xaa) || memcmp(head + 512, "EFI PART", 8) == 0 ||
              memcmp(head + HEAD, "EFI PART", 8) == 0;
    return ERR_OK;
}

enum err_code disk_write_raw(const struct image *image, const uint8_t digest[SHA256_SIZE],
                             const struct sink *sink, struct err *err)
{
    struct extents extents;
    enum err_code rc = disk_check(image, UINT64_MAX, err);

    if (rc != ERR_OK)
        return rc;
    rc = extents_find(image, digest, &extents, err);
    if (rc == ERR_OK)
        rc = extents_send_all(image, &extents, image->size, sink, err);
    extents_free(&extents);
    return rc;
}
