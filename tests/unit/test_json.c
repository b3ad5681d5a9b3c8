#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "resolver/base/json_scan.h"
#include "tests/unit/test.h"

static struct arena arena; /* for one document at a time */

/* Parses text; the caller ends with arena_clear(&arena). */
static const struct node *parse(struct slice text)
{
    const struct node *root = NULL;
    struct err err;

    arena_init_heap(&arena, 1 << 26);
    CHECK_OK(json_parse(test_guarded(text), &arena, &root, &err), err);
    return root;
}

static void check_node(const struct node *node, enum node_type type, unsigned span, unsigned line,
                       const char *text)
{
    CHECK_NUMBER(type, node->type);
    CHECK_NUMBER(span, node->span);
    CHECK_NUMBER(line, node->line);
    CHECK_TEXT(text, node_text(node));
}

static void check_refused(const char *want_msg, struct slice text, int line)
{
    const struct node *root = (const struct node *)&arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 26);
    rc = json_parse(test_guarded(text), &arena, &root, &err);
    test_check_err(ERR_FORMAT, want_msg, rc, &err, __FILE__, line);
    CHECK(root == NULL);
    arena_clear(&arena);
}

TEST(json_nodes_stand_in_document_order)
{
    const struct node *root =
        parse(SLICE("{\"a\": [1, \"x\"],\n \"b\": {},\n\n \"c\": [[true], null]\n}"));

    check_node(root, NODE_MAP, 12, 1, "");
    check_node(root + 1, NODE_STRING, 1, 1, "a");
    check_node(root + 2, NODE_LIST, 3, 1, "");
    check_node(root + 3, NODE_NUMBER, 1, 1, "1");
    check_node(root + 4, NODE_STRING, 1, 1, "x");
    check_node(root + 5, NODE_STRING, 1, 2, "b");
    check_node(root + 6, NODE_MAP, 1, 2, "");
    check_node(root + 7, NODE_STRING, 1, 4, "c");
    check_node(root + 8, NODE_LIST, 4, 4, "");
    check_node(root + 9, NODE_LIST, 2, 4, "");
    check_node(root + 10, NODE_BOOL, 1, 4, "true");
    check_node(root + 11, NODE_NULL, 1, 4, "null");
    CHECK(root[0].text == NULL && root[6].text == NULL);
    arena_clear(&arena);
}

static void check_scalar(enum node_type type, const char *text, struct slice document)
{
    check_node(parse(document), type, 1, 1, text);
    arena_clear(&arena);
}

TEST(json_documents_may_be_scalars)
{
    check_scalar(NODE_NUMBER, "-1.5e3", SLICE("-1.5e3"));
    check_scalar(NODE_NUMBER, "42", SLICE(" 42 "));
    check_scalar(NODE_BOOL, "true", SLICE("true"));
    check_scalar(NODE_BOOL, "false", SLICE("false\n"));
    check_scalar(NODE_NULL, "null", SLICE("\tnull"));
    check_scalar(NODE_STRING, "", SLICE("\"\""));
    check_scalar(NODE_STRING, "a", SLICE("\"a\""));
}

TEST(json_lines_count_line_feeds_before_the_value)
{
    const struct node *root = parse(SLICE("\n\n[\n1,2,\r\n\r\n3\n]\n"));

    CHECK_NUMBER(3, root[0].line);
    CHECK_NUMBER(4, root[1].line);
    CHECK_NUMBER(4, root[2].line);
    CHECK_NUMBER(6, root[3].line);
    arena_clear(&arena);
}

TEST(json_escapes_become_what_they_stand_for)
{
    const struct node *root =
        parse(SLICE("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"a\\u0041b\", \"\\u00e4\\u20AC\\ud83d\\uDe00z\","
                    " \"plain\", \"\\uDBFF\\uDFFF\"]"));

    check_node(root + 1, NODE_STRING, 1, 1, "\"\\/\b\f\n\r\t");
    check_node(root + 2, NODE_STRING, 1, 1, "aAb");
    check_node(root + 3, NODE_STRING, 1, 1, "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z");
    check_node(root + 4, NODE_STRING, 1, 1, "plain");
    check_node(root + 5, NODE_STRING, 1, 1, "\xF4\x8F\xBF\xBF");
    arena_clear(&arena);
}

