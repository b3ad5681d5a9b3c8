#include "bundle/archive/tar.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"

#define NAME_SIZE 100
#define PREFIX_SIZE 155
#define OCTAL_SIZE_MAX 077777777777ull /* from 8 GiB on: base 256 */

/* Where the fields of a header stand; those that never vary have what they hold. */
static const struct field {
    const char *name;
    size_t at, len;
    const char *fixed;
} fields[] = {
    {"name", 0, NAME_SIZE, NULL},
    {"mode", 100, 8, "0000644"},
    {"uid", 108, 8, "0000000"},
    {"gid", 116, 8, "0000000"},
    {"size", 124, 12, NULL},
    {"mtime", 136, 12, NULL},
    {"checksum", 148, 8, NULL},
    {"type", 156, 1, NULL},
    {"link name", 157, TAR_LINK_MAX, NULL},
    {"magic", 257, 6, "ustar"},
    {"version", 263, 2, "00"},
    {"owner's name", 265, 32, ""},
    {"group's name", 297, 32, ""},
    {"device major", 329, 8, "0000000"},
    {"device minor", 337, 8, "0000000"},
    {"prefix", 345, PREFIX_SIZE, NULL},
    {"padding", 500, 12, ""},
};

enum { NAME = 0, SIZE = 4, MTIME, CHECKSUM, TYPE, LINK, MAGIC, PREFIX = 15 };

#define FIELDS (sizeof fields / sizeof fields[0])

uint64_t tar_padded(uint64_t size)
{
    return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

/* Where name is split: the bytes of its prefix, 0 for none; false when it cannot be. */
static bool split_name(struct slice name, size_t *prefix)
{
    *prefix = 0;
    if (name.len <= NAME_SIZE)
        return name.len > 0;
    for (size_t at = name.len - NAME_SIZE - 1; at <= PREFIX_SIZE && at + 1 < name.len; at++) {
        if (name.ptr[at] == '/' && at > 0) {
            *prefix = at;
            return true;
        }
    }
    return false;
}

bool tar_name_fits(struct slice name)
{
    size_t prefix;

    return split_name(name, &prefix);
}

static void put(uint8_t *block, const struct field *field, struct slice text)
{
    if (text.len > 0)
        memcpy(block + field->at, text.ptr, text.len < field->len ? text.len : field->len);
}

static void put_octal(uint8_t *block, const struct field *field, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%0*llo", (int)field->len - 1, (unsigned long long)value);
    put(block, field, slice_text(text));
}

static void put_size(uint8_t *block, uint64_t size)
{
    uint8_t *field = block + fields[SIZE].at;

    if (size <= OCTAL_SIZE_MAX) {
        put_octal(block, &fields[SIZE], size);
        return;
    }
    field[0] = 0x80;
    for (size_t i = 0; i < 8; i++)
        field[fields[SIZE].len - 1 - i] = (uint8_t)(size >> (8 * i));
}

/* The sum of all bytes, the checksum's own taken as blanks. */
static unsigned checksum(const uint8_t *block)
{
    unsigned sum = 0;

    for (size_t i = 0; i < TAR_BLOCK; i++) {
        bool is_own = i - fields[CHECKSUM].at < fields[CHECKSUM].len;

        sum += is_own ? ' ' : block[i];
    }
    return sum;
}

static void put_name(uint8_t *block, struct slice name, size_t prefix)
{
    put(block, &fields[PREFIX], slice_part(name, 0, prefix));
    put(block, &fields[NAME], prefix ? slice_part(name, prefix + 1, name.len) : name);
}

static void fill(const struct tar_member *member, uint64_t time, size_t prefix, uint8_t *block)
{
    char sum[9];

    memset(block, 0, TAR_BLOCK);
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].fixed)
            put(block, &fields[i], slice_text(fields[i].fixed));
    }
    put_name(block, slice_text(member->name), prefix);
    put(block, &fields[LINK], slice_text(member->link));
    put_size(block, member->size);
    put_octal(block, &fields[MTIME], time);
    block[fields[TYPE].at] = member->link[0] ? '1' : '0';
    snprintf(sum, sizeof sum, "%06o", checksum(block) & 0777777);
    put(block, &fields[CHECKSUM], slice_of(sum, 7));
    block[fields[CHECKSUM].at + 7] = ' ';
}

