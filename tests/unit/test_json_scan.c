#include <stdio.h>
#include <string.h>

#include "resolver/base/json_scan.h"
#include "resolver/base/node.h"
#include "tests/unit/test.h"

static bool is_json(struct slice text)
{
    struct json_shape shape;
    struct err err;

    return json_scan(test_guarded(text), &shape, &err) == ERR_OK;
}

static void check_refused(const char *want_msg, struct slice text, int line)
{
    struct json_shape shape = {9, 9};
    struct err err;
    enum err_code rc = json_scan(test_guarded(text), &shape, &err);

    test_check_err(ERR_FORMAT, want_msg, rc, &err, __FILE__, line);
    CHECK(shape.values == 0 && shape.escaped_bytes == 0);
}

#define REFUSES(want_msg, text) check_refused((want_msg), SLICE(text), __LINE__)

TEST(json_scan_accepts_each_kind_of_document)
{
    CHECK(is_json(SLICE("{}")));
    CHECK(is_json(SLICE("[]")));
    CHECK(is_json(SLICE("\"\"")));
    CHECK(is_json(SLICE("true")));
    CHECK(is_json(SLICE("false")));
    CHECK(is_json(SLICE("null")));
    CHECK(is_json(SLICE("0")));
    CHECK(is_json(SLICE(" \t\r\n{ \"a\" : [ 1 , { } , [ ] ] , \"b\" : null } \n")));
}

TEST(json_scan_counts_values_and_escaped_bytes)
{
    struct json_shape shape;
    struct err err;

    CHECK_OK(json_scan(SLICE("{\"a\": [1, true, \"x\\ny\"], \"\\u0041\": {}}"), &shape, &err), err);
    CHECK_NUMBER(8, shape.values);
    CHECK_NUMBER(4 + 6, shape.escaped_bytes);
}

TEST(json_scan_accepts_every_number)
{
    static const char *const numbers[] = {"0",    "-0",   "1",     "10",    "-12",     "0.5", "1.25",
                                          "0e0",  "1e5",  "1E+5",  "1e-05", "-0.0e-0", "9e99"};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        CHECK(is_json(slice_text(numbers[i])));
    }
}

TEST(json_scan_refuses_numbers_of_other_languages)
{
    static const char *const numbers[] = {"-",   "01",  "-01", "00",   "1.",  "-.5", "1.e5", "1e",
                                          "1e+", "0x1", "1_0", "1e5.", "--1", "1-",  "2a"};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char want[100];

        snprintf(want, sizeof want,
                 "line 1, column 1: have \"%s\", want a number as JSON writes them", numbers[i]);
        check_refused(want, slice_text(numbers[i]), __LINE__);
    }
    REFUSES("line 1, column 1: have \"+1\", want a value", "+1");
    REFUSES("line 1, column 1: have \".5\", want a value", ".5");
}

TEST(json_scan_refuses_words_that_are_no_literals)
{
    REFUSES("line 1, column 1: have \"True\", want a value", "True");
    REFUSES("line 1, column 1: have \"nul\", want a value", "nul");
    REFUSES("line 1, column 1: have \"truefalse\", want a value", "truefalse");
    REFUSES("line 1, column 1: have \"NaN\", want a value", "NaN");
    REFUSES("line 1, column 2: have \"Infinity\", want a value or \"]\"", "[Infinity]");
}

