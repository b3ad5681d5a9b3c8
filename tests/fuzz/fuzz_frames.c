/* Compressed images whose digest is right: whatever they hold, no byte comes out beyond the size that
 * is declared, ways to read them agree, and what is accepted can be read at any offset. */
#include <string.h>

#include "bundle/archive/frames_image.h"
#include "resolver/base/cursor.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

#define RAW_MAX ((uint64_t)1 << 20)

struct counted {
    uint64_t size;
    struct sha256 hash;
};

static enum err_code count(void *ctx, struct slice bytes, struct err *err)
{
    struct counted *counted = ctx;

    (void)err;
    counted->size += bytes.len;
    sha256_update(&counted->hash, bytes);
    return ERR_OK;
}

/* Facts that a blob could be of: what its own seek table says of frames of 4 KiB. */
static void guess_facts(struct slice blob, struct frames_facts *facts)
{
    struct cursor in = cursor_of(slice_part(blob, blob.len > 9 ? blob.len - 9 : 0, 4));
    uint64_t frames = cursor_le32(&in);

    facts->frame_size = 4096;
    facts->raw_size = 4096;
    if (frames > 0 && frames * 8 + 17 <= blob.len && frames < RAW_MAX / 4096) {
        in = cursor_of(slice_part(blob, blob.len - 13, 4));
        facts->raw_size = (frames - 1) * 4096 + cursor_le32(&in) % 4097;
        facts->raw_size += facts->raw_size == 0;
    }
    facts->stored_size = blob.len;
    sha256_of(blob, facts->stored_digest);
}

static void read_back(const struct image *image, const struct frames_facts *facts,
                      uint8_t digest[SHA256_SIZE])
{
    struct frames_image frames;
    struct arena arena;
    uint8_t bytes[1000];
    struct sha256 hash;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    sha256_init(&hash);
    FUZZ_CHECK(frames_image_open(image, facts, &arena, &frames, &err) == ERR_OK);
    for (uint64_t at = 0; at < facts->raw_size; at += sizeof bytes) {
        uint64_t left = facts->raw_size - at;
        size_t len = left < sizeof bytes ? (size_t)left : sizeof bytes;

        FUZZ_CHECK(image_read(&frames.image, at, bytes, len, &err) == ERR_OK);
        sha256_update(&hash, slice_of(bytes, len));
    }
    sha256_final(&hash, digest);
    frames_image_close(&frames);
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct frames_settings settings = {.threads = 1};
    struct slice blob = slice_of(data, size);
    struct image image = image_memory(&blob);
    struct counted counted = {.size = 0};
    const struct sink sink = {.ctx = &counted, .write = count};
    struct frames_facts facts;
    uint8_t a[SHA256_SIZE], b[SHA256_SIZE];
    enum err_code rc;
    struct err err;

    memset(&facts, 0, sizeof facts);
    guess_facts(blob, &facts);
    sha256_init(&counted.hash);
    rc = frames_read(&image, &facts, false, &settings, &sink, &err);
    FUZZ_CHECK(counted.size <= facts.raw_size);
    FUZZ_CHECK(rc == ERR_CORRUPT || (rc == ERR_OK && counted.size == facts.raw_size));
    if (rc == ERR_OK) {
        sha256_final(&counted.hash, a);
        read_back(&image, &facts, b);
        FUZZ_CHECK(memcmp(a, b, SHA256_SIZE) == 0);
        memcpy(facts.raw_digest, a, SHA256_SIZE);
        FUZZ_CHECK(frames_read(&image, &facts, true, &settings, NULL, &err) == ERR_OK);
    }
    return 0;
}
