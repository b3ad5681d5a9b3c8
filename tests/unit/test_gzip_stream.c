#include "bundle/publish/gzip_stream.h"

#include <zlib.h>

#include "tests/unit/bundle_world.h"

#define MIB ((size_t)1 << 20)

static uint8_t *fill(struct arena *arena, size_t size)
{
    struct err err;
    uint8_t *bytes = arena_alloc(arena, size, &err);
    unsigned seed = 3;

    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245u + 12345u;
        bytes[i] = i / 1000 % 3 ? (uint8_t)(seed >> 28) : (uint8_t)(seed >> 16);
    }
    return bytes;
}

static enum err_code pack(struct slice bytes, size_t piece, unsigned threads,
                          struct world_file *out, struct err *err)
{
    struct sink to = world_sink(out, false), sink;
    struct gzip_stream stream;
    enum err_code rc = gzip_stream_start(&stream, threads, GZIP_LEVEL, &to, err);

    sink = gzip_stream_sink(&stream);
    while (rc == ERR_OK && bytes.len) {
        rc = sink.write(sink.ctx, slice_part(bytes, 0, piece), err);
        bytes = slice_part(bytes, piece, bytes.len);
    }
    if (rc == ERR_OK)
        rc = gzip_stream_finish(&stream, err);
    gzip_stream_stop(&stream);
    return rc;
}

/* zlib as the peer: exactly one member, with its checksum and size, and no byte after it. */
static bool unpacks_to(struct slice packed, struct slice want, struct arena *arena)
{
    z_stream zlib = {0};
    struct err err;
    uint8_t *out = arena_alloc(arena, want.len + 1, &err);
    bool good;

    if (inflateInit2(&zlib, 15 + 16) != Z_OK)
        return false;
    zlib.next_in = (z_const Bytef *)packed.ptr;
    zlib.avail_in = (uInt)packed.len;
    zlib.next_out = out;
    zlib.avail_out = (uInt)want.len + 1;
    good = inflate(&zlib, Z_FINISH) == Z_STREAM_END && zlib.avail_in == 0 &&
           slice_equal(slice_of(out, zlib.total_out), want);
    inflateEnd(&zlib);
    return good;
}

TEST(gzip_stream_is_one_member_whatever_the_threads)
{
    static const size_t sizes[] = {0,          1,              GZIP_PIECE - 1, GZIP_PIECE,
                                   GZIP_PIECE + 1, 2 * GZIP_PIECE, 5 * MIB + 77};
    struct arena arena;

    arena_init_heap(&arena, WORLD_MAX);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct slice bytes = slice_of(fill(&arena, sizes[i]), sizes[i]);
        struct world_file first, other;
        struct err err;

        world_file_init(&first);
        CHECK_OK(pack(bytes, 10007, 1, &first, &err), err);
        CHECK(unpacks_to(buf_slice(&first.bytes), bytes, &arena));
        world_file_init(&other);
        CHECK_OK(pack(bytes, 3 * MIB, 3, &other, &err), err);
        CHECK(slice_equal(buf_slice(&first.bytes), buf_slice(&other.bytes)));
        CHECK(memcmp(first.bytes.ptr, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10) == 0);
        buf_clear(&first.bytes);
        buf_clear(&other.bytes);
    }
    arena_clear(&arena);
}

/* A piece that repeats the one before is found in the dictionary. */
TEST(gzip_stream_uses_what_was_before)
{
    struct arena arena;
    struct world_file once, twice;
    uint8_t *bytes;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = fill(&arena, 2 * GZIP_PIECE);
    memcpy(bytes + GZIP_PIECE, bytes + GZIP_PIECE - 20000, 20000);
    world_file_init(&once);
    world_file_init(&twice);
    CHECK_OK(pack(slice_of(bytes, GZIP_PIECE), MIB, 2, &once, &err), err);
    CHECK_OK(pack(slice_of(bytes, GZIP_PIECE + 20000), MIB, 2, &twice, &err), err);
    CHECK(twice.bytes.len < once.bytes.len + 1000);
    buf_clear(&once.bytes);
    buf_clear(&twice.bytes);
    arena_clear(&arena);
}

TEST(gzip_stream_stops_where_the_sink_does)
{
    struct arena arena;
    struct slice bytes;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = slice_of(fill(&arena, 5 * MIB), 5 * MIB);
    for (size_t i = 1; i < 24; i++) {
        struct world_file out;
        struct err err;

        world_file_init(&out);
        out.fail_at = i;
        if (i <= 22)
            CHECK_ERR(ERR_LIMIT, "No space left on device", pack(bytes, MIB, 2, &out, &err), err);
        else
            CHECK_OK(pack(bytes, MIB, 2, &out, &err), err);
        buf_clear(&out.bytes);
    }
    arena_clear(&arena);
}