TEST(json_text_without_escapes_borrows_from_the_document)
{
    static const char document[] = "[\"abc\", \"a\\n\"]";
    const struct node *root;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(json_parse(SLICE(document), &arena, &root, &err), err);
    CHECK(root[1].text == (const uint8_t *)document + 2);
    CHECK(root[2].text < (const uint8_t *)document ||
          root[2].text >= (const uint8_t *)document + sizeof document);
    arena_clear(&arena);
}

TEST(json_passes_on_what_json_scan_refuses)
{
    check_refused("line 1, column 4: have \"]\", want a value (no comma before the end)",
                  SLICE("[1,]"), __LINE__);
}

TEST(json_refuses_duplicate_keys)
{
    check_refused("line 3: the key \"a\" stands here again, first on line 1",
                  SLICE("{\"a\": 1,\n\"b\": 2,\n\"a\": 1}"), __LINE__);
    check_refused("line 2: the key \"\" stands here again, first on line 2",
                  SLICE("[{\"a\": 1},\n{\"\": 1, \"\": {}}]"), __LINE__);
    check_refused("line 1: the key \"a\" stands here again, first on line 1",
                  SLICE("{\"a\": 1, \"\\u0061\": 2}"), __LINE__);
}

TEST(json_same_key_in_different_maps_is_allowed)
{
    parse(SLICE("{\"a\": {\"a\": 1}, \"b\": [{\"a\": 1}, {\"a\": 1}]}"));
    arena_clear(&arena);
}

TEST(json_deepest_document_has_right_spans)
{
    char text[2 * NODE_DEPTH_MAX];
    const struct node *root;

    memset(text, '[', NODE_DEPTH_MAX);
    memset(text + NODE_DEPTH_MAX, ']', NODE_DEPTH_MAX);
    root = parse(slice_of(text, sizeof text));
    for (unsigned i = 0; i < NODE_DEPTH_MAX; i++)
        CHECK_NUMBER(NODE_DEPTH_MAX - i, root[i].span);
    arena_clear(&arena);
}

/* "[[0],[1],...]": many containers, each of them closed before the next begins. */
TEST(json_converts_many_tokens_in_place)
{
    static char text[60000];
    const struct node *root;
    size_t len = 0, count = 0;

    text[len++] = '[';
    for (; count < 5000; count++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s[%zu]", count ? "," : "", count);
    text[len++] = ']';
    root = parse(slice_of(text, len));
    CHECK_NUMBER(1 + 2 * count, root->span);
    for (size_t i = 0; i < count; i++) {
        char want[16];

        snprintf(want, sizeof want, "%zu", i);
        CHECK_NUMBER(2, root[1 + 2 * i].span);
        CHECK_TEXT(want, node_text(root + 2 + 2 * i));
    }
    arena_clear(&arena);
}

/* Tokens and nodes must not both be held. */
TEST(json_needs_one_node_of_memory_a_value)
{
    static unsigned char memory[101 * sizeof(struct node) + 16];
    static char text[202];
    struct arena fixed;
    const struct node *root;
    struct err err;

    text[0] = '[';
    for (size_t i = 0; i < 100; i++) {
        text[1 + 2 * i] = '1';
        text[2 + 2 * i] = ',';
    }
    text[200] = ']';
    arena_init_fixed(&fixed, memory, sizeof memory);
    CHECK_OK(json_parse(slice_of(text, 201), &fixed, &root, &err), err);
    CHECK_NUMBER(101, root->span);
    arena_init_fixed(&fixed, memory, 101 * sizeof(struct node) - 1);
    CHECK_NUMBER(ERR_LIMIT, json_parse(slice_of(text, 201), &fixed, &root, &err));
    CHECK(root == NULL);
}

TEST(json_says_when_memory_for_escapes_is_short)
{
    static unsigned char memory[2 * sizeof(struct node)];
    struct arena fixed;
    const struct node *root;
    struct err err;

    arena_init_fixed(&fixed, memory, sizeof memory);
    CHECK_NUMBER(ERR_LIMIT, json_parse(SLICE("\"\\n aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""),
                                       &fixed, &root, &err));
    CHECK(root == NULL);
    CHECK(strncmp(err.msg, "out of memory", 13) == 0);
}

TEST(json_refuses_a_document_that_is_too_long)
{
    const struct node *root;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_ERR(ERR_LIMIT, "the document has 1073741824 bytes, at most 1073741823 are read",
              json_parse(slice_of("", JSON_SIZE_MAX), &arena, &root, &err), err);
    CHECK(root == NULL);
    arena_clear(&arena);
}
