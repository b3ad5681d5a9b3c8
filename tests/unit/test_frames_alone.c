#include "bundle/archive/frames_alone.h"

#include <string.h>

#include "bundle/archive/frames_image.h"
#include "tests/unit/bundle_world.h"

#define REFUSAL "has no seek table as bundles have it"

static void make(struct slice raw, struct world_file *blob, struct frames_facts *facts)
{
    const struct frames_settings settings = {.threads = 1};
    struct image image = image_memory(&raw);
    struct sink sink;
    struct err err;

    world_file_init(blob);
    sink = world_sink(blob, false);
    CHECK_OK(frames_write(&image, 4096, 3, &settings, &sink, facts, &err), err);
}

static void check_facts(struct slice raw)
{
    struct frames_facts want, have;
    static const uint8_t zeros[SHA256_SIZE];
    struct world_file blob;
    struct slice bytes;
    struct image image;
    struct err err;

    make(raw, &blob, &want);
    bytes = buf_slice(&blob.bytes);
    image = image_memory(&bytes);
    CHECK(frames_alone_is(bytes));
    CHECK_OK(frames_alone_facts(&image, &have, &err), err);
    CHECK_NUMBER(want.frame_size, have.frame_size);
    CHECK_NUMBER(want.raw_size, have.raw_size);
    CHECK_NUMBER(want.stored_size, have.stored_size);
    CHECK(memcmp(want.stored_digest, have.stored_digest, SHA256_SIZE) == 0);
    CHECK(memcmp(zeros, have.raw_digest, SHA256_SIZE) == 0);
    buf_clear(&blob.bytes);
}

TEST(frames_alone_tells_what_was_written)
{
    static const size_t sizes[] = {1, 4095, 4096, 4097, 8192, 70000};
    struct arena arena;
    struct slice raw;

    arena_init_heap(&arena, WORLD_MAX);
    raw = world_image_bytes(&arena, 5);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_facts(slice_part(raw, 0, sizes[i]));
    arena_clear(&arena);
}

TEST(frames_alone_knows_zstd)
{
    CHECK(frames_alone_is(SLICE("\x28\xb5\x2f\xfd")));
    CHECK(frames_alone_is(SLICE("\x28\xb5\x2f\xfd more")));
    CHECK(!frames_alone_is(SLICE("\x28\xb5\x2f")));
    CHECK(!frames_alone_is(SLICE("\x28\xb5\x2f\xfe")));
}

static void check_refused(struct slice bytes)
{
    struct frames_facts facts;
    static const struct frames_facts none;
    struct image image = image_memory(&bytes);
    struct err err;

    memset(&facts, 1, sizeof facts);
    CHECK_ERR(ERR_FORMAT, REFUSAL, frames_alone_facts(&image, &facts, &err), err);
    CHECK(memcmp(&facts, &none, sizeof none) == 0);
}

/* Each byte of the footer counts, and so does each of the number of frames and the sizes in the table. */
TEST(frames_alone_wants_a_seek_table)
{
    static const struct {
        size_t from_end;
        uint8_t change;
    } cases[] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {5, 0x80}, {6, 1}, {7, 1}, {9, 18}};
    struct frames_facts facts;
    struct world_file blob;
    struct arena arena;
    struct slice bytes;

    arena_init_heap(&arena, WORLD_MAX);
    make(world_image_bytes(&arena, 5), &blob, &facts); /* 18 frames */
    bytes = buf_slice(&blob.bytes);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *at = &blob.bytes.ptr[bytes.len - cases[i].from_end];

        *at ^= cases[i].change;
        check_refused(bytes);
        *at ^= cases[i].change;
    }
    check_refused(slice_part(bytes, 0, bytes.len - 1));
    check_refused(slice_part(bytes, 0, 0));
    check_refused(slice_part(bytes, bytes.len - SEEK_FOOTER_SIZE, bytes.len));
    buf_clear(&blob.bytes);
    arena_clear(&arena);
}
