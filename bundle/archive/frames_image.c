#include "bundle/archive/frames_image.h"

#include <string.h>

#include "bundle/archive/frame.h"

static void find_frames(struct frames_image *frames)
{
    uint64_t at = 0;

    for (uint32_t i = 0; i < frames->table.frames; i++) {
        frames->offsets[i] = at;
        at += seek_stored_size(&frames->table, i);
    }
}

static enum err_code hold(struct frames_image *frames, uint32_t number, struct err *err)
{
    uint32_t len = seek_stored_size(&frames->table, number);
    const char *wrong;

    if (frames->is_held && frames->held == number)
        return ERR_OK;
    frames->is_held = false;
    if (image_read(&frames->blob.image, frames->offsets[number], frames->stored, len, err))
        return err->code;
    wrong = frame_decompress(frames->context, slice_of(frames->stored, len), frames->raw,
                             seek_raw_size(&frames->table, number));
    if (wrong)
        return err_set(err, ERR_CORRUPT, "frame %u: %s", number, wrong);
    frames->held = number;
    frames->is_held = true;
    return ERR_OK;
}

static enum err_code read_raw(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    struct frames_image *frames = ctx;
    uint32_t frame_size = frames->facts.frame_size;

    while (size > 0) {
        uint32_t within = (uint32_t)(at % frame_size), left = frame_size - within;
        size_t len = size < left ? size : left;

        if (hold(frames, (uint32_t)(at / frame_size), err))
            return err->code;
        memcpy(into, frames->raw + within, len);
        into += len;
        size -= len;
        at += len;
    }
    return ERR_OK;
}

static enum err_code take_memory(struct frames_image *frames, struct arena *arena, struct err *err)
{
    size_t count = frames->table.frames;

    frames->offsets = arena_array(arena, count, sizeof *frames->offsets, err);
    frames->stored = frames->offsets ? arena_alloc(arena, frames->table.stored_max, err) : NULL;
    frames->raw = frames->stored ? arena_alloc(arena, frames->facts.frame_size, err) : NULL;
    if (!frames->raw)
        return err->code;
    frames->context = ZSTD_createDCtx();
    return frames->context ? ERR_OK : err_set(err, ERR_LIMIT, "zstd: out of memory");
}

static enum err_code open_image(struct frames_image *frames, const struct image *blob,
                                struct arena *arena, struct err *err)
{
    if (checked_image_open(blob, frames->facts.stored_digest, arena, &frames->blob, err) ||
        frames_check_blob(&frames->blob.image, &frames->facts, arena, &frames->table, err) ||
        take_memory(frames, arena, err))
        return err->code;
    find_frames(frames);
    return ERR_OK;
}

enum err_code frames_image_open(const struct image *blob, const struct frames_facts *facts,
                                struct arena *arena, struct frames_image *frames, struct err *err)
{
    memset(frames, 0, sizeof *frames);
    frames->facts = *facts;
    if (open_image(frames, blob, arena, err)) {
        frames_image_close(frames);
        return err->code;
    }
    frames->image = (struct image){.ctx = frames, .size = facts->raw_size, .read = read_raw};
    return ERR_OK;
}

void frames_image_close(struct frames_image *frames)
{
    ZSTD_freeDCtx(frames->context);
    memset(frames, 0, sizeof *frames);
}
