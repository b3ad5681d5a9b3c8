#include "bundle/publish/sparse_tar.h"

#include <stdio.h>
#include <string.h>

#include "bundle/archive/tar.h"

#define NUMBER 12            /* bytes of a number's field */
#define OCTAL_MAX 077777777777ull
#define IN_HEADER 4          /* runs of the map */
#define IN_BLOCK 21
#define HEADER_MAP 386       /* offsets of the fields of the header */
#define HEADER_MORE 482
#define HEADER_REAL_SIZE 483
#define BLOCK_MORE 504       /* of a block of the map */

/* Octal digits and a NUL; in base 256 from 8 GiB on. */
static void put_number(uint8_t *field, uint64_t value)
{
    char digits[32];

    memset(field, 0, NUMBER);
    if (value <= OCTAL_MAX) {
        snprintf(digits, sizeof digits, "%011llo", (unsigned long long)value);
        memcpy(field, digits, NUMBER - 1);
        return;
    }
    for (size_t i = NUMBER - 1; value; i--, value >>= 8)
        field[i] = (uint8_t)value;
    field[0] = 0x80;
}

static void put_checksum(uint8_t block[TAR_BLOCK])
{
    unsigned sum = 0;
    char digits[8];

    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += block[i];
    snprintf(digits, sizeof digits, "%06o", sum & 0777777u);
    memcpy(block + 148, digits, 7); /* six digits, a NUL; the blank stays */
}

/* The runs of the map: the extents, and one of no bytes where a hole is at the end. */
static size_t map_count(const struct extents *extents, uint64_t size)
{
    struct extent last;

    if (extents->count == 0)
        return 1;
    last = extents_get(extents, extents->count - 1);
    return extents->count + (last.at + last.size < size);
}

/* Puts up to most runs from number `from` on, and whether more follow. */
static void put_map(const struct extents *extents, uint64_t size, size_t from, size_t most,
                    uint8_t *map, uint8_t *more)
{
    size_t count = map_count(extents, size);

    for (size_t i = 0; i < most && from + i < count; i++) {
        struct extent run = {size, 0};

        if (from + i < extents->count)
            run = extents_get(extents, from + i);
        put_number(map + i * 2 * NUMBER, run.at);
        put_number(map + i * 2 * NUMBER + NUMBER, run.size);
    }
    *more = from + most < count;
}

static void make_header(const struct extents *extents, const char *name, uint64_t size,
                        uint8_t block[TAR_BLOCK])
{
    memset(block, 0, TAR_BLOCK);
    memcpy(block, name, strlen(name));
    memcpy(block + 100, "0000644", 8);
    memcpy(block + 108, "0000000", 8);
    memcpy(block + 116, "0000000", 8);
    put_number(block + 124, extents->data_size);
    put_number(block + 136, 0);
    block[156] = 'S';
    memcpy(block + 257, "ustar  ", 8);
    put_map(extents, size, 0, IN_HEADER, block + HEADER_MAP, block + HEADER_MORE);
    put_number(block + HEADER_REAL_SIZE, size);
    put_checksum(block);
}

static enum err_code write_header(const struct extents *extents, const char *name, uint64_t size,
                                  const struct sink *sink, struct err *err)
{
    size_t count = map_count(extents, size);
    uint8_t block[TAR_BLOCK];

    make_header(extents, name, size, block);
    if (sink->write(sink->ctx, slice_of(block, TAR_BLOCK), err) != ERR_OK)
        return err->code;
    for (size_t from = IN_HEADER; from < count; from += IN_BLOCK) {
        memset(block, 0, TAR_BLOCK);
        put_map(extents, size, from, IN_BLOCK, block, block + BLOCK_MORE);
        if (sink->write(sink->ctx, slice_of(block, TAR_BLOCK), err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

enum err_code sparse_tar_write(const struct image *image, const struct extents *extents,
                               const char *name, uint64_t size, const struct sink *sink,
                               struct err *err)
{
    if (size % TAR_BLOCK || image->size % TAR_BLOCK || size < image->size || strlen(name) > 99)
        return err_set(err, ERR_BUG, "%s: %llu bytes in %llu", name,
                       (unsigned long long)image->size, (unsigned long long)size);
    if (write_header(extents, name, size, sink, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < extents->count; i++) {
        struct extent extent = extents_get(extents, i);

        if (extents_send(image, extent.at, extent.size, sink, err) != ERR_OK)
            return err->code;
    }
    return extents_send_hole(TAR_END, sink, err);
}
