/* What manifest_write writes, and the order of layers. */
#include "bundle/archive/manifest.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_world.h"
#include "tests/unit/manifest_text.h"

#define CREATED "\"org.opencontainers.image.created\":\"2024-02-29T00:00:00Z\""
#define BEST_BEFORE "\"vnd.sealift.best-before\":\"2025-01-01T00:00:00Z\""
#define UNSIGNED "\"vnd.sealift.unsigned\":\"true\""
#define VARIANT "\"vnd.sealift.variant\":\"v\""

static struct layer layer_of(enum layer_kind kind, const char *title, uint64_t size)
{
    const char *type = layer_media_type(kind);

    return (struct layer){.kind = kind,
                          .blob = {.media_type = slice_text(type ? type : "a/b"), .size = size},
                          .title = slice_text(title)};
}

static struct layer image_of(enum layer_kind kind, const char *title, uint64_t raw_size)
{
    struct layer layer = layer_of(kind, title, 50);

    layer.csp = CSP_GCP;
    layer.image = (struct frames_facts){.frame_size = 1048576, .raw_size = raw_size};
    memset(layer.image.raw_digest, 0x11, SHA256_SIZE);
    memset(layer.blob.digest, 0x22, SHA256_SIZE);
    return layer;
}

static void check_written(const struct manifest *manifest, const char *want)
{
    struct buf text;
    struct err err;

    buf_init_heap(&text, WORLD_MAX);
    manifest_write(manifest, &text);
    CHECK_OK(buf_done(&text, &err), err);
    CHECK_TEXT(want, buf_slice(&text));
    buf_clear(&text);
}

static void begin(struct manifest *manifest, struct uid uids[2], struct layer *layers, size_t count)
{
    struct err err;

    CHECK_OK(uid_parse(SLICE("v2.2.0"), &uids[0], &err), err);
    CHECK_OK(uid_parse(SLICE("v2.3.0"), &uids[1], &err), err);
    *manifest = (struct manifest){.uid = uids[0], .uids = uids, .uid_count = 2,
                                  .created = MANIFEST_TIME_NONE, .best_before = MANIFEST_TIME_NONE,
                                  .program = SLICE("sealift 0.1.0"), .layers = layers,
                                  .layer_count = count};
}

TEST(manifest_writes_what_it_holds)
{
    struct layer layers[] = {layer_of(LAYER_TABLE, "a.json", 5),
                             image_of(LAYER_IMAGE_ZSTD, "a.raw.zst", 4096)};
    struct manifest manifest;
    struct uid uids[2];

    begin(&manifest, uids, layers, 2);
    check_written(&manifest, HEAD TABLE "," IMAGE OWN);
    manifest.layer_count = 0;
    manifest.created = 1709164800;
    manifest.best_before = 1735689600;
    check_written(&manifest, HEAD OWN_MORE(CREATED "," BEST_BEFORE ","));
}

TEST(manifest_writes_what_belongs_to_a_kind)
{
    struct layer layers[] = {layer_of(LAYER_OTHER, "a", 1),
                             image_of(LAYER_IMAGE_RAW, "a.raw", 4096)};
    struct manifest manifest;
    struct uid uids[2];

    begin(&manifest, uids, layers, 2);
    layers[0].is_unsigned = true;
    layers[1].variant = SLICE("v");
    check_written(&manifest, HEAD LAYER("a/b", "1", TITLE("a") "," UNSIGNED) "," LAYER_BLOB(
                                 RAW, TWOS, "50",
                                 TITLE("a.raw") "," CSP "," RAW_DIGEST "," RAW_SIZE "," VARIANT) OWN);
}

