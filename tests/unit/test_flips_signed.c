/*
 * What a trusted key has signed can be hostile, too: titles that lead out of the repository, sizes and
 * digests that are not those of the blobs. Verify and import refuse it, and leave no trace.
 */
#include <stdio.h>
#include <string.h>

#include "bundle/archive/bundle_layout.h"
#include "tests/unit/flips_world.h"

/* The bytes of a blob of the whole archive. */
static struct slice blob_of(const struct world_tar *whole, const uint8_t digest[SHA256_SIZE])
{
    char name[TAR_NAME_MAX + 1];

    oci_blob_name(digest, name);
    for (size_t i = 0; i < whole->count; i++) {
        if (strcmp(whole->members[i].name, name) == 0)
            return whole->contents[i];
    }
    return slice_of(NULL, 0);
}

/* A member as it goes into the archive; a name that no header can hold becomes another. */
static void put_member(struct world_tar *tar, const struct member *member,
                       const struct world_tar *whole, struct arena *arena)
{
    size_t number = tar->count++, room = whole->contents[LAYOUT_INDEX].len;
    struct slice contents = member->bytes;
    struct err err;
    uint8_t *index;

    if (member->kind == MEMBER_LINK && !tar_name_fits(member->layer->title))
        snprintf(tar->members[number].name, TAR_NAME_MAX, "does-not-fit");
    else
        member_tar(member, &tar->members[number]);
    if (number == LAYOUT_INDEX) {
        index = arena_alloc(arena, room, &err);
        memset(index, ' ', room);
        memcpy(index, contents.ptr, contents.len);
        contents = slice_of(index, room);
    }
    if (member->kind == MEMBER_LAYER)
        contents = blob_of(whole, member->digest);
    world_tar_set(tar, number, contents);
}

/* An archive with that manifest, as a writer makes it that checks nothing. Empty where there is none:
 * one digest with two sizes. */
static struct slice sign_hostile(struct flips *flips, const struct world_tar *whole,
                                 const struct manifest *manifest, struct arena *arena)
{
    struct signed_manifest hostile = {.manifest = *manifest};
    struct world_tar tar = {.count = 0};
    struct bundle_layout layout;
    struct front front;
    struct buf text;
    struct err err;

    buf_init_heap(&text, WORLD_MAX);
    manifest_write(manifest, &text);
    hostile.text = slice_of(arena_copy(arena, buf_slice(&text), &err), text.len);
    buf_clear(&text);
    sha256_of(hostile.text, hostile.digest);
    hostile.signatures = arena_array(arena, 2, sizeof *hostile.signatures, &err);
    CHECK_OK(bundle_sign(&hostile, &flips->world.world.signers[0], &err), err);
    CHECK_OK(front_make(&hostile, 1, arena, &front, &err), err);
    if (bundle_layout_make(&hostile, 1, &front, arena, &layout, &err) != ERR_OK)
        return slice_of(NULL, 0);
    for (size_t i = 0; i < layout.count; i++)
        put_member(&tar, &layout.members[i], whole, arena);
    return world_tar_write(&tar, arena);
}

static int by_layer(const void *a, const void *b)
{
    return layer_compare(a, b);
}

/* The manifest's layers may have been changed: they are put into their order first. */
static void try_manifest(struct flips *flips, const struct world_tar *whole,
                         struct manifest *manifest, const char *what, size_t number)
{
    struct slice archive;
    struct arena arena;

    arena_init_heap(&arena, WORLD_MAX);
    qsort(manifest->layers, manifest->layer_count, sizeof *manifest->layers, by_layer);
    archive = sign_hostile(flips, whole, manifest, &arena);
    if (archive.len && flips_is_turn())
        flips_refuse(flips, archive, what, number);
    arena_clear(&arena);
}

#define HOSTILE_LAYERS 8

/* A copy of the manifest that can be changed. */
static struct manifest copy_manifest(const struct flips *flips,
                                     struct layer layers[HOSTILE_LAYERS])
{
    struct manifest manifest = flips->world.bundle.manifests[0].manifest;

    CHECK(manifest.layer_count < HOSTILE_LAYERS);
    memcpy(layers, manifest.layers, manifest.layer_count * sizeof *layers);
    manifest.layers = layers;
    return manifest;
}

