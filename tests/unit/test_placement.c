#include "bundle/import/placement.h"

#include <stdio.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

TEST(placement_order_is_by_kind_then_name)
{
    struct placements placements = {.count = 0};
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK(placement_add_bytes(&placements, PLACE_RECEIPT, "a", SLICE("1"), &arena, &err));
    CHECK(placement_add_bytes(&placements, PLACE_TABLE, "b", SLICE("2"), &arena, &err));
    CHECK(placement_add_bytes(&placements, PLACE_IMAGE, "z", SLICE("3"), &arena, &err));
    CHECK(placement_add_bytes(&placements, PLACE_TABLE, "a", SLICE("44"), &arena, &err));
    CHECK(!placement_any_change(&placements));
    placements.list[2].action = PLACEMENT_REMOVE;
    CHECK(placement_any_change(&placements));
    placement_order(&placements);
    CHECK_TEXT("z", slice_text(placements.list[0].name));
    CHECK_TEXT("44", placements.list[1].bytes);
    CHECK_NUMBER(2, placements.list[1].size);
    CHECK_TEXT("b", slice_text(placements.list[2].name));
    CHECK_NUMBER(PLACE_RECEIPT, placements.list[3].kind);
    arena_clear(&arena);
}

TEST(placement_list_grows)
{
    struct placements placements = {.count = 0};
    char name[16], memory[64];
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%d", i);
        CHECK(placement_add_bytes(&placements, PLACE_OTHER, name, slice_text(name), &arena, &err));
    }
    CHECK_NUMBER(1000, placements.count);
    CHECK_TEXT("999", slice_text(placements.list[999].name));
    CHECK_TEXT("0", placements.list[0].bytes);
    arena_clear(&arena);
    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(!placement_add(&(struct placements){.count = 0}, &arena, &err));
    CHECK_NUMBER(ERR_LIMIT, err.code);
}

TEST(placement_actions_have_words)
{
    CHECK_TEXT("unchanged", slice_text(placement_action_text(PLACEMENT_KEEP)));
    CHECK_TEXT("added", slice_text(placement_action_text(PLACEMENT_ADD)));
    CHECK_TEXT("replaced", slice_text(placement_action_text(PLACEMENT_REPLACE)));
    CHECK_TEXT("removed", slice_text(placement_action_text(PLACEMENT_REMOVE)));
}
