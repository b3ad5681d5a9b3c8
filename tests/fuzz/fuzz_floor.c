/* fuzz_floor.c - floor_parse: what it accepts is written, read and written again as the same bytes. */
#include <string.h>

#include "bundle/import/floor.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_versions(const struct floor *floor)
{
    struct err err;

    for (size_t i = 0; i < floor->highest_count; i++) {
        FUZZ_CHECK(floor_check(floor, &floor->highest[i], &err) == ERR_OK || err.code == ERR_POLICY);
        FUZZ_CHECK(i == 0 || uid_compare(&floor->highest[i - 1], &floor->highest[i]) < 0);
    }
}

static void check_raised(const struct floor *floor, struct arena *arena)
{
    const struct uid *uids[1];
    struct floor raised;
    bool has_changed;
    struct err err;

    for (size_t i = 0; i < floor->highest_count && i < 8; i++) {
        uids[0] = &floor->highest[i];
        FUZZ_CHECK(floor_raise(floor, uids, 1, arena, &raised, &has_changed, &err) == ERR_OK);
        FUZZ_CHECK(!has_changed && raised.highest_count == floor->highest_count);
    }
}

static void check_written(const struct floor *floor, struct arena *arena)
{
    struct floor again;
    struct buf first, second;
    struct err err;

    buf_init_heap(&first, (size_t)64 << 20);
    buf_init_heap(&second, (size_t)64 << 20);
    floor_write(floor, &first);
    FUZZ_CHECK(floor_parse(buf_slice(&first), arena, &again, &err) == ERR_OK);
    floor_write(&again, &second);
    FUZZ_CHECK(slice_equal(buf_slice(&first), buf_slice(&second)));
    buf_clear(&first);
    buf_clear(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct floor floor;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)256 << 20);
    rc = floor_parse(slice_of(data, size), &arena, &floor, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    if (rc == ERR_OK) {
        check_versions(&floor);
        check_raised(&floor, &arena);
        check_written(&floor, &arena);
    } else {
        FUZZ_CHECK(floor.highest == NULL && floor.highest_count == 0 && floor.minimum_count == 0);
    }
    arena_clear(&arena);
    return 0;
}
