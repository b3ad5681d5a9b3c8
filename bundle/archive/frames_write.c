#define ZSTD_STATIC_LINKING_ONLY
#include <string.h>
#include <zstd.h>

#include "bundle/archive/frames.h"
#include "bundle/archive/ring.h"
#include "bundle/archive/seek_table.h"
#include "resolver/base/heap.h"
#include "resolver/base/zeros.h"

/* More pieces than threads, so that hashing and reading run ahead of compressing. */
#define SLOTS_AHEAD 14

struct slot {
    uint8_t *raw, *stored; /* frame_size bytes; room for the longest frame made of them */
    size_t raw_len;
    size_t stored_len; /* 0: zstd failed */
    bool is_hole;      /* zeros that were not read into raw */
    bool is_zero;      /* a whole frame of zeros: what is stored is the zero frame */
};

struct writer {
    const struct image *image;
    const struct sink *sink;
    uint32_t frame_size;
    size_t stored_room;
    size_t slot_count, thread_count;
    struct slot slots[RING_SLOTS_MAX];
    ZSTD_CCtx *contexts[RING_WORKERS_MAX];
    const uint8_t *zeros;
    struct slot zero_frame;
    struct arena arena;
    struct sha256 raw_hash, stored_hash;
    struct buf entries; /* of the seek table */
    uint64_t stored_size;
    uint64_t data_begin, data_end; /* the run of data at or after where raw is read */
    uint64_t at;                   /* raw bytes taken */
};

static size_t compress(ZSTD_CCtx *context, const struct slot *slot, size_t room)
{
    size_t len = ZSTD_compress2(context, slot->stored, room, slot->raw, slot->raw_len);

    return ZSTD_isError(len) ? 0 : len;
}

static void work(void *ctx, size_t worker, size_t number)
{
    struct writer *writer = ctx;
    struct slot *slot = &writer->slots[number];

    slot->is_zero = slot->is_hole || (slot->raw_len == writer->frame_size &&
                                      zeros_only(slice_of(slot->raw, slot->raw_len)));
    if (!slot->is_zero)
        slot->stored_len = compress(writer->contexts[worker], slot, writer->stored_room);
}

static void follow(void *ctx, size_t number)
{
    struct writer *writer = ctx;
    const struct slot *slot = &writer->slots[number];

    sha256_update(&writer->raw_hash,
                  slice_of(slot->is_hole ? writer->zeros : slot->raw, slot->raw_len));
}

/* Takes the next piece of the image into a slot. */
static enum err_code fill(struct writer *writer, struct slot *slot, struct err *err)
{
    const struct image *image = writer->image;
    uint64_t left = image->size - writer->at, at = writer->at;

    slot->raw_len = left < writer->frame_size ? (size_t)left : writer->frame_size;
    writer->at += slot->raw_len;
    if (image->next_data && at >= writer->data_end && writer->data_end < image->size &&
        image->next_data(image->ctx, at, &writer->data_begin, &writer->data_end, err))
        return err->code;
    slot->is_hole = image->next_data && slot->raw_len == writer->frame_size &&
                    (writer->data_begin >= writer->at || writer->data_begin >= image->size);
    return slot->is_hole ? ERR_OK : image_read(image, at, slot->raw, slot->raw_len, err);
}

static enum err_code emit(struct writer *writer, struct slice bytes, struct err *err)
{
    sha256_update(&writer->stored_hash, bytes);
    writer->stored_size += bytes.len;
    return writer->sink->write(writer->sink->ctx, bytes, err);
}

static enum err_code emit_frame(struct writer *writer, const struct slot *slot, struct err *err)
{
    const struct slot *from = slot->is_zero ? &writer->zero_frame : slot;

    if (from->stored_len == 0)
        return err_set(err, ERR_LIMIT, "zstd could not compress: out of memory");
    seek_table_add(&writer->entries, (uint32_t)from->stored_len, (uint32_t)slot->raw_len);
    return emit(writer, slice_of(from->stored, from->stored_len), err);
}

static enum err_code emit_table(struct writer *writer, struct err *err)
{
    uint32_t frames = (uint32_t)(writer->entries.len / SEEK_ENTRY_SIZE);
    uint8_t header[SEEK_HEADER_SIZE], footer[SEEK_FOOTER_SIZE];
    enum err_code rc = buf_done(&writer->entries, err);

    seek_table_header(frames, header);
    seek_table_footer(frames, footer);
    if (rc == ERR_OK)
        rc = emit(writer, slice_of(header, sizeof header), err);
    if (rc == ERR_OK)
        rc = emit(writer, buf_slice(&writer->entries), err);
    if (rc == ERR_OK)
        rc = emit(writer, slice_of(footer, sizeof footer), err);
    return rc;
}

