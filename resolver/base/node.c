#include "resolver/base/node.h"

#include "resolver/base/quote.h"

/* Maps of at most this many pairs are compared key by key; larger ones are sorted. */
#define DIRECT_MAX 16

const char *node_type_name(const struct node *node)
{
    static const char *const names[] = {
        [NODE_NULL] = "null",     [NODE_BOOL] = "a boolean",    [NODE_NUMBER] = "a number",
        [NODE_STRING] = "a string", [NODE_PLAIN] = "a plain value", [NODE_LIST] = "a list",
        [NODE_MAP] = "a map",
    };

    return node ? names[node->type] : "nothing";
}

struct slice node_text(const struct node *node)
{
    return node ? slice_of(node->text, node->len) : slice_of(NULL, 0);
}

static bool is_container(const struct node *node)
{
    return node && (node->type == NODE_LIST || node->type == NODE_MAP);
}

const struct node *node_first(const struct node *container)
{
    return is_container(container) && container->span > 1 ? container + 1 : NULL;
}

const struct node *node_next(const struct node *container, const struct node *child)
{
    const struct node *next = child + child->span;

    return next < container + container->span ? next : NULL;
}

/* The key after `key` in map, or NULL after the last. */
static const struct node *next_key(const struct node *map, const struct node *key)
{
    return node_next(map, node_next(map, key));
}

const struct node *node_get(const struct node *map, const char *key)
{
    if (!map || map->type != NODE_MAP)
        return NULL;
    for (const struct node *at = node_first(map); at; at = next_key(map, at)) {
        if (slice_is(node_text(at), key))
            return node_next(map, at);
    }
    return NULL;
}

size_t node_count(const struct node *container)
{
    size_t children = 0;

    for (const struct node *at = node_first(container); at; at = node_next(container, at))
        children++;
    return container && container->type == NODE_MAP ? children / 2 : children;
}

enum err_code node_string(const struct node *node, const char *what, struct slice *out,
                          struct err *err)
{
    *out = slice_of(NULL, 0);
    if (!node)
        return err_set(err, ERR_FORMAT, "%s: missing, want a string", what);
    if (node->type != NODE_STRING && node->type != NODE_PLAIN)
        return err_set(err, ERR_FORMAT, "line %u: %s: have %s, want a string",
                       (unsigned)node->line, what,
                       node_type_name(node));
    if (node->len == 0)
        return err_set(err, ERR_FORMAT, "line %u: %s: have an empty string, want some text",
                       (unsigned)node->line, what);
    *out = node_text(node);
    return ERR_OK;
}

enum err_code node_bool(const struct node *node, const char *what, bool *out, struct err *err)
{
    *out = false;
    if (!node)
        return err_set(err, ERR_FORMAT, "%s: missing, want true or false", what);
    if (node->type == NODE_BOOL || node->type == NODE_PLAIN) {
        *out = slice_is(node_text(node), "true");
        if (*out || slice_is(node_text(node), "false"))
            return ERR_OK;
        return err_set(err, ERR_FORMAT, "line %u: %s: have %s, want true or false",
                       (unsigned)node->line, what, quote(node_text(node)).text);
    }
    return err_set(err, ERR_FORMAT, "line %u: %s: have %s, want true or false",
                   (unsigned)node->line, what,
                   node_type_name(node));
}

static enum err_code refuse_twice(const struct node *first, const struct node *second,
                                  struct err *err)
{
    return err_set(err, ERR_FORMAT, "line %u: the key %s stands here again, first on line %u",
                   (unsigned)second->line, quote(node_text(second)).text, (unsigned)first->line);
}

/* Each key against all before it. Leaves in *is_small whether the map was small enough; a larger
 * one is not judged. */
static enum err_code check_small(const struct node *map, bool *is_small, struct err *err)
{
    const struct node *before[DIRECT_MAX];
    size_t count = 0;

