/* What stands at the front of an archive, and in which order. */
#include "bundle/archive/front.h"

#include "bundle/archive/sigstore_referrer.h"
#include "resolver/base/hex.h"
#include "tests/unit/layout_world.h"

static enum err_code make(const struct layout_world *world, size_t count, struct front *front,
                          struct err *err)
{
    struct arena *arena = (struct arena *)(uintptr_t)&world->arena;

    return front_make(world->manifests, count, arena, front, err);
}

static void check_blob(const struct front *front, size_t number, struct slice want)
{
    uint8_t digest[SHA256_SIZE];

    CHECK(number < front->count);
    if (number >= front->count)
        return;
    sha256_of(want, digest);
    CHECK(slice_equal(want, front->blobs[number].bytes));
    CHECK(memcmp(digest, front->blobs[number].digest, SHA256_SIZE) == 0);
}

/* The blobs of good-one-uid.tar, byte by byte, in the order that the header promises. */
TEST(front_is_that_of_the_golden_bundle)
{
    static const char *const blobs[] = {
        "fixtures/bundles/good-manifest.json",        NULL, /* {} */
        "fixtures/bundles/good-simple-manifest.json", "fixtures/bundles/good-simple-config.json",
        "fixtures/bundles/good-payload.json",         "fixtures/bundles/good-referrer.json",
        "fixtures/bundles/good-sigstore.json",        "fixtures/bundles/good-referrer-index.json"};
    const size_t count = sizeof blobs / sizeof blobs[0];
    struct slice archive = test_file("fixtures/bundles/good-one-uid.tar");
    struct image image = image_memory(&archive);
    struct bundle bundle;
    struct arena arena;
    struct front front;
    struct err err;

    arena_init_heap(&arena, WORLD_MAX);
    CHECK_OK(bundle_open_archive(&image, &arena, &bundle, &err), err);
    CHECK_OK(front_make(bundle.manifests, bundle.count, &arena, &front, &err), err);
    CHECK_NUMBER(count, front.count);
    for (size_t i = 0; i < count; i++)
        check_blob(&front, i, blobs[i] ? test_file(blobs[i]) : SLICE("{}"));
    arena_clear(&arena);
}

#define INDEX \
    "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
#define DESCRIPTOR(type, hex, size)                                                          \
    "{\"mediaType\":\"application/vnd.oci.image." type ".v1+json\",\"digest\":\"sha256:" hex \
    "\",\"size\":" size ",\"annotations\":{"
#define TAG(name) "\"org.opencontainers.image.ref.name\":\"" name "\"}}"
#define V1 "2485f4d55aae6c5b073114bc4c4b1907c0abae14166281beee7d93f76ebf41fc" /* of "v1.0.0" */
#define V2 "1cf887de9e8df1530de6a3a80e5fb8cef3c26c5248611921bd860c85313a688f"
#define MANIFEST(hex, tag) \
    DESCRIPTOR("manifest", hex, "6") "\"kind\":\"dev.cosignproject.cosign/image\"," TAG(tag)

TEST(front_index_lists_manifests_by_tag)
{
    struct layout_world world;
    struct front front;
    struct err err;

    layout_init(&world);
    CHECK_OK(make(&world, 2, &front, &err), err);
    CHECK_TEXT(INDEX MANIFEST(V1, "v1.0.0") "," MANIFEST(V2, "v2.0.0") "]}", front.index);
    CHECK_NUMBER(3, front.count);
    check_blob(&front, 0, SLICE("v1.0.0"));
    check_blob(&front, 1, SLICE("v2.0.0"));
    check_blob(&front, 2, SLICE("{}"));
    arena_clear(&world.arena);
}

