/* What is checked of a blob before any of its frames is read. */
#include "tests/unit/frames_world.h"

#include "bundle/archive/frame.h"

TEST(frames_facts_check_the_size_of_frames)
{
    static const uint64_t good[] = {4096, 8192, 12288, 1 << 20, (8 << 20) - 4096, 8 << 20};
    static const struct {
        uint64_t size;
        const char *message;
    } bad[] = {
        {0, "frames of 0 bytes, want a multiple of 4096 that is at most 8388608"},
        {1, "frames of 1 bytes, want a multiple of 4096 that is at most 8388608"},
        {4095, "frames of 4095 bytes, want a multiple of 4096 that is at most 8388608"},
        {4097, "frames of 4097 bytes, want a multiple of 4096 that is at most 8388608"},
        {(8 << 20) + 4096,
         "frames of 8392704 bytes, want a multiple of 4096 that is at most 8388608"},
        {(uint64_t)1 << 32 | 4096,
         "frames of 4294971392 bytes, want a multiple of 4096 that is at most 8388608"},
    };
    struct err err;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_OK(frames_check_size(good[i], &err), err);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_ERR(ERR_CORRUPT, bad[i].message, frames_check_size(bad[i].size, &err), err);
}

/* A blob of "hello" with facts that are changed. */
TEST(frames_facts_check_the_blob)
{
    struct frames_facts good, facts;
    struct seek_table table;
    struct world_file blob;
    struct slice bytes;
    struct image image;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    frames_make(SLICE("hello"), 1, &blob, &good);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    CHECK_OK(frames_check_blob(&image, &good, &arena, &table, &err), err);
    CHECK(table.frames == 1 && seek_raw_size(&table, 0) == 5);
    for (int i = -1; i <= 1; i += 2) {
        facts = good;
        facts.stored_size = 39u + (unsigned)i;
        CHECK_ERR(ERR_CORRUPT, i < 0 ? "has 39 bytes, want 38" : "has 39 bytes, want 40",
                  frames_check_blob(&image, &facts, &arena, &table, &err), err);
    }
    facts = good;
    facts.raw_size = 0;
    CHECK_ERR(ERR_CORRUPT, "a raw size of 0 bytes",
              frames_check_blob(&image, &facts, &arena, &table, &err), err);
    facts.raw_size = 6;
    CHECK_ERR(ERR_CORRUPT, "seek table: frame 0: 5 raw bytes, want 6",
              frames_check_blob(&image, &facts, &arena, &table, &err), err);
    facts = good;
    facts.frame_size = 5000;
    CHECK_ERR(ERR_CORRUPT, "frames of 5000 bytes, want a multiple of 4096 that is at most 8388608",
              frames_check_blob(&image, &facts, &arena, &table, &err), err);
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}

/* A blob with one frame of so many stored bytes. */
static enum err_code check_frame(size_t stored_size, uint32_t raw_size, struct err *err)
{
    struct frames_facts facts = {.frame_size = FRAMES_WORLD_SIZE, .raw_size = raw_size};
    struct seek_table table;
    struct slice bytes;
    struct image image;
    struct arena arena;
    struct buf blob;
    enum err_code rc;

    buf_init_heap(&blob, WORLD_MAX);
    arena_init_heap(&arena, WORLD_MAX);
    memset(buf_extend(&blob, stored_size), 0, stored_size);
    seek_table_header(1, buf_extend(&blob, SEEK_HEADER_SIZE));
    seek_table_add(&blob, (uint32_t)stored_size, raw_size);
    seek_table_footer(1, buf_extend(&blob, SEEK_FOOTER_SIZE));
    bytes = buf_slice(&blob);
    image = image_memory(&bytes);
    facts.stored_size = bytes.len;
    rc = frames_check_blob(&image, &facts, &arena, &table, err);
    arena_clear(&arena);
    buf_clear(&blob);
    return rc;
}

TEST(frames_facts_bound_a_frame)
{
    struct err err;

    CHECK_OK(check_frame(4174, FRAMES_WORLD_SIZE, &err), err);
    CHECK_ERR(ERR_CORRUPT, "seek table: a frame of 4175 bytes, at most 4174 are possible",
              check_frame(4175, FRAMES_WORLD_SIZE, &err), err);
    CHECK_OK(check_frame(4174, 5, &err), err); /* by the size of all frames, not of this one */
}

/* What zstd makes at most of it, and the table: 8 and 9 bytes around 8 a frame. */
TEST(frames_facts_bound_a_blob)
{
    struct frames_facts facts = {.frame_size = FRAMES_WORLD_SIZE, .raw_size = 1};

    CHECK_NUMBER(4174, frame_stored_max(FRAMES_WORLD_SIZE));
    CHECK_NUMBER(4174 + 17 + 8, frames_stored_max(&facts));
    facts.raw_size = FRAMES_WORLD_SIZE;
    CHECK_NUMBER(4174 + 17 + 8, frames_stored_max(&facts));
    facts.raw_size++;
    CHECK_NUMBER(2 * (4174 + 8) + 17, frames_stored_max(&facts));
    facts.frame_size = 0;
    CHECK_NUMBER(FRAMES_WORLD_SIZE + 1, frames_stored_max(&facts));
}
