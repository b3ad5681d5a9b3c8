/* Whole archives: what opens is what its own manifests and signatures give, and lies within the input. */
#include <string.h>

#include "bundle/archive/bundle_reader.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);
    struct image image = image_memory(&bytes);
    struct bundle bundle;
    struct slice area;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)64 << 20);
    if (bundle_open_archive(&image, &arena, &bundle, &err) == ERR_OK) {
        FUZZ_CHECK(bundle.count > 0 && bundle.area_size <= size);
        FUZZ_CHECK(bundle_attach(&bundle, bundle.manifests, &arena, &area, &err) == ERR_OK);
        FUZZ_CHECK(memcmp(area.ptr, data, area.len) == 0);
    } else {
        FUZZ_CHECK(!bundle.manifests);
        FUZZ_CHECK(err.code == ERR_FORMAT || err.code == ERR_CORRUPT || err.code == ERR_LIMIT);
    }
    arena_clear(&arena);
    return 0;
}
