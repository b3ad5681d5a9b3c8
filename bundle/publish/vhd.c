#include "bundle/publish/vhd.h"

#include <string.h>

#include "bundle/publish/disk.h"
#include "bundle/publish/extents.h"
#include "resolver/crypto/sha256.h"

#define SECTORS_MAX ((uint64_t)65535 * 16 * 255)

struct geometry {
    uint32_t cylinders, heads, sectors;
};

static void put(uint8_t *field, size_t len, uint64_t value)
{
    while (len-- > 0) {
        field[len] = (uint8_t)value;
        value >>= 8;
    }
}

/* Specification, "CHS Calculation" */
static struct geometry geometry_of(uint64_t total)
{
    struct geometry disk = {0, 16, 255};
    uint32_t tracks; /* cylinders times heads */

    if (total > SECTORS_MAX)
        total = SECTORS_MAX;
    if (total < (uint64_t)65535 * 16 * 63) {
        disk.sectors = 17;
        tracks = (uint32_t)(total / 17);
        disk.heads = tracks < 4 * 1024 ? 4 : (tracks + 1023) / 1024;
        if (tracks >= disk.heads * 1024 || disk.heads > 16) {
            disk.sectors = 31;
            disk.heads = 16;
            tracks = (uint32_t)(total / 31);
        }
        if (tracks >= disk.heads * 1024)
            disk.sectors = 63;
    }
    disk.cylinders = (uint32_t)(total / disk.sectors) / disk.heads;
    return disk;
}

void vhd_footer(uint64_t size, const uint8_t id[VHD_ID], uint8_t out[VHD_FOOTER])
{
    struct geometry disk = geometry_of(size / DISK_SECTOR);
    uint32_t sum = 0;

    memset(out, 0, VHD_FOOTER);
    memcpy(out, "conectix", 8);
    put(out + 8, 4, 2);           /* features: the bit that is always set */
    put(out + 12, 4, 0x00010000); /* version */
    put(out + 16, 8, UINT64_MAX); /* no next header: fixed */
    memcpy(out + 28, "win ", 4);
    put(out + 32, 4, 0x000a0000);
    memcpy(out + 36, "Wi2k", 4);
    put(out + 40, 8, size);
    put(out + 48, 8, size);
    put(out + 56, 2, disk.cylinders);
    put(out + 58, 1, disk.heads);
    put(out + 59, 1, disk.sectors);
    put(out + 60, 4, 2); /* fixed */
    memcpy(out + 68, id, VHD_ID);
    for (size_t i = 0; i < VHD_FOOTER; i++)
        sum += out[i];
    put(out + 64, 4, (uint32_t)~sum);
}

/* Passes everything on and hashes the data, so that holes cost nothing. */
struct hashing {
    const struct sink *to;
    struct sha256 hash;
    uint64_t at;
};

static enum err_code write_hashed(void *ctx, struct slice bytes, struct err *err)
{
    struct hashing *hashing = ctx;
    uint8_t place[8];

    put(place, sizeof place, hashing->at);
    sha256_update(&hashing->hash, slice_of(place, sizeof place));
    sha256_update(&hashing->hash, bytes);
    hashing->at += bytes.len;
    return hashing->to->write(hashing->to->ctx, bytes, err);
}

static enum err_code skip_hashed(void *ctx, uint64_t count, struct err *err)
{
    struct hashing *hashing = ctx;

    hashing->at += count;
    return extents_send_hole(count, hashing->to, err);
}

static enum err_code write_disk(const struct image *image, const struct extents *extents,
                                uint64_t size, const struct sink *sink, struct err *err)
{
    struct hashing hashing = {.to = sink};
    const struct sink through = {.ctx = &hashing, .write = write_hashed, .skip = skip_hashed};
    uint8_t digest[SHA256_SIZE], footer[VHD_FOOTER];

    sha256_init(&hashing.hash);
    if (extents_send_all(image, extents, size, &through, err) != ERR_OK)
        return err->code;
    sha256_final(&hashing.hash, digest);
    vhd_footer(size, digest, footer);
    return sink->write(sink->ctx, slice_of(footer, sizeof footer), err);
}

enum err_code vhd_write(const struct image *image, const uint8_t digest[SHA256_SIZE],
                        const struct sink *sink, uint64_t *size, struct err *err)
{
    struct extents extents;
    enum err_code rc;

    *size = 0;
    if (disk_check(image, VHD_SIZE_MAX, err) != ERR_OK)
        return err->code;
    rc = extents_find(image, digest, &extents, err);
    if (rc == ERR_OK)
        rc = write_disk(image, &extents, disk_padded(image->size, VHD_UNIT), sink, err);
    if (rc == ERR_OK)
        *size = disk_padded(image->size, VHD_UNIT);
    extents_free(&extents);
    return rc;
}
