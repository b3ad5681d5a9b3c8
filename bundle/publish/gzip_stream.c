#include "bundle/publish/gzip_stream.h"

#include <isa-l/igzip_lib.h>
#include <string.h>
#include <zlib.h>

#include "resolver/base/heap.h"

_Static_assert(sizeof(z_off_t) == sizeof(off_t), "zlib takes another type for lengths");

#define SLOTS_AHEAD 6 /* more pieces than threads, so that none waits for the reader */
#define LEVEL 2
#define LEVEL_MEMORY ISAL_DEF_LVL2_SMALL /* smaller blocks, whose codes fit better */
#define THREAD_BYTES (sizeof(struct deflater) + 4096)

/* Bytes that no code shortens take at most 9 bits each, and there is the code itself. */
#define PACKED_ROOM (GZIP_PIECE + GZIP_PIECE / 8 + 4096)

/* What compresses one piece after the other, of one thread. */
struct deflater {
    struct isal_zstream igzip;
    uint8_t level_memory[LEVEL_MEMORY];
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* --- One piece, on any thread ------------------------------------------------------------------- */

static void prepare(struct deflater *deflater, bool is_last)
{
    struct isal_zstream *igzip = &deflater->igzip;

    isal_deflate_init(igzip);
    igzip->level = LEVEL;
    igzip->level_buf = deflater->level_memory;
    igzip->level_buf_size = sizeof deflater->level_memory;
    igzip->gzip_flag = IGZIP_DEFLATE;
    igzip->flush = SYNC_FLUSH;
    igzip->end_of_stream = is_last;
}

/* What it takes, or 0 if igzip left something over. */
static size_t compress_piece(struct deflater *deflater, const struct gzip_slot *slot)
{
    struct isal_zstream *igzip = &deflater->igzip;
    uint8_t *piece = slot->raw + GZIP_DICTIONARY;

    prepare(deflater, slot->is_last);
    if (slot->dictionary_len && isal_deflate_set_dict(igzip, piece - slot->dictionary_len,
                                                      (uint32_t)slot->dictionary_len) != COMP_OK)
        return 0;
    igzip->next_in = piece;
    igzip->avail_in = (uint32_t)slot->raw_len;
    igzip->next_out = slot->packed;
    igzip->avail_out = (uint32_t)PACKED_ROOM;
    if (isal_deflate(igzip) != COMP_OK || igzip->avail_in || igzip->avail_out == 0)
        return 0;
    return igzip->total_out;
}

static void work(void *ctx, size_t worker, size_t number)
{
    struct gzip_stream *stream = ctx;
    struct gzip_slot *slot = &stream->slots[number];

    slot->crc = (uint32_t)crc32(0, slot->raw + GZIP_DICTIONARY, (uInt)slot->raw_len);
    slot->packed_len = compress_piece(stream->deflaters[worker], slot);
}

/* --- The stream, on the caller's thread --------------------------------------------------------- */

static enum err_code emit_oldest(struct gzip_stream *stream, struct err *err)
{
    const struct gzip_slot *slot;
    size_t number;
    enum err_code rc;

    if (!ring_take(&stream->ring, &number))
        return err_set(err, ERR_BUG, "no piece to take");
    slot = &stream->slots[number];
    stream->crc = (uint32_t)crc32_combine(stream->crc, slot->crc, (z_off_t)slot->raw_len);
    stream->raw_size += slot->raw_len;
    rc = slot->packed_len
             ? stream->to->write(stream->to->ctx, slice_of(slot->packed, slot->packed_len), err)
             : err_set(err, ERR_BUG, "a piece does not compress");
    ring_release(&stream->ring);
    return rc;
}

/* A slot to fill, which begins with the end of the piece before. */
static enum err_code next_slot(struct gzip_stream *stream, const struct gzip_slot *before,
                               struct err *err)
{
    struct gzip_slot *slot;

