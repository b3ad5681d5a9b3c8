#include "resolver/net/http_response.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/buf.h"
#include "tests/unit/test.h"

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static struct http_response response;
static struct err err;

static enum err_code parse(struct slice head)
{
    memset(&response, 1, sizeof response);
    return http_response_parse(test_guarded(head), false, &response, &err);
}

static enum err_code find(struct slice bytes, size_t *head_len)
{
    size_t scanned = 0;

    return http_head_find(bytes, &scanned, head_len, &err);
}

TEST(http_response_reads_status_and_headers)
{
    CHECK_OK(parse(SLICE("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-Empty:\r\n"
                         "x-Spaces: \t a b \t\r\n\r\n")),
             err);
    CHECK_NUMBER(404, response.status);
    CHECK_TEXT("Not Found", response.reason);
    CHECK_NUMBER(3, response.header_count);
    CHECK_TEXT("5", http_header(&response, "content-length"));
    CHECK_TEXT("a b", http_header(&response, "X-SPACES"));
    CHECK(http_header(&response, "X-Empty").ptr != NULL);
    CHECK_NUMBER(0, http_header(&response, "X-Empty").len);
    CHECK(http_header(&response, "X-None").ptr == NULL);
}

TEST(http_response_takes_a_status_line_without_reason)
{
    CHECK_OK(parse(SLICE("HTTP/1.1 200 \r\n\r\n")), err);
    CHECK_NUMBER(0, response.reason.len);
    CHECK_OK(parse(SLICE("HTTP/1.1 200\r\n\r\n")), err);
    CHECK_NUMBER(200, response.status);
    CHECK_NUMBER(0, response.header_count);
}