/* Keeps the ring as full as it goes: then the hash runs ahead of the slower compressing. */
static enum err_code stream(struct writer *writer, struct ring *ring, struct err *err)
{
    size_t number;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK) {
        if (writer->at < writer->image->size && ring_next(ring, &number)) {
            rc = fill(writer, &writer->slots[number], err);
            if (rc == ERR_OK)
                ring_put(ring);
        } else if (ring_take(ring, &number)) {
            rc = emit_frame(writer, &writer->slots[number], err);
            ring_release(ring);
        } else {
            return emit_table(writer, err);
        }
    }
    return rc;
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many threads and slots fit into the memory allowed; one of each at least. */
static void plan(struct writer *writer, int level, const struct frames_settings *settings)
{
    size_t slot_size = writer->frame_size + writer->stored_room;
    size_t thread_size = slot_size + ZSTD_estimateCCtxSize(level);
    size_t memory = settings->memory_bytes ? settings->memory_bytes : FRAMES_WRITE_MEMORY;
    size_t threads = settings->threads ? settings->threads : ring_processors();
    uint64_t frames = (writer->image->size - 1) / writer->frame_size + 1;
    size_t pieces = frames < RING_SLOTS_MAX ? (size_t)frames : RING_SLOTS_MAX;

    memory -= min(memory, slot_size); /* the zeros and the zero frame */
    threads = min(min(threads, RING_WORKERS_MAX), min(pieces, memory / thread_size));
    writer->thread_count = threads ? threads : 1;
    memory -= min(memory, writer->thread_count * thread_size);
    writer->slot_count = writer->thread_count + min(SLOTS_AHEAD, memory / slot_size);
    writer->slot_count = min(writer->slot_count, pieces);
}

static enum err_code make_slot(struct writer *writer, struct slot *slot, struct err *err)
{
    slot->raw = arena_alloc(&writer->arena, writer->frame_size, err);
    slot->stored = slot->raw ? arena_alloc(&writer->arena, writer->stored_room, err) : NULL;
    return slot->stored ? ERR_OK : err->code;
}

static enum err_code make_context(ZSTD_CCtx **context, int level, struct err *err)
{
    *context = ZSTD_createCCtx();
    if (!*context || ZSTD_isError(ZSTD_CCtx_setParameter(*context, ZSTD_c_compressionLevel, level)))
        return err_set(err, ERR_LIMIT, "zstd: out of memory");
    return ERR_OK;
}

/* The frame that stands for frame_size zeros. */
static enum err_code make_zero_frame(struct writer *writer, struct err *err)
{
    struct slot *zero = &writer->zero_frame;

    if (make_slot(writer, zero, err))
        return err->code;
    writer->zeros = zero->raw;
    zero->raw_len = writer->frame_size;
    zero->stored_len = compress(writer->contexts[0], zero, writer->stored_room);
    return zero->stored_len ? ERR_OK : err_set(err, ERR_LIMIT, "zstd: out of memory");
}

static enum err_code prepare(struct writer *writer, int level, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < writer->thread_count && rc == ERR_OK; i++)
        rc = make_context(&writer->contexts[i], level, err);
    for (size_t i = 0; i < writer->slot_count && rc == ERR_OK; i++)
        rc = make_slot(writer, &writer->slots[i], err);
    return rc == ERR_OK ? make_zero_frame(writer, err) : rc;
}

static void clean_up(struct writer *writer)
{
    for (size_t i = 0; i < RING_WORKERS_MAX; i++)
        ZSTD_freeCCtx(writer->contexts[i]);
    arena_clear(&writer->arena);
    buf_clear(&writer->entries);
}

static enum err_code run(struct writer *writer, int level, struct err *err)
{
    const struct ring_jobs jobs = {.ctx = writer, .work = work, .follow = follow};
    struct ring ring;
    enum err_code rc = prepare(writer, level, err);

    if (rc != ERR_OK)
        return rc;
    ring_start(&ring, &jobs, writer->slot_count, writer->slot_count > 1 ? writer->thread_count : 0);
    rc = stream(writer, &ring, err);
    ring_stop(&ring);
    return rc;
}

enum err_code frames_write(const struct image *raw, uint32_t frame_size, int level,
                           const struct frames_settings *settings, const struct sink *sink,
                           struct frames_facts *facts, struct err *err)
{
    struct writer writer = {.image = raw,
                            .sink = sink,
                            .frame_size = frame_size,
                            .stored_room = ZSTD_compressBound(frame_size)};
    enum err_code rc;

    memset(facts, 0, sizeof *facts);
    if (raw->size == 0)
        return err_set(err, ERR_FORMAT, "is empty, want a disk image");
    if ((raw->size - 1) / frame_size >= SEEK_FRAMES_MAX)
        return err_set(err, ERR_LIMIT, "%llu bytes, at most %llu in frames of this size",
                       (unsigned long long)raw->size,
                       (unsigned long long)SEEK_FRAMES_MAX * frame_size);
    arena_init_heap(&writer.arena, SIZE_MAX);
    buf_init_heap(&writer.entries, (size_t)SEEK_FRAMES_MAX * SEEK_ENTRY_SIZE);
    sha256_init(&writer.raw_hash);
    sha256_init(&writer.stored_hash);
    plan(&writer, level, settings);
    rc = run(&writer, level, err);
    if (rc == ERR_OK) {
        *facts = (struct frames_facts){
            .frame_size = frame_size, .raw_size = raw->size, .stored_size = writer.stored_size};
        sha256_final(&writer.raw_hash, facts->raw_digest);
        sha256_final(&writer.stored_hash, facts->stored_digest);
    }
    clean_up(&writer);
    return rc;
}