/* Those that only pass through stand among the others by their keys. */
TEST(manifest_writes_annotations_by_key)
{
    struct annotation own[] = {{SLICE("z"), SLICE("1")}, {SLICE("a"), SLICE("2")}};
    struct annotation of_layer[] = {{SLICE("p"), SLICE("\"")}, {SLICE("n"), SLICE("")}};
    struct layer layer = layer_of(LAYER_TABLE, "a.json", 5);
    struct manifest manifest;
    struct uid uids[2];

    layer.others = (struct annotations){of_layer, 2};
    begin(&manifest, uids, &layer, 1);
    manifest.others = (struct annotations){own, 2};
    check_written(&manifest,
                  HEAD LAYER("application/vnd.sealift.table.v1+json", "5",
                             "\"n\":\"\"," TITLE("a.json") ",\"p\":\"\\\"\"")
                      "],\"annotations\":{\"a\":\"2\",\"vnd.sealift.program\":\"sealift 0.1.0\","
                      "\"vnd.sealift.uid\":\"v2.2.0\",\"vnd.sealift.uids\":\"v2.2.0 v2.3.0\","
                      "\"z\":\"1\"}}");
}

/* Any one more than are read is not written, and so not taken for one that was read. */
TEST(manifest_writes_so_many_annotations)
{
    struct annotation others[ANNOTATIONS_MAX + 1];
    char names[ANNOTATIONS_MAX + 1][8];
    struct layer layer = layer_of(LAYER_TABLE, "a.json", 5);
    struct manifest manifest, again;
    struct uid uids[2];
    struct arena arena;
    struct buf text;
    struct err err;

    begin(&manifest, uids, &layer, 1);
    for (size_t i = 0; i <= ANNOTATIONS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "n%02zu", i);
        others[i] = (struct annotation){slice_text(names[i]), SLICE("v")};
    }
    manifest.created = manifest.best_before = 0;
    arena_init_heap(&arena, WORLD_MAX);
    buf_init_heap(&text, WORLD_MAX);
    for (size_t count = ANNOTATIONS_MAX; count <= ANNOTATIONS_MAX + 1; count++) {
        buf_clear(&text);
        manifest.others = (struct annotations){others, count};
        manifest_write(&manifest, &text);
        CHECK_OK(manifest_parse(buf_slice(&text), &arena, &again, &err), err);
        CHECK_NUMBER(ANNOTATIONS_MAX, again.others.count);
    }
    buf_clear(&text);
    arena_clear(&arena);
}

TEST(manifest_kinds_have_media_types)
{
    CHECK_TEXT("application/vnd.sealift.table.v1+json", slice_text(layer_media_type(LAYER_TABLE)));
    CHECK_TEXT("application/vnd.sealift.measurements.v1+yaml",
               slice_text(layer_media_type(LAYER_MEASUREMENTS_YAML)));
    CHECK_TEXT("application/vnd.sealift.measurements.v1+json",
               slice_text(layer_media_type(LAYER_MEASUREMENTS_JSON)));
    CHECK_TEXT("application/vnd.sealift.signature.v1",
               slice_text(layer_media_type(LAYER_SIGNATURE)));
    CHECK_TEXT("application/vnd.sealift.image.raw+zstd",
               slice_text(layer_media_type(LAYER_IMAGE_ZSTD)));
    CHECK_TEXT("application/vnd.sealift.image.raw", slice_text(layer_media_type(LAYER_IMAGE_RAW)));
    CHECK(layer_media_type(LAYER_OTHER) == NULL);
}

/* No images, by title; then images, by raw size and title. */
TEST(manifest_orders_layers)
{
    const struct layer layers[] = {
        layer_of(LAYER_OTHER, "a", 9), layer_of(LAYER_TABLE, "b.json", 1),
        layer_of(LAYER_OTHER, "z", 5), image_of(LAYER_IMAGE_RAW, "y.raw", 4096),
        image_of(LAYER_IMAGE_ZSTD, "z.raw.zst", 4096), image_of(LAYER_IMAGE_ZSTD, "a.raw.zst", 8192)};
    const size_t count = sizeof layers / sizeof layers[0];

    for (size_t i = 0; i < count; i++) {
        CHECK(layer_is_image(&layers[i]) == (i >= 3));
        for (size_t k = 0; k < count; k++) {
            int order = layer_compare(&layers[i], &layers[k]);

            CHECK((order < 0) == (i < k) && (order > 0) == (i > k));
        }
    }
}