enum err_code tar_header(const struct tar_member *member, uint64_t time, uint8_t out[TAR_BLOCK],
                         struct err *err)
{
    size_t prefix;

    memset(out, 0, TAR_BLOCK);
    if (!split_name(slice_text(member->name), &prefix))
        return err_set(err, ERR_USAGE, "%s: no name that a tar header can hold", member->name);
    if (time > TAR_TIME_MAX)
        return err_set(err, ERR_USAGE, "time %llu: after the year 2242, which tar cannot hold",
                       (unsigned long long)time);
    if (member->size > TAR_SIZE_MAX || (member->link[0] && member->size > 0))
        return err_set(err, ERR_USAGE, "%s: no size that a tar header can hold", member->name);
    fill(member, time, prefix, out);
    return ERR_OK;
}

/* Reads digits up to a NUL or the field's end; whether they are the right ones is seen when the
 * header is made again. */
static uint64_t get_octal(const uint8_t *block, const struct field *field)
{
    uint64_t value = 0;

    for (size_t i = field->at; i < field->at + field->len; i++) {
        if (block[i] < '0' || block[i] > '7')
            break;
        value = value * 8 + (uint64_t)(block[i] - '0');
    }
    return value;
}

static uint64_t get_size(const uint8_t *block)
{
    const uint8_t *field = block + fields[SIZE].at;
    uint64_t value = 0;

    if (!(field[0] & 0x80))
        return get_octal(block, &fields[SIZE]);
    for (size_t i = fields[SIZE].len - 8; i < fields[SIZE].len; i++)
        value = value << 8 | field[i];
    return value;
}

static struct slice get_text(const uint8_t *block, const struct field *field)
{
    struct slice text = slice_of(block + field->at, field->len);

    return slice_part(text, 0, slice_find(text, 0));
}

static void read_fields(const uint8_t *block, struct tar_member *member, uint64_t *time)
{
    struct slice prefix = get_text(block, &fields[PREFIX]), name = get_text(block, &fields[NAME]);
    struct slice link = get_text(block, &fields[LINK]);

    snprintf(member->name, sizeof member->name, "%.*s%s%.*s", (int)prefix.len,
             (const char *)prefix.ptr, prefix.len ? "/" : "", (int)name.len,
             (const char *)name.ptr);
    snprintf(member->link, sizeof member->link, "%.*s", (int)link.len, (const char *)link.ptr);
    member->size = get_size(block);
    *time = get_octal(block, &fields[MTIME]);
}

/* Says what a block without ustar's magic is, where that can be told; else NULL. */
static const char *what_is(const uint8_t *block)
{
    if (memcmp(block, "\x28\xB5\x2F\xFD", 4) == 0 || memcmp(block, "\x1F\x8B", 2) == 0)
        return "compressed as a whole, want a plain tar archive";
    return memcmp(block, "sealift part", 12) == 0 ? "is one part of a split archive" : NULL;
}

static bool has_magic(const uint8_t *block)
{
    return memcmp(block + fields[MAGIC].at, "ustar", 5) == 0;
}

/* The first field in which two headers differ, the checksum only if nothing else does. */
static const char *difference(const uint8_t *a, const uint8_t *b)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (i != CHECKSUM && memcmp(a + fields[i].at, b + fields[i].at, fields[i].len) != 0)
            return fields[i].name;
    }
    return memcmp(a, b, TAR_BLOCK) != 0 ? fields[CHECKSUM].name : NULL;
}

/* What is wrong with a header that says this of itself; NULL when nothing is. */
static const char *judge(const uint8_t *block, const struct tar_member *member, uint64_t time)
{
    uint8_t again[TAR_BLOCK];
    size_t prefix;
    struct err unused;

    if (!split_name(slice_text(member->name), &prefix))
        return fields[NAME].name;
    if (tar_header(member, time, again, &unused) != ERR_OK)
        return fields[SIZE].name;
    return difference(block, again);
}

