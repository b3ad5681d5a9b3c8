/*
 * fuzz_config_edit.c - config_edit: the result is the config with one piece exchanged, everything
 * else in it means what it meant, and editing it again changes nothing.
 */
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/yaml.h"
#include "resolver/base/yaml_locate.h"
#include "resolver/core/config_edit.h"
#include "tests/fuzz/fuzz.h"

#define MEMORY_MAX ((size_t)256 << 20)

/* A PCR set, a TDX set, a set of one. */
static struct measurements make_set(int which)
{
    struct measurements set = {.size_bytes = which == 1 ? 48 : 32};

    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        set.registers[i].is_set = which == 0 || (which == 1 ? i < 5 : i == 23);
        set.registers[i].warn_only = i % 3 == 0;
        memset(set.registers[i].expected, (int)i, set.size_bytes);
    }
    return set;
}

static const struct node *after_pair(const struct node *map, const struct node *key)
{
    return key ? node_next(map, node_next(map, key)) : NULL;
}

static bool same_tree(const struct node *a, const struct node *b)
{
    if (a->span != b->span)
        return false;
    for (uint32_t i = 0; i < a->span; i++) {
        if (a[i].type != b[i].type || a[i].span != b[i].span ||
            !slice_equal(node_text(a + i), node_text(b + i)))
            return false;
    }
    return true;
}

/* Both maps pair by pair, in order, but for the pair at the path: of that only the new one is there
 * for certain. */
static void check_maps(const struct node *old, const struct node *new, const char *const *path,
                       size_t depth)
{
    const struct node *a = node_first(old), *b = node_first(new);

    while (a || b) {
        bool a_on_path = a && slice_is(node_text(a), path[0]);
        bool b_on_path = b && slice_is(node_text(b), path[0]);

        if (depth == 1 && (a_on_path || b_on_path)) {
            a = a_on_path ? after_pair(old, a) : a;
            b = b_on_path ? after_pair(new, b) : b;
            continue;
        }
        FUZZ_CHECK(a && b && same_tree(a, b));
        if (a_on_path)
            check_maps(node_next(old, a), node_next(new, b), path + 1, depth - 1);
        else
            FUZZ_CHECK(same_tree(node_next(old, a), node_next(new, b)));
        a = after_pair(old, a);
        b = after_pair(new, b);
    }
}

/* What stands before and after the exchanged piece is kept, byte for byte. */
static void check_bytes(struct slice old, struct slice new, const struct config *config)
{
    struct yaml_span value, parent;
    size_t begin, end;
    struct err err;

    FUZZ_CHECK(yaml_locate(old, config->measurements_path, CONFIG_PATH_LEN, &value, &parent,
                           &err) == ERR_OK);
    FUZZ_CHECK(parent.is_found);
    begin = value.is_found ? value.begin : parent.begin + (parent.style == YAML_FLOW);
    end = value.is_found ? value.end : begin;
    FUZZ_CHECK(begin <= end && end <= old.len && new.len >= begin + (old.len - end));
    FUZZ_CHECK(slice_equal(slice_part(old, 0, begin), slice_part(new, 0, begin)));
    FUZZ_CHECK(slice_equal(slice_part(old, end, old.len),
                           slice_part(new, new.len - (old.len - end), new.len)));
}

/* Edits the result once more. */
static void check_again(struct slice edited, const struct config *config,
                        const struct measurements *set, struct arena *arena)
{
    struct buf again;
    struct err err;

    buf_init_heap(&again, MEMORY_MAX);
    FUZZ_CHECK(config_edit(edited, config, set, arena, &again, &err) == ERR_OK);
    FUZZ_CHECK(slice_equal(edited, buf_slice(&again)));
    buf_clear(&again);
}

static void check_edited(struct slice old, struct slice new, const struct config *config,
                         const struct measurements *set, struct arena *arena)
{
    const struct node *before, *after;
    struct err err;

    FUZZ_CHECK(yaml_parse(old, arena, &before, &err) == ERR_OK);
    FUZZ_CHECK(yaml_parse(new, arena, &after, &err) == ERR_OK);
    check_maps(before, after, config->measurements_path, CONFIG_PATH_LEN);
    check_bytes(old, new, config);
    check_again(new, config, set, arena);
}

/* ERR_LIMIT: a config that was just small enough to be read need not be so with more in it. */
static void edit(struct slice bytes, const struct config *config, int which, struct arena *arena)
{
    struct measurements set = make_set(which);
    struct buf out;
    struct err err;
    enum err_code rc;

    buf_init_heap(&out, MEMORY_MAX);
    rc = config_edit(bytes, config, &set, arena, &out, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    if (rc == ERR_OK)
        check_edited(bytes, buf_slice(&out), config, &set, arena);
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of(data, size);

    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        struct config config;
        struct arena arena;
        struct err err;

        arena_init_heap(&arena, MEMORY_MAX);
        if (config_parse(bytes, (enum csp)csp, &arena, &config, &err) == ERR_OK)
            edit(bytes, &config, (int)(size % 3), &arena);
        arena_clear(&arena);
    }
    return 0;
}