static void try_titles(struct flips *flips, const struct world_tar *whole, size_t layer)
{
    static const struct slice titles[] = {
        SLICE("../x"), SLICE("../../../../x"), SLICE("/x"), SLICE("/etc/x"), SLICE("a/../../x"),
        SLICE(".."), SLICE("."), SLICE("./x"), SLICE("a/"), SLICE("a//x"), SLICE("a/./x"), SLICE(""),
        SLICE("~/x y"), SLICE("a\\..\\x"), SLICE("c:x"), SLICE("a\n"), SLICE("a\0b"),
        SLICE("../x\0y"), SLICE("x."), SLICE("a./x"), SLICE("oci-layout"), SLICE("Index.json"),
        SLICE("blobs/x"), SLICE("BLOBS/sha256/x"), SLICE(".sealift/floor.json"), SLICE(".SEALIFT/x"),
        SLICE("images/V2.2.0.json"), SLICE("images/v2.2.0.json/x"), SLICE("images"),
        SLICE("measurements/qemu"), SLICE("images/v2.2.0/QEMU-qemu-vtpm.raw.zst"),
        SLICE("images/v2.2.0/qemu-qemu-vtpm.raw"),
        SLICE("measurements/qemu/v2.2.0/measurements.yaml")};
    static char longest[6000];
    struct layer layers[HOSTILE_LAYERS];

    memset(longest, 'x', sizeof longest - 1);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        struct manifest manifest = copy_manifest(flips, layers);

        if (slice_equal(layers[layer].title, titles[i]))
            continue;
        layers[layer].title = titles[i];
        try_manifest(flips, whole, &manifest, "title", layer * 100 + i);
    }
    for (size_t len = 101; len < sizeof longest; len = len * 2 - 1) {
        struct manifest manifest = copy_manifest(flips, layers);

        layers[layer].title = slice_of(longest, len);
        try_manifest(flips, whole, &manifest, "long title", len);
    }
}

/* Sizes that are not those of the blob, and digests of other ones. */
static void try_blobs(struct flips *flips, const struct world_tar *whole, size_t layer)
{
    static const uint64_t sizes[] = {0, 1, 511, 512, 513, (uint64_t)8 << 30, INT64_MAX, UINT64_MAX};
    struct layer layers[HOSTILE_LAYERS];

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct manifest manifest = copy_manifest(flips, layers);

        if (layers[layer].blob.size == sizes[i])
            continue;
        layers[layer].blob.size = sizes[i];
        try_manifest(flips, whole, &manifest, "size", layer * 100 + i);
        manifest = copy_manifest(flips, layers);
        layers[layer].image.raw_size = sizes[i];
        if (layer_is_image(&layers[layer]))
            try_manifest(flips, whole, &manifest, "raw size", layer * 100 + i);
        manifest = copy_manifest(flips, layers);
        layers[layer].image.frame_size = (uint32_t)sizes[i];
        if (layer_is_image(&layers[layer]))
            try_manifest(flips, whole, &manifest, "frame size", layer * 100 + i);
    }
    for (size_t i = 0; i <= whole->count; i++) {
        struct manifest manifest = copy_manifest(flips, layers);
        uint8_t digest[SHA256_SIZE] = {0};

        if (i < whole->count)
            sha256_of(whole->contents[i], digest);
        if (memcmp(layers[layer].blob.digest, digest, sizeof digest) == 0)
            continue;
        memcpy(layers[layer].blob.digest, digest, sizeof digest);
        try_manifest(flips, whole, &manifest, "digest", layer * 100 + i);
        manifest = copy_manifest(flips, layers);
        memcpy(layers[layer].image.raw_digest, digest, sizeof digest);
        if (layer_is_image(&layers[layer]))
            try_manifest(flips, whole, &manifest, "raw digest", layer * 100 + i);
    }
}

TEST(flips_signed_by_a_trusted_key_are_refused)
{
    static struct flips flips;
    static struct world_tar whole;
    struct layer layers[HOSTILE_LAYERS];
    struct manifest manifest;
    struct arena arena;
    struct slice same;

    flips_begin(&flips);
    world_tar_read(&whole, flips.world.archive);
    manifest = copy_manifest(&flips, layers);
    arena_init_heap(&arena, WORLD_MAX);
    same = sign_hostile(&flips, &whole, &manifest, &arena);
    CHECK(slice_equal(same, flips.world.archive)); /* so what is refused is what was changed */
    arena_clear(&arena);
    for (size_t i = 0; i < manifest.layer_count; i++) {
        try_titles(&flips, &whole, i);
        try_blobs(&flips, &whole, i);
    }
    flips_end(&flips, "signed manifests");
}
