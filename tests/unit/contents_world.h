/*
 * contents_world.h - a bundle whose documents are what they claim to be, to be changed by tests.
 */
#ifndef SEALIFT_TESTS_CONTENTS_WORLD_H
#define SEALIFT_TESTS_CONTENTS_WORLD_H

#include "bundle/verify/contents.h"
#include "tests/unit/bundle_world.h"
#include "tests/unit/sparse_image.h"

#define CONTENTS_ITEMS 16
#define CONTENTS_TABLE "images/v2.2.0.json"
#define CONTENTS_MEASUREMENTS "measurements/qemu/v2.2.0/measurements.yaml"
#define CONTENTS_IMAGE "images/v2.2.0/qemu-qemu-vtpm.raw.zst"
#define CONTENTS_VALUE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Items of one release, in any order; keys[0] signs the bundle. */
struct contents_world {
    struct world_plan world;
    struct bundle_item items[CONTENTS_ITEMS];
    size_t count;
    struct keys bundle_keys, measurement_keys, table_keys;
    struct key storage[6];
    struct slice archive;
    struct image image;
    struct bundle bundle;
    struct trusted_bundle trusted;
    struct contents contents;
};

static inline struct bundle_item *contents_add(struct contents_world *world, enum layer_kind kind,
                                               const char *title, struct slice bytes)
{
    struct bundle_item *item = &world->items[world->count++];

    *item = (struct bundle_item){.kind = kind, .title = slice_text(title), .bytes = bytes};
    if (kind == LAYER_OTHER)
        item->media_type = "text/plain";
    return item;
}

static inline struct bundle_item *contents_find(struct contents_world *world, const char *title)
{
    for (size_t i = 0; i < world->count; i++) {
        if (slice_is(world->items[i].title, title))
            return &world->items[i];
    }
    test_check(false, __FILE__, __LINE__, title);
    return &world->items[0];
}

/* Takes an item out. */
static inline void contents_drop(struct contents_world *world, const char *title)
{
    *contents_find(world, title) = world->items[--world->count];
}

/* The text of a .sig (or, is_sigstore, of the other form) of bytes. */
static inline struct slice contents_signature(struct contents_world *world, struct world_key *key,
                                              struct slice bytes, bool is_sigstore)
{
    return world_signature(key, bytes, is_sigstore, &world->world.arena);
}

/* Adds TITLE.sig of what the item TITLE has now. */
static inline struct bundle_item *contents_sign(struct contents_world *world, const char *title,
                                                const char *signature_title, size_t key)
{
    struct slice bytes = contents_find(world, title)->bytes;

    return contents_add(world, LAYER_SIGNATURE, signature_title,
                        contents_signature(world, &world->world.keys[key], bytes, false));
}

static inline void contents_begin(struct contents_world *world)
{
    memset(world, 0, sizeof *world);
    world_plan_init(&world->world, 1, 1);
    world->world.releases[0].items = world->items;
    world->world.plan.releases = world->world.releases;
    world->world.plan.signers = world->world.signers;
    contents_add(world, LAYER_TABLE, CONTENTS_TABLE,
                 SLICE("{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\","
                       "\"qemu\":{\"qemu-vtpm\":\"https://cdn.example/qemu.raw\"}}\n"));
    contents_add(world, LAYER_MEASUREMENTS_YAML, CONTENTS_MEASUREMENTS,
                 SLICE("csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n"));
    contents_sign(world, CONTENTS_MEASUREMENTS, CONTENTS_MEASUREMENTS ".sig", 0);
    *contents_add(world, LAYER_IMAGE_ZSTD, CONTENTS_IMAGE, slice_of(NULL, 0)) =
        world->world.items[0][3];
    contents_find(world, "images/qemu/v2.2.0/disk.raw.zst")->title = SLICE(CONTENTS_IMAGE);
    world_trust(&world->bundle_keys, &world->storage[0], &world->world.keys[0], "bundle.pub");
    world_trust(&world->measurement_keys, &world->storage[1], &world->world.keys[0], "m.pub");
}

/* What fixtures/bundles/good-contents.tar has: also a signed table, notes, and a creation time. */
static inline void contents_full(struct contents_world *world)
{
    struct slice bytes = contents_find(world, CONTENTS_MEASUREMENTS)->bytes;

    contents_add(world, LAYER_OTHER, "notes/v2.2.0.txt", SLICE("Notes of v2.2.0\n"));
    contents_sign(world, CONTENTS_TABLE, CONTENTS_TABLE ".sig", 1);
    contents_add(world, LAYER_SIGNATURE, CONTENTS_MEASUREMENTS ".sigstore.json",
                 contents_signature(world, &world->world.keys[0], bytes, true));
    world->world.plan.created = 1730851199; /* 2024-11-05T23:59:59Z */
}

/* What good-unsigned-expired.tar has: measurements without a signature, and a date that has passed. */
static inline void contents_old(struct contents_world *world)
{
    contents_drop(world, CONTENTS_MEASUREMENTS ".sig");
    contents_find(world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    world->world.plan.best_before = 1577836800; /* 2020-01-01T00:00:00Z */
}

/* What bad-binding.tar has: a disk with a UKI, whose PCR 4 is another than the signed measurements say. */
static inline void contents_bound(struct contents_world *world, struct sparse_image *sparse)
{
    CHECK(sparse_open(sparse, test_file("fixtures/images/good-252.sparse"), &world->world.images[0]));
}

/* Packs, opens and trusts the bundle. */
static inline void contents_pack(struct contents_world *world)
{
    struct err err;

    world->world.releases[0].item_count = world->count;
    world->archive = world_archive(&world->world);
    world->image = image_memory(&world->archive);
    CHECK_OK(bundle_open_archive(&world->image, &world->world.arena, &world->bundle, &err), err);
    CHECK_OK(bundle_verify(&world->bundle, &world->bundle_keys, &world->world.arena,
                           &world->trusted, &err),
             err);
}

static inline enum err_code contents_try(struct contents_world *world, struct err *err)
{
    return contents_check(&world->trusted, &world->measurement_keys, &world->table_keys,
                          &world->world.arena, &world->contents, err);
}

static inline void contents_end(struct contents_world *world)
{
    world_plan_free(&world->world);
}

#endif
