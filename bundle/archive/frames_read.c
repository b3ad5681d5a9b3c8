#include <string.h>

#include "bundle/archive/frame.h"
#include "bundle/archive/frames.h"
#include "bundle/archive/ring.h"
#include "bundle/archive/seek_table.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/base/zeros.h"

#define SLOTS_AHEAD 6
#define CONTEXT_SIZE ((size_t)128 << 10) /* about; what zstd takes for decompressing in one go */
#define ZERO_FRAME_MAX 1024              /* stored bytes of a frame of zeros that is remembered */

struct slot {
    uint8_t *stored, *raw;
    size_t stored_len;
    uint32_t raw_len;
    bool is_known_zero; /* the same stored bytes as a frame that was all zeros: not decompressed */
    bool is_zero;
    const char *wrong; /* NULL, or what is wrong with the frame */
};

struct reader {
    const struct image *blob;
    const struct frames_facts *facts;
    const struct sink *sink;
    bool is_deep;
    struct seek_table table;
    struct slot slots[RING_SLOTS_MAX];
    size_t slot_count, thread_count;
    ZSTD_DCtx *contexts[RING_WORKERS_MAX];
    const uint8_t *zeros; /* frame_size of them */
    struct arena arena;
    struct sha256 raw_hash, stored_hash;
    uint64_t at;                        /* stored bytes taken */
    uint32_t next, done;                /* frames taken, delivered */
    uint8_t zero_frame[ZERO_FRAME_MAX]; /* the last frame that was all zeros, of frame_size */
    size_t zero_len;
};

static void work(void *ctx, size_t worker, size_t number)
{
    struct reader *reader = ctx;
    struct slot *slot = &reader->slots[number];

    slot->wrong = NULL;
    slot->is_zero = slot->is_known_zero;
    if (slot->is_known_zero)
        return;
    slot->wrong =
        frame_decompress(reader->contexts[worker], slice_of(slot->stored, slot->stored_len),
                         slot->raw, slot->raw_len);
    slot->is_zero = !slot->wrong && zeros_only(slice_of(slot->raw, slot->raw_len));
}

static void follow(void *ctx, size_t number)
{
    struct reader *reader = ctx;
    const struct slot *slot = &reader->slots[number];

    if (!slot->wrong)
        sha256_update(&reader->raw_hash,
                      slice_of(slot->is_zero ? reader->zeros : slot->raw, slot->raw_len));
}

/* Takes the next frame of the blob into a slot. */
static enum err_code fill(struct reader *reader, struct slot *slot, struct err *err)
{
    slot->stored_len = seek_stored_size(&reader->table, reader->next);
    slot->raw_len = seek_raw_size(&reader->table, reader->next);
    if (image_read(reader->blob, reader->at, slot->stored, slot->stored_len, err))
        return err->code;
    sha256_update(&reader->stored_hash, slice_of(slot->stored, slot->stored_len));
    slot->is_known_zero = slot->raw_len == reader->facts->frame_size && slot->stored_len > 0 &&
                          slot->stored_len == reader->zero_len &&
                          memcmp(slot->stored, reader->zero_frame, slot->stored_len) == 0;
    reader->at += slot->stored_len;
    reader->next++;
    return ERR_OK;
}

static enum err_code put_zeros(struct reader *reader, uint64_t count, struct err *err)
{
    if (!reader->sink)
        return ERR_OK;
    if (reader->sink->skip)
        return reader->sink->skip(reader->sink->ctx, count, err);
    return reader->sink->write(reader->sink->ctx, slice_of(reader->zeros, (size_t)count), err);
}

/* Data with holes in it. */
static enum err_code put_data(struct reader *reader, struct slice raw, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (reader->sink && raw.len > 0 && rc == ERR_OK) {
        bool is_zero = false;
        size_t len = reader->sink->skip ? zeros_run(raw, FRAMES_HOLE, &is_zero) : raw.len;

        rc = is_zero ? put_zeros(reader, len, err)
                     : reader->sink->write(reader->sink->ctx, slice_part(raw, 0, len), err);
        raw = slice_part(raw, len, raw.len);
    }
    return rc;
}

static enum err_code deliver(struct reader *reader, const struct slot *slot, struct err *err)
{
    if (slot->wrong)
        return err_set(err, ERR_CORRUPT, "frame %u: %s", reader->done, slot->wrong);
    reader->done++;
    if (!slot->is_zero)
        return put_data(reader, slice_of(slot->raw, slot->raw_len), err);
    if (slot->raw_len == reader->facts->frame_size && slot->stored_len <= ZERO_FRAME_MAX) {
        memcpy(reader->zero_frame, slot->stored, slot->stored_len);
        reader->zero_len = slot->stored_len;
    }
    return put_zeros(reader, slot->raw_len, err);
}

static enum err_code check_digest(const char *what, struct sha256 *hash,
                                  const uint8_t digest[SHA256_SIZE], struct err *err)
{
    char have_text[2 * SHA256_SIZE + 1], want_text[2 * SHA256_SIZE + 1];
    uint8_t have[SHA256_SIZE];

    sha256_final(hash, have);
    if (memcmp(have, digest, SHA256_SIZE) == 0)
        return ERR_OK;
    hex_encode(have, SHA256_SIZE, have_text);
    hex_encode(digest, SHA256_SIZE, want_text);
    return err_set(err, ERR_CORRUPT, "%s have SHA-256 %s, want %s", what, have_text, want_text);
}

