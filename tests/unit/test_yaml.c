#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/yaml.h"
#include "resolver/base/yaml_scan.h"
#include "tests/unit/test.h"

static struct arena arena; /* for one document at a time */

/* Parses text; the caller ends with arena_clear(&arena). */
static const struct node *parse(struct slice text)
{
    static const struct node nothing = {.span = 1};
    const struct node *root = NULL;
    struct err err;

    arena_init_heap(&arena, 1 << 26);
    CHECK_OK(yaml_parse(test_guarded(text), &arena, &root, &err), err);
    return root ? root : &nothing;
}

static void check_node(const struct node *node, enum node_type type, unsigned span, unsigned line,
                       const char *text)
{
    CHECK_NUMBER(type, node->type);
    CHECK_NUMBER(span, node->span);
    CHECK_NUMBER(line, node->line);
    CHECK_TEXT(text, node_text(node));
}

static void check_refused(enum err_code want, const char *want_msg, struct slice text, int line)
{
    const struct node *root = (const struct node *)&arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 26);
    rc = yaml_parse(test_guarded(text), &arena, &root, &err);
    test_check_err(want, want_msg, rc, &err, __FILE__, line);
    CHECK(root == NULL);
    arena_clear(&arena);
}

#define REFUSES(want_msg, text) check_refused(ERR_FORMAT, (want_msg), SLICE(text), __LINE__)

TEST(yaml_reads_measurements_of_the_first_generation)
{
    const struct node *root =
        parse(SLICE("# signed\ncsp: azure\nmeasurements:\n"
                    "    1: 0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPss= # PCR 1\n"
                    "    11: {expected: \"00\", warnOnly: false}\n"));
    const struct node *set = node_get(root, "measurements");

    check_node(root, NODE_MAP, 13, 2, "");
    check_node(root + 1, NODE_STRING, 1, 2, "csp");
    check_node(root + 2, NODE_PLAIN, 1, 2, "azure");
    check_node(set, NODE_MAP, 9, 4, "");
    check_node(node_get(set, "1"), NODE_PLAIN, 1, 4,
               "0GqVBBcu78dlLW03pON6OJbjQTMsKZmN+SV88kWHPss=");
    check_node(node_get(set, "11"), NODE_MAP, 5, 5, "");
    check_node(node_get(node_get(set, "11"), "expected"), NODE_STRING, 1, 5, "00");
    check_node(node_get(node_get(set, "11"), "warnOnly"), NODE_PLAIN, 1, 5, "false");
    arena_clear(&arena);
}

TEST(yaml_keeps_plain_scalars_as_they_are_written)
{
    const struct node *root = parse(SLICE("[null, ~, true, 0x1F, 1e3, yes, 2022-01-01, a b]"));

    check_node(root + 1, NODE_PLAIN, 1, 1, "null");
    check_node(root + 2, NODE_PLAIN, 1, 1, "~");
    check_node(root + 3, NODE_PLAIN, 1, 1, "true");
    check_node(root + 4, NODE_PLAIN, 1, 1, "0x1F");
    check_node(root + 5, NODE_PLAIN, 1, 1, "1e3");
    check_node(root + 6, NODE_PLAIN, 1, 1, "yes");
    check_node(root + 7, NODE_PLAIN, 1, 1, "2022-01-01");
    check_node(root + 8, NODE_PLAIN, 1, 1, "a b");
    arena_clear(&arena);
}

TEST(yaml_quoted_and_block_scalars_are_strings)
{
    const struct node *root =
        parse(SLICE("- 'it''s'\n- \"a\\tb\\u00e4\\n\"\n- |\n  one\n  two\n- >-\n  one\n  two\n"));

    check_node(root, NODE_LIST, 5, 1, "");
    check_node(root + 1, NODE_STRING, 1, 1, "it's");
    check_node(root + 2, NODE_STRING, 1, 2, "a\tb\xC3\xA4\n");
    check_node(root + 3, NODE_STRING, 1, 3, "one\ntwo\n");
    check_node(root + 4, NODE_STRING, 1, 6, "one two");
    arena_clear(&arena);
}

TEST(yaml_all_keys_are_strings)
{
    const struct node *root = parse(SLICE("1: a\n'2': b\ntrue: c\n? x\n: y\n"));

    check_node(root + 1, NODE_STRING, 1, 1, "1");
    check_node(root + 3, NODE_STRING, 1, 2, "2");
    check_node(root + 5, NODE_STRING, 1, 3, "true");
    check_node(root + 7, NODE_STRING, 1, 4, "x");
    check_node(root + 8, NODE_PLAIN, 1, 5, "y");
    arena_clear(&arena);
}

TEST(yaml_absent_values_are_empty)
{
    const struct node *root = parse(SLICE("a:\nb: {c, d: }\ne:\n  -\n"));

    check_node(node_get(root, "a"), NODE_PLAIN, 1, 1, "");
    check_node(node_get(node_get(root, "b"), "c"), NODE_PLAIN, 1, 2, "");
    check_node(node_get(node_get(root, "b"), "d"), NODE_PLAIN, 1, 2, "");
    check_node(node_first(node_get(root, "e")), NODE_PLAIN, 1, 4, "");
    arena_clear(&arena);
}

