/*
 * fuzz_version_list.c - a version list that takes a version takes it once more without a change.
 */
#include "bundle/table/version_list.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_list(enum version_list_kind kind, struct slice before, const struct uid *uid,
                       struct arena *arena)
{
    struct buf once, twice;
    struct err err;

    buf_init_heap(&once, (size_t)8 << 20);
    buf_init_heap(&twice, (size_t)8 << 20);
    if (version_list_add(kind, before, uid, arena, &once, &err) == ERR_OK) {
        FUZZ_CHECK(version_list_add(kind, buf_slice(&once), uid, arena, &twice, &err) == ERR_OK);
        FUZZ_CHECK(slice_equal(buf_slice(&once), buf_slice(&twice)));
    }
    buf_clear(&once);
    buf_clear(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct uid uid;
    struct err err;

    FUZZ_CHECK(uid_parse(SLICE("v2.3.0"), &uid, &err) == ERR_OK);
    arena_init_heap(&arena, (size_t)256 << 20);
    for (int kind = 0; kind < VERSION_LIST_KINDS; kind++)
        check_list((enum version_list_kind)kind, slice_of(data, size), &uid, &arena);
    arena_clear(&arena);
    return 0;
}
