#include "bundle/measure/fat_folder.h"

#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/utf8.h"

#define ENTRY 32
#define IS_VOLUME 0x08
#define IS_FOLDER 0x10
#define IS_LONG_PART 0x0F
#define IS_LAST_PART 0x40
#define PART_UNITS 13
#define PARTS_MAX 20

/* A long name while its parts go by, the last part first. */
struct long_name {
    uint16_t units[PARTS_MAX * PART_UNITS];
    unsigned expected; /* the number of the next part; 0: the name is whole */
    bool is_going_on;
    uint8_t checksum;
    unsigned parts;
};

enum err_code fat_folder_open(struct fat *fat, const struct fat_entry *entry, struct arena *arena,
                              struct fat_folder *folder, struct err *err)
{
    enum err_code rc;

    folder->at = 0;
    rc = fat_folder_bytes(fat, entry ? entry->cluster : 0, arena, &folder->file, &folder->bytes, err);
    return rc == ERR_OK ? rc : err_add(err, "folder");
}

static void take_part(struct long_name *name, const uint8_t bytes[ENTRY])
{
    static const uint8_t places[PART_UNITS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    unsigned number = bytes[0] & 0x3F;

    if (bytes[0] & IS_LAST_PART) {
        name->is_going_on = number >= 1 && number <= PARTS_MAX;
        name->expected = name->parts = number;
        name->checksum = bytes[13];
    }
    if (!name->is_going_on || number != name->expected || bytes[13] != name->checksum) {
        name->is_going_on = false;
        return;
    }
    name->expected--;
    for (unsigned i = 0; i < PART_UNITS; i++)
        name->units[name->expected * PART_UNITS + i] =
            (uint16_t)(bytes[places[i]] | bytes[places[i] + 1] << 8);
}

static uint8_t checksum_of(const uint8_t *short_name)
{
    unsigned sum = 0;

    for (int i = 0; i < 11; i++)
        sum = (((sum & 1) << 7) + (sum >> 1) + short_name[i]) & 0xFF;
    return (uint8_t)sum;
}

static size_t add_short(uint16_t *out, const uint8_t *bytes, size_t size, bool is_lower)
{
    while (size > 0 && bytes[size - 1] == ' ')
        size--;
    for (size_t i = 0; i < size; i++)
        out[i] = is_lower && bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i];
    return size;
}

static void take_short_name(const uint8_t bytes[ENTRY], struct fat_entry *entry)
{
    uint8_t base[11];
    size_t length, extension;

    memcpy(base, bytes, sizeof base);
    if (base[0] == 0x05)
        base[0] = 0xE5;
    length = add_short(entry->short_name, base, 8, bytes[12] & 0x08);
    extension = add_short(entry->short_name + length + 1, base + 8, 3, bytes[12] & 0x10);
    if (extension > 0) {
        entry->short_name[length] = '.';
        length += 1 + extension;
    }
    entry->short_length = length;
}

static void take_name(const uint8_t bytes[ENTRY], const struct long_name *name,
                      struct fat_entry *entry)
{
    size_t length = 0;

    take_short_name(bytes, entry);
    if (name->is_going_on && name->expected == 0 && name->checksum == checksum_of(bytes)) {
        while (length < name->parts * (size_t)PART_UNITS && name->units[length] != 0)
            length++;
    }
    if (length == 0 || length > FAT_NAME_MAX) {
        entry->length = entry->short_length;
        memcpy(entry->name, entry->short_name, sizeof entry->short_name);
    } else {
        entry->length = length;
        memcpy(entry->name, name->units, sizeof name->units);
    }
}

static void take_entry(const uint8_t bytes[ENTRY], const struct long_name *name,
                       struct fat_entry *entry)
{
    struct cursor cursor = cursor_of(slice_of(bytes + 20, 12));
    uint32_t high, low;

    memset(entry, 0, sizeof *entry);
    take_name(bytes, name, entry);
    entry->is_folder = bytes[11] & IS_FOLDER;
    high = cursor_le16(&cursor);
    cursor_take(&cursor, 4); /* time of change */
    low = cursor_le16(&cursor);
    entry->cluster = high << 16 | low;
    entry->size = cursor_le32(&cursor);
}

enum err_code fat_folder_next(struct fat_folder *folder, struct fat_entry *entry, bool *is_end,
                              struct err *err)
{
    struct long_name name;
    uint8_t bytes[ENTRY];

    memset(&name, 0, sizeof name);
    *is_end = false;
    while (folder->at + ENTRY <= folder->bytes.size) {
        enum err_code rc = image_read(&folder->bytes, folder->at, bytes, sizeof bytes, err);

        if (rc != ERR_OK)
            return rc;
        if (bytes[0] == 0)
            break;
        folder->at += ENTRY;
        if ((bytes[11] & 0x3F) == IS_LONG_PART && bytes[0] != 0xE5) {
            take_part(&name, bytes);
        } else if (bytes[0] == 0xE5 || bytes[0] == '.' || bytes[11] & IS_VOLUME) {
            name.is_going_on = false;
        } else {
            take_entry(bytes, &name, entry);
            return ERR_OK;
        }
    }
    *is_end = true;
    memset(entry, 0, sizeof *entry);
    return ERR_OK;
}

