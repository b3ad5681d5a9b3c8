#include "resolver/net/connection.h"

#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

static struct script script;
static struct connection connection;
static struct err err;

static struct proxy proxy_of(const char *text)
{
    struct proxy proxy = {.is_used = text != NULL, .variable = "HTTP_PROXY"};

    if (text)
        CHECK_OK(url_parse_proxy(slice_text(text), &proxy.url, &err), err);
    return proxy;
}

static enum err_code open_line(const struct script_line *line, const char *text,
                               const char *proxy_text)
{
    struct connector connector = {&script, script_connect, script_open_tls};
    struct proxy proxy = proxy_of(proxy_text);
    struct url url;

    script = (struct script){.lines = line, .line_count = 1, .piece = 3};
    buf_init_fixed(&script.record, script.record_text, sizeof script.record_text);
    CHECK_OK(url_parse(slice_text(text), &url, &err), err);
    watch_start(&connection.watch, 5000);
    return connection_open(&connection, &connector, &url, &proxy, "sealift/1", &err);
}

static bool fits(const char *text, const char *proxy_text)
{
    struct proxy proxy = proxy_of(proxy_text);
    struct url url;

    CHECK_OK(url_parse(slice_text(text), &url, &err), err);
    return connection_fits(&connection, &url, &proxy);
}

TEST(connection_fits_the_same_origin_by_the_same_way)
{
    static const struct script_line line = {SCRIPT_CLOSE, {"x"}};

    CHECK_OK(open_line(&line, "http://h:81/a", NULL), err);
    CHECK(fits("http://H:81/b", NULL));
    CHECK(!fits("http://h/b", NULL));
    CHECK(!fits("https://h:81/b", NULL));
    CHECK(!fits("http://h:81/b", "http://p:1"));
    connection_close(&connection);
    CHECK(!fits("http://h:81/b", NULL));
    CHECK_OK(open_line(&line, "http://h/a", "http://p:1"), err);
    CHECK(fits("http://h/b", "http://u:v@P:1"));
    CHECK(!fits("http://h/b", NULL));
    CHECK(!fits("http://h/b", "http://q:1"));
    CHECK(!fits("http://h/b", "http://p:2"));
    connection_close(&connection);
    connection_close(&connection);
    CHECK_NUMBER(0, script.open);
}

TEST(connection_read_head_leaves_the_body)
{
    static const struct script_line line = {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\n\r\nbody"}};
    struct http_response response;
    bool any_byte;
    size_t got;

    CHECK_OK(open_line(&line, "http://h/", NULL), err);
    script.piece = 21;
    CHECK_OK(connection.stream.write(connection.stream.ctx, SLICE("x"), &err), err);
    CHECK_OK(connection_read_head(&connection, false, &response, &any_byte, &err), err);
    CHECK(any_byte && response.status == 200);
    CHECK_TEXT("bo", connection_pending(&connection));
    CHECK_OK(connection_read(&connection, &got, &err), err);
    CHECK_NUMBER(2, got);
    connection_pack(&connection);
    CHECK_TEXT("body", connection_pending(&connection));
    CHECK_NUMBER(0, connection.start);
    CHECK_OK(connection_read(&connection, &got, &err), err);
    CHECK_NUMBER(0, got);
    connection_close(&connection);
}

TEST(connection_that_fails_is_closed)
{
    static const struct script_line line = {SCRIPT_TLS_REFUSE, {"HTTP/1.1 200 OK\r\n\r\n"}};

    CHECK_ERR(ERR_IO, "TLS: certificate refused", open_line(&line, "https://h/", "http://p:1"),
              err);
    CHECK(!connection.is_open);
    CHECK_NUMBER(0, script.open);
    CHECK_TEXT("[p:1]CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nUser-Agent: sealift/1\r\n\r\n[TLS h]",
               buf_slice(&script.record));
}