TEST(json_scan_accepts_all_escapes_and_utf8)
{
    CHECK(is_json(SLICE("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uABCD\\uabcd\"")));
    CHECK(is_json(SLICE("\"\\ud83d\\ude00 \\uDBFF\\uDFFF\"")));
    CHECK(is_json(SLICE("\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"")));
}

TEST(json_scan_refuses_bad_escapes)
{
    const char *want = "line 1, column 2: have \\x in a string, want \\\" \\\\ \\/ \\b \\f \\n \\r \\t, "
                       "or \\u and four digits";

    check_refused(want, SLICE("\"\\x\""), __LINE__);
    REFUSES("line 1, column 2: have \\u, want four hexadecimal digits after it", "\"\\u00g0\"");
    REFUSES("line 1, column 2: have \\u, want four hexadecimal digits after it", "\"\\u123\"");
    REFUSES("line 1, column 2: have \\u, want four hexadecimal digits after it", "\"\\u12");
    REFUSES("line 1, column 3: have \\ in a string, want \\\" \\\\ \\/ \\b \\f \\n \\r \\t, "
            "or \\u and four digits",
            "\"a\\");
    REFUSES("line 1, column 2: have \\\\x00 in a string, want \\\" \\\\ \\/ \\b \\f \\n \\r \\t, "
            "or \\u and four digits",
            "\"\\\0\"");
}

TEST(json_scan_refuses_the_character_nul)
{
    REFUSES("line 1, column 3: the character U+0000 is not allowed in a string", "\"a\\u0000\"");
    REFUSES("line 1, column 3: have the control character \\x00 in a string, want \\u0000",
            "\"a\0\"");
}

TEST(json_scan_refuses_halves_of_characters)
{
    REFUSES("line 1, column 2: \\ud83d is the first half of a character, want the second after it",
            "\"\\ud83d\"");
    REFUSES("line 1, column 2: \\udbff is the first half of a character, want the second after it",
            "\"\\uDBFF\\u0041\"");
    REFUSES("line 1, column 2: \\ud800 is the first half of a character, want the second after it",
            "\"\\ud800\\ud800\"");
    REFUSES("line 1, column 2: \\ud800 is the first half of a character, want the second after it",
            "\"\\ud800\\n\"");
    REFUSES("line 1, column 2: \\ud800 is the first half of a character, want the second after it",
            "\"\\ud800\\ue000\"");
    REFUSES("line 1, column 2: \\ud800 is the first half of a character, want the second after it",
            "\"\\ud800\\udc0");
    REFUSES("line 1, column 2: \\udc00 is the second half of a character, want the first before it",
            "\"\\udc00\"");
    REFUSES("line 1, column 8: \\udfff is the second half of a character, want the first before it",
            "\"\\u0041\\uDFFF\"");
}

TEST(json_scan_refuses_control_characters)
{
    REFUSES("line 1, column 3: have the control character \\x09 in a string, want \\u0009",
            "\"a\tb\"");
    REFUSES("line 1, column 13: have the control character \\x1f in a string, want \\u001f",
            "\"abcdefghijk\x1F lmnopqrst\"");
    REFUSES("line 1, column 1: have \"\\x00\", want a value", "\0");
    REFUSES("line 1, column 3: have \"\\x0b\", want nothing after the document", "1 \v");
}

TEST(json_scan_refuses_bytes_that_are_not_utf8)
{
    REFUSES("line 1, column 3: the byte \\xff is not UTF-8", "\"a\xFF\"");
    REFUSES("line 1, column 11: the byte \\xc3 is not UTF-8", "\"abcdefghi\xC3\"");
    REFUSES("line 1, column 2: the byte \\xed is not UTF-8", "\"\xED\xA0\x80\"");
    REFUSES("line 1, column 2: the byte \\xc0 is not UTF-8", "\"\xC0\x80\"");
    REFUSES("line 1, column 1: have \"\\xff\", want a value", "\xFF\xFE{");
    REFUSES("line 1, column 2: have \"\xC3\xA4\", want a value or \"]\"", "[\xC3\xA4]");
}

TEST(json_scan_refuses_strings_without_an_end)
{
    REFUSES("line 1, column 2: the string that begins here does not end before the document does",
            "[\"abc");
    REFUSES("line 1, column 1: the string that begins here does not end before the document does",
            "\"");
    REFUSES("line 2, column 6: the string that begins here does not end on its line",
            "{\"a\": 1,\n\"b\": \"abc,\n\"c\": 2}");
    REFUSES("line 1, column 1: the string that begins here does not end on its line", "\"a\r\n\"");
}

TEST(json_scan_refuses_special_bytes_at_every_offset)
{
    for (size_t at = 1; at < 30; at++) {
        char text[32];

        memset(text, 'a', sizeof text);
        text[0] = text[31] = '"';
        CHECK(is_json(slice_of(text, sizeof text)));
        text[at] = '\x1F';
        CHECK(!is_json(slice_of(text, sizeof text)));
        text[at] = '\x80';
        CHECK(!is_json(slice_of(text, sizeof text)));
        text[at] = '"';
        CHECK(!is_json(slice_of(text, sizeof text)));
        text[at] = '\\';
        CHECK(!is_json(slice_of(text, sizeof text)));
        text[at] = '\x7F';
        CHECK(is_json(slice_of(text, sizeof text)));
    }
}

TEST(json_scan_says_what_is_missing_at_the_end)
{
    REFUSES("line 1, column 1: the document is empty, want a value", "");
    REFUSES("line 2, column 1: the document ends here, want a value", " \n");
    REFUSES("line 1, column 2: the document ends here, want a value or \"]\"", "[");
    REFUSES("line 1, column 3: the document ends here, want \",\" or \"]\"", "[1");
    REFUSES("line 1, column 4: the document ends here, want a value", "[1,");
    REFUSES("line 1, column 2: the document ends here, want a key in double quotes or \"}\"", "{");
    REFUSES("line 1, column 5: the document ends here, want \":\"", "{\"a\"");
    REFUSES("line 1, column 6: the document ends here, want a value", "{\"a\":");
    REFUSES("line 1, column 7: the document ends here, want \",\" or \"}\"", "{\"a\":1");
    REFUSES("line 1, column 8: the document ends here, want a key in double quotes", "{\"a\":1,");
}

TEST(json_scan_says_what_stands_in_the_wrong_place)
{
    REFUSES("line 1, column 4: have \"2\", want \",\" or \"]\"", "[1 2]");
    REFUSES("line 1, column 6: have \"1\", want \":\"", "{\"a\" 1}");
    REFUSES("line 1, column 6: have \"=\", want \":\"", "{\"a\" = 1}");
    REFUSES("line 1, column 2: have \"csp\", want a key in double quotes or \"}\"", "{csp: 1}");
    REFUSES("line 1, column 2: have \"1\", want a key in double quotes or \"}\"", "{1: 1}");
    REFUSES("line 1, column 6: have \"}\", want a value", "{\"a\":}");
    REFUSES("line 1, column 2: have \",\", want a value or \"]\"", "[,1]");
    REFUSES("line 1, column 3: have \"}\", want \",\" or \"]\"", "[1}");
    REFUSES("line 1, column 7: have \"]\", want \",\" or \"}\"", "{\"a\":1]");
    REFUSES("line 1, column 7: have \":\", want \",\" or \"}\"", "{\"a\":1:2}");
    REFUSES("line 1, column 5: have \":\", want \",\" or \"]\"", "[\"a\":1]");
    REFUSES("line 1, column 1: have \"]\", want a value", "]");
    REFUSES("line 1, column 1: have \":\", want a value", ":");
}

TEST(json_scan_hints_at_what_other_formats_allow)
{
    REFUSES("line 1, column 4: have \"]\", want a value (no comma before the end)", "[1,]");
    REFUSES("line 1, column 9: have \"}\", want a key in double quotes (no comma before the end)",
            "{\"a\":1, }");
    REFUSES("line 2, column 1: have \"/\", want a value or \"]\" (JSON has no comments)",
            "[\n// a\n1]");
    REFUSES("line 1, column 3: have \"#\", want nothing after the document (JSON has no comments)",
            "1 # a");
    REFUSES("line 1, column 2: have \"'\", want a key in double quotes or \"}\" (JSON strings stand "
            "in double quotes)",
            "{'a': 1}");
}

TEST(json_scan_finds_the_missing_comma_of_the_first_specification)
{
    REFUSES("line 5, column 3: have \"\\\"\", want \",\" or \"}\"",
            "{\n  \"gcp\": {\n    \"sev-es\": \"gcp-image-123\"\n  }\n  \"qemu\": \"https://x\"\n}\n");
}

TEST(json_scan_refuses_what_follows_the_document)
{
    REFUSES("line 2, column 1: have \"{\", want nothing after the document", "{}\n{}");
    REFUSES("line 1, column 3: have \"}\", want nothing after the document", "{}}");
    REFUSES("line 1, column 3: have \",\", want nothing after the document", "{},");
    REFUSES("line 1, column 3: have \"\\x00\", want nothing after the document", "{}\0");
}

TEST(json_scan_refuses_a_byte_order_mark)
{
    REFUSES("line 1, column 1: have a byte order mark, want the document without one",
            "\xEF\xBB\xBF{}");
}

TEST(json_scan_limits_depth)
{
    char text[2 * NODE_DEPTH_MAX + 2];

    memset(text, '[', NODE_DEPTH_MAX);
    memset(text + NODE_DEPTH_MAX, ']', NODE_DEPTH_MAX);
    CHECK(is_json(slice_of(text, 2 * NODE_DEPTH_MAX)));
    memset(text, '[', NODE_DEPTH_MAX + 1);
    check_refused("line 1, column 33: more than 32 lists and maps within each other",
                  slice_of(text, NODE_DEPTH_MAX + 1), __LINE__);
}

TEST(json_scan_limits_size)
{
    struct json_shape shape;
    struct err err;

    /* Not a byte of it is read. */
    CHECK_ERR(ERR_LIMIT, "the document has 1073741824 bytes, at most 1073741823 are read",
              json_scan(slice_of("", JSON_SIZE_MAX), &shape, &err), err);
}

TEST(json_scan_never_reads_past_any_cut)
{
    static const char text[] = "{\"a\\u0041\\ud83d\\ude00\": [-1.5e+3, true, null, \"\xE2\x82\xAC\"]}";

    for (size_t len = 0; len < sizeof text - 1; len++)
        CHECK(!is_json(slice_of(text, len)));
    CHECK(is_json(slice_of(text, sizeof text - 1)));
}
