/*
 * pack_world.h - what the tests of bundle/pack share: a release of v2.2.0 that is being put together, two
 * key pairs to sign with and to trust, and a source of documents in memory.
 *
 *     pack_world_begin(&world);
 *     memory_put(&world.memory, PACK_TABLE, SLICE(PACK_TABLE_TEXT));
 *     memory_put(&world.memory, PACK_TABLE ".sig", pack_world_signature(&world, 0, ..., false));
 *     pack_world_trust(&world, &world.keys, 0);
 *     ...
 *     pack_world_end(&world);
 */
#ifndef SEALIFT_TESTS_PACK_WORLD_H
#define SEALIFT_TESTS_PACK_WORLD_H

#include "bundle/pack/pack_document.h"
#include "tests/unit/bundle_world.h"
#include "tests/unit/memory_source.h"

#define PACK_TABLE "images/v2.2.0.json"
#define PACK_TABLE_TEXT \
    "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\"," \
    "\"qemu\":{\"qemu-vtpm\":\"https://cdn.example/qemu.raw\"}}\n"
#define PACK_MEASUREMENTS "measurements/qemu/v2.2.0/measurements.yaml"
#define PACK_VALUE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PACK_MEASUREMENTS_TEXT "csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: " PACK_VALUE "\n"
#define PACK_KEY_0 "e7c143f3b8d09586" /* short ids of the key pairs */
#define PACK_KEY_1 "7aaf454474cb014e"

struct pack_world {
    struct arena arena;
    struct world_key pairs[2];
    struct key storage[4];
    size_t stored;
    struct keys keys, table_keys;
    struct pack_policy policy;
    struct memory_source memory;
    struct pack_release release;
    struct err err;
};

static inline void pack_world_begin(struct pack_world *world)
{
    memset(world, 0, sizeof *world);
    arena_init_heap(&world->arena, (size_t)256 << 20);
    world_key_read(&world->pairs[0], "p256");
    world_key_read(&world->pairs[1], "p256-other");
    world->policy = (struct pack_policy){.keys = &world->keys, .table_keys = &world->table_keys};
    memory_init(&world->memory, "https://cdn.example");
    CHECK_OK(uid_parse(SLICE("v2.2.0"), &world->release.uid, &world->err), world->err);
}

static inline void pack_world_end(struct pack_world *world)
{
    arena_clear(&world->arena);
}

/* Adds the public half of a pair to keys. */
static inline void pack_world_trust(struct pack_world *world, struct keys *keys, size_t pair)
{
    static const char *const names[] = {"a.pub", "b.pub"};

    world_trust(keys, &world->storage[world->stored++], &world->pairs[pair], names[pair]);
}

/* The text of a .sig (or, is_sigstore, of the other form) of bytes. */
static inline struct slice pack_world_signature(struct pack_world *world, size_t pair,
                                                struct slice bytes, bool is_sigstore)
{
    return world_signature(&world->pairs[pair], bytes, is_sigstore, &world->arena);
}

/* The number of the release's item of that title; a failed check and 0 when there is none. */
static inline size_t pack_world_item(const struct pack_world *world, const char *title)
{
    for (size_t i = 0; i < world->release.count; i++) {
        if (slice_is(world->release.items[i].title, title))
            return i;
    }
    test_check(false, __FILE__, __LINE__, title);
    return 0;
}

/* Empties the release. */
static inline void pack_world_again(struct pack_world *world)
{
    const struct uid uid = world->release.uid;

    world->release = (struct pack_release){.uid = uid};
}

#endif