/* The table is hashed as it was used, so that no other can have been read than the one that has
 * the digest. */
static enum err_code finish(struct reader *reader, struct err *err)
{
    uint8_t header[SEEK_HEADER_SIZE], footer[SEEK_FOOTER_SIZE];

    seek_table_header(reader->table.frames, header);
    seek_table_footer(reader->table.frames, footer);
    sha256_update(&reader->stored_hash, slice_of(header, sizeof header));
    sha256_update(&reader->stored_hash, reader->table.entries);
    sha256_update(&reader->stored_hash, slice_of(footer, sizeof footer));
    if (check_digest("its bytes", &reader->stored_hash, reader->facts->stored_digest, err))
        return err->code;
    if (!reader->is_deep)
        return ERR_OK;
    return check_digest("the decompressed bytes", &reader->raw_hash, reader->facts->raw_digest,
                        err);
}

static enum err_code stream(struct reader *reader, struct ring *ring, struct err *err)
{
    size_t number;
    enum err_code rc = ERR_OK;

    while (rc == ERR_OK) {
        if (reader->next < reader->table.frames && ring_next(ring, &number)) {
            rc = fill(reader, &reader->slots[number], err);
            if (rc == ERR_OK)
                ring_put(ring);
        } else if (ring_take(ring, &number)) {
            rc = deliver(reader, &reader->slots[number], err);
            ring_release(ring);
        } else {
            return finish(reader, err);
        }
    }
    return rc;
}

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many threads and slots fit into the memory allowed; one of each at least. */
static void plan(struct reader *reader, const struct frames_settings *settings)
{
    uint32_t frame_size = reader->facts->frame_size;
    size_t slot_size = frame_size + reader->table.stored_max;
    size_t memory = settings->memory_bytes ? settings->memory_bytes : FRAMES_READ_MEMORY;
    size_t threads = settings->threads ? settings->threads : ring_processors();
    size_t pieces = min(reader->table.frames, RING_SLOTS_MAX);

    memory -= min(memory, frame_size); /* the zeros */
    threads = min(min(threads, RING_WORKERS_MAX), min(pieces, memory / (slot_size + CONTEXT_SIZE)));
    reader->thread_count = threads ? threads : 1;
    memory -= min(memory, reader->thread_count * (slot_size + CONTEXT_SIZE));
    reader->slot_count = reader->thread_count + min(SLOTS_AHEAD, memory / slot_size);
    reader->slot_count = min(reader->slot_count, pieces);
}

/* All slots at once, as an arena that grows takes more than it is asked for. */
static enum err_code prepare(struct reader *reader, struct err *err)
{
    size_t slot_size = (size_t)reader->facts->frame_size + reader->table.stored_max;
    uint8_t *memory;

    reader->zeros = arena_alloc(&reader->arena, reader->facts->frame_size, err);
    if (!reader->zeros)
        return err->code;
    for (size_t i = 0; i < reader->thread_count; i++) {
        reader->contexts[i] = ZSTD_createDCtx();
        if (!reader->contexts[i])
            return err_set(err, ERR_LIMIT, "zstd: out of memory");
    }
    memory = arena_array(&reader->arena, reader->slot_count, slot_size, err);
    if (!memory)
        return err->code;
    for (size_t i = 0; i < reader->slot_count; i++) {
        reader->slots[i].stored = memory + i * slot_size;
        reader->slots[i].raw = reader->slots[i].stored + reader->table.stored_max;
    }
    return ERR_OK;
}

static enum err_code run(struct reader *reader, const struct frames_settings *settings,
                         struct err *err)
{
    const struct ring_jobs jobs = {.ctx = reader,
                                   .work = work,
                                   .follow = reader->is_deep ? follow : NULL,
                                   .follows_work = true};
    struct ring ring;
    enum err_code rc;

    plan(reader, settings);
    if (prepare(reader, err))
        return err->code;
    ring_start(&ring, &jobs, reader->slot_count, reader->slot_count > 1 ? reader->thread_count : 0);
    rc = stream(reader, &ring, err);
    ring_stop(&ring);
    return rc;
}

enum err_code frames_read(const struct image *blob, const struct frames_facts *facts, bool is_deep,
                          const struct frames_settings *settings, const struct sink *sink,
                          struct err *err)
{
    struct reader reader = {.blob = blob, .facts = facts, .sink = sink, .is_deep = is_deep};
    enum err_code rc;

    arena_init_heap(&reader.arena, SIZE_MAX);
    sha256_init(&reader.raw_hash);
    sha256_init(&reader.stored_hash);
    rc = frames_check_blob(blob, facts, &reader.arena, &reader.table, err);
    if (rc == ERR_OK)
        rc = run(&reader, settings, err);
    for (size_t i = 0; i < RING_WORKERS_MAX; i++)
        ZSTD_freeDCtx(reader.contexts[i]);
    arena_clear(&reader.arena);
    return rc;
}
