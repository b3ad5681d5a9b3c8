/* Manifests: what is accepted is the one form of what it says, and safe to use as paths. */
#include <string.h>

#include "bundle/archive/manifest.h"
#include "bundle/archive/tar.h"
#include "bundle/archive/title.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_layer(const struct layer *layer)
{
    struct err err;

    FUZZ_CHECK(title_check(layer->title, &err) == ERR_OK);
    FUZZ_CHECK(tar_name_fits(layer->title) && layer->title.ptr[0] != '/');
    FUZZ_CHECK(layer_is_image(layer) == (layer->csp != CSP_NONE));
    FUZZ_CHECK(layer_is_image(layer) == (layer->image.raw_size > 0));
    if (layer->kind == LAYER_IMAGE_ZSTD)
        FUZZ_CHECK(frames_check_size(layer->image.frame_size, &err) == ERR_OK);
    if (!layer_is_image(layer))
        FUZZ_CHECK(layer->blob.size <= MANIFEST_SMALL_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct manifest manifest;
    struct arena arena;
    struct buf again;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)64 << 20);
    rc = manifest_parse(text, &arena, &manifest, &err);
    FUZZ_CHECK(rc == ERR_OK || (rc == ERR_FORMAT && !manifest.layers));
    if (rc == ERR_OK) {
        buf_init_heap(&again, (size_t)64 << 20);
        manifest_write(&manifest, &again);
        FUZZ_CHECK(slice_equal(text, buf_slice(&again)));
        FUZZ_CHECK(manifest.layer_count > 0 && manifest.uid_count > 0);
        for (size_t i = 0; i < manifest.layer_count; i++)
            check_layer(&manifest.layers[i]);
        buf_clear(&again);
    }
    arena_clear(&arena);
    return 0;
}
