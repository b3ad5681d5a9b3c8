#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "tests/unit/test.h"

static struct arena arena; /* for one document at a time */

static const struct node *parse(const char *text)
{
    const struct node *root = NULL;
    struct err err;

    arena_init_heap(&arena, 1 << 26);
    CHECK_OK(json_parse(slice_text(text), &arena, &root, &err), err);
    return root;
}

TEST(node_walks_children_without_their_children)
{
    const struct node *root = parse("[[1, 2], {\"a\": [3]}, 4]");
    const struct node *child = node_first(root);

    CHECK_NUMBER(NODE_LIST, child->type);
    child = node_next(root, child);
    CHECK_NUMBER(NODE_MAP, child->type);
    child = node_next(root, child);
    CHECK_TEXT("4", node_text(child));
    CHECK(node_next(root, child) == NULL);
    arena_clear(&arena);
}

TEST(node_next_stays_within_the_container)
{
    const struct node *root = parse("[[1], [2]]");
    const struct node *inner = node_first(root);

    CHECK_TEXT("1", node_text(node_first(inner)));
    CHECK(node_next(inner, node_first(inner)) == NULL);
    arena_clear(&arena);
}

TEST(node_first_of_what_has_no_children_is_null)
{
    const struct node *root = parse("[[], {}, 1]");

    CHECK(node_first(root + 1) == NULL);
    CHECK(node_first(root + 2) == NULL);
    CHECK(node_first(root + 3) == NULL);
    CHECK(node_first(NULL) == NULL);
    arena_clear(&arena);
}

TEST(node_get_finds_keys_alone)
{
    const struct node *root = parse("{\"a\": \"b\", \"b\": {\"c\": 1}, \"d\": 2}");

    CHECK_TEXT("b", node_text(node_get(root, "a")));
    CHECK_NUMBER(NODE_MAP, node_get(root, "b")->type);
    CHECK_TEXT("2", node_text(node_get(root, "d")));
    CHECK(node_get(root, "c") == NULL);
    CHECK(node_get(root, "A") == NULL);
    CHECK(node_get(NULL, "a") == NULL);
    CHECK(node_get(node_get(root, "a"), "a") == NULL);
    arena_clear(&arena);
}

TEST(node_get_does_not_look_into_lists)
{
    CHECK(node_get(parse("[\"a\", \"b\"]"), "a") == NULL);
    arena_clear(&arena);
}

TEST(node_count_counts_elements_and_pairs)
{
    const struct node *root = parse("[[1, [2]], {\"a\": [1, 2], \"b\": 2, \"c\": 3}, [], {}, 1]");

    CHECK_NUMBER(5, node_count(root));
    CHECK_NUMBER(2, node_count(root + 1));
    CHECK_NUMBER(3, node_count(root + 5));
    CHECK_NUMBER(0, node_count(root + root->span - 1));
    CHECK_NUMBER(0, node_count(root + root->span - 2));
    CHECK_NUMBER(0, node_count(NULL));
    arena_clear(&arena);
}

TEST(node_type_names_fit_messages)
{
    const struct node plain = {.type = NODE_PLAIN};
    const struct node *root = parse("[null, true, 1, \"a\", [], {}]");

    CHECK_TEXT("null", slice_text(node_type_name(root + 1)));
    CHECK_TEXT("a boolean", slice_text(node_type_name(root + 2)));
    CHECK_TEXT("a number", slice_text(node_type_name(root + 3)));
    CHECK_TEXT("a string", slice_text(node_type_name(root + 4)));
    CHECK_TEXT("a list", slice_text(node_type_name(root + 5)));
    CHECK_TEXT("a map", slice_text(node_type_name(root + 6)));
    CHECK_TEXT("a plain value", slice_text(node_type_name(&plain)));
    CHECK_TEXT("nothing", slice_text(node_type_name(NULL)));
    arena_clear(&arena);
}

TEST(node_text_of_containers_and_null_is_empty)
{
    CHECK_NUMBER(0, node_text(parse("[1]")).len);
    CHECK_NUMBER(0, node_text(NULL).len);
    arena_clear(&arena);
}

TEST(node_string_takes_strings_and_plain_scalars)
{
    const struct node plain = {(const uint8_t *)"v2", 2, 1, 1, NODE_PLAIN};
    struct slice text;
    struct err err;

    CHECK_OK(node_string(parse("\"abc\""), "csp", &text, &err), err);
    CHECK_TEXT("abc", text);
    CHECK_OK(node_string(&plain, "version", &text, &err), err);
    CHECK_TEXT("v2", text);
    arena_clear(&arena);
}

static void check_string_refused(const char *want, const char *document)
{
    struct slice text = SLICE("before");
    struct err err;

    CHECK_ERR(ERR_FORMAT, want,
              node_string(document ? parse(document) : NULL, "csp", &text, &err), err);
    CHECK(text.len == 0 && text.ptr == NULL);
    if (document)
        arena_clear(&arena);
}

TEST(node_string_refuses_everything_else)
{
    check_string_refused("csp: missing, want a string", NULL);
    check_string_refused("line 2: csp: have an empty string, want some text", "\n\"\"");
    check_string_refused("line 1: csp: have a number, want a string", "1");
    check_string_refused("line 1: csp: have null, want a string", "null");
    check_string_refused("line 1: csp: have a boolean, want a string", "true");
    check_string_refused("line 1: csp: have a list, want a string", "[\"a\"]");
    check_string_refused("line 1: csp: have a map, want a string", "{}");
}

