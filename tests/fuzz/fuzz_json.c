/*
 * fuzz_json.c - json_parse: what it accepts has a sound shape, and its shape does not change with
 * what is around the document.
 */
#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "resolver/base/json_scan.h"
#include "resolver/base/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    const struct node *root;
    struct json_shape shape;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)64 << 20);
    rc = json_parse(text, &arena, &root, &err);
    FUZZ_CHECK((rc == ERR_OK) == (root != NULL));
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT);
    if (root) {
        FUZZ_CHECK(utf8_check(text) == size);
        FUZZ_CHECK(json_scan(text, &shape, &err) == ERR_OK && shape.values == root->span);
        shape_check(root, text);
    }
    arena_clear(&arena);
    return 0;
}
