#include "resolver/net/http_chunked.h"

#include <string.h>

#include "resolver/base/buf.h"
#include "tests/unit/test.h"

static char payload[70000];
static size_t payload_len;
static struct http_chunked chunked;
static struct err err;

/* Decodes input given in pieces of that size. *left is what remains once the body is done. */
static enum err_code decode(struct slice input, size_t piece, size_t *left)
{
    http_chunked_init(&chunked);
    payload_len = 0;
    while (input.len && chunked.state != CHUNKED_DONE) {
        struct slice in = slice_part(input, 0, piece), out;
        size_t before = in.len;

        if (http_chunked_decode(&chunked, &in, &out, &err)) {
            CHECK(out.len == 0);
            return err.code;
        }
        if (out.len)
            memcpy(payload + payload_len, out.ptr, out.len);
        payload_len += out.len;
        CHECK(in.len < before);
        input = slice_part(input, before - in.len, input.len);
    }
    *left = input.len;
    return ERR_OK;
}

TEST(http_chunked_decodes_whatever_the_pieces)
{
    struct slice body = test_guarded(SLICE("5\r\nhello\r\n6;name=\"va;lue\"\r\n world\r\n"
                                           "00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT"));
    size_t left;

    for (size_t piece = 1; piece <= body.len; piece++) {
        CHECK_OK(decode(body, piece, &left), err);
        CHECK(chunked.state == CHUNKED_DONE);
        CHECK_TEXT("hello world0123456789", slice_of(payload, payload_len));
        CHECK_NUMBER(4, left);
    }
}

TEST(http_chunked_knows_when_it_is_not_done)
{
    static const char whole[] = "5\r\nhello\r\n0\r\n\r\n";
    size_t left;

    for (size_t len = 0; len < sizeof whole - 1; len++) {
        CHECK_OK(decode(test_guarded(slice_of(whole, len)), 3, &left), err);
        CHECK(chunked.state != CHUNKED_DONE);
    }
}

TEST(http_chunked_takes_sizes_of_fifteen_digits)
{
    size_t left;

    CHECK_OK(decode(SLICE("fffffffffffffff\r\nabc"), 100, &left), err);
    CHECK_NUMBER(0xffffffffffffffc, chunked.left);
    CHECK_OK(decode(SLICE("FFffFFffFFffFFf\r\nabc"), 1, &left), err);
    CHECK_NUMBER(0xffffffffffffffc, chunked.left);
}

TEST(http_chunked_refuses)
{
    static const struct {
        const char *body, *message;
    } cases[] = {
        {"\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {";x\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"x\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"-1\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"+1\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {" 5\r\nhello\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"5 \r\nhello\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"5\nhello\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"0x5\r\nhello\r\n", "chunked body: a chunk size that is no hexadecimal number"},
        {"0000000000000005\r\nhello\r\n", "chunked body: a chunk size of more than 15 digits"},
        {"ffffffffffffffff\r\n", "chunked body: a chunk size of more than 15 digits"},
        {"5\r\rhello", "chunked body: no CR LF where a line ends"},
        {"5;a\nhello", "chunked body: a control character after a chunk size"},
        {"5;a\x01\r\nhello", "chunked body: a control character after a chunk size"},
        {"5\r\nhelloworld", "chunked body: no CR LF where a chunk ends"},
        {"5\r\nhello\n0\r\n", "chunked body: no CR LF where a chunk ends"},
        {"5\r\nhello\r0\r\n", "chunked body: no CR LF where a chunk ends"},
        {"0\r\nA: b\rC: d\r\n\r\n", "chunked body: no CR LF where a line ends"},
        {"0\r\nA: b\n\r\n", "chunked body: a control character in a trailer"},
        {"0\r\n\n", "chunked body: a control character in a trailer"},
        {"0\r\n\rx", "chunked body: no CR LF where a line ends"},
    };
    size_t left;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct slice body = test_guarded(slice_text(cases[i].body));

        CHECK_ERR(ERR_FORMAT, cases[i].message, decode(body, 1, &left), err);
        CHECK_ERR(ERR_FORMAT, cases[i].message, decode(body, 100, &left), err);
    }
}

TEST(http_chunked_refuses_long_lines_and_trailers)
{
    static char body[HTTP_TRAILERS_MAX + 100];
    size_t left;

    memset(body, 'x', sizeof body);
    memcpy(body, "1;", 2);
    memcpy(body + 2 + HTTP_CHUNK_LINE_MAX, "\r\na\r\n0\r\n\r\n", 10);
    CHECK_OK(decode(slice_of(body, 2 + HTTP_CHUNK_LINE_MAX + 10), 1000, &left), err);
    body[2 + HTTP_CHUNK_LINE_MAX] = 'x';
    CHECK_ERR(ERR_FORMAT, "chunked body: a chunk size line of more than 4096 bytes",
              decode(slice_of(body, sizeof body), 1000, &left), err);
    memcpy(body, "0\r\n", 3);
    memset(body + 3, 'x', sizeof body - 3);
    memcpy(body + 3 + HTTP_TRAILERS_MAX - 1, "\r\n\r\n", 4);
    CHECK_ERR(ERR_FORMAT, "chunked body: trailers of more than 16384 bytes",
              decode(slice_of(body, 3 + HTTP_TRAILERS_MAX + 3), 1000, &left), err);
    memcpy(body + 3 + HTTP_TRAILERS_MAX - 2, "\r\n\r\n", 4);
    CHECK_OK(decode(slice_of(body, 3 + HTTP_TRAILERS_MAX + 2), 1000, &left), err);
    CHECK(chunked.state == CHUNKED_DONE);
}

/* A body of chunks of one byte, each with an extension of `extension` bytes. */
static struct slice wasteful(uint8_t *memory, size_t size, size_t chunks, int extension)
{
    struct buf body;

    buf_init_fixed(&body, memory, size);
    for (size_t i = 0; i < chunks; i++)
        buf_add_format(&body, "1;%0*d\r\na\r\n", extension, 0);
    CHECK(!body.failed);
    return buf_slice(&body);
}

TEST(http_chunked_refuses_far_more_framing_than_data)
{
    static uint8_t body[200000];
    size_t left;

    CHECK_OK(decode(wasteful(body, sizeof body, 1000, 17), 500, &left), err);
    CHECK_NUMBER(1000, payload_len);
    CHECK_ERR(ERR_FORMAT, "chunked body: far more framing than data",
              decode(wasteful(body, sizeof body, 1000, 100), 500, &left), err);
    CHECK_NUMBER(HTTP_CHUNK_EXCESS_MAX / (100 + 1 - 18), payload_len);
}
