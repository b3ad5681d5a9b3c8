/* The members that answers have in common. */
#include "resolver/cli/answer.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static struct source source;
static struct origin origin;

static void begin(const char *base, const char *name)
{
    memset(&origin, 0, sizeof origin);
    source = (struct source){.base = base};
    origin.source = &source;
    strncat(origin.name, name, sizeof origin.name - 1);
}

static void check_location(const char *want)
{
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    CHECK_TEXT(want, slice_text(answer_location(&origin, &arena, &err)));
    arena_clear(&arena);
}

TEST(answer_says_where_it_comes_from)
{
    begin("https://cdn.example/x", "images/v2.2.0.json");
    check_location("https://cdn.example/x/images/v2.2.0.json");
    CHECK_TEXT("repository", slice_text(answer_source(&origin)));
    begin("/", "v2.2.0.json");
    check_location("/v2.2.0.json");
    origin.is_local = true;
    CHECK_TEXT("local-file", slice_text(answer_source(&origin)));
    begin("a\nb", "v2.2.0.json");
    check_location("a\nb/v2.2.0.json"); /* for JSON, which escapes */
    CHECK_TEXT("a\\x0ab/v2.2.0.json", slice_text(answer_quoted(&origin).text));
}

/* A folder as long as it likes, and the longest name. */
TEST(answer_quoted_keeps_the_name)
{
    static char base[10000], name[LAYOUT_NAME_MAX];
    struct quoted_location location;

    memset(base, 'b', sizeof base - 1);
    memset(name, 'n', sizeof name - 1);
    begin(base, name);
    location = answer_quoted(&origin);
    CHECK(slice_begins(slice_text(location.text), "bbb"));
    CHECK(slice_ends(slice_text(location.text), name));
}

static void check_json(const char *want, const struct verified *verified)
{
    char text[512];
    struct json_writer json;
    struct buf out;

    buf_init_fixed(&out, text, sizeof text);
    json = json_writer_to(&out, 0);
    json_begin_map(&json);
    answer_origin(&json, &origin, "here", verified);
    json_end_map(&json);
    CHECK_TEXT(want, buf_slice(&out));
}

TEST(answer_says_who_signed)
{
    struct key a = {.name = "a.pub"}, b = {.name = "b,\".pub"};
    struct verified verified = {.signers = {&a, &b}};
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    begin("x", "y");
    check_json("{\"source\":\"repository\",\"location\":\"here\",\"cleartext\":false,"
               "\"signedBy\":null}",
               &verified);
    CHECK_TEXT("", slice_text(answer_signers_text(&verified, &arena, &err)));
    verified.signer_count = 2;
    source.is_cleartext = true;
    check_json("{\"source\":\"repository\",\"location\":\"here\",\"cleartext\":true,"
               "\"signedBy\":[\"a.pub\",\"b,\\\".pub\"]}",
               &verified);
    CHECK_TEXT("a.pub,b,\".pub", slice_text(answer_signers_text(&verified, &arena, &err)));
    arena_clear(&arena);
}

TEST(answer_needs_memory)
{
    struct key key = {.name = "a-name-that-is-not-short.pub"};
    struct verified verified = {.signers = {&key}, .signer_count = 1};
    unsigned char little[8];
    struct arena arena;
    struct err err;

    begin("https://cdn.example", "v2.2.0.json");
    arena_init_fixed(&arena, little, sizeof little);
    CHECK(answer_location(&origin, &arena, &err) == NULL && err.code == ERR_LIMIT);
    CHECK(answer_signers_text(&verified, &arena, &err) == NULL && err.code == ERR_LIMIT);
}
