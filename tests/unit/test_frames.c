/* frames_write, frames_read, frames_facts and frame: one goes with the others. */
#include "bundle/archive/frames.h"

#include <string.h>
#include <zstd.h>

#include "bundle/archive/frame.h"
#include "tests/unit/bundle_world.h"

#define FRAME 4096

/* An image in memory that knows its holes and counts what is read. */
struct holed {
    struct slice bytes;
    uint64_t data[2][2]; /* runs of data */
    uint64_t read;       /* bytes */
    uint64_t next;       /* where the next read is expected to begin, or later */
    bool out_of_order;
    uint64_t fail_at;    /* 0, or an offset that cannot be read */
};

static enum err_code read_holed(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                struct err *err)
{
    struct holed *holed = ctx;

    if (holed->fail_at && at + size > holed->fail_at)
        return err_set(err, ERR_IO, "Input/output error");
    holed->out_of_order = holed->out_of_order || at < holed->next;
    holed->next = at + size;
    holed->read += size;
    memcpy(into, holed->bytes.ptr + at, size);
    return ERR_OK;
}

static enum err_code next_data(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                               struct err *err)
{
    struct holed *holed = ctx;

    (void)err;
    *begin = *end = holed->bytes.len;
    for (size_t i = 0; i < 2; i++) {
        if (from < holed->data[i][1]) {
            *begin = from > holed->data[i][0] ? from : holed->data[i][0];
            *end = holed->data[i][1];
            return ERR_OK;
        }
    }
    return ERR_OK;
}

static enum err_code fail_next_data(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                                    struct err *err)
{
    (void)ctx;
    (void)from;
    *begin = *end = 0;
    return err_set(err, ERR_IO, "Illegal seek");
}

/* Compresses bytes; the blob is in *blob, which the caller clears. */
static void make(struct slice bytes, unsigned threads, struct world_file *blob,
                 struct frames_facts *facts)
{
    const struct frames_settings settings = {.threads = threads};
    struct image image = image_memory(&bytes);
    struct sink sink;
    struct err err;

    world_file_init(blob);
    sink = world_sink(blob, false);
    CHECK_OK(frames_write(&image, FRAME, FRAMES_LEVEL, &settings, &sink, facts, &err), err);
    CHECK_NUMBER(facts->stored_size, blob->bytes.len);
    CHECK_NUMBER(facts->raw_size, bytes.len);
}

static enum err_code take(struct slice blob, const struct frames_facts *facts, bool is_deep,
                          unsigned threads, struct world_file *out, struct err *err)
{
    const struct frames_settings settings = {.threads = threads};
    struct image image = image_memory(&blob);
    struct sink sink = world_sink(out, threads % 2 == 1);

    return frames_read(&image, facts, is_deep, &settings, &sink, err);
}

/* Some bytes that compress a little. */
static struct slice noise(struct arena *arena, size_t len)
{
    unsigned seed = 7;
    struct err err;
    uint8_t *bytes = arena_alloc(arena, len, &err);

    for (size_t i = 0; i < len; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(seed >> 27);
    }
    return slice_of(bytes, len);
}

TEST(frames_give_back_what_they_took)
{
    static const size_t lengths[] = {1, 4095, 4096, 4097, 8192, 70000, 300000};
    struct arena arena;

    arena_init_heap(&arena, WORLD_MAX);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (unsigned threads = 1; threads <= 4; threads++) {
            struct slice bytes = noise(&arena, lengths[i]);
            struct world_file blob, out;
            struct frames_facts facts;
            uint8_t digest[SHA256_SIZE];
            struct err err;

            make(bytes, threads, &blob, &facts);
            sha256_of(bytes, digest);
            CHECK(memcmp(digest, facts.raw_digest, SHA256_SIZE) == 0);
            sha256_of(buf_slice(&blob.bytes), digest);
            CHECK(memcmp(digest, facts.stored_digest, SHA256_SIZE) == 0);
            CHECK(facts.stored_size <= frames_stored_max(&facts));
            world_file_init(&out);
            CHECK_OK(take(buf_slice(&blob.bytes), &facts, true, threads, &out, &err), err);
            CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
            buf_clear(&out.bytes);
            buf_clear(&blob.bytes);
        }
    }
    arena_clear(&arena);
}

