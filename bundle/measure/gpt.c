#include "bundle/measure/gpt.h"

#include <string.h>

#include "resolver/base/cursor.h"

#define HEADER_MIN 92
#define HEADER_MAX 512
#define ENTRY_MIN 128
#define ENTRY_MAX 4096

static const uint32_t sector_sizes[] = {512, 4096};
#define SECTOR_SIZES (sizeof sector_sizes / sizeof sector_sizes[0])

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b as it stands on the disk */
static const uint8_t esp_type[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                                     0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};

struct header {
    uint64_t lba, sectors; /* its own position; sectors of the disk */
    uint32_t sector_size;
    uint64_t entries_lba;
    uint32_t entries, entry_size, entries_crc;
};

struct found {
    uint64_t first, last; /* sectors of the ESP */
    uint32_t entry;       /* its number, from 1 */
    uint32_t esps, second;
};

/* CRC-32 of IEEE 802.3, as zlib's; starts and goes on with what it gave, from 0. */
static uint32_t crc_update(uint32_t crc, struct slice data)
{
    static const uint32_t nibbles[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};

    crc = ~crc;
    for (size_t i = 0; i < data.len; i++) {
        crc ^= data.ptr[i];
        crc = crc >> 4 ^ nibbles[crc & 15];
        crc = crc >> 4 ^ nibbles[crc & 15];
    }
    return ~crc;
}

static uint32_t header_crc(struct slice header)
{
    static const uint8_t zeros[4];
    uint32_t crc = crc_update(0, slice_part(header, 0, 16));

    crc = crc_update(crc, slice_of(zeros, sizeof zeros));
    return crc_update(crc, slice_part(header, 20, header.len));
}

static enum err_code check_header(const struct header *header, uint64_t own_lba, struct err *err)
{
    uint64_t size = (uint64_t)header->entries * header->entry_size;

    if (own_lba != header->lba)
        return err_set(err, ERR_FORMAT, "stands in sector %llu and says %llu",
                       (unsigned long long)header->lba, (unsigned long long)own_lba);
    if (header->entry_size < ENTRY_MIN || header->entry_size > ENTRY_MAX ||
        (header->entry_size & (header->entry_size - 1)) != 0)
        return err_set(err, ERR_FORMAT, "entries of %lu bytes", (unsigned long)header->entry_size);
    if (size == 0 || size > GPT_TABLE_MAX)
        return err_set(err, ERR_FORMAT, "%lu entries", (unsigned long)header->entries);
    if (header->entries_lba < 2 || header->entries_lba >= header->sectors ||
        size > (header->sectors - header->entries_lba) * header->sector_size)
        return err_set(err, ERR_FORMAT, "entries from sector %llu on do not lie on the disk",
                       (unsigned long long)header->entries_lba);
    return ERR_OK;
}

/* The header in sector header->lba. ERR_NOT_FOUND when there is none. */
static enum err_code read_header(const struct image *disk, struct header *header, struct err *err)
{
    uint8_t bytes[HEADER_MAX] = {0};
    struct cursor cursor = cursor_of(slice_of(bytes, sizeof bytes));
    uint32_t size, crc;
    uint64_t own_lba;
    enum err_code rc = image_read(disk, header->lba * header->sector_size, bytes, sizeof bytes, err);

    if (rc != ERR_OK)
        return rc;
    if (!slice_is(cursor_take(&cursor, 8), "EFI PART"))
        return err_set(err, ERR_NOT_FOUND, "no header");
    cursor_take(&cursor, 4); /* revision */
    size = cursor_le32(&cursor);
    crc = cursor_le32(&cursor);
    if (size < HEADER_MIN || size > HEADER_MAX)
        return err_set(err, ERR_FORMAT, "header of %lu bytes", (unsigned long)size);
    if (crc != header_crc(slice_of(bytes, size)))
        return err_set(err, ERR_FORMAT, "the header's CRC is wrong");
    cursor_take(&cursor, 4);
    own_lba = cursor_le64(&cursor);
    cursor_take(&cursor, 40); /* the other header, usable sectors, the disk's GUID */
    header->entries_lba = cursor_le64(&cursor);
    header->entries = cursor_le32(&cursor);
    header->entry_size = cursor_le32(&cursor);
    header->entries_crc = cursor_le32(&cursor);
    return check_header(header, own_lba, err);
}

/* Looks at one entry: notes an ESP, and in *bad the first partition that does not lie on the disk. */
static void take_entry(const struct header *header, struct slice bytes, uint32_t number,
                       struct found *found, struct err *bad)
{
    static const uint8_t unused[16];
    struct cursor cursor = cursor_of(bytes);
    struct slice type = cursor_take(&cursor, 16);
    uint64_t first, last;

    if (slice_equal(type, slice_of(unused, sizeof unused)))
        return;
    cursor_take(&cursor, 16); /* the partition's GUID */
    first = cursor_le64(&cursor);
    last = cursor_le64(&cursor);
    if (bad->code == ERR_OK && (first > last || last >= header->sectors))
        err_set(bad, ERR_FORMAT, "GPT: partition %lu: sectors %llu to %llu do not lie on the disk, "
                "which has %llu", (unsigned long)number, (unsigned long long)first,
                (unsigned long long)last, (unsigned long long)header->sectors);
    if (!slice_equal(type, slice_of(esp_type, sizeof esp_type)))
        return;
    if (found->esps++ == 0) {
        found->first = first;
        found->last = last;
        found->entry = number;
    } else {
        found->second = number;
    }
}

