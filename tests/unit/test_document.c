#include "resolver/net/document.h"

#include "resolver/base/heap.h"
#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define CHUNKED_4 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"

static struct script script;
static struct err err;
static struct slice bytes;
static struct fetch_result result;

static enum err_code get(const char *const *replies, size_t count, size_t max_bytes,
                         struct arena *arena)
{
    struct script_line lines[4];
    struct fetch *fetch;
    enum err_code rc;

    for (size_t i = 0; i < count; i++)
        lines[i] = (struct script_line){SCRIPT_CLOSE, {replies[i]}};
    fetch = script_fetch(&script, lines, count);
    bytes = SLICE("before");
    rc = document_fetch(fetch, SLICE("http://h/d"), max_bytes, arena, &result, &bytes, &err);
    fetch_free(&fetch);
    return rc;
}

TEST(document_comes_into_the_arena)
{
    struct arena arena;

    arena_init_heap(&arena, 100000);
    CHECK_OK(get((const char *const[]){OK_2}, 1, 2, &arena), err);
    CHECK_TEXT("ok", bytes);
    CHECK_OK(get((const char *const[]){CHUNKED_4}, 1, 4, &arena), err);
    CHECK_TEXT("abcd", bytes);
    CHECK_OK(
        get((const char *const[]){"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, 1, 0, &arena),
        err);
    CHECK_NUMBER(200, result.status);
    CHECK_NUMBER(0, bytes.len);
    arena_clear(&arena);
}

TEST(document_larger_than_its_cap_is_refused)
{
    struct arena arena;

    arena_init_heap(&arena, 100000);
    CHECK_ERR(ERR_LIMIT, "http://h/d: larger than 1 bytes",
              get((const char *const[]){OK_2}, 1, 1, &arena), err);
    CHECK_NUMBER(0, bytes.len);
    CHECK_ERR(ERR_LIMIT, "http://h/d: larger than 3 bytes",
              get((const char *const[]){CHUNKED_4}, 1, 3, &arena), err);
    CHECK_ERR(ERR_LIMIT, "http://h/d: larger than 3 bytes",
              get((const char *const[]){"HTTP/1.1 200 OK\r\n\r\nabcd"}, 1, 3, &arena), err);
    arena_clear(&arena);
}

TEST(document_begins_anew_when_it_is_tried_again)
{
    struct arena arena;

    arena_init_heap(&arena, 100000);
    CHECK_OK(get((const char *const[]){"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", OK_2}, 2,
                 3, &arena),
             err);
    CHECK_TEXT("ok", bytes);
    arena_clear(&arena);
}

TEST(document_with_another_status_is_empty)
{
    struct arena arena;

    arena_init_heap(&arena, 100000);
    CHECK_OK(
        get((const char *const[]){"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"}, 1, 10, &arena),
        err);
    CHECK_NUMBER(404, result.status);
    CHECK_NUMBER(0, bytes.len);
    CHECK_OK(get((const char *const[]){"HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\nno"}, 1, 10,
                 &arena),
             err);
    CHECK_NUMBER(206, result.status);
    CHECK_NUMBER(0, bytes.len);
    arena_clear(&arena);
}

TEST(document_that_does_not_fit_the_arena_is_refused)
{
    struct arena arena;
    uint8_t memory[1];

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(get((const char *const[]){OK_2}, 1, 10, &arena) == ERR_LIMIT);
    CHECK(slice_begins(slice_text(err.msg), "http://h/d: "));
    CHECK_NUMBER(0, bytes.len);
}
