/* What frames_read gives of a blob, and all that it refuses. */
#include "bundle/archive/frames.h"

#include <zstd.h>

#include "tests/unit/frames_world.h"

TEST(frames_read_passes_over_zeros)
{
    struct arena arena;
    struct slice bytes;
    struct world_file blob, out;
    struct frames_facts facts;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = world_image_bytes(&arena, 1);
    frames_make(bytes, 1, &blob, &facts);
    world_file_init(&out);
    /* With one thread the sink has holes; without them the same bytes come out (threads = 2). */
    CHECK_OK(frames_take(buf_slice(&blob.bytes), &facts, true, 1, &out, &err), err);
    CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
    buf_clear(&out.bytes);
    CHECK_OK(frames_take(buf_slice(&blob.bytes), &facts, true, 2, &out, &err), err);
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
    frames_make(world_image_bytes(&arena, 1), 1, &blob, &facts);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    CHECK_OK(frames_read(&image, &facts, true, &settings, NULL, &err), err);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_read_ends_cleanly_when_a_callback_fails)
{
    struct arena arena;
    struct holed holed = {.fail_at = 0};
    struct image image = {.ctx = &holed, .read = holed_read};
    struct frames_facts facts;
    struct world_file blob, out;
    struct sink sink;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    frames_make(frames_noise(&arena, WORLD_IMAGE_SIZE), 1, &blob, &facts);
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
    frames_make(
        slice_part(frames_noise(&arena, 3 * FRAMES_WORLD_SIZE), 0, 2 * FRAMES_WORLD_SIZE + 10), 1,
        &blob, &facts);
    for (size_t i = 0; i < blob.bytes.len; i += 7) {
        world_file_init(&out);
        blob.bytes.ptr[i] ^= (uint8_t)(1u << i % 8);
        refused += frames_take(buf_slice(&blob.bytes), &facts, false, 0, &out, &err) == ERR_CORRUPT;
        blob.bytes.ptr[i] ^= (uint8_t)(1u << i % 8);
        CHECK(out.bytes.len <= facts.raw_size);
        buf_clear(&out.bytes);
    }
    CHECK_NUMBER((blob.bytes.len + 6) / 7, refused);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_read_checks_digests)
{
    struct arena arena;
    struct frames_facts good, facts;
    struct world_file blob, out;
    struct slice bytes;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    frames_make(SLICE("hello"), 1, &blob, &good);
    bytes = buf_slice(&blob.bytes);
    world_file_init(&out);
    facts = good;
    memset(facts.stored_digest, 0xAB, SHA256_SIZE);
    CHECK_ERR(ERR_CORRUPT, NULL, frames_take(bytes, &facts, false, 1, &out, &err), err);
    CHECK(strncmp(err.msg, "its bytes have SHA-256 ", 23) == 0 &&
          strstr(err.msg, ", want abababababab"));
    facts = good;
    memset(facts.raw_digest, 0xAB, SHA256_SIZE);
    CHECK_OK(frames_take(bytes, &facts, false, 1, &out, &err), err);
    CHECK_ERR(ERR_CORRUPT,
              "the decompressed bytes have SHA-256 "
              "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, want "
              "abababababababababababababababababababababababababababababababab",
              frames_take(bytes, &facts, true, 1, &out, &err), err);
    facts = good;
    facts.stored_size++;
    CHECK_ERR(ERR_CORRUPT, "has 39 bytes, want 40",
              frames_take(bytes, &facts, false, 1, &out, &err), err);
    buf_clear(&out.bytes);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

TEST(frames_read_knows_zeros_from_what_only_looks_like_them)
{
    static uint8_t raw[60 * FRAMES_WORLD_SIZE];
    struct frames_facts facts;
    struct world_file blob, out;
    struct slice bytes = slice_of(raw, sizeof raw);
    struct err err;

    memset(raw + 20 * FRAMES_WORLD_SIZE, 'x',
           20 * FRAMES_WORLD_SIZE); /* stored in as many bytes as zeros are */
    frames_make(bytes, 1, &blob, &facts);
    world_file_init(&out);
    CHECK_OK(frames_take(buf_slice(&blob.bytes), &facts, true, 2, &out, &err), err);
    CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
    buf_clear(&out.bytes);
    buf_clear(&blob.bytes);
}

/* What comes before the frame that is wrong may have been delivered; nothing of it is, nor after it. */
TEST(frames_read_names_the_frame_that_is_wrong)
{
    struct arena arena;
    struct frames_facts facts;
    struct world_file blob, out;
    struct slice bytes;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = frames_noise(&arena, 4 * FRAMES_WORLD_SIZE);
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct seek_table table;
        struct slice stored;
        struct image image;

        frames_make(bytes, 1, &blob, &facts);
        stored = buf_slice(&blob.bytes);
        image = image_memory(&stored);
        CHECK_OK(frames_check_blob(&image, &facts, &arena, &table, &err), err);
        blob.bytes.ptr[seek_stored_size(&table, 0) + seek_stored_size(&table, 1)] ^= 1;
        sha256_of(stored, facts.stored_digest);
        world_file_init(&out);
        CHECK_ERR(ERR_CORRUPT, "frame 2: has no zstd header",
                  frames_take(stored, &facts, true, threads, &out, &err), err);
        CHECK(out.bytes.len <= 2 * FRAMES_WORLD_SIZE);
        CHECK(memcmp(out.bytes.ptr, bytes.ptr, out.bytes.len) == 0);
        buf_clear(&out.bytes);
        buf_clear(&blob.bytes);
    }
    arena_clear(&arena);
}

