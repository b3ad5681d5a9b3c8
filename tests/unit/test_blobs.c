#include "bundle/verify/blobs.h"

#include <string.h>

#include "tests/unit/contents_world.h"

struct counts {
    uint64_t last, total;
    size_t calls, backwards;
};

static void count(void *ctx, uint64_t done, uint64_t total)
{
    struct counts *counts = ctx;

    counts->backwards += done < counts->last;
    counts->last = done;
    counts->total = total;
    counts->calls++;
}

static enum err_code check(struct contents_world *world, bool is_deep, struct counts *counts,
                           struct err *err)
{
    const struct blobs_check how = {
        .is_deep = is_deep, .settings = {.threads = 1}, .progress = count, .ctx = counts};

    memset(counts, 0, sizeof *counts);
    return blobs_check(&world->trusted, &world->contents, &how, err);
}

static const struct layer *image_of(const struct contents_world *world)
{
    for (size_t i = 0; i < world->contents.count; i++) {
        if (layer_is_image(world->contents.list[i].layer))
            return world->contents.list[i].layer;
    }
    return NULL;
}

static void begin(struct contents_world *world)
{
    struct err err;

    contents_begin(world);
    contents_add(world, LAYER_OTHER, "notes/v2.2.0.txt", SLICE("Notes\n"));
    contents_pack(world);
    CHECK_OK(contents_try(world, &err), err);
}

/* Stored bytes of images and of what nobody else reads; with is_deep the raw bytes of images. */
TEST(blobs_counts_what_it_reads)
{
    static struct contents_world world;
    struct counts counts;
    struct err err;

    begin(&world);
    CHECK_OK(check(&world, false, &counts, &err), err);
    CHECK_NUMBER(image_of(&world)->blob.size + 6, counts.total);
    CHECK_NUMBER(counts.total, counts.last);
    CHECK_OK(check(&world, true, &counts, &err), err);
    CHECK_NUMBER(WORLD_IMAGE_SIZE + 6, counts.total);
    CHECK_NUMBER(counts.total, counts.last);
    CHECK_NUMBER(0, counts.backwards);
    contents_end(&world);
}

TEST(blobs_works_without_progress)
{
    static struct contents_world world;
    const struct blobs_check how = {.is_deep = false};
    struct err err;

    begin(&world);
    CHECK_OK(blobs_check(&world.trusted, &world.contents, &how, &err), err);
    contents_end(&world);
}

/* Two titles of one blob are read once, but where they say different things of the raw image. */
TEST(blobs_reads_equal_blobs_once)
{
    static struct contents_world world;
    struct layer other;
    struct counts counts;
    struct err err;

    begin(&world);
    other = *image_of(&world);
    world.contents.list[0].layer = &other;
    CHECK_OK(check(&world, false, &counts, &err), err);
    CHECK_NUMBER(other.blob.size + 6, counts.total);
    other.image.raw_digest[0] ^= 1;
    CHECK_OK(check(&world, false, &counts, &err), err);
    CHECK_NUMBER(2 * other.blob.size + 6, counts.total);
    CHECK_NUMBER(ERR_CORRUPT, check(&world, true, &counts, &err));
    contents_end(&world);
}

/* A signature of the raw image says nothing of the frames: they are decompressed to see. */
TEST(blobs_checks_raw_images_that_are_signed)
{
    static struct contents_world world;
    struct layer other;
    struct counts counts;
    struct err err;

    begin(&world);
    other = *image_of(&world);
    other.image.raw_digest[0] ^= 1;
    world.contents.list[0].layer = &other;
    CHECK_OK(check(&world, false, &counts, &err), err);
    world.contents.list[0].is_raw_signed = true;
    CHECK_NUMBER(ERR_CORRUPT, check(&world, false, &counts, &err));
    other.image.raw_digest[0] ^= 1;
    CHECK_OK(check(&world, false, &counts, &err), err);
    CHECK_NUMBER(WORLD_IMAGE_SIZE + 6, counts.total); /* and not once more as it is stored */
    /* The other way round, too: stored alone first, then raw. */
    for (size_t i = 0; i < world.contents.count; i++)
        world.contents.list[i].is_raw_signed = i > 0;
    CHECK_OK(check(&world, false, &counts, &err), err);
    CHECK_NUMBER(other.blob.size + WORLD_IMAGE_SIZE + 6, counts.total);
    contents_end(&world);
}

TEST(blobs_names_what_is_corrupt)
{
    static struct contents_world world;
    struct counts counts;
    uint8_t *bytes;
    struct err err;

    begin(&world);
    bytes = (uint8_t *)(uintptr_t)world.archive.ptr;
    for (size_t i = world.archive.len - 5 * TAR_BLOCK; i > 0; i--) {
        if (memcmp(bytes + i, "Notes\n", 6) == 0) {
            bytes[i] ^= 1;
            break;
        }
    }
    CHECK_NUMBER(ERR_CORRUPT, check(&world, false, &counts, &err));
    CHECK(strncmp(err.msg, "notes/v2.2.0.txt: ", 18) == 0);
    contents_end(&world);
}
