/*
 * parts_world.h - a bundle of bundle_world.h as the parts of a split archive, in memory.
 */
#ifndef SEALIFT_TESTS_PARTS_WORLD_H
#define SEALIFT_TESTS_PARTS_WORLD_H

#include <string.h>

#include "bundle/archive/bundle_parts.h"
#include "bundle/archive/bundle_split.h"
#include "tests/unit/bundle_world.h"

#define WORLD_BODY 8192
#define WORLD_PARTS_MAX 40

/* Part files in memory. */
struct parts_world {
    struct world_plan world;
    struct world_file files[WORLD_PARTS_MAX];
    struct slice bytes[WORLD_PARTS_MAX];
    struct bundle_part_file given[WORLD_PARTS_MAX];
    uint32_t count;
    uint32_t removed; /* the last part that was */
    struct keys keys;
    struct key storage;
};

static inline enum err_code parts_store_write(void *ctx, uint32_t number, struct output *output,
                                              struct err *err)
{
    struct parts_world *world = ctx;

    if (number > WORLD_PARTS_MAX)
        return err_set(err, ERR_IO, "too many for this test");
    if (!world->files[number - 1].bytes.grow)
        world_file_init(&world->files[number - 1]);
    *output = world_output(&world->files[number - 1]);
    return ERR_OK;
}

static inline enum err_code parts_store_read(void *ctx, uint32_t number, struct image *image,
                                             struct err *err)
{
    struct parts_world *world = ctx;

    (void)err;
    world->bytes[number - 1] = buf_slice(&world->files[number - 1].bytes);
    *image = image_memory(&world->bytes[number - 1]);
    return ERR_OK;
}

static inline enum err_code parts_store_remove(void *ctx, uint32_t number, struct err *err)
{
    struct parts_world *world = ctx;

    (void)err;
    buf_clear(&world->files[number - 1].bytes);
    world->removed = number;
    return ERR_OK;
}

static inline void parts_init(struct parts_world *world, size_t signers)
{
    const struct part_store store = {world, parts_store_write, parts_store_read,
                                     parts_store_remove};
    struct bundle_written written;
    struct bundle_split split;
    struct output output;
    struct err err;

    memset(world, 0, sizeof *world);
    world_plan_init(&world->world, 1, signers);
    output = bundle_split_output(&split, &store, WORLD_BODY);
    CHECK_OK(bundle_write(&world->world.plan, &output, &world->world.arena, &written, &err), err);
    CHECK_OK(bundle_split_finish(&split, world->world.signers, signers, &world->world.arena,
                                 &world->count, &err),
             err);
    for (uint32_t i = 0; i < world->count; i++) {
        static const char *const names[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7"};

        world->bytes[i] = buf_slice(&world->files[i].bytes);
        world->given[i].name = i < 7 ? names[i] : "more";
        world->given[i].image = image_memory(&world->bytes[i]);
    }
    world_trust(&world->keys, &world->storage, &world->world.keys[0], "a.pub");
}

static inline void parts_end(struct parts_world *world)
{
    for (size_t i = 0; i < WORLD_PARTS_MAX; i++)
        buf_clear(&world->files[i].bytes);
    world_plan_free(&world->world);
}

#endif
