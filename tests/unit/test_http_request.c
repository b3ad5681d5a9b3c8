#include "resolver/net/http_request.h"

#include <string.h>

#include "tests/unit/test.h"

static uint8_t text[HTTP_REQUEST_MAX];
static struct buf out;
static struct err err;
static struct url url;

static struct http_request request_for(const char *address)
{
    CHECK_OK(url_parse(slice_text(address), &url, &err), err);
    buf_init_fixed(&out, text, sizeof text);
    return (struct http_request){.url = &url, .user_agent = "sealift/1.0"};
}

TEST(http_request_writes_a_get)
{
    struct http_request request = request_for("http://Example.com:8080/a/b?c=d");

    CHECK_OK(http_request_write(&request, &out, &err), err);
    CHECK_TEXT("GET /a/b?c=d HTTP/1.1\r\nHost: example.com:8080\r\nUser-Agent: sealift/1.0\r\n"
               "Accept: */*\r\nAccept-Encoding: identity\r\n\r\n",
               buf_slice(&out));
}

TEST(http_request_writes_a_head_without_its_own_port)
{
    struct http_request request = request_for("https://[::1]:443");

    request.is_head = true;
    request.user_agent = NULL;
    CHECK_OK(http_request_write(&request, &out, &err), err);
    CHECK_TEXT("HEAD / HTTP/1.1\r\nHost: [::1]\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n",
               buf_slice(&out));
}

TEST(http_request_asks_for_a_range)
{
    struct http_request request = request_for("http://h/");

    request.has_range = true;
    request.range_from = 9007199254740993;
    request.if_range = SLICE("\"abc\"");
    request.user_agent = NULL;
    CHECK_OK(http_request_write(&request, &out, &err), err);
    CHECK_TEXT("GET / HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
               "Range: bytes=9007199254740993-\r\nIf-Range: \"abc\"\r\n\r\n",
               buf_slice(&out));
}

TEST(http_request_names_the_whole_url_to_a_proxy)
{
    struct http_request request = request_for("http://h:81/x?y");

    request.to_proxy = true;
    request.user_agent = NULL;
    request.authorization = SLICE("Basic dTpw");
    CHECK_OK(http_request_write(&request, &out, &err), err);
    CHECK_TEXT("GET http://h:81/x?y HTTP/1.1\r\nHost: h:81\r\nProxy-Authorization: Basic dTpw\r\n"
               "Accept: */*\r\nAccept-Encoding: identity\r\n\r\n",
               buf_slice(&out));
}

TEST(http_request_writes_a_connect)
{
    struct http_request request = request_for("https://h/x?y");

    request.authorization = SLICE("Basic dTpw");
    CHECK_OK(http_connect_write(&request, &out, &err), err);
    CHECK_TEXT("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nUser-Agent: sealift/1.0\r\n"
               "Proxy-Authorization: Basic dTpw\r\n\r\n",
               buf_slice(&out));
}

TEST(http_request_refuses_control_characters)
{
    struct http_request request = request_for("http://h/");

    request.if_range = SLICE("\"a\r\nX: y\"");
    CHECK_ERR(ERR_BUG, "a control character in a request header",
              http_request_write(&request, &out, &err), err);
    request = request_for("http://h/");
    request.user_agent = "a\nb";
    CHECK_ERR(ERR_BUG, "a control character in a request header",
              http_request_write(&request, &out, &err), err);
    request = request_for("http://h/");
    request.authorization = SLICE("a\x7f");
    CHECK_ERR(ERR_BUG, "a control character in a request header",
              http_connect_write(&request, &out, &err), err);
    CHECK_NUMBER(0, out.len);
}

TEST(http_request_that_does_not_fit_is_refused)
{
    struct http_request request = request_for("http://h/");

    buf_init_fixed(&out, text, 20);
    CHECK(http_request_write(&request, &out, &err) == ERR_LIMIT);
    buf_init_fixed(&out, text, 20);
    CHECK(http_connect_write(&request, &out, &err) == ERR_LIMIT);
}
