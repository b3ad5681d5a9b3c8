#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define TO(location) "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " location "\r\n\r\n"

static struct script script;
static struct fetch_result result;
static struct err err;

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *begin_err)
{
    (void)ctx, (void)response, (void)wants_body, (void)begin_err;
    return ERR_OK;
}

static enum err_code get(struct fetch *fetch, const char *url)
{
    const struct response_sink sink = {NULL, begin, NULL};
    const struct fetch_request request = {.url = slice_text(url)};

    return fetch_get(fetch, &request, &sink, &result, &err);
}

static void end(struct fetch *fetch)
{
    fetch_free(&fetch);
    CHECK_NUMBER(0, script.open);
    CHECK_NUMBER(script.line_count, script.line);
}

static struct fetch *through_proxy(const struct script_line *lines, size_t count)
{
    struct fetch_options options;

    fetch_options_init(&options);
    options.retries = 0;
    options.proxies =
        (struct proxy_settings){"http://u:p@proxy:3128", "http://u:p@proxy:3128", "direct"};
    return script_fetch_with(&script, lines, count, options);
}

TEST(fetch_proxy_asks_the_proxy_for_http)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {TO("http://direct/b")}},
                                               {SCRIPT_CLOSE, {OK_2}}};
    struct fetch *fetch = through_proxy(lines, 2);

    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_NUMBER(1,
                 script_count(&script.record, "[proxy:3128]GET http://h/a HTTP/1.1\r\nHost: h\r\n"
                                              "Proxy-Authorization: Basic dTpw\r\n"));
    CHECK_NUMBER(1, script_count(&script.record, "[direct:80]GET /b HTTP/1.1\r\nHost: direct\r\n"));
    CHECK_NUMBER(1, script_count(&script.record, "Proxy-Authorization"));
    end(fetch);
}

TEST(fetch_proxy_tunnels_https_through_the_proxy)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 Connected\r\n\r\n", OK_2, OK_2}}};
    struct fetch *fetch = through_proxy(lines, 1);

    CHECK_OK(get(fetch, "https://h/a"), err);
    CHECK_OK(get(fetch, "https://h/b"), err);
    CHECK_NUMBER(1, script_count(&script.record,
                                 "[proxy:3128]CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n"
                                 "Proxy-Authorization: Basic dTpw\r\n\r\n"
                                 "[TLS h]GET /a HTTP/1.1\r\nHost: h\r\n"));
    CHECK_NUMBER(1, script_count(&script.record, "Proxy-Authorization"));
    CHECK_NUMBER(1, script_count(&script.record, "GET /b HTTP/1.1"));
    CHECK_NUMBER(1, script_count(&script.notes, "connected to the proxy at 192.0.2.1 port 1"));
    end(fetch);
}

TEST(fetch_proxy_says_what_the_proxy_did)
{
    static const struct {
        struct script_line line;
        const char *message;
    } cases[] = {
        {{SCRIPT_CLOSE, {"HTTP/1.1 407 Who\r\nContent-Length: 9\r\n\r\n"}},
         "https://h/a: proxy proxy:3128 (HTTPS_PROXY): the proxy refuses the user name and password "
         "it was given (407 Who)"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n"}},
         "https://h/a: proxy proxy:3128 (HTTPS_PROXY): the proxy does not connect there (403 No)"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\n\r\nhello"}},
         "https://h/a: proxy proxy:3128 (HTTPS_PROXY): the proxy sent bytes before the TLS handshake"},
        {{SCRIPT_CLOSE, {"garbage"}},
         "https://h/a: proxy proxy:3128 (HTTPS_PROXY): not an HTTP/1.1 response: it begins with "
         "\"garbage\""},
        {{SCRIPT_REFUSE, {NULL}},
         "https://h/a: proxy proxy:3128 (HTTPS_PROXY): cannot connect: refused"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\n\r\n", NULL}},
         "https://h/a: the server closed the connection without a response"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fetch *fetch = through_proxy(&cases[i].line, 1);

        CHECK_ERR(ERR_IO, cases[i].message, get(fetch, "https://h/a"), err);
        end(fetch);
    }
}

TEST(fetch_proxy_without_proxy_credentials_is_told_to_give_some)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {"HTTP/1.1 407 Who\r\n\r\n"}}};
    struct fetch_options options;
    struct fetch *fetch;

    fetch_options_init(&options);
    options.proxies.https_proxy = "http://proxy:3128";
    fetch = script_fetch_with(&script, lines, 1, options);
    CHECK_ERR(ERR_IO,
              "https://h/a: proxy proxy:3128 (HTTPS_PROXY): the proxy asks for a user name "
              "and password (407 Who)",
              get(fetch, "https://h/a"), err);
    end(fetch);
    options.proxies.https_proxy = "socks5://proxy:3128";
    fetch = script_fetch_with(&script, NULL, 0, options);
    CHECK_ERR(ERR_USAGE, "https://h/a: HTTPS_PROXY: only http:// proxies are supported",
              get(fetch, "https://h/a"), err);
    end(fetch);
}
