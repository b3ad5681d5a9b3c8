#include "resolver/base/yaml_locate.h"

#include <string.h>

#include "tests/unit/test.h"

static const char *const path[] = {"a", "b", "c"};

struct place {
    struct yaml_span value, parent;
};

static struct place locate(const char *text, size_t path_len)
{
    struct place place;
    struct err err;

    memset(&place, 0xA5, sizeof place);
    CHECK_OK(yaml_locate(test_guarded(slice_text(text)), path, path_len, &place.value,
                         &place.parent, &err),
             err);
    return place;
}

/* The value at a.b.c: its text, style and column. */
static const struct {
    const char *text;
    enum yaml_style style, parent_style;
    const char *value;
    size_t column, parent_column;
} found[] = {
    {"a: {b: {c: x}}", YAML_SCALAR, YAML_FLOW, "x", 11, 7},
    {"a: {b: {c: 'x y' }}", YAML_SCALAR, YAML_FLOW, "'x y'", 11, 7},
    {"a: {b: {c: [1, {d: 2}] }}", YAML_FLOW, YAML_FLOW, "[1, {d: 2}]", 11, 7},
    {"a: {b: {c: {d: {}}}}", YAML_FLOW, YAML_FLOW, "{d: {}}", 11, 7},
    {"a: {z: {c: 1}, b: {y: {c: 2}, c: {}}}", YAML_FLOW, YAML_FLOW, "{}", 33, 18},
    {"a:\n  b:\n    c:\n      d: 1\n      e: 2\n    f: 3\n", YAML_BLOCK, YAML_BLOCK,
     "d: 1\n      e: 2", 6, 4},
    {"a:\r\n  b:\r\n    c:\r\n      d: 1\r\n    f: 3\r\n", YAML_BLOCK, YAML_BLOCK, "d: 1", 6, 4},
    {"a:\n b:\n  c:\n   d:\n    e: 1\n   # end\n\n", YAML_BLOCK, YAML_BLOCK, "d:\n    e: 1", 3, 2},
    {"a:\n b:\n  c:\n  - 1\n  - 2 # two\n  d: 3", YAML_BLOCK, YAML_BLOCK, "- 1\n  - 2", 2, 2},
    {"a:\n b:\n  c:\n  - {e: 1}\n  -\n  d: 3", YAML_BLOCK, YAML_BLOCK, "- {e: 1}\n  -", 2, 2},
    {"a:\n b:\n  c:\n    d:\n    e:\n  d: 3", YAML_BLOCK, YAML_BLOCK, "d:\n    e:", 4, 2},
    {"a:\n b:\n  c:\n    ? d\n  f: 3", YAML_BLOCK, YAML_BLOCK, "? d", 4, 2},
    {"a:\n b:\n  c: x # not this\n", YAML_SCALAR, YAML_BLOCK, "x", 5, 2},
    {"a:\n b:\n  c: x\n   y\n  d: 1\n", YAML_SCALAR, YAML_BLOCK, "x\n   y", 5, 2},
    {"a:\n b:\n  c: |\n   x\n\n  d: 1\n", YAML_SCALAR, YAML_BLOCK, "|\n   x", 5, 2},
    {"a:\n b:\n  c:\n   d: >+\n    x\n\n  e: 1\n", YAML_BLOCK, YAML_BLOCK, "d: >+\n    x", 3, 2},
    {"a:\n b:\n  c: ''\n", YAML_SCALAR, YAML_BLOCK, "''", 5, 2},
    {"a:\n b:\n  'c': 1\n", YAML_SCALAR, YAML_BLOCK, "1", 7, 2},
    {"# \xC3\xA9\xE6\xBC\xA2\na: {b: {\xF0\x9F\x98\x80: \xC3\xA9, c: \xE6\xBC\xA2}}", YAML_SCALAR,
     YAML_FLOW, "\xE6\xBC\xA2", 17, 7},
    {"\xC3\xA9: \xC3\xA9\na:\n  b:\n    c:\n      \xC3\xA9: \xC3\xA9\n    d: 1\n", YAML_BLOCK,
     YAML_BLOCK, "\xC3\xA9: \xC3\xA9", 6, 4},
    {"--- # start\na: {b: {c: 1}}\n...\n", YAML_SCALAR, YAML_FLOW, "1", 11, 7},
};

