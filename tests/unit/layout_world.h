/*
 * layout_world.h - manifests put together by hand, for the tests of what is made of several.
 */
#ifndef SEALIFT_TESTS_LAYOUT_WORLD_H
#define SEALIFT_TESTS_LAYOUT_WORLD_H

#include <stdio.h>
#include <string.h>

#include "bundle/archive/front.h"
#include "tests/unit/bundle_world.h"

/* Three of them, with three layers each; their texts are their uids. */
struct layout_world {
    struct signed_manifest manifests[3];
    struct layer layers[3][3];
    struct uid uids[3];
    struct arena arena;
};

static inline void layout_init(struct layout_world *world)
{
    static const char *const uids[] = {"v1.0.0", "v2.0.0", "v3.0.0"};
    static char titles[3][3][16];
    struct err err;

    memset(world, 0, sizeof *world);
    arena_init_heap(&world->arena, WORLD_MAX);
    for (size_t i = 0; i < 3; i++) {
        struct manifest *manifest = &world->manifests[i].manifest;

        CHECK_OK(uid_parse(slice_text(uids[i]), &world->uids[i], &err), err);
        for (size_t k = 0; k < 3; k++) {
            snprintf(titles[i][k], sizeof titles[i][k], "t%zu%zu%s", i, k, k == 2 ? ".raw" : "");
            world->layers[i][k] = (struct layer){.kind = k == 2 ? LAYER_IMAGE_RAW : LAYER_OTHER,
                                                 .title = slice_text(titles[i][k])};
            world->layers[i][k].blob.digest[0] = (uint8_t)(16 * i + k + 1);
            world->layers[i][k].blob.size = 100 * i + k;
            world->layers[i][k].image.raw_size = k == 2 ? 1000 - i : 0;
        }
        *manifest = (struct manifest){.uid = world->uids[i],
                                      .uids = world->uids,
                                      .uid_count = 3,
                                      .created = MANIFEST_TIME_NONE,
                                      .layers = world->layers[i],
                                      .layer_count = 3};
        world->manifests[i].text = slice_text(uids[i]);
        sha256_of(world->manifests[i].text, world->manifests[i].digest);
    }
}

#endif