TEST(frames_are_plain_zstd)
{
    struct arena arena;
    struct slice bytes;
    struct world_file blob;
    struct frames_facts facts;
    uint8_t *out;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = world_image_bytes(&arena, 3);
    out = arena_alloc(&arena, bytes.len, &err);
    make(bytes, 2, &blob, &facts);
    CHECK_NUMBER(bytes.len, ZSTD_decompress(out, bytes.len, blob.bytes.ptr, blob.bytes.len));
    CHECK(memcmp(out, bytes.ptr, bytes.len) == 0);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_are_the_same_whatever_the_threads_memory_and_holes)
{
    static const size_t memory[] = {1, 30000, (size_t)64 << 20};
    struct arena arena;
    struct holed holed = {.data = {{0, 9001}, {60000, WORLD_IMAGE_SIZE}}};
    struct world_file first;
    struct frames_facts want;

    arena_init_heap(&arena, WORLD_MAX);
    holed.bytes = world_image_bytes(&arena, 1);
    make(holed.bytes, 1, &first, &want);
    for (unsigned threads = 1; threads <= 8; threads += 3) {
        for (size_t i = 0; i < 3; i++) {
            const struct frames_settings settings = {threads, memory[i]};
            struct image image = {.ctx = &holed, .size = holed.bytes.len, .read = read_holed,
                                  .next_data = i ? next_data : NULL};
            struct frames_facts have;
            struct world_file blob;
            struct sink sink;
            struct err err;

            world_file_init(&blob);
            sink = world_sink(&blob, false);
            holed.read = holed.next = 0;
            CHECK_OK(frames_write(&image, FRAME, FRAMES_LEVEL, &settings, &sink, &have, &err), err);
            CHECK(slice_equal(buf_slice(&first.bytes), buf_slice(&blob.bytes)));
            CHECK(memcmp(&want, &have, sizeof want) == 0);
            CHECK(!holed.out_of_order);
            /* With holes known, only frames that have data are read. */
            CHECK_NUMBER(i ? 3 * FRAME + (WORLD_IMAGE_SIZE - 14 * FRAME) : WORLD_IMAGE_SIZE,
                         holed.read);
            buf_clear(&blob.bytes);
        }
    }
    buf_clear(&first.bytes);
    arena_clear(&arena);
}

TEST(frames_read_passes_over_zeros)
{
    struct arena arena;
    struct slice bytes;
    struct world_file blob, out;
    struct frames_facts facts;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = world_image_bytes(&arena, 1);
    make(bytes, 1, &blob, &facts);
    world_file_init(&out);
    /* With one thread the sink has holes; without them the same bytes come out (threads = 2). */
    CHECK_OK(take(buf_slice(&blob.bytes), &facts, true, 1, &out, &err), err);
    CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
    buf_clear(&out.bytes);
    CHECK_OK(take(buf_slice(&blob.bytes), &facts, true, 2, &out, &err), err);
    CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
    buf_clear(&out.bytes);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_read_may_send_nowhere)
{
    struct arena arena;
    struct world_file blob;
    struct frames_facts facts;
    const struct frames_settings settings = {.threads = 2};
    struct slice bytes;
    struct image image;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    make(world_image_bytes(&arena, 1), 1, &blob, &facts);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    CHECK_OK(frames_read(&image, &facts, true, &settings, NULL, &err), err);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_write_refuses_what_it_cannot_do)
{
    const struct frames_settings settings = {.threads = 1};
    struct slice none = {NULL, 0};
    struct image image = image_memory(&none);
    struct frames_facts facts;
    struct world_file blob;
    struct sink sink;
    struct err err;