TEST(yaml_locate_finds_values)
{
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        struct place place = locate(found[i].text, 3);
        struct yaml_span *value = &place.value;

        CHECK(value->is_found && place.parent.is_found);
        CHECK_TEXT(found[i].value,
                   slice_part(slice_text(found[i].text), value->begin, value->end - value->begin));
        CHECK_NUMBER(found[i].style, value->style);
        CHECK_NUMBER(found[i].column, value->column);
        CHECK_NUMBER(found[i].parent_style, place.parent.style);
        CHECK_NUMBER(found[i].parent_column, place.parent.column);
    }
}

/* Empty values: what stands before and after the place. */
static const struct {
    const char *text, *before;
} empty[] = {
    {"a:\n b:\n  c:\n", "a:\n b:\n  c:"},
    {"a:\n b:\n  c:", "a:\n b:\n  c:"},
    {"a:\n b:\n  c:   # later\n  d: 1\n", "a:\n b:\n  c:"},
    {"a:\n b:\n  c :\n  d: 1\n", "a:\n b:\n  c :"},
    {"a: {b: {c: }}", "a: {b: {c:"},
    {"a: {b: {c:\n , d: 1}}", "a: {b: {c:"},
    {"a: {b: {\"c\":}}", "a: {b: {\"c\":"},
    {"a:\n b:\n  ? c # :\n  : # d\n", "a:\n b:\n  ? c # :\n  :"},
    {"a: {b: {c}}", "a: {b: {c"},
    {"a: {b: {c, d: 1}}", "a: {b: {c"},
    {"a: {b: {c # :\n}}", "a: {b: {c"},
    {"a:\n b:\n  ? c # :\n  ? d\n  : 1\n", "a:\n b:\n  ? c"},
};

TEST(yaml_locate_finds_empty_values)
{
    for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++) {
        struct place place = locate(empty[i].text, 3);

        CHECK(place.value.is_found);
        CHECK_NUMBER(YAML_SCALAR, place.value.style);
        CHECK_NUMBER(place.value.begin, place.value.end);
        CHECK_TEXT(empty[i].before, slice_part(slice_text(empty[i].text), 0, place.value.begin));
    }
}

TEST(yaml_locate_finds_the_map_that_lacks_the_key)
{
    struct place place = locate("x: 1\na:\n  b: # c\n    d: 1\n", 3);

    CHECK(!place.value.is_found);
    CHECK(place.parent.is_found);
    CHECK_NUMBER(YAML_BLOCK, place.parent.style);
    CHECK_NUMBER(21, place.parent.begin);
    CHECK_NUMBER(4, place.parent.column);
    place = locate("a: {b: {}}", 3);
    CHECK(!place.value.is_found);
    CHECK_NUMBER(YAML_FLOW, place.parent.style);
    CHECK_NUMBER(7, place.parent.begin);
}

TEST(yaml_locate_says_what_is_not_there)
{
    static const char *const texts[] = {
        "",
        "x",
        "- a",
        "[a, {b: c}]",
        "a: b",
        "a:\n",
        "a: {}",
        "b: {c: 1}",
        "a: {c: {b: 1}}",
        "a: {b: }",
        "a: {b: c}",
        "a: {b: [c]}",
        "x: {a: {b: {c: 1}}}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct place place = locate(texts[i], 3);

        CHECK(!place.value.is_found && !place.parent.is_found);
        CHECK(place.value.begin == 0 && place.value.end == 0);
    }
}

TEST(yaml_locate_on_shorter_paths)
{
    struct place place = locate("x: y\na: {b: 1}\n", 1);

    CHECK_NUMBER(8, place.value.begin);
    CHECK_NUMBER(14, place.value.end);
    CHECK_NUMBER(YAML_BLOCK, place.parent.style);
    CHECK_NUMBER(0, place.parent.begin);
    place = locate("a: {b: 1}", 2);
    CHECK_NUMBER(7, place.value.begin);
    CHECK_NUMBER(3, place.parent.begin);
}

TEST(yaml_locate_refuses_what_is_not_yaml)
{
    struct place place;
    struct err err;

    memset(&place, 0xA5, sizeof place);
    CHECK_ERR(ERR_FORMAT, "line 2: not YAML",
              yaml_locate(SLICE("x: 1\na: {b: ]\n"), path, 3, &place.value, &place.parent, &err),
              err);
    CHECK(!place.value.is_found && !place.parent.is_found);
    CHECK(place.value.end == 0 && place.parent.begin == 0);
}