TEST(node_bool_takes_json_and_plain_scalars)
{
    const struct node plain = {(const uint8_t *)"true", 4, 1, 1, NODE_PLAIN};
    bool value = false;
    struct err err;

    CHECK_OK(node_bool(parse("true"), "warnOnly", &value, &err), err);
    CHECK(value);
    arena_clear(&arena);
    CHECK_OK(node_bool(parse("false"), "warnOnly", &value, &err), err);
    CHECK(!value);
    arena_clear(&arena);
    CHECK_OK(node_bool(&plain, "warnOnly", &value, &err), err);
    CHECK(value);
}

TEST(node_bool_refuses_everything_else)
{
    const struct node plain = {(const uint8_t *)"yes", 3, 1, 7, NODE_PLAIN};
    bool value = true;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "warnOnly: missing, want true or false",
              node_bool(NULL, "warnOnly", &value, &err), err);
    CHECK(!value);
    CHECK_ERR(ERR_FORMAT, "line 7: warnOnly: have \"yes\", want true or false",
              node_bool(&plain, "warnOnly", &value, &err), err);
    CHECK_ERR(ERR_FORMAT, "line 1: warnOnly: have a string, want true or false",
              node_bool(parse("\"true\""), "warnOnly", &value, &err), err);
    arena_clear(&arena);
    value = true;
    CHECK_ERR(ERR_FORMAT, "line 1: warnOnly: have a number, want true or false",
              node_bool(parse("1"), "warnOnly", &value, &err), err);
    CHECK(!value);
    arena_clear(&arena);
}

/* A map of count pairs, key i being key_of(i): its nodes on the heap of the arena. */
#define BIG_MAX 3000

static struct node big[1 + 2 * BIG_MAX];
static char big_text[BIG_MAX][12];

static void make_map(size_t count, unsigned (*key_of)(size_t i))
{
    big[0] = (struct node){.span = (uint32_t)(1 + 2 * count), .line = 1, .type = NODE_MAP};
    for (size_t i = 0; i < count; i++) {
        int len = snprintf(big_text[i], sizeof big_text[i], "%08u", key_of(i));

        big[1 + 2 * i] = (struct node){(const uint8_t *)big_text[i], (uint32_t)len, 1,
                                       (uint32_t)i + 2, NODE_STRING};
        big[2 + 2 * i] = (struct node){(const uint8_t *)"1", 1, 1, (uint32_t)i + 2, NODE_NUMBER};
    }
}

static unsigned ascending(size_t i)
{
    return (unsigned)i;
}

static unsigned descending(size_t i)
{
    return (unsigned)(BIG_MAX - i);
}

static unsigned scattered(size_t i)
{
    return (unsigned)(i * 7919 % 100003);
}

static enum err_code check_map(struct err *err)
{
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    rc = node_check_unique(big, &arena, err);
    arena_clear(&arena);
    return rc;
}

TEST(node_check_unique_accepts_maps_of_all_sizes_and_orders)
{
    static const size_t sizes[] = {0, 1, 2, 15, 16, 17, 18, 31, 32, 33, 64, 100, 1000, BIG_MAX};
    struct err err;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        make_map(sizes[i], ascending);
        CHECK_OK(check_map(&err), err);
        make_map(sizes[i], descending);
        CHECK_OK(check_map(&err), err);
        make_map(sizes[i], scattered);
        CHECK_OK(check_map(&err), err);
    }
}

TEST(node_check_unique_finds_a_pair_wherever_it_stands)
{
    static unsigned (*const orders[])(size_t) = {ascending, descending, scattered};
    static const size_t counts[] = {2, 16, 17, 40};

    for (size_t order = 0; order < 3; order++) {
        for (size_t c = 0; c < 4; c++) {
            for (size_t first = 0; first < counts[c]; first++) {
                for (size_t second = first + 1; second < counts[c]; second++) {
                    char want[100];
                    struct err err;

                    make_map(counts[c], orders[order]);
                    memcpy(big_text[second], big_text[first], sizeof big_text[0]);
                    snprintf(want, sizeof want,
                             "line %zu: the key \"%s\" stands here again, first on line %zu",
                             second + 2, big_text[first], first + 2);
                    CHECK_ERR(ERR_FORMAT, want, check_map(&err), err);
                }
            }
        }
    }
}

TEST(node_check_unique_looks_at_nested_maps)
{
    const struct node *root;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_ERR(ERR_FORMAT, "line 1: the key \"b\" stands here again, first on line 1",
              json_parse(SLICE("{\"a\": [{\"b\": 1, \"b\": 2}]}"), &arena, &root, &err), err);
    arena_clear(&arena);
}

TEST(node_check_unique_tells_a_key_from_its_prefix)
{
    parse("{\"a\": 1, \"ab\": 1, \"\": 1, \"b\": 1}");
    arena_clear(&arena);
}

TEST(node_check_unique_needs_memory_only_to_sort)
{
    unsigned char memory[64];
    struct arena small;
    struct err err;

    arena_init_fixed(&small, memory, sizeof memory);
    make_map(BIG_MAX, ascending);
    CHECK_OK(node_check_unique(big, &small, &err), err);
    make_map(16, descending);
    CHECK_OK(node_check_unique(big, &small, &err), err);
    make_map(17, descending);
    CHECK_ERR(ERR_LIMIT, "out of memory: 136 more bytes wanted, at most 64 allowed",
              node_check_unique(big, &small, &err), err);
}

TEST(node_check_unique_takes_scalars_and_lists)
{
    struct err err;

    CHECK_OK(node_check_unique(parse("[\"a\", \"a\"]"), &arena, &err), err);
    arena_clear(&arena);
    CHECK_OK(node_check_unique(parse("\"a\""), &arena, &err), err);
    arena_clear(&arena);
}
