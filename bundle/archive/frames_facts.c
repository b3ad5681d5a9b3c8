#include "bundle/archive/frame.h"
#include "bundle/archive/frames.h"
#include "bundle/archive/seek_table.h"

enum err_code frames_check_size(uint64_t frame_size, struct err *err)
{
    if (frame_size >= FRAMES_RAW_SIZE_MIN && frame_size <= FRAMES_RAW_SIZE_MAX &&
        frame_size % FRAMES_RAW_SIZE_MIN == 0)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT,
                   "frames of %llu bytes, want a multiple of %u that is at most %u",
                   (unsigned long long)frame_size, FRAMES_RAW_SIZE_MIN, FRAMES_RAW_SIZE_MAX);
}

static enum err_code check_facts(const struct image *blob, const struct frames_facts *facts,
                                 struct err *err)
{
    if (frames_check_size(facts->frame_size, err))
        return err->code;
    if (facts->raw_size == 0)
        return err_set(err, ERR_CORRUPT, "a raw size of 0 bytes");
    if (blob->size != facts->stored_size)
        return err_set(err, ERR_CORRUPT, "has %llu bytes, want %llu",
                       (unsigned long long)blob->size, (unsigned long long)facts->stored_size);
    return ERR_OK;
}

/* A frame can be no longer than zstd ever makes one. */
static enum err_code check_longest(const struct seek_table *table, uint32_t frame_size,
                                   struct err *err)
{
    if (table->stored_max <= frame_stored_max(frame_size))
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "seek table: a frame of %u bytes, at most %zu are possible",
                   table->stored_max, frame_stored_max(frame_size));
}

enum err_code frames_check_blob(const struct image *blob, const struct frames_facts *facts,
                                struct arena *arena, struct seek_table *table, struct err *err)
{
    if (check_facts(blob, facts, err) ||
        seek_table_read(blob, facts->raw_size, facts->frame_size, arena, table, err))
        return err->code;
    return check_longest(table, facts->frame_size, err);
}

uint64_t frames_stored_max(const struct frames_facts *facts)
{
    uint64_t frames;

    if (facts->frame_size == 0)
        return facts->raw_size;
    frames = (facts->raw_size - 1) / facts->frame_size + 1;
    return frames * frame_stored_max(facts->frame_size) + seek_table_size(frames);
}