    world_file_init(&blob);
    sink = world_sink(&blob, false);
    CHECK_ERR(ERR_FORMAT, "is empty, want a disk image",
              frames_write(&image, FRAME, 3, &settings, &sink, &facts, &err), err);
    image.size = (uint64_t)FRAME * SEEK_FRAMES_MAX + 1;
    CHECK_ERR(ERR_LIMIT, "17179869185 bytes, at most 17179869184 in frames of this size",
              frames_write(&image, FRAME, 3, &settings, &sink, &facts, &err), err);
}

TEST(frames_write_ends_cleanly_when_a_callback_fails)
{
    struct arena arena;
    struct holed holed = {.fail_at = 50000};
    struct image image = {.ctx = &holed, .read = read_holed};
    struct frames_facts facts;
    struct world_file blob;
    struct sink sink;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    holed.bytes = noise(&arena, WORLD_IMAGE_SIZE);
    image.size = holed.bytes.len;
    for (unsigned threads = 1; threads <= 3; threads++) {
        const struct frames_settings settings = {.threads = threads};

        world_file_init(&blob);
        sink = world_sink(&blob, false);
        CHECK_ERR(ERR_IO, "Input/output error",
                  frames_write(&image, FRAME, 3, &settings, &sink, &facts, &err), err);
        CHECK_NUMBER(0, facts.raw_size);
        image.next_data = fail_next_data;
        CHECK_ERR(ERR_IO, "Illegal seek",
                  frames_write(&image, FRAME, 3, &settings, &sink, &facts, &err), err);
        image.next_data = NULL;
        holed.fail_at = 0;
        /* Every write in its turn: 18 frames and the three parts of the table. */
        for (size_t i = 1; i <= 21; i++) {
            buf_clear(&blob.bytes);
            blob.fail_at = i;
            blob.writes = 0;
            CHECK_ERR(ERR_LIMIT, "No space left on device",
                      frames_write(&image, FRAME, 3, &settings, &sink, &facts, &err), err);
        }
        holed.fail_at = 50000;
        buf_clear(&blob.bytes);
    }
    arena_clear(&arena);
}

