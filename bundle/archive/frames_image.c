#include "bundle/archive/frames_image.h"

#include <string.h>

#include "bundle/archive/frame.h"

static enum err_code hash_frames(struct frames_image *frames, struct err *err)
{
    uint8_t header[SEEK_HEADER_SIZE], footer[SEEK_FOOTER_SIZE], have[SHA256_SIZE];
    struct sha256 hash;
    uint64_t at = 0;

    sha256_init(&hash);
    for (uint32_t i = 0; i < frames->table.frames; i++) {
        uint32_t len = seek_stored_size(&frames->table, i);

        if (image_read(frames->blob, at, frames->stored, len, err))
            return err->code;
        sha256_update(&hash, slice_of(frames->stored, len));
        sha256_of(slice_of(frames->stored, len), frames->digests[i]);
        frames->offsets[i] = at;
        at += len;
    }
    seek_table_header(frames->table.frames, header);
    seek_table_footer(frames->table.frames, footer);
    sha256_update(&hash, slice_of(header, sizeof header));
    sha256_update(&hash, frames->table.entries);
    sha256_update(&hash, slice_of(footer, sizeof footer));
    sha256_final(&hash, have);
    if (memcmp(have, frames->facts.stored_digest, SHA256_SIZE) == 0)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "its bytes have another digest than is listed");
}

static enum err_code hold(struct frames_image *frames, uint32_t number, struct err *err)
{
    uint32_t len = seek_stored_size(&frames->table, number);
    uint8_t digest[SHA256_SIZE];
    const char *wrong;

    if (frames->is_held && frames->held == number)
        return ERR_OK;
    frames->is_held = false;
    if (image_read(frames->blob, frames->offsets[number], frames->stored, len, err))
        return err->code;
    sha256_of(slice_of(frames->stored, len), digest);
    if (memcmp(digest, frames->digests[number], SHA256_SIZE) != 0)
        return err_set(err, ERR_CORRUPT, "frame %u: changed since it was checked", number);
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
    frames->digests =
        frames->offsets ? arena_array(arena, count, sizeof *frames->digests, err) : NULL;
    frames->stored = frames->digests ? arena_alloc(arena, frames->table.stored_max, err) : NULL;
    frames->raw = frames->stored ? arena_alloc(arena, frames->facts.frame_size, err) : NULL;
    if (!frames->raw)
        return err->code;
    frames->context = ZSTD_createDCtx();
    return frames->context ? ERR_OK : err_set(err, ERR_LIMIT, "zstd: out of memory");
}

static enum err_code open_image(struct frames_image *frames, struct arena *arena, struct err *err)
{
    enum err_code rc = frames_check_blob(frames->blob, &frames->facts, arena, &frames->table, err);

    if (rc == ERR_OK)
        rc = take_memory(frames, arena, err);
    return rc == ERR_OK ? hash_frames(frames, err) : rc;
}

enum err_code frames_image_open(const struct image *blob, const struct frames_facts *facts,
                                struct arena *arena, struct frames_image *frames, struct err *err)
{
    memset(frames, 0, sizeof *frames);
    frames->blob = blob;
    frames->facts = *facts;
    if (open_image(frames, arena, err)) {
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