    *is_small = true;
    for (const struct node *key = node_first(map); key; key = next_key(map, key)) {
        if (count == DIRECT_MAX) {
            *is_small = false;
            return ERR_OK;
        }
        for (size_t i = 0; i < count; i++) {
            if (slice_equal(node_text(before[i]), node_text(key)))
                return refuse_twice(before[i], key, err);
        }
        before[count++] = key;
    }
    return ERR_OK;
}

/* Tables written by programs often have their keys in order: then nothing needs sorting. */
static bool is_ascending(const struct node *map)
{
    const struct node *last = NULL;

    for (const struct node *key = node_first(map); key; key = next_key(map, key)) {
        if (last && slice_compare(node_text(last), node_text(key)) >= 0)
            return false;
        last = key;
    }
    return true;
}

/* The keys of a large map as offsets from the map: the run [begin, end) of `from` is already in
 * order up to middle and from middle on. */
struct merge {
    const struct node *map;
    const uint32_t *from;
    uint32_t *to;
    size_t begin, middle, end;
};

/* Merges both halves into `to`; refuses the first two equal keys that meet. */
static enum err_code merge_halves(const struct merge *merge, struct err *err)
{
    const uint32_t *from = merge->from;
    size_t left = merge->begin, right = merge->middle;

    for (size_t i = merge->begin; i < merge->end; i++) {
        bool takes_left = right == merge->end;

        if (left < merge->middle && right < merge->end) {
            const struct node *a = merge->map + from[left], *b = merge->map + from[right];
            int order = slice_compare(node_text(a), node_text(b));

            if (order == 0)
                return refuse_twice(a, b, err);
            takes_left = order < 0;
        }
        merge->to[i] = takes_left ? from[left++] : from[right++];
    }
    return ERR_OK;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Sorts count keys bottom-up, between two halves of scratch memory, until equal ones meet. */
static enum err_code sort_keys(const struct node *map, uint32_t *keys, size_t count,
                               struct err *err)
{
    uint32_t *from = keys, *to = keys + count;

    for (size_t width = 1; width < count; width *= 2) {
        uint32_t *swapped = from;

        for (size_t begin = 0; begin < count; begin += 2 * width) {
            struct merge merge = {map,   from, to, begin, smaller(begin + width, count),
                                  smaller(begin + 2 * width, count)};
            enum err_code rc = merge_halves(&merge, err);

            if (rc)
                return rc;
        }
        from = to;
        to = swapped;
    }
    return ERR_OK;
}

static enum err_code check_large(const struct node *map, uint32_t *scratch, struct err *err)
{
    size_t count = 0;

    if (is_ascending(map))
        return ERR_OK;
    for (const struct node *key = node_first(map); key; key = next_key(map, key))
        scratch[count++] = (uint32_t)(key - map);
    return sort_keys(map, scratch, count, err);
}

/* Checks the small maps and finds the pairs of the largest one that has to be sorted. */
static enum err_code check_small_maps(const struct node *root, size_t *most_pairs,
                                      struct err *err)
{
    *most_pairs = 0;
    for (const struct node *at = root; at < root + root->span; at++) {
        bool is_small = true;
        enum err_code rc = at->type == NODE_MAP ? check_small(at, &is_small, err) : ERR_OK;

        if (rc)
            return rc;
        if (!is_small && !is_ascending(at) && node_count(at) > *most_pairs)
            *most_pairs = node_count(at);
    }
    return ERR_OK;
}

enum err_code node_check_unique(const struct node *root, struct arena *scratch, struct err *err)
{
    size_t most_pairs;
    enum err_code rc = check_small_maps(root, &most_pairs, err);
    uint32_t *keys;

    if (rc || most_pairs == 0)
        return rc;
    keys = arena_array(scratch, most_pairs, 2 * sizeof *keys, err);
    if (!keys)
        return ERR_LIMIT;
    for (const struct node *at = root; at < root + root->span; at++) {
        rc = at->type == NODE_MAP && node_count(at) > DIRECT_MAX ? check_large(at, keys, err)
                                                                 : ERR_OK;
        if (rc)
            return rc;
    }
    return ERR_OK;
}
