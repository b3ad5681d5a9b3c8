#include "bundle/archive/seek_table.h"

#include <string.h>

#include "tests/unit/test.h"

#define BLOB_MAX 512

/* A blob of two frames (10 and 20 stored bytes) for 6000 raw bytes in frames of 4096. */
static struct slice make_blob(uint8_t out[BLOB_MAX])
{
    struct buf blob;

    memset(out, 0xAA, BLOB_MAX);
    buf_init_fixed(&blob, out, BLOB_MAX);
    buf_extend(&blob, 30);
    seek_table_header(2, buf_extend(&blob, SEEK_HEADER_SIZE));
    seek_table_add(&blob, 10, 4096);
    seek_table_add(&blob, 20, 1904);
    seek_table_footer(2, buf_extend(&blob, SEEK_FOOTER_SIZE));
    return buf_slice(&blob);
}

static enum err_code read_table(struct slice blob, uint64_t raw_size, struct seek_table *table,
                                struct err *err)
{
    static uint8_t memory[1024];
    struct image image = image_memory(&blob);
    struct arena arena;

    arena_init_fixed(&arena, memory, sizeof memory);
    return seek_table_read(&image, raw_size, 4096, &arena, table, err);
}

TEST(seek_table_is_zstds_seekable_format)
{
    uint8_t bytes[BLOB_MAX];
    struct slice blob = make_blob(bytes);

    CHECK_NUMBER(30 + seek_table_size(2), blob.len);
    CHECK(memcmp(bytes + 30,
                 "\x5E\x2A\x4D\x18\x19\0\0\0"
                 "\x0A\0\0\0\0\x10\0\0"
                 "\x14\0\0\0\x70\x07\0\0"
                 "\x02\0\0\0\0\xB1\xEA\x92\x8F",
                 33) == 0);
}

TEST(seek_table_reads_what_it_writes)
{
    uint8_t bytes[BLOB_MAX];
    struct slice blob = make_blob(bytes);
    struct seek_table table;
    struct err err;

    CHECK_OK(read_table(blob, 6000, &table, &err), err);
    CHECK_NUMBER(2, table.frames);
    CHECK_NUMBER(30, table.at);
    CHECK_NUMBER(20, table.stored_max);
    CHECK_NUMBER(10, seek_stored_size(&table, 0));
    CHECK_NUMBER(1904, seek_raw_size(&table, 1));
}

TEST(seek_table_refuses_what_does_not_fit)
{
    uint8_t bytes[BLOB_MAX];
    struct slice blob = make_blob(bytes);
    struct seek_table table;
    struct err err;

    CHECK_ERR(ERR_CORRUPT, "seek table: frame 1: 1904 raw bytes, want 1905",
              read_table(blob, 6001, &table, &err), err);
    CHECK_ERR(ERR_CORRUPT, "seek table: its end is not that of 1 frames",
              read_table(blob, 4096, &table, &err), err);
    CHECK_ERR(ERR_CORRUPT, "seek table: its end is not that of 2 frames",
              read_table(slice_part(blob, 1, blob.len - 2), 6000, &table, &err), err);
    CHECK_ERR(ERR_CORRUPT,
              "seek table: the frames have 30 bytes by it, and have 29",
              read_table(slice_part(blob, 1, blob.len), 6000, &table, &err), err);
    CHECK_ERR(ERR_CORRUPT, "32 bytes are too few for the seek table of 2 frames",
              read_table(slice_part(blob, 0, 32), 6000, &table, &err), err);
    CHECK_ERR(ERR_LIMIT, "4194305 frames, at most 4194304 are read",
              read_table(blob, 4096ull * SEEK_FRAMES_MAX + 1, &table, &err), err);
    bytes[30]++;
    CHECK_ERR(ERR_CORRUPT, "seek table: its start is not that of 2 frames",
              read_table(blob, 6000, &table, &err), err);
    CHECK_NUMBER(0, table.frames);
}

TEST(seek_table_refuses_every_changed_byte)
{
    uint8_t bytes[BLOB_MAX];
    struct slice blob = make_blob(bytes);
    struct seek_table table;
    struct err err;

    for (size_t i = 30; i < blob.len; i++) {
        bytes[i] ^= 1;
        CHECK(read_table(blob, 6000, &table, &err) == ERR_CORRUPT);
        bytes[i] ^= 1;
    }
}

TEST(seek_table_says_when_memory_is_short)
{
    uint8_t bytes[BLOB_MAX], memory[8];
    struct slice blob = make_blob(bytes);
    struct image image = image_memory(&blob);
    struct seek_table table;
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, "out of memory: 16 more bytes wanted, at most 8 allowed",
              seek_table_read(&image, 6000, 4096, &arena, &table, &err), err);
}