TEST(frames_read_compares_whole_digests)
{
    struct frames_facts facts;
    struct world_file blob, out;
    struct err err;

    frames_make(SLICE("hello"), 1, &blob, &facts);
    for (size_t i = 0; i < 2 * SHA256_SIZE; i++) {
        uint8_t *digest = i % 2 ? facts.stored_digest : facts.raw_digest;

        world_file_init(&out);
        digest[i / 2] ^= 1;
        CHECK_NUMBER(ERR_CORRUPT, frames_take(buf_slice(&blob.bytes), &facts, true, 1, &out, &err));
        digest[i / 2] ^= 1;
        buf_clear(&out.bytes);
    }
    buf_clear(&blob.bytes);
}

/* A last frame of five bytes in whose place a whole frame of zeros stands, as one was there before. */
TEST(frames_read_refuses_more_zeros_than_are_left)
{
    static const uint8_t raw[FRAMES_WORLD_SIZE];
    struct frames_facts facts = {.frame_size = FRAMES_WORLD_SIZE,
                                 .raw_size = 20 * FRAMES_WORLD_SIZE + 5};
    struct world_file blob, out;
    uint8_t frame[FRAMES_WORLD_SIZE];
    size_t len = ZSTD_compress(frame, sizeof frame, raw, sizeof raw, 3);
    struct err err;

    for (unsigned threads = 1; threads <= 2; threads++) {
        world_file_init(&blob);
        world_file_init(&out);
        for (int i = 0; i <= 20; i++)
            buf_add(&blob.bytes, slice_of(frame, len));
        seek_table_header(21, buf_extend(&blob.bytes, SEEK_HEADER_SIZE));
        for (int i = 0; i <= 20; i++)
            seek_table_add(&blob.bytes, (uint32_t)len, i < 20 ? FRAMES_WORLD_SIZE : 5);
        seek_table_footer(21, buf_extend(&blob.bytes, SEEK_FOOTER_SIZE));
        facts.stored_size = blob.bytes.len;
        sha256_of(buf_slice(&blob.bytes), facts.stored_digest);
        CHECK_ERR(ERR_CORRUPT, "frame 20: says another raw size than the manifest",
                  frames_take(buf_slice(&blob.bytes), &facts, false, threads, &out, &err), err);
        buf_clear(&out.bytes);
        buf_clear(&blob.bytes);
    }
}

/* The bytes of a frame of zeros again, where what is left of the image is shorter. */
TEST(frames_read_takes_zeros_for_what_is_left)
{
    static uint8_t raw[3 * FRAMES_WORLD_SIZE + 5];
    struct frames_facts facts;
    struct world_file blob, out;
    struct err err;

    for (unsigned threads = 1; threads <= 2; threads++) {
        frames_make(slice_of(raw, sizeof raw), 1, &blob, &facts);
        world_file_init(&out);
        CHECK_OK(frames_take(buf_slice(&blob.bytes), &facts, true, threads, &out, &err), err);
        CHECK(slice_equal(slice_of(raw, sizeof raw), buf_slice(&out.bytes)));
        buf_clear(&out.bytes);
        buf_clear(&blob.bytes);
    }
}

/* A megabyte of memory or one byte: what comes out is the same. */
TEST(frames_read_does_with_little_memory)
{
    static const size_t memory[] = {1, 20000, 1 << 20};
    struct arena arena;
    struct frames_facts facts;
    struct world_file blob, out;
    struct slice bytes, stored;
    struct image image;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = frames_noise(&arena, 100000);
    frames_make(bytes, 1, &blob, &facts);
    stored = buf_slice(&blob.bytes);
    image = image_memory(&stored);
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        const struct frames_settings settings = {4, memory[i]};
        struct sink sink = world_sink(&out, false);

        world_file_init(&out);
        CHECK_OK(frames_read(&image, &facts, true, &settings, &sink, &err), err);
        CHECK(slice_equal(bytes, buf_slice(&out.bytes)));
        buf_clear(&out.bytes);
    }
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}
