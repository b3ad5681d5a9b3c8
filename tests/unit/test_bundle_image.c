#include "bundle/archive/bundle_image.h"

#include "tests/unit/bundle_world.h"

#define SIZE (2 * CHECKED_PIECE + 1000) /* so that a read of its begin is not answered from memory */

/* Opens the image of a bundle, reads it, changes the file, and reads it again: what is used must be what
 * was checked. */
static void check_swap(enum layer_kind kind, const char *title)
{
    static uint8_t bytes[SIZE];
    struct slice raw = slice_of(bytes, SIZE);
    struct image disk = image_memory(&raw);
    struct bundle_image opened;
    struct world_plan world;
    const struct layer *layer;
    struct slice archive;
    struct bundle bundle;
    struct image image;
    uint8_t into[1000];
    struct err err;

    for (uint32_t i = 0, seed = 1; i < SIZE; i++)
        bytes[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 24);
    world_plan_init(&world, 1, 1);
    world.items[0][3].raw = &disk;
    world.items[0][3].kind = kind;
    world.items[0][3].title = slice_text(title);
    archive = world_archive(&world);
    image = image_memory(&archive);
    CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &err), err);
    layer = &bundle.manifests[0].manifest.layers[3];
    CHECK_OK(bundle_image_open(&bundle, layer, &world.arena, &opened, &err), err);
    CHECK_NUMBER(SIZE, opened.image.size);
    CHECK(!opened.image.next_data);
    for (size_t i = 0; i < bundle.entry_count; i++) {
        if (bundle.entries[i].size == layer->blob.size)
            ((uint8_t *)(uintptr_t)archive.ptr)[bundle.entries[i].at + 20] ^= 1;
    }
    CHECK_OK(image_read(&opened.image, SIZE - 1, into, 1, &err), err);
    CHECK_ERR(ERR_CORRUPT, "byte 0 and those after it: changed since they were checked",
              image_read(&opened.image, 0, into, sizeof into, &err), err);
    bundle_image_close(&opened);
    CHECK_ERR(ERR_CORRUPT, NULL, bundle_image_open(&bundle, layer, &world.arena, &opened, &err), err);
    CHECK(!opened.image.read);
    world_plan_free(&world);
}

TEST(bundle_image_finds_a_swap_after_the_check)
{
    check_swap(LAYER_IMAGE_ZSTD, "images/qemu/v2.2.0/disk.raw.zst");
    check_swap(LAYER_IMAGE_RAW, "images/qemu/v2.2.0/disk.raw");
}