static uint16_t fold(uint16_t unit)
{
    return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit + 32) : unit;
}

static bool equal_folded(const uint16_t *a, size_t a_length, const uint16_t *b, size_t b_length)
{
    if (a_length != b_length)
        return false;
    for (size_t i = 0; i < a_length; i++) {
        if (fold(a[i]) != fold(b[i]))
            return false;
    }
    return true;
}

/* UTF-8 as UTF-16, at most FAT_NAME_MAX units; 0 for what is not UTF-8, empty or too long. */
static size_t to_utf16(struct slice text, uint16_t *out)
{
    size_t length = 0;

    for (size_t at = 0; at < text.len;) {
        uint32_t code_point;
        size_t size = utf8_decode(text, at, &code_point);

        if (size == 0 || length + 2 > FAT_NAME_MAX)
            return 0;
        if (code_point > 0xFFFF) {
            out[length++] = (uint16_t)(0xD800 + ((code_point - 0x10000) >> 10));
            out[length++] = (uint16_t)(0xDC00 + ((code_point - 0x10000) & 0x3FF));
        } else {
            out[length++] = (uint16_t)code_point;
        }
        at += size;
    }
    return length;
}

static enum err_code find_in(struct fat *fat, const struct fat_entry *parent, struct slice part,
                             struct arena *arena, struct fat_entry *entry, struct err *err)
{
    struct fat_folder folder;
    uint16_t wanted[FAT_NAME_MAX];
    size_t length = to_utf16(part, wanted);
    bool is_end = false;
    enum err_code rc = fat_folder_open(fat, parent, arena, &folder, err);

    while (rc == ERR_OK && !is_end) {
        rc = fat_folder_next(&folder, entry, &is_end, err);
        if (rc == ERR_OK && !is_end && length > 0 &&
            (equal_folded(entry->name, entry->length, wanted, length) ||
             equal_folded(entry->short_name, entry->short_length, wanted, length)))
            return ERR_OK;
    }
    return rc == ERR_OK ? err_set(err, ERR_NOT_FOUND, "no such file") : rc;
}

enum err_code fat_folder_find(struct fat *fat, struct slice path, struct arena *arena,
                              struct fat_entry *entry, struct err *err)
{
    struct fat_entry parent;
    enum err_code rc = err_set(err, ERR_NOT_FOUND, "no such file");
    unsigned depth = 0;

    memset(entry, 0, sizeof *entry);
    while (path.len > 0) {
        struct slice part = slice_cut(&path, '/');

        if (part.len == 0)
            continue;
        rc = err_set(err, ERR_NOT_FOUND, "no such file");
        if (depth == FAT_PATH_DEPTH || (depth > 0 && !entry->is_folder))
            break;
        parent = *entry;
        rc = find_in(fat, depth++ ? &parent : NULL, part, arena, entry, err);
        if (rc != ERR_OK)
            break;
    }
    if (rc != ERR_OK)
        memset(entry, 0, sizeof *entry);
    return rc;
}

bool fat_folder_name_ends(const struct fat_entry *entry, const char *suffix)
{
    uint16_t units[FAT_NAME_MAX];
    size_t length = to_utf16(slice_text(suffix), units);

    return entry->length >= length &&
           equal_folded(entry->name + entry->length - length, length, units, length);
}

enum err_code fat_folder_name(const struct fat_entry *entry, struct arena *arena,
                              struct slice *name, struct err *err)
{
    uint8_t *text = arena_array(arena, entry->length + 1, 3, err);
    size_t length = 0;

    *name = (struct slice){NULL, 0};
    if (!text)
        return err->code;
    for (size_t i = 0; i < entry->length; i++) {
        uint32_t unit = entry->name[i];
        bool is_pair = unit >= 0xD800 && unit < 0xDC00 && i + 1 < entry->length &&
                       entry->name[i + 1] >= 0xDC00 && entry->name[i + 1] < 0xE000;
        size_t size;

        if (is_pair)
            unit = 0x10000 + ((unit - 0xD800) << 10) + (entry->name[++i] - 0xDC00u);
        size = utf8_encode(unit, text + length);
        if (size == 0)
            text[length++] = '?';
        length += size;
    }
    *name = slice_of(text, length);
    return ERR_OK;
}

int fat_folder_compare(const struct fat_entry *a, const struct fat_entry *b)
{
    size_t shared = a->length < b->length ? a->length : b->length;

    for (size_t i = 0; i < shared; i++) {
        if (a->name[i] != b->name[i])
            return a->name[i] < b->name[i] ? -1 : 1;
    }
    return a->length < b->length ? -1 : a->length > b->length;
}
