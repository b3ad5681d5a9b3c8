#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "tests/unit/test.h"

static char memory[1000];
static struct buf out;

static struct json_writer start(unsigned indent)
{
    buf_init_fixed(&out, memory, sizeof memory);
    return json_writer_to(&out, indent);
}

/* One of everything, containers empty and not, first and not. */
static void write_sample(struct json_writer *writer)
{
    json_begin_map(writer);
    json_member(writer, "version", "v2.8.0");
    json_key(writer, "list");
    json_begin_list(writer);
    json_begin_map(writer);
    json_end_map(writer);
    json_number(writer, 18446744073709551615u);
    json_begin_list(writer);
    json_end_list(writer);
    json_begin_list(writer);
    json_null(writer);
    json_bool(writer, true);
    json_end_list(writer);
    json_end_list(writer);
    json_key_slice(writer, SLICE("last"));
    json_bool(writer, false);
    json_end_map(writer);
}

TEST(json_write_compact)
{
    struct json_writer writer = start(0);

    write_sample(&writer);
    CHECK_TEXT("{\"version\":\"v2.8.0\",\"list\":[{},18446744073709551615,[],[null,true]],"
               "\"last\":false}",
               buf_slice(&out));
}

TEST(json_write_indented)
{
    struct json_writer writer = start(2);

    write_sample(&writer);
    CHECK_TEXT("{\n"
               "  \"version\": \"v2.8.0\",\n"
               "  \"list\": [\n"
               "    {},\n"
               "    18446744073709551615,\n"
               "    [],\n"
               "    [\n"
               "      null,\n"
               "      true\n"
               "    ]\n"
               "  ],\n"
               "  \"last\": false\n"
               "}",
               buf_slice(&out));
}

TEST(json_write_empty_documents)
{
    struct json_writer writer = start(2);

    json_begin_map(&writer);
    json_end_map(&writer);
    CHECK_TEXT("{}", buf_slice(&out));
    writer = start(2);
    json_begin_list(&writer);
    json_end_list(&writer);
    CHECK_TEXT("[]", buf_slice(&out));
}

TEST(json_write_scalars_as_documents)
{
    struct json_writer writer = start(2);

    json_number(&writer, 0);
    CHECK_TEXT("0", buf_slice(&out));
    writer = start(2);
    json_text(&writer, "a");
    CHECK_TEXT("\"a\"", buf_slice(&out));
}

TEST(json_write_absent_text_is_null)
{
    struct json_writer writer = start(0);

    json_begin_map(&writer);
    json_member(&writer, "a", NULL);
    json_member(&writer, "b", "");
    json_member_slice(&writer, "c", slice_of(NULL, 0));
    json_end_map(&writer);
    CHECK_TEXT("{\"a\":null,\"b\":\"\",\"c\":\"\"}", buf_slice(&out));
}

static void check_string(const char *want, struct slice text)
{
    struct json_writer writer = start(0);

    json_string(&writer, test_guarded(text));
    CHECK_TEXT(want, buf_slice(&out));
}

TEST(json_write_escapes_what_it_must)
{
    check_string("\"\\\"\\\\/\"", SLICE("\"\\/"));
    check_string("\"\\b\\f\\n\\r\\t\"", SLICE("\b\f\n\r\t"));
    check_string("\"a\\u0000b\\u0001\\u001f c\"", SLICE("a\0b\x01\x1F c"));
    check_string("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"",
                 SLICE("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"));
}

TEST(json_write_escapes_what_terminals_obey)
{
    check_string("\"~\\u007f\"", SLICE("~\x7F"));
    check_string("\"\\u0080\\u009b1m\\u009f\xC2\xA0\"", SLICE("\xC2\x80\xC2\x9B" "1m\xC2\x9F\xC2\xA0"));
}

TEST(json_write_replaces_bytes_that_are_not_utf8)
{
    check_string("\"a\xEF\xBF\xBD" "b\xEF\xBF\xBD\xEF\xBF\xBD\"", SLICE("a\xFF" "b\xE2\x82"));
    check_string("\"\xEF\xBF\xBD\xEF\xBF\xBD\"", SLICE("\xC0\x80"));
}

TEST(json_write_escapes_keys_too)
{
    struct json_writer writer = start(0);

    json_begin_map(&writer);
    json_member_slice(&writer, "a\"b", SLICE("c"));
    json_end_map(&writer);
    CHECK_TEXT("{\"a\\\"b\":\"c\"}", buf_slice(&out));
}

TEST(json_write_sticks_when_out_is_full)
{
    struct json_writer writer;
    struct err err;

    buf_init_fixed(&out, memory, 5);
    writer = json_writer_to(&out, 2);
    write_sample(&writer);
    CHECK_ERR(ERR_LIMIT, "output does not fit into 5 bytes of memory", buf_done(&out, &err), err);
}

TEST(json_write_is_read_back_by_json_parse)
{
    struct json_writer writer = start(4);
    const struct node *root;
    struct arena arena;
    struct err err;

    write_sample(&writer);
    arena_init_heap(&arena, 1 << 16);
    CHECK_OK(json_parse(buf_slice(&out), &arena, &root, &err), err);
    CHECK_NUMBER(13, root->span);
    arena_clear(&arena);
}

TEST(json_write_literal_is_a_value_like_others)
{
    struct json_writer writer = start(0);

    json_begin_list(&writer);
    json_literal(&writer, SLICE("-1.5e3"));
    json_literal(&writer, SLICE("null"));
    json_end_list(&writer);
    CHECK_TEXT("[-1.5e3,null]", buf_slice(&out));
}

TEST(json_write_null_for_an_empty_text)
{
    struct json_writer writer = start(0);

    json_begin_map(&writer);
    json_member_or_null(&writer, "a", slice_of(NULL, 0));
    json_member_or_null(&writer, "b", SLICE("x"));
    json_member_slice(&writer, "c", SLICE(""));
    json_end_map(&writer);
    CHECK_TEXT("{\"a\":null,\"b\":\"x\",\"c\":\"\"}", buf_slice(&out));
}

TEST(json_write_list_of_texts)
{
    static const char *const texts[] = {"a", "b\"", NULL};
    struct json_writer writer = start(0);

    json_begin_map(&writer);
    json_member_list(&writer, "none", NULL, 0);
    json_member_list(&writer, "some", texts, 3);
    json_end_map(&writer);
    CHECK_TEXT("{\"none\":[],\"some\":[\"a\",\"b\\\"\",null]}", buf_slice(&out));
}

/* Every code point, and every byte alone, comes back, or comes back replaced. */
TEST(json_write_round_trip_of_all_short_strings)
{
    for (unsigned byte = 1; byte < 256; byte++) {
        uint8_t text[3] = {'a', (uint8_t)byte, 'b'};
        struct json_writer writer = start(0);
        const struct node *root;
        struct arena arena;
        struct err err;

        json_string(&writer, slice_of(text, 3));
        arena_init_heap(&arena, 1 << 16);
        CHECK_OK(json_parse(buf_slice(&out), &arena, &root, &err), err);
        CHECK(byte >= 0x80 ? slice_is(node_text(root), "a\xEF\xBF\xBD" "b")
                           : slice_equal(node_text(root), slice_of(text, 3)));
        arena_clear(&arena);
    }
}
