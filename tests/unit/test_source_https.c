#include "resolver/source/source_https.h"

#include "resolver/base/heap.h"
#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

static struct script script;
static struct source_https https;
static struct err err;

TEST(source_https_answers)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE,
         {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
          "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno",
          "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"}}};
    static const enum source_answer answers[] = {SOURCE_FOUND, SOURCE_ABSENT, SOURCE_FORBIDDEN};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);
    struct arena arena;

    arena_init_heap(&arena, 100000);
    CHECK_OK(source_https_open("https://h/r/", fetch, &https, &err), err);
    CHECK_TEXT("https://h/r/", slice_text(https.source.base));
    CHECK(!https.source.is_cleartext && !https.source.list);
    for (size_t i = 0; i < 3; i++) {
        enum source_answer answer;
        struct slice bytes = SLICE("before");

        CHECK_OK(https.source.get(https.source.ctx, "images/v2.2.0.json", 100, &arena, &answer,
                                  &bytes, &err),
                 err);
        CHECK_NUMBER(answers[i], answer);
        CHECK_TEXT(i == 0 ? "ok" : "", bytes);
    }
    CHECK_NUMBER(3, script_count(&script.record, "GET /r/images/v2.2.0.json HTTP/1.1\r\n"));
    CHECK_NUMBER(1, script_count(&script.record, "[TLS h]"));
    arena_clear(&arena);
    fetch_free(&fetch);
}

TEST(source_https_fails_with_url_and_reason)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE,
         {"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);
    struct arena arena;
    enum source_answer answer = SOURCE_FOUND;
    struct slice bytes = SLICE("before");

    arena_init_heap(&arena, 100000);
    CHECK_OK(source_https_open("http://h", fetch, &https, &err), err);
    CHECK(https.source.is_cleartext);
    CHECK_ERR(ERR_IO, "http://h/a: the server answers 410 Gone",
              https.source.get(&https, "a", 100, &arena, &answer, &bytes, &err), err);
    CHECK_NUMBER(0, bytes.len);
    CHECK(answer != SOURCE_FOUND);
    CHECK_ERR(ERR_LIMIT, "http://h/a: larger than 100 bytes",
              https.source.get(&https, "a", 100, &arena, &answer, &bytes, &err), err);
    CHECK_ERR(ERR_FORMAT, "http://h: a document name with an empty, \".\" or \"..\" segment",
              https.source.get(&https, "a/../b", 100, &arena, &answer, &bytes, &err), err);
    arena_clear(&arena);
    fetch_free(&fetch);
}

TEST(source_https_refuses_bases)
{
    CHECK_ERR(ERR_FORMAT, "\"ftp://h/\": scheme \"ftp\": only http and https are supported",
              source_https_open("ftp://h/", NULL, &https, &err), err);
    CHECK(https.source.get == NULL);
    CHECK_ERR(ERR_FORMAT, "http://h/x?...: a base URL has no query (\"?\")",
              source_https_open("http://h/x?y", NULL, &https, &err), err);
    CHECK(https.source.get == NULL);
}