enum err_code tar_parse(const uint8_t block[TAR_BLOCK], struct tar_member *member, uint64_t *time,
                        struct err *err)
{
    const char *wrong, *what = what_is(block);

    memset(member, 0, sizeof *member);
    *time = 0;
    if (!has_magic(block))
        return err_set(err, ERR_FORMAT, "%s", what ? what : "not a tar header");
    read_fields(block, member, time);
    wrong = judge(block, member, *time);
    if (!wrong)
        return ERR_OK;
    memset(member, 0, sizeof *member);
    *time = 0;
    return err_set(err, ERR_FORMAT, "%s: is not what sealift writes into a tar header", wrong);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* The end: two blocks of zeros, the first of which has been read, and nothing after them. */
static enum err_code check_end(const struct tar_reader *reader, struct err *err)
{
    uint8_t block[TAR_BLOCK];
    uint64_t left = reader->image->size - reader->at;

    if (left < TAR_END)
        return err_set(err, ERR_CORRUPT, "byte %llu: the end of the archive is cut off",
                       (unsigned long long)reader->image->size);
    if (left > TAR_END)
        return err_set(err, ERR_FORMAT, "byte %llu: %llu bytes after the end of the archive",
                       (unsigned long long)(reader->at + TAR_END),
                       (unsigned long long)(left - TAR_END));
    if (image_read(reader->image, reader->at + TAR_BLOCK, block, TAR_BLOCK, err))
        return err->code;
    if (!is_zero(block, TAR_BLOCK))
        return err_set(err, ERR_FORMAT, "byte %llu: the end of the archive is not all zeros",
                       (unsigned long long)(reader->at + TAR_BLOCK));
    return ERR_OK;
}

/* The contents and the zeros after them up to the next block are all there. */
static enum err_code check_contents(const struct tar_reader *reader,
                                    const struct tar_member *member, struct err *err)
{
    uint64_t left = reader->image->size - reader->at - TAR_BLOCK;
    size_t padding = (size_t)(tar_padded(member->size) - member->size);
    uint64_t at = reader->at + TAR_BLOCK + member->size;
    uint8_t bytes[TAR_BLOCK];

    if (tar_padded(member->size) > left)
        return err_set(err, ERR_CORRUPT, "cut off: %llu of its %llu bytes are there",
                       (unsigned long long)(left < member->size ? left : member->size),
                       (unsigned long long)member->size);
    if (image_read(reader->image, at, bytes, padding, err))
        return err->code;
    if (!is_zero(bytes, padding))
        return err_set(err, ERR_FORMAT, "the bytes after it are not all zeros");
    return ERR_OK;
}

enum err_code tar_next(struct tar_reader *reader, struct tar_member *member, uint64_t *time,
                       uint64_t *contents_at, bool *is_end, struct err *err)
{
    uint8_t block[TAR_BLOCK];

    memset(member, 0, sizeof *member);
    *time = *contents_at = 0;
    *is_end = false;
    if (reader->image->size - reader->at < TAR_BLOCK)
        return err_set(err, ERR_CORRUPT, "byte %llu: cut off, the archive has no end",
                       (unsigned long long)reader->image->size);
    if (image_read(reader->image, reader->at, block, TAR_BLOCK, err))
        return err->code;
    *is_end = is_zero(block, TAR_BLOCK);
    if (*is_end)
        return check_end(reader, err);
    if (tar_parse(block, member, time, err)) {
        err_add(err, "byte %llu", (unsigned long long)reader->at);
        return reader->at == 0 && !has_magic(block) && !what_is(block) ? err_add(err, "not a bundle")
                                                                       : err->code;
    }
    if (check_contents(reader, member, err))
        return err_add(err, "%s", quote_bare(slice_text(member->name)).text);
    *contents_at = reader->at + TAR_BLOCK;
    reader->at = *contents_at + tar_padded(member->size);
    return ERR_OK;
}
