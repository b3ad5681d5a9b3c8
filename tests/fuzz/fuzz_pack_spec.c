/* Pack specifications: whatever libcyaml makes of a text that the strict walker lets through. */
#include <string.h>

#include "bundle/pack/pack_spec.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_texts(const char **list, uint32_t count)
{
    FUZZ_CHECK(count <= PACK_SPEC_ENTRIES_MAX);
    for (uint32_t i = 0; i < count; i++)
        FUZZ_CHECK(list[i] && list[i][0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pack_spec none;
    struct pack_spec spec;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)64 << 20);
    rc = pack_spec_parse(slice_of(data, size), &arena, &spec, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    FUZZ_CHECK(rc == ERR_OK || memcmp(&spec, &none, sizeof spec) == 0);
    check_texts(spec.uids, spec.uids_count);
    check_texts(spec.keys, spec.keys_count);
    check_texts(spec.sign_keys, spec.sign_keys_count);
    for (uint32_t i = 0; i < spec.images_count; i++)
        FUZZ_CHECK(spec.images[i].csp && spec.images[i].file);
    FUZZ_CHECK(!spec.output || spec.output[0]);
    arena_clear(&arena);
    return 0;
}
