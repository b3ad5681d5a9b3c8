/*
 * fuzz_yaml.c - yaml_parse: what it accepts has a sound shape, and nothing makes it slow (the
 * driver limits the time of one input).
 */
#include "resolver/base/heap.h"
#include "resolver/base/yaml.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    const struct node *root;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)64 << 20);
    rc = yaml_parse(text, &arena, &root, &err);
    FUZZ_CHECK((rc == ERR_OK) == (root != NULL));
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    if (root) {
        FUZZ_CHECK(root->span <= YAML_NODES_MAX);
        shape_check(root, text);
    }
    arena_clear(&arena);
    return 0;
}