TEST(yaml_empty_documents_are_one_empty_value)
{
    check_node(parse(SLICE("")), NODE_PLAIN, 1, 1, "");
    arena_clear(&arena);
    check_node(parse(slice_of(NULL, 0)), NODE_PLAIN, 1, 1, "");
    arena_clear(&arena);
    check_node(parse(SLICE("# nothing\n")), NODE_PLAIN, 1, 1, "");
    arena_clear(&arena);
    check_node(parse(SLICE("---\n...\n")), NODE_PLAIN, 1, 2, "");
    arena_clear(&arena);
}

TEST(yaml_empty_containers_have_no_children)
{
    const struct node *root = parse(SLICE("a: {}\nb: []\n"));

    check_node(root, NODE_MAP, 5, 1, "");
    check_node(root + 2, NODE_MAP, 1, 1, "");
    check_node(root + 4, NODE_LIST, 1, 2, "");
    arena_clear(&arena);
}

TEST(yaml_lines_are_those_of_the_file)
{
    const struct node *root = parse(SLICE("---\r\n# c\r\n\r\na: 'x\r\n  y'\r\nb:\r\n  - 1\r\n"));

    check_node(root, NODE_MAP, 6, 4, "");
    check_node(root + 2, NODE_STRING, 1, 4, "x y");
    check_node(root + 3, NODE_STRING, 1, 6, "b");
    check_node(root + 4, NODE_LIST, 2, 7, "");
    arena_clear(&arena);
}

TEST(yaml_lines_end_where_the_file_does)
{
    check_node(parse(SLICE("---")), NODE_PLAIN, 1, 1, "");
    arena_clear(&arena);
    check_node(parse(SLICE("---\n")), NODE_PLAIN, 1, 2, "");
    arena_clear(&arena);
    check_node(parse(SLICE("a: 1\nb:")) + 4, NODE_PLAIN, 1, 2, "");
    arena_clear(&arena);
}

TEST(yaml_reads_json)
{
    const struct node *root = parse(SLICE("{\"a\": [1, {\"b\": null}]}\n"));

    check_node(root, NODE_MAP, 7, 1, "");
    check_node(root + 3, NODE_PLAIN, 1, 1, "1");
    arena_clear(&arena);
}

TEST(yaml_passes_on_what_yaml_scan_refuses)
{
    REFUSES("line 1, column 1: directives (lines that begin with %) are not allowed", "%TAG ! x");
}

TEST(yaml_refuses_anchors_and_aliases)
{
    REFUSES("line 1, column 4: anchors (&x) are not allowed", "a: &x 1\n");
    REFUSES("line 1, column 4: anchors (&x) are not allowed", "a: &x [1]\n");
    REFUSES("line 1, column 4: anchors (&x) are not allowed", "a: &x {b: 1}\n");
    REFUSES("line 1, column 1: anchors (&x) are not allowed", "&x a: 1\n");
    REFUSES("line 1, column 4: aliases (*x) are not allowed", "a: *x\n");
}

TEST(yaml_refuses_tags)
{
    REFUSES("line 1, column 4: tags (tag:yaml.org,2002:str) are not allowed", "a: !!str 1\n");
    REFUSES("line 1, column 4: tags (!x) are not allowed", "a: !x [1]\n");
    REFUSES("line 1, column 4: tags (!x) are not allowed", "a: !x {b: 1}\n");
    REFUSES("line 1, column 4: tags (!) are not allowed", "a: ! 1\n");
    REFUSES("line 1, column 4: tags (tag:x) are not allowed", "a: !<tag:x> 1\n");
}

TEST(yaml_refuses_a_second_document)
{
    REFUSES("line 2, column 1: a second document begins here, want one", "a: 1\n---\nb: 2\n");
    REFUSES("line 3, column 1: a second document begins here, want one", "a: 1\n...\n---\n");
}

TEST(yaml_refuses_duplicate_keys)
{
    REFUSES("line 3: the key \"a\" stands here again, first on line 1", "a: 1\nb: 2\na: 3\n");
    REFUSES("line 1: the key \"a\" stands here again, first on line 1", "{a: 1, \"a\": 2}\n");
    REFUSES("line 2: the key \"1\" stands here again, first on line 1", "1: a\n'1': b\n");
    REFUSES("line 3: the key \"c\" stands here again, first on line 2",
            "a:\n  - c: 1\n    c: 2\n");
}

TEST(yaml_refuses_keys_that_are_no_text)
{
    REFUSES("line 1, column 3: have a list as a key, want text", "? [a]\n: 1\n");
    REFUSES("line 1, column 1: have a list as a key, want text", "[a]: 1\n");
    REFUSES("line 1, column 2: have a map as a key, want text", "{{a: 1}: 1}\n");
    REFUSES("line 1, column 2: have an empty key, want text", "?\n: 1\n");
    REFUSES("line 1, column 2: have an empty key, want text", "{'': 1}\n");
}

