#include "resolver/source/part_state.h"

#include <string.h>

#include "tests/unit/test.h"

static uint8_t text[PART_STATE_MAX];

static struct slice format(const struct part_state *state)
{
    struct buf buf;
    struct err err;

    buf_init_fixed(&buf, text, sizeof text);
    part_state_format(state, &buf);
    CHECK_OK(buf_done(&buf, &err), err);
    return buf_slice(&buf);
}

static struct part_state example(void)
{
    struct part_state state;

    part_state_init(&state, SLICE("https://h/i.raw?sig=secret"));
    memcpy(state.validator, "\"a\\b\"", 6);
    state.has_size = true;
    state.size = 5000000000;
    state.mark = (struct part_mark){.length = 4294967296, .inode = UINT64_MAX};
    memset(state.mark.sample, 0xAB, SHA256_SIZE);
    return state;
}

TEST(part_state_is_read_as_it_was_written)
{
    struct part_state state = example(), read;
    struct err err;

    CHECK_OK(part_state_parse(test_guarded(format(&state)), &read, &err), err);
    CHECK(memcmp(&state, &read, sizeof state) == 0);
    state.has_size = false;
    state.size = 0;
    state.validator[0] = '\0';
    memset(state.validator, 0, sizeof state.validator);
    CHECK_OK(part_state_parse(format(&state), &read, &err), err);
    CHECK(memcmp(&state, &read, sizeof state) == 0);
}

TEST(part_state_does_not_keep_the_query)
{
    struct part_state state = example();
    struct slice json = format(&state);

    CHECK_TEXT("https://h/i.raw", slice_text(state.url));
    for (size_t i = 0; i < json.len; i++)
        CHECK(!slice_begins(slice_part(json, i, json.len), "secret"));
}

TEST(part_state_of_the_longest_url_fits)
{
    char url[URL_MAX + 10];
    struct part_state state, read;
    struct err err;

    memset(url, 'a', sizeof url);
    part_state_init(&state, slice_of(url, sizeof url));
    CHECK_NUMBER(URL_MAX, strlen(state.url));
    memset(state.validator, '"', HTTP_VALIDATOR_MAX);
    CHECK_OK(part_state_parse(format(&state), &read, &err), err);
    CHECK(memcmp(&state, &read, sizeof state) == 0);
}

TEST(part_state_fits_the_same_object)
{
    struct part_state tag = example(), date = example(), same, other_query, other;

    memcpy(date.validator, "Sun, 06 Nov 1994 08:49:37 GMT", 30);
    part_state_init(&same, SLICE("https://h/i.raw?sig=secret"));
    part_state_init(&other_query, SLICE("https://h/i.raw?sig=later"));
    part_state_init(&other, SLICE("https://h/j.raw?sig=secret"));
    CHECK(part_state_fits(&tag, &same));
    CHECK(part_state_fits(&tag, &other_query));
    CHECK(!part_state_fits(&tag, &other));
    CHECK(part_state_fits(&date, &same));
    CHECK(!part_state_fits(&date, &other_query));
}

#define DIGEST "abababababababababababababababababababababababababababababababab"
#define STATE(url, url_digest, validator, size, done, digest)                                  \
    "{\"url\":" url ",\"urlSha256\":" url_digest ",\"validator\":" validator ",\"size\":" size \
    ",\"done\":" done ",\"inode\":\"7\",\"sampleSha256\":" digest "}"

TEST(part_state_refuses)
{
    static const char *const cases[][2] = {
        {"", "line 1, column 1: nothing where a value must stand"},
        {"[]", "url: missing, or no string of at most 8192 bytes"},
        {STATE("1", "\"" DIGEST "\"", "\"\"", "\"1\"", "\"1\"", "\"" DIGEST "\""),
         "url: missing, or no string of at most 8192 bytes"},
        {STATE("\"u\"", "\"ab\"", "\"\"", "\"1\"", "\"1\"", "\"" DIGEST "\""),
         "urlSha256: not a SHA-256"},
        {STATE("\"u\"", "\"" DIGEST "0\"", "\"\"", "\"1\"", "\"1\"", "\"" DIGEST "\""),
         "urlSha256: missing, or no string of at most 64 bytes"},
        {STATE("\"u\"", "\"" DIGEST "\"", "null", "\"1\"", "\"1\"", "\"" DIGEST "\""),
         "validator: missing, or no string of at most 256 bytes"},
        {STATE("\"u\"", "\"" DIGEST "\"", "\"a\\r\\nX: y\"", "\"1\"", "\"1\"", "\"" DIGEST "\""),
         "validator: a control character"},
        {STATE("\"u\"", "\"" DIGEST "\"", "\"\"", "\"-1\"", "\"1\"", "\"" DIGEST "\""),
         "size: not a number"},
        {STATE("\"u\"", "\"" DIGEST "\"", "\"\"", "7", "\"1\"", "\"" DIGEST "\""),
         "size: missing, or no string of at most 23 bytes"},
        {STATE("\"u\"", "\"" DIGEST "\"", "\"\"", "\"1\"", "\"9223372036854775808\"",
               "\"" DIGEST "\""),
         "done: not a number"},
        {STATE("\"u\"", "\"" DIGEST "\"", "\"\"", "\"1\"", "\"2\"", "\"" DIGEST "\""),
         "done: more than size"},
        {STATE("\"u\"", "\"" DIGEST "\"", "\"\"", "\"1\"", "\"1\"", "\"xyz\""),
         "sampleSha256: not a SHA-256"},
        {"{\"url\":\"u\",\"urlSha256\":\"" DIGEST
         "\",\"validator\":\"\",\"size\":\"1\",\"done\":\"1\","
         "\"inode\":\"18446744073709551616\",\"sampleSha256\":\"" DIGEST "\"}",
         "inode: not a number"},
    };
    struct part_state state;
    struct err err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        state.mark.length = 1;
        CHECK_ERR(ERR_FORMAT, i ? cases[i][1] : NULL,
                  part_state_parse(slice_text(cases[i][0]), &state, &err), err);
        CHECK(state.mark.length == 0 && *state.url == '\0');
    }
    CHECK_OK(part_state_parse(
                 SLICE(STATE("\"u\"", "\"" DIGEST "\"", "\"\"", "null", "\"1\"", "\"" DIGEST "\"")),
                 &state, &err),
             err);
}