/* What signs the first manifest stands before what signs the second; of one, simple signing first. */
TEST(front_index_lists_signatures_after_all_manifests)
{
    struct manifest_signature both[] = {
        {.form = SIGNING_SIGSTORE, .signature = {.bytes = "abc", .len = 3}},
        {.form = SIGNING_SIMPLE, .signature = {.bytes = "abc", .len = 3}}};
    struct layout_world world;
    char hex[2][2 * SHA256_SIZE + 1], want[4096];
    struct front front;
    struct err err;

    layout_init(&world);
    world.manifests[0].signatures = &both[0];
    world.manifests[0].signature_count = 2;
    world.manifests[1].signatures = &both[1];
    world.manifests[1].signature_count = 1;
    CHECK_OK(make(&world, 2, &front, &err), err);
    /* Two manifests, {}; manifest, config, payload; referrer, Sigstore bundle, index; the second's. */
    CHECK_NUMBER(3 + 3 + 3 + 3, front.count);
    hex_encode(front.blobs[8].digest, SHA256_SIZE, hex[0]);
    hex_encode(front.blobs[9].digest, SHA256_SIZE, hex[1]);
    snprintf(want, sizeof want,
             "\"digest\":\"sha256:%s\",\"size\":%zu,\"annotations\":{" TAG("sha256-" V1) ",",
             hex[0], front.blobs[8].bytes.len);
    CHECK(memmem(front.index.ptr, front.index.len, want, strlen(want)));
    snprintf(want, sizeof want,
             "\"digest\":\"sha256:%s\",\"size\":%zu,\"annotations\":{"
             "\"kind\":\"dev.cosignproject.cosign/sigs\"," TAG("sha256-" V2 ".sig") "]}",
             hex[1], front.blobs[9].bytes.len);
    CHECK(slice_ends(front.index, want));
    arena_clear(&world.arena);
}

/* Blob `index` is an index that lists blob a, and b after it. */
static void check_listed(const struct front *front, size_t index, size_t a, size_t b)
{
    struct slice text = front->blobs[index].bytes;
    const char *first, *second;
    char hex[2 * SHA256_SIZE + 1];

    hex_encode(front->blobs[a].digest, SHA256_SIZE, hex);
    first = memmem(text.ptr, text.len, hex, 2 * SHA256_SIZE);
    hex_encode(front->blobs[b].digest, SHA256_SIZE, hex);
    second = memmem(text.ptr, text.len, hex, 2 * SHA256_SIZE);
    CHECK(first && second && first < second);
}

/* Signatures of one form are in the order that they are given in. */
TEST(front_keeps_the_order_of_signatures)
{
    struct manifest_signature signatures[] = {
        {.form = SIGNING_SIGSTORE, .signature = {.bytes = "abc", .len = 3}},
        {.form = SIGNING_SIGSTORE, .signature = {.bytes = "abd", .len = 3}}};
    struct layout_world world;
    struct front ab, ba;
    struct err err;

    layout_init(&world);
    world.manifests[0].signatures = signatures;
    world.manifests[0].signature_count = 2;
    CHECK_OK(make(&world, 1, &ab, &err), err);
    world.manifests[0].signatures = (struct manifest_signature[]){signatures[1], signatures[0]};
    CHECK_OK(make(&world, 1, &ba, &err), err);
    CHECK_NUMBER(2 + 5, ab.count);
    CHECK_NUMBER(2 + 5, ba.count);
    for (size_t i = 2; i < 4; i++) {
        check_blob(&ab, i, ba.blobs[i + 2].bytes);
        check_blob(&ba, i, ab.blobs[i + 2].bytes);
    }
    check_listed(&ab, 6, 2, 4);
    check_listed(&ba, 6, 2, 4);
    arena_clear(&world.arena);
}

/* An arena that gives each allocation a block of its own size, so that writing past one is seen. */
#define BLOCKS_MAX 2000
static void *blocks[BLOCKS_MAX];
static size_t block_count;

static int grow_exactly(struct arena *arena, size_t size_bytes)
{
    if (block_count == BLOCKS_MAX ||
        !(blocks[block_count] = calloc(1, size_bytes ? size_bytes : 1)))
        return 0;
    arena->block = blocks[block_count++];
    arena->block_size = size_bytes;
    arena->block_used = 0;
    return 1;
}

TEST(front_has_room_for_all_signatures)
{
    struct arena exact = {.max_bytes = WORLD_MAX, .grow = grow_exactly};
    enum { COUNT = 100 };
    struct manifest_signature signatures[COUNT] = {0}, have;
    struct layout_world world;
    struct front front;
    struct err err;

    layout_init(&world);
    for (size_t i = 0; i < COUNT; i++) {
        signatures[i].form = SIGNING_SIGSTORE;
        signatures[i].signature.len = 1;
        signatures[i].signature.bytes[0] = (uint8_t)i;
    }
    world.manifests[0].signatures = signatures;
    world.manifests[0].signature_count = COUNT;
    CHECK_OK(front_make(world.manifests, 3, &exact, &front, &err), err);
    CHECK_NUMBER(4 + 2 * COUNT + 1, front.count);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_OK(sigstore_bundle_parse(front.blobs[5 + 2 * i].bytes, &world.arena, &have, &err),
                 err);
        CHECK_NUMBER(i, have.signature.bytes[0]);
    }
    while (block_count > 0)
        free(blocks[--block_count]);
    arena_clear(&world.arena);
}