TEST(yaml_refuses_merge_keys)
{
    REFUSES("line 2, column 3: merge keys (<<) are not allowed", "a:\n  <<: {b: 1}\n");
    check_node(parse(SLICE("'<<': 1")) + 1, NODE_STRING, 1, 1, "<<");
    arena_clear(&arena);
}

TEST(yaml_refuses_control_characters_from_escapes)
{
    REFUSES("line 1, column 4: the control character U+0000 is not allowed", "a: \"\\0\"\n");
    REFUSES("line 1, column 4: the control character U+001B is not allowed", "a: \"x\\e\"\n");
    REFUSES("line 1, column 4: the control character U+007F is not allowed", "a: \"\\x7f\"\n");
    REFUSES("line 1, column 4: the control character U+0085 is not allowed", "a: \"\\N\"\n");
    REFUSES("line 1, column 4: the control character U+000D is not allowed", "a: \"\\r\"\n");
    REFUSES("line 1, column 1: the control character U+0000 is not allowed", "\"a\\0\": b\n");
}

TEST(yaml_refuses_too_much_depth)
{
    char text[2 * NODE_DEPTH_MAX + 2];

    memset(text, '[', NODE_DEPTH_MAX);
    memset(text + NODE_DEPTH_MAX, ']', NODE_DEPTH_MAX);
    check_node(parse(slice_of(text, 2 * NODE_DEPTH_MAX)), NODE_LIST, NODE_DEPTH_MAX, 1, "");
    arena_clear(&arena);
    memset(text, '[', NODE_DEPTH_MAX + 1);
    memset(text + NODE_DEPTH_MAX + 1, ']', NODE_DEPTH_MAX + 1);
    check_refused(ERR_FORMAT, "line 1, column 33: more than 32 lists and maps within each other",
                  slice_of(text, sizeof text), __LINE__);
}

TEST(yaml_refuses_too_many_nodes)
{
    static char text[4 * YAML_NODES_MAX];

    for (size_t i = 0; i < YAML_NODES_MAX; i++)
        memcpy(text + 4 * i, "- a\n", 4);
    CHECK_NUMBER(YAML_NODES_MAX, parse(slice_of(text, sizeof text - 4))->span);
    arena_clear(&arena);
    check_refused(ERR_LIMIT, "line 100000, column 3: more than 100000 values",
                  slice_of(text, sizeof text), __LINE__);
}

TEST(yaml_says_where_the_syntax_breaks)
{
    REFUSES("line 1, column 5: mapping values are not allowed in this context", "a: b: c\n");
    REFUSES("line 2, column 1: did not find expected ',' or ']', while parsing a flow sequence "
            "that begins on line 1, column 4",
            "a: [1\n");
    REFUSES("line 3, column 1: could not find expected ':', while scanning a simple key that "
            "begins on line 2, column 1",
            "a: 1\nb\n");
    REFUSES("line 2, column 1: found unexpected end of stream, while scanning a quoted scalar that "
            "begins on line 1, column 4",
            "a: \"b\n");
    REFUSES("line 1, column 4: found character that cannot start any token", "a: @b\n");
}

TEST(yaml_says_that_tabs_do_not_indent)
{
    REFUSES("line 2, column 1: found character that cannot start any token (a tab: YAML indents "
            "with spaces)",
            "a:\n\tb: 1\n");
    REFUSES("line 2, column 3: found character that cannot start any token (a tab: YAML indents "
            "with spaces)",
            "a:\n  \tb: 1\n");
}

TEST(yaml_says_when_memory_is_short)
{
    unsigned char memory[64];
    struct arena fixed;
    const struct node *root;
    struct err err;

    arena_init_fixed(&fixed, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL,
              yaml_parse(SLICE("a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                         &fixed, &root, &err),
              err);
    CHECK(root == NULL && strstr(err.msg, "out of memory") != NULL);
    arena_init_fixed(&fixed, memory, sizeof memory);
    CHECK_ERR(ERR_LIMIT, NULL, yaml_parse(SLICE("a: b"), &fixed, &root, &err), err);
    CHECK(root == NULL && strstr(err.msg, "more bytes wanted, at most 64 allowed") != NULL); /* 60 or 72 */
}

/* Shapes that make libyaml's scanner work much more than once a byte. */
TEST(yaml_takes_bounded_time_for_hostile_documents)
{
    static const char *const pieces[] = {"[", "{",  "[{", "- ", "? ",     ":",      ": ",   "a:",
                                         "a ", "#\n", "!a ", "&a ", "?,", "[a]: ", "\"a\" ", "'' "};
    static char text[1 << 20];

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        const struct node *root;
        struct err err;
        size_t len = strlen(pieces[i]);
        enum err_code rc;

        for (size_t at = 0; at + len <= sizeof text; at += len)
            memcpy(text + at, pieces[i], len);
        arena_init_heap(&arena, 1 << 26);
        rc = yaml_parse(slice_of(text, sizeof text), &arena, &root, &err);
        CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
        arena_clear(&arena);
    }
}
