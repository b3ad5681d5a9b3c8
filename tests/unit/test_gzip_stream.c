#include "bundle/publish/gzip_stream.h"

#include <zlib.h>

#include "resolver/base/hex.h"
#include "resolver/crypto/sha256.h"
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
    enum err_code rc = gzip_stream_start(&stream, threads, &to, err);

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

/* What compresses badly, well, and only across the borders of pieces and of the window. */
TEST(gzip_stream_takes_every_kind_of_bytes)
{
    static const size_t periods[] = {1, 2, 257, 258, 259, 32767, 32768, 32769, 65537, GZIP_PIECE};
    struct arena arena;
    uint8_t *bytes;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = fill(&arena, 3 * GZIP_PIECE + 5);
    for (size_t i = 0; i <= sizeof periods / sizeof periods[0]; i++) {
        size_t period = i ? periods[i - 1] : 3 * GZIP_PIECE;
        struct world_file out;
        struct err err;
        unsigned seed = 7;

        for (size_t at = 0; at < 3 * GZIP_PIECE + 5; at++) {
            seed = seed * 1103515245u + 12345u;
            bytes[at] = at < period ? (uint8_t)(seed >> 16) : bytes[at - period];
        }
        world_file_init(&out);
        CHECK_OK(pack(slice_of(bytes, 3 * GZIP_PIECE + 5), MIB, 2, &out, &err), err);
        CHECK(unpacks_to(buf_slice(&out.bytes), slice_of(bytes, 3 * GZIP_PIECE + 5), &arena));
        buf_clear(&out.bytes);
    }
    arena_clear(&arena);
}

/* Random bytes with copies of what was up to 64 KiB back, of all lengths. */
static void fill_with_copies(uint8_t *bytes, size_t size, unsigned seed)
{
    for (size_t at = 0; at < size;) {
        size_t count, back;

        seed = seed * 1103515245u + 12345u;
        count = seed >> 16 & (seed >> 30 ? 15 : 1023);
        back = 1 + (seed >> 3 & 0xffff);
        for (; count && back <= at && at < size; count--, at++)
            bytes[at] = bytes[at - back];
        if (at < size)
            bytes[at++] = (uint8_t)(seed >> 24);
    }
}

TEST(gzip_stream_takes_copies_from_everywhere)
{
    const size_t size = GZIP_PIECE + 3 * GZIP_DICTIONARY;
    struct arena arena;
    uint8_t *bytes;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = fill(&arena, size);
    for (unsigned seed = 0; seed < 16; seed++) {
        struct world_file out;
        struct err err;

        fill_with_copies(bytes, size, seed);
        world_file_init(&out);
        CHECK_OK(pack(slice_of(bytes, size), MIB, 2, &out, &err), err);
        CHECK(unpacks_to(buf_slice(&out.bytes), slice_of(bytes, size), &arena));
        buf_clear(&out.bytes);
    }
    arena_clear(&arena);
}

/* The archive of an image is known by its digest, whichever machine of 64 bits made it. */
TEST(gzip_stream_gives_the_same_bytes_on_every_machine)
{
    struct arena arena;
    struct world_file out;
    struct err err;
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];

    arena_init_heap(&arena, WORLD_MAX);
    world_file_init(&out);
    CHECK_OK(pack(slice_of(fill(&arena, 5 * MIB + 77), 5 * MIB + 77), MIB, 2, &out, &err), err);
    sha256_of(buf_slice(&out.bytes), digest);
    hex_encode(digest, sizeof digest, hex);
    if (sizeof(void *) == 8)
        CHECK_TEXT("653c9d008fe5900b44566ce9304beee166d80bcad551f4240883fa536ff21484", slice_text(hex));
    buf_clear(&out.bytes);
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
    const size_t writes = 5 * MIB / GZIP_PIECE + 2; /* header, pieces, end */
    struct arena arena;
    struct slice bytes;

    arena_init_heap(&arena, WORLD_MAX);
    bytes = slice_of(fill(&arena, 5 * MIB), 5 * MIB);
    for (size_t i = 1; i <= writes + 1; i++) {
        struct world_file out;
        struct err err;

        world_file_init(&out);
        out.fail_at = i;
        if (i <= writes)
            CHECK_ERR(ERR_LIMIT, "No space left on device", pack(bytes, MIB, 2, &out, &err), err);
        else
            CHECK_OK(pack(bytes, MIB, 2, &out, &err), err);
        buf_clear(&out.bytes);
    }
    arena_clear(&arena);
}
