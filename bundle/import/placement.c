#include "bundle/import/placement.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

const char *placement_action_text(enum placement_action action)
{
    static const char *const texts[] = {"unchanged", "added", "replaced", "removed"};

    return texts[action];
}

struct placement *placement_add(struct placements *placements, struct arena *arena,
                                 struct err *err)
{
    struct placement *placement;

    if (placements->count == placements->room) {
        size_t room = placements->room ? 2 * placements->room : FIRST_ROOM;
        struct placement *list = arena_array(arena, room, sizeof *list, err);

        if (!list)
            return NULL;
        if (placements->count)
            memcpy(list, placements->list, placements->count * sizeof *list);
        placements->list = list;
        placements->room = room;
    }
    placement = &placements->list[placements->count++];
    memset(placement, 0, sizeof *placement);
    return placement;
}

struct placement *placement_add_bytes(struct placements *placements, enum placement_kind kind,
                                       const char *name, struct slice bytes, struct arena *arena,
                                       struct err *err)
{
    const char *name_copy = arena_copy(arena, slice_text(name), err);
    const char *copy = name_copy ? arena_copy(arena, bytes, err) : NULL;
    struct placement *placement = copy ? placement_add(placements, arena, err) : NULL;

    if (!placement)
        return NULL;
    placement->kind = kind;
    placement->name = name_copy;
    placement->bytes = slice_of(copy, bytes.len);
    placement->size = bytes.len;
    sha256_of(bytes, placement->digest);
    return placement;
}

bool placement_any_change(const struct placements *placements)
{
    for (size_t i = 0; i < placements->count; i++) {
        if (placements->list[i].action != PLACEMENT_KEEP)
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    const struct placement *left = a, *right = b;

    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return strcmp(left->name, right->name);
}

void placement_order(struct placements *placements)
{
    if (placements->count)
        qsort(placements->list, placements->count, sizeof *placements->list, compare);
}