TEST(frames_read_ends_cleanly_when_a_callback_fails)
{
    struct arena arena;
    struct holed holed = {.fail_at = 0};
    struct image image = {.ctx = &holed, .read = read_holed};
    struct frames_facts facts;
    struct world_file blob, out;
    struct sink sink;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    make(noise(&arena, WORLD_IMAGE_SIZE), 1, &blob, &facts);
    holed.bytes = buf_slice(&blob.bytes);
    image.size = holed.bytes.len;
    for (unsigned threads = 1; threads <= 3; threads++) {
        const struct frames_settings settings = {.threads = threads};

        world_file_init(&out);
        sink = world_sink(&out, threads == 2);
        for (size_t i = 1; i <= 18; i++) {
            buf_clear(&out.bytes);
            out.fail_at = i;
            out.writes = 0;
            CHECK_ERR(ERR_LIMIT, "No space left on device",
                      frames_read(&image, &facts, true, &settings, &sink, &err), err);
        }
        out.fail_at = 0;
        holed.fail_at = 20000; /* the table lies behind it */
        CHECK_ERR(ERR_IO, "Input/output error",
                  frames_read(&image, &facts, true, &settings, &sink, &err), err);
        holed.fail_at = 0;
        buf_clear(&out.bytes);
    }
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_read_refuses_every_changed_byte)
{
    struct arena arena;
    struct frames_facts facts;
    struct world_file blob, out;
    size_t refused = 0;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    make(slice_part(noise(&arena, 3 * FRAME), 0, 2 * FRAME + 10), 1, &blob, &facts);
    for (size_t i = 0; i < blob.bytes.len; i += 7) {
        world_file_init(&out);
        blob.bytes.ptr[i] ^= (uint8_t)(1u << i % 8);
        refused += take(buf_slice(&blob.bytes), &facts, false, 0, &out, &err) == ERR_CORRUPT;
        blob.bytes.ptr[i] ^= (uint8_t)(1u << i % 8);
        CHECK(out.bytes.len <= facts.raw_size);
        buf_clear(&out.bytes);
    }
    CHECK_NUMBER((blob.bytes.len + 6) / 7, refused);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_read_checks_digests_and_sizes)
{
    struct arena arena;
    struct frames_facts good, facts;
    struct world_file blob, out;
    struct slice bytes;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    make(SLICE("hello"), 1, &blob, &good);
    bytes = buf_slice(&blob.bytes);
    world_file_init(&out);
    facts = good;
    memset(facts.stored_digest, 0xAB, SHA256_SIZE);
    CHECK_ERR(ERR_CORRUPT, NULL, take(bytes, &facts, false, 1, &out, &err), err);
    CHECK(strncmp(err.msg, "its bytes have SHA-256 ", 23) == 0 &&
          strstr(err.msg, ", want abababababab"));
    facts = good;
    memset(facts.raw_digest, 0xAB, SHA256_SIZE);
    CHECK_OK(take(bytes, &facts, false, 1, &out, &err), err);
    CHECK_ERR(ERR_CORRUPT,
              "the decompressed bytes have SHA-256 "
              "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, want "
              "abababababababababababababababababababababababababababababababab",
              take(bytes, &facts, true, 1, &out, &err), err);
    facts = good;
    facts.stored_size++;
    CHECK_ERR(ERR_CORRUPT, "has 39 bytes, want 40", take(bytes, &facts, false, 1, &out, &err), err);
    facts = good;
    facts.raw_size = 0;
    CHECK_ERR(ERR_CORRUPT, "a raw size of 0 bytes", take(bytes, &facts, false, 1, &out, &err), err);
    facts = good;
    facts.raw_size = 6;
    CHECK_ERR(ERR_CORRUPT, "seek table: frame 0: 5 raw bytes, want 6",
              take(bytes, &facts, false, 1, &out, &err), err);
    facts = good;
    facts.frame_size = 5000;
    CHECK_ERR(ERR_CORRUPT,
              "frames of 5000 bytes, want a multiple of 4096 that is at most 8388608",
              take(bytes, &facts, false, 1, &out, &err), err);
    facts.frame_size = 0;
    CHECK_ERR(ERR_CORRUPT, "frames of 0 bytes, want a multiple of 4096 that is at most 8388608",
              take(bytes, &facts, false, 1, &out, &err), err);
    CHECK_ERR(ERR_CORRUPT,
              "frames of 8392704 bytes, want a multiple of 4096 that is at most 8388608",
              frames_check_size(FRAMES_RAW_SIZE_MAX + 4096, &err), err);
    buf_clear(&out.bytes);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

/* A blob with one frame, whatever it is, and a table that fits; all digests right. */
static enum err_code take_frame(struct slice frame, uint32_t raw_size, struct err *err)
{
    struct frames_facts facts = {.frame_size = FRAME, .raw_size = raw_size};
    struct world_file blob, out;
    enum err_code rc;

    world_file_init(&blob);
    world_file_init(&out);
    buf_add(&blob.bytes, frame);
    seek_table_header(1, buf_extend(&blob.bytes, SEEK_HEADER_SIZE));
    seek_table_add(&blob.bytes, (uint32_t)frame.len, raw_size);
    seek_table_footer(1, buf_extend(&blob.bytes, SEEK_FOOTER_SIZE));
    facts.stored_size = blob.bytes.len;
    sha256_of(buf_slice(&blob.bytes), facts.stored_digest);
    rc = take(buf_slice(&blob.bytes), &facts, false, 1, &out, err);
    CHECK(out.bytes.len <= raw_size);
    buf_clear(&out.bytes);
    buf_clear(&blob.bytes);
    return rc;
}

static struct slice compressed(struct slice raw, int content_size, uint8_t *out, size_t room)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = {raw.ptr, raw.len, 0};
    ZSTD_outBuffer to = {out, room, 0};

    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size);
    ZSTD_compressStream2(context, &to, &in, ZSTD_e_end);
    ZSTD_freeCCtx(context);
    return slice_of(out, to.pos);
}

