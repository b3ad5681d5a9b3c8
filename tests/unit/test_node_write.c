#include "bundle/table/node_write.h"

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "tests/unit/test.h"

static const struct node *parse(struct arena *arena, const char *json)
{
    const struct node *root = NULL;
    struct err err;

    CHECK_OK(json_parse(slice_text(json), arena, &root, &err), err);
    return root;
}

static void check_written(const char *json, const char *want)
{
    char memory[512];
    struct arena arena;
    struct buf out;
    struct json_writer writer;

    arena_init_heap(&arena, 1 << 20);
    buf_init_fixed(&out, memory, sizeof memory);
    writer = json_writer_to(&out, 0);
    node_write(&writer, parse(&arena, json));
    CHECK_TEXT(want, buf_slice(&out));
    arena_clear(&arena);
}

TEST(node_write_writes_every_kind)
{
    check_written("{ \"b\" : [1, -2.50e+3, true, false, null, \"x\"], \"a\": {} , \"c\": [ ] }",
                  "{\"b\":[1,-2.50e+3,true,false,null,\"x\"],\"a\":{},\"c\":[]}");
    check_written("{\"l\": [{\"m\": [[]]}, {\"n\": {\"o\": 1}}], \"z\": 0}",
                  "{\"l\":[{\"m\":[[]]},{\"n\":{\"o\":1}}],\"z\":0}");
    check_written("[\"\\u0041\\n\\\"\\\\\"]", "[\"A\\n\\\"\\\\\"]");
    check_written("{\"k\\u0022\": \"\\u001b\"}", "{\"k\\\"\":\"\\u001b\"}");
}

static bool same(const char *a, const char *b)
{
    struct arena arena;
    bool answer;

    arena_init_heap(&arena, 1 << 20);
    answer = node_same(parse(&arena, a), parse(&arena, b));
    CHECK(answer == node_same(parse(&arena, b), parse(&arena, a)));
    arena_clear(&arena);
    return answer;
}

TEST(node_write_same_compares_values)
{
    CHECK(same("{\"a\": [1, {\"b\": null}]}", "{ \"\\u0061\":[1,{\"b\":null} ] }"));
    CHECK(!same("[1]", "[2]"));
    CHECK(!same("[1]", "[\"1\"]"));
    CHECK(!same("[1]", "[1, 2]"));
    CHECK(!same("[[1], 2]", "[[1, 2]]"));
    CHECK(!same("{\"a\": 1}", "{\"b\": 1}"));
    CHECK(!same("{\"a\": 1}", "[\"a\", 1]"));
    CHECK(!same("{}", "[]"));
    CHECK(!same("true", "null"));
}
