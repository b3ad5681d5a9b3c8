#include "resolver/net/http_range.h"

#include "resolver/base/buf.h"
#include "tests/unit/test.h"

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static struct slice validator_of(const char *head)
{
    static struct http_response response;
    struct err err;

    CHECK_OK(http_response_parse(slice_text(head), true, &response, &err), err);
    return http_validator(&response, 0);
}

TEST(http_validator_is_a_strong_tag)
{
    CHECK_TEXT("\"abc\"", validator_of(OK_LINE "ETag: \"abc\"\r\n\r\n"));
    CHECK_TEXT("\"\"", validator_of(OK_LINE "ETag: \"\"\r\n\r\n"));
    CHECK_TEXT("\"6a-b:c/d+e=\"", validator_of(OK_LINE "ETag: \"6a-b:c/d+e=\"\r\n\r\n"));
}

TEST(http_validator_refuses_weak_and_malformed_tags)
{
    static const char *const tags[] = {"W/\"abc\"", "abc",     "\"",        "\"abc",
                                       "\"a\"b\"",  "\"a b\"", "\"a\xff\"", ""};
    char head[400];

    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        struct buf buf;

        buf_init_fixed(&buf, head, sizeof head);
        /* with a tag of any kind, the date does not count */
        buf_add_format(&buf,
                       OK_LINE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                               "Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT\r\nETag: %s\r\n\r\n%c",
                       tags[i], 0);
        CHECK_NUMBER(0, validator_of(head).len);
    }
}

TEST(http_validator_keeps_its_limit)
{
    char head[400];
    struct buf buf;

    for (int len = HTTP_VALIDATOR_MAX; len <= HTTP_VALIDATOR_MAX + 1; len++) {
        buf_init_fixed(&buf, head, sizeof head);
        buf_add_format(&buf, OK_LINE "ETag: \"%0*d\"\r\n\r\n%c", len - 2, 7, 0);
        CHECK_NUMBER(len == HTTP_VALIDATOR_MAX ? len : 0, validator_of(head).len);
    }
}

TEST(http_validator_is_a_date_that_is_old_enough)
{
    CHECK_TEXT("Sun, 06 Nov 1994 08:48:37 GMT",
               validator_of(OK_LINE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                    "Last-Modified: Sun, 06 Nov 1994 08:48:37 GMT\r\n\r\n"));
    CHECK_NUMBER(0, validator_of(OK_LINE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                         "Last-Modified: Sun, 06 Nov 1994 08:48:38 GMT\r\n\r\n")
                        .len);
    CHECK_NUMBER(0,
                 validator_of(OK_LINE "Last-Modified: Sun, 06 Nov 1994 08:48:38 GMT\r\n\r\n").len);
    CHECK_NUMBER(0, validator_of(OK_LINE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                         "Last-Modified: yesterday\r\n\r\n")
                        .len);
    CHECK_NUMBER(0, validator_of(OK_LINE "\r\n").len);
}

TEST(http_content_range_reads)
{
    struct http_content_range range;

    CHECK(http_content_range_parse(test_guarded(SLICE("bytes 5-9/10")), &range));
    CHECK(range.first == 5 && range.last == 9 && range.has_size && range.size == 10);
    CHECK(http_content_range_parse(SLICE("Bytes 0-0/*"), &range));
    CHECK(range.first == 0 && range.last == 0 && !range.has_size && range.size == 0);
    CHECK(
        http_content_range_parse(SLICE("bytes 0-9223372036854775806/9223372036854775807"), &range));
}

TEST(http_content_range_refuses)
{
    static const char *const bad[] = {"",
                                      "bytes",
                                      "bytes ",
                                      "bytes 5-9",
                                      "bytes 5-9/",
                                      "bytes 9-5/10",
                                      "bytes 5-10/10",
                                      "bytes */10",
                                      "bytes -9/10",
                                      "bytes 5-/10",
                                      "bytes 5/10",
                                      "bytes=5-9/10",
                                      "octets 5-9/10",
                                      "bytes 5-9/10 ",
                                      "bytes  5-9/10",
                                      "bytes 5-9/1x",
                                      "bytes a-9/10",
                                      "bytes 5-9/*1",
                                      "bytes 0-9/9223372036854775808",
                                      "bytes 5-9-11/12"};
    struct http_content_range range;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        range.size = 1;
        CHECK(!http_content_range_parse(test_guarded(slice_text(bad[i])), &range));
        CHECK(range.size == 0 && range.first == 0 && range.last == 0 && !range.has_size);
    }
    CHECK(!http_content_range_parse((struct slice){NULL, 0}, &range));
}
