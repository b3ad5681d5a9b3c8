#include "bundle/archive/seek_table.h"

#include <string.h>

#include "resolver/base/cursor.h"

#define SKIPPABLE_MAGIC 0x184D2A5Eu
#define SEEKABLE_MAGIC 0x8F92EAB1u

static void put_le32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

uint64_t seek_table_size(uint64_t frames)
{
    return SEEK_HEADER_SIZE + SEEK_ENTRY_SIZE * frames + SEEK_FOOTER_SIZE;
}

void seek_table_add(struct buf *entries, uint32_t stored_size, uint32_t raw_size)
{
    uint8_t entry[SEEK_ENTRY_SIZE];

    put_le32(entry, stored_size);
    put_le32(entry + 4, raw_size);
    buf_add(entries, slice_of(entry, sizeof entry));
}

void seek_table_header(uint32_t frames, uint8_t out[SEEK_HEADER_SIZE])
{
    put_le32(out, SKIPPABLE_MAGIC);
    put_le32(out + 4, (uint32_t)(seek_table_size(frames) - SEEK_HEADER_SIZE));
}

void seek_table_footer(uint32_t frames, uint8_t out[SEEK_FOOTER_SIZE])
{
    put_le32(out, frames);
    out[4] = 0; /* flags */
    put_le32(out + 5, SEEKABLE_MAGIC);
}

static uint32_t entry_number(const struct seek_table *table, uint32_t frame, size_t which)
{
    struct cursor in =
        cursor_of(slice_part(table->entries, (size_t)frame * SEEK_ENTRY_SIZE + 4 * which, 4));

    return cursor_le32(&in);
}

uint32_t seek_stored_size(const struct seek_table *table, uint32_t frame)
{
    return entry_number(table, frame, 0);
}

uint32_t seek_raw_size(const struct seek_table *table, uint32_t frame)
{
    return entry_number(table, frame, 1);
}

/* Reads the bytes at both ends of a table with so many frames and compares them. */
static enum err_code check_ends(const struct image *blob, uint64_t at, uint32_t frames,
                                struct err *err)
{
    uint8_t have[SEEK_FOOTER_SIZE], want[SEEK_FOOTER_SIZE];

    if (image_read(blob, blob->size - SEEK_FOOTER_SIZE, have, SEEK_FOOTER_SIZE, err))
        return err->code;
    seek_table_footer(frames, want);
    if (memcmp(have, want, SEEK_FOOTER_SIZE) != 0)
        return err_set(err, ERR_CORRUPT, "seek table: its end is not that of %u frames", frames);
    if (image_read(blob, at, have, SEEK_HEADER_SIZE, err))
        return err->code;
    seek_table_header(frames, want);
    if (memcmp(have, want, SEEK_HEADER_SIZE) != 0)
        return err_set(err, ERR_CORRUPT, "seek table: its start is not that of %u frames", frames);
    return ERR_OK;
}

static enum err_code check_entries(struct seek_table *table, uint64_t raw_size, uint32_t frame_size,
                                   struct err *err)
{
    uint64_t stored = 0;

    for (uint32_t i = 0; i < table->frames; i++) {
        uint32_t len = seek_stored_size(table, i), raw = seek_raw_size(table, i);
        uint32_t want = raw_size < frame_size ? (uint32_t)raw_size : frame_size;

        if (raw != want)
            return err_set(err, ERR_CORRUPT, "seek table: frame %u: %u raw bytes, want %u", i, raw,
                           want);
        stored += len;
        raw_size -= raw;
        if (len > table->stored_max)
            table->stored_max = len;
    }
    if (stored != table->at)
        return err_set(err, ERR_CORRUPT,
                       "seek table: the frames have %llu bytes by it, and have %llu",
                       (unsigned long long)stored, (unsigned long long)table->at);
    return ERR_OK;
}

static enum err_code read_table(const struct image *blob, uint64_t raw_size, uint32_t frame_size,
                                struct arena *arena, struct seek_table *table, struct err *err)
{
    uint64_t frames = raw_size / frame_size + (raw_size % frame_size != 0);
    uint8_t *entries;

    if (frames > SEEK_FRAMES_MAX)
        return err_set(err, ERR_LIMIT, "%llu frames, at most %u are read",
                       (unsigned long long)frames, SEEK_FRAMES_MAX);
    if (blob->size < seek_table_size(frames))
        return err_set(err, ERR_CORRUPT, "%llu bytes are too few for the seek table of %llu frames",
                       (unsigned long long)blob->size, (unsigned long long)frames);
    table->frames = (uint32_t)frames;
    table->at = blob->size - seek_table_size(frames);
    if (check_ends(blob, table->at, table->frames, err))
        return err->code;
    entries = arena_array(arena, table->frames, SEEK_ENTRY_SIZE, err);
    if (!entries)
        return err->code;
    table->entries = slice_of(entries, (size_t)table->frames * SEEK_ENTRY_SIZE);
    if (image_read(blob, table->at + SEEK_HEADER_SIZE, entries, table->entries.len, err))
        return err->code;
    return check_entries(table, raw_size, frame_size, err);
}

enum err_code seek_table_read(const struct image *blob, uint64_t raw_size, uint32_t frame_size,
                              struct arena *arena, struct seek_table *table, struct err *err)
{
    memset(table, 0, sizeof *table);
    if (read_table(blob, raw_size, frame_size, arena, table, err)) {
        memset(table, 0, sizeof *table);
        return err->code;
    }
    return ERR_OK;
}
