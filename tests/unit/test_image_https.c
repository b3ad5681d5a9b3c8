#include "bundle/pack/image_https.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

#define WHOLE(tag) "HTTP/1.1 200 OK\r\nETag: \"" tag "\"\r\nContent-Length: 10\r\n\r\n"
#define NO_TAG "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
#define REST(range, length)                                       \
    "HTTP/1.1 206 Part\r\nETag: \"t\"\r\nContent-Length: " length \
    "\r\nContent-Range: bytes " range "\r\n\r\n"

static struct script script;
static struct err err;

/* Opens and reads the object in pieces of three bytes; *text is what came. */
static enum err_code run_lines(const struct script_line *lines, size_t count, char text[16])
{
    struct fetch *fetch = script_fetch(&script, lines, count);
    struct image_https *https;
    struct arena arena;
    enum err_code rc;

    memset(text, 0, 16);
    arena_init_heap(&arena, (size_t)8 << 20);
    rc = image_https_open(fetch, "http://h/i", &arena, &https, &err);
    if (rc == ERR_OK && https) {
        const struct image image = image_https_image(https);

        CHECK_NUMBER(10, image.size);
        CHECK(image_https_is_cleartext(https));
        for (uint64_t at = 0; at < image.size && rc == ERR_OK; at += 3)
            rc = image.read(image.ctx, at, (uint8_t *)text + at, image.size - at < 3 ? 1 : 3, &err);
    }
    image_https_close(&https);
    CHECK(https == NULL);
    fetch_free(&fetch);
    arena_clear(&arena);
    CHECK_NUMBER(count, script.line);
    CHECK_NUMBER(0, script.open);
    return rc;
}

#define RUN(lines) run_lines((lines), sizeof(lines) / sizeof(lines)[0], text)
#define PROBED {SCRIPT_CLOSE, {WHOLE("t")}}

TEST(image_https_reads_all_of_it)
{
    static const struct script_line lines[] = {PROBED, {SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    char text[16];

    CHECK_OK(RUN(lines), err);
    CHECK_TEXT("0123456789", slice_text(text));
    CHECK_NUMBER(0, script_count(&script.record, "Range:"));
}

TEST(image_https_goes_on_after_a_break)
{
    static const struct script_line lines[] = {PROBED,
                                               {SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                               {SCRIPT_CLOSE, {REST("4-9/10", "6") "456789"}}};
    char text[16];

    CHECK_OK(RUN(lines), err);
    CHECK_TEXT("0123456789", slice_text(text));
    CHECK_NUMBER(1, script_count(&script.record, "Range: bytes=4-\r\nIf-Range: \"t\"\r\n"));
}

TEST(image_https_passes_over_what_a_server_without_ranges_sends_again)
{
    static const struct script_line lines[] = {PROBED,
                                               {SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                               {SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    char text[16];

    CHECK_OK(RUN(lines), err);
    CHECK_TEXT("0123456789", slice_text(text));
}

TEST(image_https_refuses_an_object_that_changes)
{
    static const struct script_line whole[] = {PROBED,
                                               {SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                               {SCRIPT_CLOSE, {WHOLE("u") "abcdefghij"}}};
    static const struct script_line longer[] = {
        PROBED, {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a"}}};
    static const struct script_line part[] = {PROBED,
                                              {SCRIPT_CLOSE, {WHOLE("t") "0123"}},
                                              {SCRIPT_CLOSE, {REST("5-9/10", "5") "56789"}}};
    char text[16];

    CHECK_ERR(ERR_IO, "http://h/i: after 2 tries: the server's object has changed after 4 of 10 bytes",
              RUN(whole), err);
    CHECK_ERR(ERR_IO, "http://h/i: the server's object has changed after 0 of 10 bytes",
              RUN(longer), err);
    CHECK_ERR(ERR_IO, "http://h/i: after 2 tries: the server sends another part than was asked for",
              RUN(part), err);
}

TEST(image_https_cannot_go_on_without_a_validator)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {NO_TAG}},
                                               {SCRIPT_CLOSE, {NO_TAG "0123"}}};
    char text[16];

    CHECK_ERR(ERR_IO, NULL, RUN(lines), err);
    CHECK(strstr(err.msg, "after 4 bytes, and the server gives no strong ETag"));
    CHECK(strstr(err.msg, "resolve --download"));
}

TEST(image_https_wants_a_size_and_an_answer)
{
    static const struct script_line chunked[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}}};
    static const struct script_line gone[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"}}};
    static const struct script_line absent[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}}};
    char text[16];

    CHECK_ERR(ERR_IO,
              "http://h/i: the server does not say how long it is: get it with resolve --download "
              "first, then give it with --image",
              RUN(chunked), err);
    CHECK_ERR(ERR_IO, "http://h/i: the server answers 410 Gone", RUN(gone), err);
    CHECK_OK(RUN(absent), err);
    CHECK_TEXT("", slice_text(text));
}

TEST(image_https_ends_its_thread_when_nobody_reads_on)
{
    static const struct script_line lines[] = {PROBED, {SCRIPT_CLOSE, {WHOLE("t") "0123456789"}}};
    struct fetch *fetch = script_fetch(&script, lines, 2);
    struct image_https *https;
    struct arena arena;
    struct image image;
    uint8_t byte;

    arena_init_heap(&arena, (size_t)8 << 20);
    CHECK_OK(image_https_open(fetch, "http://h/i", &arena, &https, &err), err);
    image = image_https_image(https);
    CHECK_OK(image.read(image.ctx, 0, &byte, 1, &err), err);
    CHECK_ERR(ERR_BUG, "a stream is read out of order", image.read(image.ctx, 5, &byte, 1, &err),
              err);
    image_https_close(&https);
    image_https_close(&https);
    fetch_free(&fetch);
    arena_clear(&arena);
}