TEST(front_refuses_two_uids_with_one_tag)
{
    struct layout_world world;
    struct front front;
    struct err err;

    layout_init(&world);
    snprintf(world.manifests[0].manifest.uid.text, UID_MAX, "a/b");
    snprintf(world.manifests[1].manifest.uid.text, UID_MAX, "a-b");
    CHECK_ERR(ERR_FORMAT, "uids a/b and a-b have the same tag, a-b", make(&world, 3, &front, &err),
              err);
    CHECK(!front.blobs);
    arena_clear(&world.arena);
}

/* Two signatures of one form and length that differ in their last byte alone are two. */
TEST(front_takes_each_signature_once)
{
    struct layout_world world;
    struct manifest_signature signatures[3] = {
        {.form = SIGNING_SIMPLE, .signature = {.bytes = "abc", .len = 3}},
        {.form = SIGNING_SIGSTORE, .signature = {.bytes = "abc", .len = 3}},
        {.form = SIGNING_SIGSTORE, .signature = {.bytes = "abd", .len = 3}}};
    struct front front;
    struct err err;

    layout_init(&world);
    world.manifests[1].signatures = signatures;
    world.manifests[1].signature_count = 1;
    CHECK_OK(make(&world, 3, &front, &err), err);
    CHECK_NUMBER(4 + 3, front.count);
    world.manifests[1].signature_count = 2;
    CHECK_OK(make(&world, 3, &front, &err), err);
    CHECK_NUMBER(4 + 3 + 3, front.count);
    world.manifests[1].signature_count = 3;
    CHECK_OK(make(&world, 3, &front, &err), err);
    CHECK_NUMBER(4 + 3 + 5, front.count);
    signatures[2].signature.len = 2;
    CHECK_OK(make(&world, 3, &front, &err), err);
    signatures[2] = signatures[1];
    CHECK_ERR(ERR_FORMAT, "v2.0.0: the same signature twice", make(&world, 3, &front, &err), err);
    arena_clear(&world.arena);
}

TEST(front_keeps_equal_blobs_once)
{
    struct manifest_signature signature = {.form = SIGNING_SIMPLE,
                                           .signature = {.bytes = "abc", .len = 3}};
    struct layout_world world;
    struct front front;
    struct err err;

    layout_init(&world);
    for (size_t i = 0; i < 2; i++) {
        world.manifests[i].text = SLICE("v1.0.0");
        sha256_of(SLICE("v1.0.0"), world.manifests[i].digest);
        world.manifests[i].signatures = &signature;
        world.manifests[i].signature_count = 1;
    }
    CHECK_OK(make(&world, 2, &front, &err), err);
    CHECK_NUMBER(2 + 3, front.count);
    arena_clear(&world.arena);
}

TEST(front_says_when_memory_is_short)
{
    static uint8_t memory[64 << 10];
    static const struct front none;
    struct manifest_signature signatures[] = {
        {.form = SIGNING_SIGSTORE, .signature = {.bytes = "abc", .len = 3}},
        {.form = SIGNING_SIMPLE, .signature = {.bytes = "abc", .len = 3}}};
    struct layout_world world;
    enum err_code rc = ERR_LIMIT;
    struct front front;
    struct err err;
    size_t size = 0;

    layout_init(&world);
    world.manifests[0].signatures = signatures;
    world.manifests[0].signature_count = 2;
    for (; rc != ERR_OK && size < sizeof memory; size += 64) {
        struct arena little;

        arena_init_fixed(&little, memory, size);
        memset(&front, 0xAA, sizeof front);
        rc = front_make(world.manifests, 2, &little, &front, &err);
        CHECK(rc == ERR_OK || (rc == ERR_LIMIT && memcmp(&front, &none, sizeof none) == 0));
    }
    CHECK(rc == ERR_OK && size > 2000);
    arena_clear(&world.arena);
}
