/* Bundles of fixtures/bundles: what was packed once must open forever, and is what is packed today. */
#include <string.h>
#include <zstd.h>

#include "bundle/archive/bundle_parts.h"
#include "resolver/base/hex.h"
#include "tests/unit/bundle_world.h"

static void check_digest(const char *want, const uint8_t digest[SHA256_SIZE])
{
    char have[2 * SHA256_SIZE + 1];

    hex_encode(digest, SHA256_SIZE, have);
    CHECK_TEXT(want, slice_text(have));
}

static void trust_fixture(struct keys *keys, struct arena *arena)
{
    struct err err;

    CHECK_OK(keys_add(keys, test_file("fixtures/keys/good-p256.pem"), "good-p256.pem", arena, &err),
             err);
}

TEST(bundle_golden_opens_and_verifies)
{
    struct slice archive = test_file("fixtures/bundles/good-one-uid.tar");
    struct image image = image_memory(&archive);
    struct keys keys = {.count = 0};
    const struct manifest *manifest;
    struct trusted_bundle trusted;
    struct bundle bundle;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    trust_fixture(&keys, &arena);
    CHECK_OK(bundle_open_archive(&image, &arena, &bundle, &err), err);
    CHECK_OK(bundle_verify(&bundle, &keys, &arena, &trusted, &err), err);
    check_digest("a60b38ccc35af50572501f9ac64a89e84266a14e9ceeacd2f2c2368f48eaa242",
                 bundle.manifests[0].digest);
    manifest = &bundle.manifests[0].manifest;
    CHECK_TEXT("v2.2.0", slice_text(manifest->uid.text));
    CHECK_NUMBER(4, manifest->layer_count);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, manifest->layers[3].image.raw_size);
    for (size_t i = 0; i < manifest->layer_count; i++)
        CHECK_OK(bundle_read_stored(&trusted, &manifest->layers[i], NULL, &err), err);
    CHECK_OK(bundle_read_image(&trusted, &manifest->layers[3], true, &(struct frames_settings){0},
                               NULL, &err),
             err);
    arena_clear(&arena);
}

TEST(bundle_golden_is_what_is_packed_today)
{
    struct slice archive = test_file("fixtures/bundles/good-one-uid.tar");
    struct world_plan world;

    if (ZSTD_versionNumber() != 10507) {
        test_skip("the bundle was packed by zstd 1.5.7");
        return;
    }
    world_plan_init(&world, 1, 1);
    CHECK(slice_equal(archive, world_archive(&world)));
    world_plan_free(&world);
}

TEST(bundle_golden_part_is_signed)
{
    struct slice header = test_file("fixtures/bundles/good-part-header.bin");
    struct bundle_signers signers;
    struct keys keys = {.count = 0};
    struct bundle_part part;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    trust_fixture(&keys, &arena);
    CHECK_NUMBER(BUNDLE_PART_HEADER, header.len);
    CHECK_OK(bundle_part_parse(header.ptr, &arena, &part, &err), err);
    CHECK_OK(bundle_part_trust(&part, &keys, &signers, &err), err);
    CHECK_NUMBER(3, part.number);
    CHECK_NUMBER(12, part.set.count);
    CHECK_NUMBER(8192, part.length);
    arena_clear(&arena);
}