/* status and headers, whether it answers HEAD -> framing, length, keep-alive */
TEST(http_response_knows_how_the_body_ends)
{
    static const struct {
        const char *head;
        bool is_head;
        enum http_framing framing;
        uint64_t length;
        bool keep_alive;
    } cases[] = {
        {OK_LINE "Content-Length: 5\r\n\r\n", false, HTTP_BODY_LENGTH, 5, true},
        {OK_LINE "Content-Length: 0\r\n\r\n", false, HTTP_BODY_LENGTH, 0, true},
        {OK_LINE "Content-Length: 5\r\n\r\n", true, HTTP_BODY_NONE, 5, true},
        {OK_LINE "Transfer-Encoding: Chunked\r\n\r\n", false, HTTP_BODY_CHUNKED, 0, true},
        {OK_LINE "Transfer-Encoding: chunked\r\n\r\n", true, HTTP_BODY_NONE, 0, true},
        {OK_LINE "\r\n", false, HTTP_BODY_UNTIL_CLOSE, 0, false},
        {OK_LINE "\r\n", true, HTTP_BODY_NONE, 0, true},
        {"HTTP/1.1 204 None\r\n\r\n", false, HTTP_BODY_NONE, 0, true},
        {"HTTP/1.1 304 Same\r\nContent-Length: 7\r\n\r\n", false, HTTP_BODY_NONE, 7, true},
        {"HTTP/1.1 100 Continue\r\n\r\n", false, HTTP_BODY_NONE, 0, true},
        {OK_LINE "Content-Length: 5\r\nConnection: close\r\n\r\n", false, HTTP_BODY_LENGTH, 5,
         false},
        {OK_LINE "Content-Length: 5\r\nConnection: x, Close\r\n\r\n", false, HTTP_BODY_LENGTH, 5,
         false},
        {OK_LINE "Content-Length: 5\r\nConnection: x\r\nConnection: close\r\n\r\n", false,
         HTTP_BODY_LENGTH, 5, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false, HTTP_BODY_LENGTH, 5, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\n", false,
         HTTP_BODY_LENGTH, 5, true},
        {OK_LINE "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\n", false, HTTP_BODY_LENGTH,
         1, true},
        {OK_LINE "Content-Encoding:\r\nContent-Length: 1\r\n\r\n", false, HTTP_BODY_LENGTH, 1,
         true},
        {"HTTP/1.1 304 Same\r\nContent-Encoding: gzip\r\n\r\n", false, HTTP_BODY_NONE, 0, true},
        {OK_LINE "Content-Length: 9223372036854775807\r\n\r\n", false, HTTP_BODY_LENGTH, INT64_MAX,
         true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_OK(http_response_parse(slice_text(cases[i].head), cases[i].is_head, &response, &err),
                 err);
        CHECK_NUMBER(cases[i].framing, response.framing);
        CHECK_NUMBER(cases[i].length, response.length);
        CHECK_NUMBER(cases[i].keep_alive, response.keep_alive);
    }
}

TEST(http_response_refuses)
{
    static const char *const cases[][2] = {
        {"HTTP/1.1 200 OK\n\n", "a line of the response's head does not end in CR LF"},
        {OK_LINE "A: b\n\r\n", "a line of the response's head does not end in CR LF"},
        {OK_LINE "A: b\r\n", "a line of the response's head does not end in CR LF"},
        {OK_LINE, "a line of the response's head does not end in CR LF"},
        {"", "a line of the response's head does not end in CR LF"},
        {"HTTP/1.2 200 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.2 200 OK\""},
        {"HTTP/2 200\r\n\r\n", "not the status line of an HTTP/1.1 response: \"HTTP/2 200\""},
        {"HTTP/1.1  200 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1  200 OK\""},
        {"HTTP/1.1 20 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 20 OK\""},
        {"HTTP/1.1 2000 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 2000 OK\""},
        {"HTTP/1.1 099 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 099 OK\""},
        {"HTTP/1.1 600 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 600 OK\""},
        {"HTTP/1.1 +20 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 +20 OK\""},
        {"HTTP/1.1 200OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 200OK\""},
        {"HTTP/1.1\t200 OK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1\\x09200 OK\""},
        {"HTTP/1.1 200 O\rK\r\n\r\n",
         "not the status line of an HTTP/1.1 response: \"HTTP/1.1 200 O\\x0dK\""},
        {OK_LINE "A: b\r\n c\r\n\r\n", "a folded header line: \" c\""},
        {OK_LINE " A: b\r\n\r\n", "a folded header line: \" A: b\""},
        {OK_LINE "\tA: b\r\n\r\n", "a folded header line: \"\\x09A: b\""},
        {OK_LINE "A\r\n\r\n", "not a header line: \"A\""},
        {OK_LINE ": b\r\n\r\n", "not a header line: \": b\""},
        {OK_LINE "A : b\r\n\r\n", "not a header line: \"A : b\""},
        {OK_LINE "A\xff: b\r\n\r\n", "not a header line: \"A\\xff: b\""},
        {OK_LINE "A(: b\r\n\r\n", "not a header line: \"A(: b\""},
        {OK_LINE "A: b\rX: y\r\n\r\n", "header A: a control character in its value"},
        {OK_LINE "A: b\x01\r\n\r\n", "header A: a control character in its value"},
        {OK_LINE "A: b\x7f\r\n\r\n", "header A: a control character in its value"},
        {OK_LINE "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
         "header Content-Length: given 2 times"},
        {OK_LINE "Content-Length: 1\r\ncontent-length: 2\r\n\r\n",
         "header Content-Length: given 2 times"},
        {OK_LINE "Content-Length: 1, 1\r\n\r\n", "header Content-Length: \"1, 1\" is not a length"},
        {OK_LINE "Content-Length: -1\r\n\r\n", "header Content-Length: \"-1\" is not a length"},
        {OK_LINE "Content-Length:\r\n\r\n", "header Content-Length: \"\" is not a length"},
        {OK_LINE "Content-Length: 0x5\r\n\r\n", "header Content-Length: \"0x5\" is not a length"},
        {OK_LINE "Content-Length: 9223372036854775808\r\n\r\n",
         "header Content-Length: \"9223372036854775808\" is not a length"},
        {OK_LINE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
         "both Content-Length and Transfer-Encoding are given"},
        {OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n",
         "header Transfer-Encoding: \"gzip, chunked\": only \"chunked\" is supported"},
        {OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
         "header Transfer-Encoding: \"chunked\": only \"chunked\" is supported"},
        {OK_LINE "Transfer-Encoding:\r\n\r\n",
         "header Transfer-Encoding: \"\": only \"chunked\" is supported"},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "header Transfer-Encoding: in an HTTP/1.0 response"},
        {OK_LINE "Content-Encoding: gzip\r\n\r\n",
         "header Content-Encoding: \"gzip\" was not offered"},
        {OK_LINE "Content-Encoding: identity\r\nContent-Encoding: br\r\n\r\n",
         "header Content-Encoding: \"br\" was not offered"},
        {OK_LINE "\r\nbody", "bytes after the response's head"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_ERR(ERR_FORMAT, cases[i][1], parse(slice_text(cases[i][0])), err);
        CHECK(response.status == 0 && response.header_count == 0);
    }
}

TEST(http_response_refuses_nul)
{
    CHECK_ERR(ERR_FORMAT, "header A: a control character in its value",
              parse(SLICE("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n")), err);
    CHECK_ERR(ERR_FORMAT, "not a header line: \"A\\x00: b\"",
              parse(SLICE("HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n")), err);
}

TEST(http_response_counts_headers)
{
    uint8_t text[32 + 6 * (HTTP_HEADERS_MAX + 1)];
    struct buf head;

    buf_init_fixed(&head, text, sizeof text);
    buf_add_text(&head, OK_LINE);
    for (int i = 0; i < HTTP_HEADERS_MAX; i++)
        buf_add_text(&head, "A: b\r\n");
    buf_add_text(&head, "\r\n");
    CHECK_OK(parse(buf_slice(&head)), err);
    CHECK_NUMBER(HTTP_HEADERS_MAX, response.header_count);
    head.len -= 2;
    buf_add_text(&head, "A: b\r\n\r\n");
    CHECK_ERR(ERR_FORMAT, "the response has more than 100 headers", parse(buf_slice(&head)), err);
}

TEST(http_head_find_sees_the_end)
{
    static const char head[] = OK_LINE "A: b\r\n\r\nbody";
    size_t head_len, scanned = 0;

    CHECK_OK(find(SLICE(OK_LINE "A: b\r\n\r\nbody"), &head_len), err);
    CHECK_NUMBER(sizeof head - 5, head_len);
    for (size_t len = 0; len < sizeof head - 5; len++) {
        CHECK_OK(http_head_find(test_guarded(slice_of(head, len)), &scanned, &head_len, &err), err);
        CHECK_NUMBER(0, head_len);
        CHECK_NUMBER(len, scanned);
    }
    CHECK_OK(http_head_find(slice_of(head, sizeof head - 1), &scanned, &head_len, &err), err);
    CHECK_NUMBER(sizeof head - 5, head_len);
}

TEST(http_head_find_ends_heads_of_bare_line_feeds_too)
{
    size_t head_len;

    CHECK_OK(find(SLICE("HTTP/1.1 200 OK\nA: b\n\nbody"), &head_len), err);
    CHECK_NUMBER(22, head_len);
    CHECK_OK(find(SLICE("HTTP/1.1 200 OK\r\n\n"), &head_len), err);
    CHECK_NUMBER(18, head_len);
}

TEST(http_head_find_refuses)
{
    size_t head_len = 1;

    CHECK_ERR(ERR_FORMAT, "not an HTTP/1.1 response: it begins with \"SSH-2.0-OpenSSH_\"",
              find(SLICE("SSH-2.0-OpenSSH_9.2\r\n"), &head_len), err);
    CHECK_NUMBER(0, head_len);
    CHECK_ERR(ERR_FORMAT, "not an HTTP/1.1 response: it begins with \"HTTX\"",
              find(SLICE("HTTX"), &head_len), err);
    CHECK_ERR(ERR_FORMAT, "not an HTTP/1.1 response: it begins with \"HTTP/2\"",
              find(SLICE("HTTP/2"), &head_len), err);
    CHECK_ERR(ERR_FORMAT, "not an HTTP/1.1 response: it begins with \"\\x0d\\x0a\"",
              find(SLICE("\r\n"), &head_len), err);
    CHECK_ERR(ERR_FORMAT, "the server speaks TLS here: not an http:// but an https:// URL",
              find(SLICE("\x15\x03\x01\x00\x02"), &head_len), err);
    CHECK_OK(find(SLICE("HTTP/1"), &head_len), err);
    CHECK_OK(find(SLICE(""), &head_len), err);
}

TEST(http_head_find_keeps_its_limit)
{
    static char bytes[HTTP_HEAD_MAX];
    size_t head_len;

    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, OK_LINE, sizeof OK_LINE - 1);
    CHECK_ERR(ERR_FORMAT, "the response's head is longer than 65536 bytes",
              find(slice_of(bytes, sizeof bytes), &head_len), err);
    CHECK_OK(find(slice_of(bytes, sizeof bytes - 1), &head_len), err);
    memcpy(bytes + sizeof bytes - 4, "\r\n\r\n", 4);
    CHECK_OK(find(test_guarded(slice_of(bytes, sizeof bytes)), &head_len), err);
    CHECK_NUMBER(sizeof bytes, head_len);
}

TEST(http_status_show_is_short_and_escaped)
{
    char long_reason[200];

    CHECK_OK(parse(SLICE("HTTP/1.1 404 Not Found\r\n\r\n")), err);
    CHECK_TEXT("404 Not Found", slice_text(http_status_show(&response).text));
    CHECK_OK(parse(SLICE("HTTP/1.1 404\r\n\r\n")), err);
    CHECK_TEXT("404", slice_text(http_status_show(&response).text));
    CHECK_OK(parse(SLICE("HTTP/1.1 404 \xff\r\n\r\n")), err);
    CHECK_TEXT("404 \\xff", slice_text(http_status_show(&response).text));
    memset(long_reason, '\xff', sizeof long_reason);
    memcpy(long_reason, "HTTP/1.1 500 ", 13);
    memcpy(long_reason + sizeof long_reason - 4, "\r\n\r\n", 4);
    CHECK_OK(parse(slice_of(long_reason, sizeof long_reason)), err);
    CHECK_NUMBER(4 + 70, strlen(http_status_show(&response).text));
}