    while (!ring_next(&stream->ring, &stream->filling)) {
        if (emit_oldest(stream, err) != ERR_OK)
            return err->code;
    }
    slot = &stream->slots[stream->filling];
    slot->raw_len = 0;
    slot->is_last = false;
    slot->dictionary_len = before ? GZIP_DICTIONARY : 0;
    if (before)
        memcpy(slot->raw, before->raw + GZIP_PIECE, GZIP_DICTIONARY);
    return ERR_OK;
}

static enum err_code write_sink(void *ctx, struct slice bytes, struct err *err)
{
    struct gzip_stream *stream = ctx;

    while (bytes.len) {
        struct gzip_slot *slot = &stream->slots[stream->filling];
        size_t len;

        if (slot->raw_len == GZIP_PIECE) {
            ring_put(&stream->ring);
            if (next_slot(stream, slot, err) != ERR_OK)
                return err->code;
            slot = &stream->slots[stream->filling];
        }
        len = least(bytes.len, GZIP_PIECE - slot->raw_len);
        memcpy(slot->raw + GZIP_DICTIONARY + slot->raw_len, bytes.ptr, len);
        slot->raw_len += len;
        bytes = slice_part(bytes, len, bytes.len);
    }
    return ERR_OK;
}

struct sink gzip_stream_sink(struct gzip_stream *stream)
{
    return (struct sink){.ctx = stream, .write = write_sink};
}

/* --- Beginning and end -------------------------------------------------------------------------- */

static enum err_code take_memory(struct gzip_stream *stream, struct err *err)
{
    for (size_t i = 0; i < stream->thread_count; i++) {
        stream->deflaters[i] = arena_alloc(&stream->arena, sizeof *stream->deflaters[i], err);
        if (!stream->deflaters[i])
            return err->code;
    }
    for (size_t i = 0; i < stream->slot_count; i++) {
        struct gzip_slot *slot = &stream->slots[i];

        slot->raw = arena_alloc(&stream->arena, GZIP_DICTIONARY + GZIP_PIECE, err);
        slot->packed = slot->raw ? arena_alloc(&stream->arena, PACKED_ROOM, err) : NULL;
        if (!slot->packed)
            return err->code;
    }
    return ERR_OK;
}

static void plan(struct gzip_stream *stream, unsigned threads)
{
    const size_t slot = GZIP_DICTIONARY + GZIP_PIECE + PACKED_ROOM + 4096;
    size_t most = (GZIP_MEMORY_MAX - SLOTS_AHEAD * slot) / (slot + THREAD_BYTES);

    stream->thread_count =
        least(least(threads ? threads : ring_processors(), most), RING_WORKERS_MAX);
    stream->slot_count = stream->thread_count + SLOTS_AHEAD;
}

enum err_code gzip_stream_start(struct gzip_stream *stream, unsigned threads, const struct sink *to,
                                struct err *err)
{
    /* RFC 1952, 2.3: deflate, no flags, no time; Unix */
    static const uint8_t header[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    const struct ring_jobs jobs = {.ctx = stream, .work = work};

    memset(stream, 0, sizeof *stream);
    stream->to = to;
    arena_init_heap(&stream->arena, GZIP_MEMORY_MAX);
    plan(stream, threads);
    if (take_memory(stream, err) != ERR_OK)
        return err->code;
    ring_start(&stream->ring, &jobs, stream->slot_count, stream->thread_count);
    stream->is_started = true;
    if (next_slot(stream, NULL, err) != ERR_OK)
        return err->code;
    return to->write(to->ctx, slice_of(header, sizeof header), err);
}

static void put_little(uint8_t out[4], uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

enum err_code gzip_stream_finish(struct gzip_stream *stream, struct err *err)
{
    uint8_t trailer[8];

    stream->slots[stream->filling].is_last = true;
    ring_put(&stream->ring);
    while (stream->ring.taken != stream->ring.put) {
        if (emit_oldest(stream, err) != ERR_OK)
            return err->code;
    }
    put_little(trailer, stream->crc);
    put_little(trailer + 4, (uint32_t)stream->raw_size);
    return stream->to->write(stream->to->ctx, slice_of(trailer, sizeof trailer), err);
}

void gzip_stream_stop(struct gzip_stream *stream)
{
    if (stream->is_started)
        ring_stop(&stream->ring);
    arena_clear(&stream->arena);
    memset(stream, 0, sizeof *stream);
}
