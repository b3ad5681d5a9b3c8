#include "bundle/publish/image_digest.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define SIZE ((size_t)(600 << 10) + 5) /* two pieces and what is left */

struct world {
    uint8_t bytes[SIZE], digest[SHA256_SIZE];
    struct slice all;
    struct image image;
    struct arena arena;
    uint64_t shown[4];
    size_t count;
};

static void note(void *ctx, uint64_t done)
{
    struct world *world = ctx;

    if (world->count < 4)
        world->shown[world->count] = done;
    world->count++;
}

static struct world *make(void)
{
    static struct world world;

    memset(&world, 0, sizeof world);
    for (size_t i = 0; i < SIZE; i++)
        world.bytes[i] = (uint8_t)(i * 7 + i / 300);
    world.all = slice_of(world.bytes, SIZE);
    world.image = image_memory(&world.all);
    sha256_of(world.all, world.digest);
    arena_init_heap(&world.arena, (size_t)16 << 20);
    return &world;
}

TEST(image_digest_is_that_of_all_bytes)
{
    struct world *world = make();
    const struct image_digest_progress progress = {world, note};
    uint8_t have[SHA256_SIZE];
    struct err err;

    CHECK_OK(image_digest(&world->image, &progress, &world->arena, have, &err), err);
    CHECK(memcmp(have, world->digest, SHA256_SIZE) == 0);
    CHECK_NUMBER(3, world->count);
    CHECK_NUMBER(SIZE, world->shown[2]);
    CHECK(world->shown[0] > 0 && world->shown[0] < world->shown[1]);
    CHECK_OK(image_digest(&world->image, NULL, &world->arena, have, &err), err);
    CHECK(memcmp(have, world->digest, SHA256_SIZE) == 0);
    arena_clear(&world->arena);
}

TEST(image_digest_of_what_cannot_be_read_is_none)
{
    static const uint8_t none[SHA256_SIZE];
    struct world *world = make();
    uint8_t have[SHA256_SIZE] = {1};
    struct err err;

    world->image.size++; /* a byte that is not there */
    CHECK_ERR(ERR_CORRUPT, "ends at byte 614405",
              image_digest(&world->image, NULL, &world->arena, have, &err), err);
    CHECK(memcmp(have, none, SHA256_SIZE) == 0);
    arena_clear(&world->arena);
    arena_init_heap(&world->arena, 1000);
    CHECK_ERR(ERR_LIMIT, NULL, image_digest(&world->image, NULL, &world->arena, have, &err), err);
    arena_clear(&world->arena);
}
