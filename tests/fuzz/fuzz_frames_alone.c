/* Compressed images that no manifest describes: what is told of them lets frames_image open them, or
 * refuse them, and read within the size that was told. */
#include "bundle/archive/frames_alone.h"
#include "bundle/archive/frames_image.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void read_some(const struct image *image, uint64_t size)
{
    uint8_t bytes[1000];
    struct err err;

    for (uint64_t at = 0; at < size && at < 100000; at += sizeof bytes) {
        uint64_t left = size - at;

        if (image_read(image, at, bytes, left < sizeof bytes ? (size_t)left : sizeof bytes, &err))
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice blob = slice_of(data, size);
    struct image image = image_memory(&blob);
    struct frames_facts facts;
    struct frames_image frames;
    struct arena arena;
    struct err err;

    if (frames_alone_facts(&image, &facts, &err)) {
        FUZZ_CHECK(err.code != ERR_OK && facts.frame_size == 0 && facts.raw_size == 0);
        return 0;
    }
    FUZZ_CHECK(facts.stored_size == size && facts.frame_size > 0);
    arena_init_heap(&arena, (size_t)64 << 20);
    if (frames_image_open(&image, &facts, &arena, &frames, &err) == ERR_OK) {
        FUZZ_CHECK(frames.image.size == facts.raw_size);
        read_some(&frames.image, facts.raw_size);
        frames_image_close(&frames);
    }
    arena_clear(&arena);
    return 0;
}