/* Reads all entries. The first bad one is left in *bad, for when the CRC is right. */
static enum err_code read_entries(const struct image *disk, const struct header *header,
                                  struct found *found, struct err *bad, struct err *err)
{
    uint8_t bytes[ENTRY_MAX];
    uint64_t at = header->entries_lba * header->sector_size;
    uint32_t crc = 0, per_read = ENTRY_MAX / header->entry_size;

    for (uint32_t done = 0; done < header->entries;) {
        uint32_t now = header->entries - done < per_read ? header->entries - done : per_read;
        size_t size = (size_t)now * header->entry_size;
        enum err_code rc = image_read(disk, at, bytes, size, err);

        if (rc != ERR_OK)
            return rc;
        crc = crc_update(crc, slice_of(bytes, size));
        for (uint32_t i = 0; i < now; i++)
            take_entry(header, slice_of(bytes + (size_t)i * header->entry_size, ENTRY_MIN), ++done,
                       found, bad);
        at += size;
    }
    if (crc != header->entries_crc)
        return err_set(err, ERR_FORMAT, "the entries' CRC is wrong");
    return ERR_OK;
}

/* The table whose header stands in sector lba. ERR_NOT_FOUND when there is no header. */
static enum err_code read_table(const struct image *disk, uint32_t sector_size, bool is_backup,
                                struct header *header, struct found *found, struct err *bad,
                                struct err *err)
{
    enum err_code rc;

    memset(found, 0, sizeof *found);
    memset(bad, 0, sizeof *bad);
    memset(header, 0, sizeof *header);
    header->sector_size = sector_size;
    header->sectors = disk->size / sector_size;
    if (header->sectors < 4)
        return err_set(err, ERR_NOT_FOUND, "no header");
    header->lba = is_backup ? header->sectors - 1 : 1;
    rc = read_header(disk, header, err);
    return rc == ERR_OK ? read_entries(disk, header, found, bad, err) : rc;
}

/* What a good table says of the ESP. */
static enum err_code take_table(const struct header *header, const struct found *found,
                                const struct err *bad, struct gpt *gpt, struct err *err)
{
    if (bad->code != ERR_OK) {
        *err = *bad;
        return err->code;
    }
    if (found->esps == 0)
        return err_set(err, ERR_NOT_FOUND, "GPT: no EFI system partition");
    if (found->esps > 1)
        return err_set(err, ERR_AMBIGUOUS, "GPT: %lu EFI system partitions (%lu and %lu)",
                       (unsigned long)found->esps, (unsigned long)found->entry,
                       (unsigned long)found->second);
    gpt->sector_size = header->sector_size;
    gpt->is_backup = header->lba != 1;
    gpt->esp_at = found->first * header->sector_size;
    gpt->esp_size = (found->last - found->first + 1) * header->sector_size;
    return ERR_OK;
}

struct attempt {
    bool has_header, is_good;
    struct header header;
    struct found found;
    struct err bad, err;
};

/* Tries the primary tables or the backups of both sector sizes. Reading that fails is an error; what
 * stands there is noted. */
static enum err_code attempt_both(const struct image *disk, bool is_backup,
                                  struct attempt attempts[SECTOR_SIZES], struct err *err)
{
    for (size_t i = 0; i < SECTOR_SIZES; i++) {
        struct attempt *attempt = &attempts[i];
        enum err_code rc = read_table(disk, sector_sizes[i], is_backup, &attempt->header,
                                      &attempt->found, &attempt->bad, &attempt->err);

        if (rc != ERR_OK && rc != ERR_FORMAT && rc != ERR_NOT_FOUND) {
            *err = attempt->err;
            return err_add(err, "GPT");
        }
        attempt->is_good = rc == ERR_OK;
        attempt->has_header = rc != ERR_NOT_FOUND;
    }
    if (attempts[0].is_good && attempts[1].is_good)
        return err_set(err, ERR_AMBIGUOUS, "GPT: a table for sectors of 512 bytes and one for 4096");
    return ERR_OK;
}

static const struct attempt *good_of(const struct attempt attempts[SECTOR_SIZES])
{
    for (size_t i = 0; i < SECTOR_SIZES; i++) {
        if (attempts[i].is_good)
            return &attempts[i];
    }
    return NULL;
}

/* Why there is no good header; that of the sector size whose header was there. */
static const char *reason_of(const struct attempt attempts[SECTOR_SIZES])
{
    return attempts[attempts[0].has_header ? 0 : 1].err.msg;
}

enum err_code gpt_find(const struct image *disk, struct gpt *gpt, struct err *err)
{
    struct attempt primary[SECTOR_SIZES], backup[SECTOR_SIZES];
    const struct attempt *good;
    enum err_code rc = ERR_BUG;

    memset(gpt, 0, sizeof *gpt);
    rc = attempt_both(disk, false, primary, err);
    if (rc != ERR_OK)
        return rc;
    good = good_of(primary);
    if (!good) {
        rc = attempt_both(disk, true, backup, err);
        if (rc != ERR_OK)
            return rc;
        good = good_of(backup);
    }
    if (good)
        return take_table(&good->header, &good->found, &good->bad, gpt, err);
    if (!primary[0].has_header && !primary[1].has_header && !backup[0].has_header &&
        !backup[1].has_header)
        return err_set(err, ERR_NOT_FOUND, "no GPT: not the raw image of a disk");
    return err_set(err, ERR_FORMAT, "GPT: both tables are bad: primary: %.200s; backup: %.200s",
                   reason_of(primary), reason_of(backup));
}