TEST(frames_read_stops_at_bombs)
{
    static uint8_t raw[64 * FRAME];
    uint8_t out[FRAME], mixed[FRAME];
    struct slice frame;
    struct err err;

    frame = compressed(slice_of(raw, sizeof raw), 1, out, sizeof out);
    CHECK_ERR(ERR_CORRUPT, "frame 0: says another raw size than the manifest",
              take_frame(frame, FRAME, &err), err);
    frame = compressed(slice_of(raw, sizeof raw), 0, out, sizeof out);
    CHECK_ERR(ERR_CORRUPT, "frame 0: does not say its raw size", take_frame(frame, FRAME, &err),
              err);
    frame = compressed(slice_of(raw, 2000), 1, out, sizeof out);
    CHECK_OK(take_frame(frame, 2000, &err), err);
    CHECK_ERR(ERR_CORRUPT, "frame 0: is cut off, or something stands after it",
              take_frame(slice_part(frame, 0, frame.len - 1), 2000, &err), err);
    memcpy(mixed, out, frame.len);
    memcpy(mixed + frame.len, out, frame.len);
    CHECK_ERR(ERR_CORRUPT, "frame 0: is cut off, or something stands after it",
              take_frame(slice_of(mixed, 2 * frame.len), 2000, &err), err);
    CHECK_ERR(ERR_CORRUPT, "frame 0: has no zstd header",
              take_frame(slice_part(frame, 0, 3), 2000, &err), err);
    CHECK_ERR(ERR_CORRUPT, "frame 0: has no zstd header", take_frame(SLICE(""), 2000, &err), err);
    CHECK_ERR(ERR_CORRUPT, "frame 0: is a skippable frame",
              take_frame(SLICE("\x50\x2A\x4D\x18\x04\0\0\0abcd"), 4, &err), err);
    /* Magic, descriptor: a size of two bytes (256 less than it is), window of 2 MiB, raw block. */
    CHECK_ERR(ERR_CORRUPT, "frame 0: wants a window larger than the frame",
              take_frame(SLICE("\x28\xB5\x2F\xFD\x40\x58\0\0\x01\0\0"), 256, &err), err);
    /* The same with a single segment, and a dictionary. */
    CHECK_ERR(ERR_CORRUPT, "frame 0: wants a dictionary",
              take_frame(SLICE("\x28\xB5\x2F\xFD\x21\x07\x05\x29\0\0hello"), 5, &err), err);
    CHECK_OK(take_frame(SLICE("\x28\xB5\x2F\xFD\x20\x05\x29\0\0hello"), 5, &err), err);
    /* A block of four bytes in a frame that says five. */
    CHECK_ERR(ERR_CORRUPT, "frame 0: does not decompress to its raw size",
              take_frame(SLICE("\x28\xB5\x2F\xFD\x20\x05\x21\0\0hell"), 5, &err), err);
    /* An RLE block of a megabyte in a frame that says five bytes. */
    CHECK_ERR(ERR_CORRUPT, "frame 0: does not decompress to its raw size",
              take_frame(SLICE("\x28\xB5\x2F\xFD\x20\x05\x03\0\x08x"), 5, &err), err);
}

TEST(frames_read_refuses_a_frame_longer_than_any)
{
    static uint8_t bytes[3 * FRAME];
    struct err err;

    CHECK_ERR(ERR_CORRUPT, "seek table: a frame of 12288 bytes, at most 4174 are possible",
              take_frame(slice_of(bytes, sizeof bytes), FRAME, &err), err);
}

TEST(frames_read_knows_zeros_from_what_only_looks_like_them)
{
    static uint8_t raw[60 * FRAME];
    struct frames_facts facts;
    struct world_file blob, out;
    struct slice bytes = slice_of(raw, sizeof raw);
    struct err err;

    memset(raw + 20 * FRAME, 'x', 20 * FRAME); /* stored in as many bytes as zeros are */
    make(bytes, 1, &blob, &facts);
    world_file_init(&out);
    CHECK_OK(take(buf_slice(&blob.bytes), &facts, true, 2, &out, &err), err);
    CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
    buf_clear(&out.bytes);
    buf_clear(&blob.bytes);
}
