/* One frame, decompressed strictly: each refusal, and that nothing is written past the raw size. */
#include "bundle/archive/frame.h"

#include <string.h>

#include "tests/unit/test.h"

#define FRAME 4096

/* want: what is wrong with the frame, or NULL. */
static void check_frame(const char *want, struct slice stored, uint32_t raw_size)
{
    static uint8_t memory[FRAME];
    struct slice raw = test_guarded(slice_of(memory, raw_size));
    ZSTD_DCtx *context = ZSTD_createDCtx();
    const char *have =
        frame_decompress(context, test_guarded(stored), (uint8_t *)(uintptr_t)raw.ptr, raw_size);

    CHECK((want == NULL) == (have == NULL));
    if (want && have)
        CHECK_TEXT(want, slice_text(have));
    ZSTD_freeDCtx(context);
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

TEST(frame_stops_at_bombs)
{
    static uint8_t raw[64 * FRAME];
    uint8_t out[FRAME], mixed[FRAME];
    struct slice frame;

    frame = compressed(slice_of(raw, sizeof raw), 1, out, sizeof out);
    check_frame("says another raw size than the manifest", frame, FRAME);
    frame = compressed(slice_of(raw, sizeof raw), 0, out, sizeof out);
    check_frame("does not say its raw size", frame, FRAME);
    frame = compressed(slice_of(raw, 2000), 1, out, sizeof out);
    check_frame(NULL, frame, 2000);
    check_frame("is cut off, or something stands after it", slice_part(frame, 0, frame.len - 1),
                2000);
    memcpy(mixed, out, frame.len);
    memcpy(mixed + frame.len, out, frame.len);
    check_frame("is cut off, or something stands after it", slice_of(mixed, 2 * frame.len), 2000);
    check_frame("has no zstd header", slice_part(frame, 0, 3), 2000);
    check_frame("has no zstd header", SLICE(""), 2000);
    check_frame("is a skippable frame", SLICE("\x50\x2A\x4D\x18\x04\0\0\0abcd"), 4);
    /* Magic, descriptor: a size of two bytes (256 less than it is), window of 2 MiB, raw block. */
    check_frame("wants a window larger than the frame",
                SLICE("\x28\xB5\x2F\xFD\x40\x58\0\0\x01\0\0"), 256);
    /* The same with a single segment, and a dictionary. */
    check_frame("wants a dictionary", SLICE("\x28\xB5\x2F\xFD\x21\x07\x05\x29\0\0hello"), 5);
    check_frame(NULL, SLICE("\x28\xB5\x2F\xFD\x20\x05\x29\0\0hello"), 5);
    /* A block of four bytes in a frame that says five. */
    check_frame("does not decompress to its raw size",
                SLICE("\x28\xB5\x2F\xFD\x20\x05\x21\0\0hell"), 5);
    /* An RLE block of a megabyte in a frame that says five bytes. */
    check_frame("does not decompress to its raw size", SLICE("\x28\xB5\x2F\xFD\x20\x05\x03\0\x08x"),
                5);
}

TEST(frame_holds_what_was_compressed)
{
    static uint8_t raw[FRAME], have[FRAME];
    ZSTD_DCtx *context = ZSTD_createDCtx();
    uint8_t out[2 * FRAME];
    struct slice stored;

    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(i * i >> 3);
    stored = compressed(slice_of(raw, sizeof raw), 1, out, sizeof out);
    for (int again = 0; again < 2; again++) {
        memset(have, 0, sizeof have);
        CHECK(frame_decompress(context, stored, have, FRAME) == NULL);
        CHECK(memcmp(raw, have, sizeof raw) == 0);
    }
    CHECK_TEXT("says another raw size than the manifest",
               slice_text(frame_decompress(context, stored, have, FRAME - 1)));
    CHECK_TEXT("says another raw size than the manifest",
               slice_text(frame_decompress(context, compressed(SLICE("less"), 1, out, sizeof out),
                                           have, FRAME)));
    stored = compressed(slice_of(raw, sizeof raw), 1, out, sizeof out);
    CHECK_TEXT("is cut off, or something stands after it",
               slice_text(frame_decompress(context, slice_of(out, stored.len + 1), have, FRAME)));
    ZSTD_freeDCtx(context);
}

/* Wherever it is cut off, and nothing after that is read. */
TEST(frame_refuses_any_beginning_of_itself)
{
    uint8_t raw[300], out[FRAME];
    struct slice stored;

    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(i % 7 * 31);
    stored = compressed(slice_of(raw, sizeof raw), 1, out, sizeof out);
    for (size_t len = 0; len < stored.len; len++) {
        ZSTD_DCtx *context = ZSTD_createDCtx();

        CHECK(frame_decompress(context, test_guarded(slice_of(out, len)), raw, sizeof raw) != NULL);
        ZSTD_freeDCtx(context);
    }
}

TEST(frame_has_a_longest)
{
    static const uint32_t sizes[] = {1, 4096, 1 << 20, 8 << 20};

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        CHECK_NUMBER(ZSTD_compressBound(sizes[i]), frame_stored_max(sizes[i]));
}
