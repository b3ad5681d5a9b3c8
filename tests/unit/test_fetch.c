#include "resolver/net/fetch.h"

#include <string.h>

#include "tests/unit/net_script.h"
#include "tests/unit/test.h"

#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define TO(location) "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " location "\r\n\r\n"

static struct script script;
static struct fetch_result result;
static struct err err;
static char body[256];
static size_t body_len, begins;

static enum err_code begin(void *ctx, const struct http_response *response, bool *wants_body,
                           struct err *begin_err)
{
    (void)ctx, (void)begin_err;
    begins++;
    body_len = 0;
    *wants_body = response->status == 200;
    return ERR_OK;
}

static enum err_code take(void *ctx, struct slice bytes, struct err *take_err)
{
    (void)ctx, (void)take_err;
    CHECK(bytes.len > 0 && bytes.len <= sizeof body - body_len);
    memcpy(body + body_len, bytes.ptr, bytes.len);
    body_len += bytes.len;
    return ERR_OK;
}

static enum err_code get(struct fetch *fetch, const char *url)
{
    const struct response_sink sink = {NULL, begin, take};
    const struct fetch_request request = {.url = slice_text(url)};

    begins = body_len = 0;
    return fetch_get(fetch, &request, &sink, &result, &err);
}

/* Ends the fetch; all connections must be closed then. */
static void end(struct fetch *fetch)
{
    fetch_free(&fetch);
    CHECK(fetch == NULL);
    CHECK_NUMBER(0, script.open);
    CHECK_NUMBER(script.line_count, script.line);
}

TEST(fetch_gets_a_body_in_whatever_pieces)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE,
         {OK_2,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          "1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
          "HTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\nok"}}};

    for (size_t piece = 1; piece < 40; piece++) {
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        script.piece = piece;
        for (int i = 0; i < 3; i++) {
            CHECK_OK(get(fetch, "http://h/x"), err);
            CHECK_NUMBER(200, result.status);
            CHECK_TEXT("ok", slice_of(body, body_len));
            CHECK_NUMBER(1, begins);
        }
        end(fetch);
    }
}

TEST(fetch_keeps_the_connection_for_the_same_origin)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {OK_2, "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nnot", OK_2}},
        {SCRIPT_CLOSE, {OK_2}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_OK(get(fetch, "http://H:80/b"), err);
    CHECK_NUMBER(404, result.status);
    CHECK_OK(get(fetch, "http://h/c"), err);
    CHECK_OK(get(fetch, "http://h:81/d"), err);
    CHECK_NUMBER(2, script_count(&script.record, "[h:"));
    CHECK_TEXT("http://h/a: connected to 192.0.2.1 port 1\n"
               "http://h:81/d: connected to 192.0.2.1 port 1\n",
               buf_slice(&script.notes));
    end(fetch);
}

TEST(fetch_closes_what_cannot_be_used_again)
{
    static const char *const replies[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n\r\nok",
        "HTTP/1.1 404 No\r\n\r\nno",
        "HTTP/1.1 404 No\r\nContent-Length: 65537\r\n\r\nno",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more",
    };

    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        const struct script_line lines[] = {{SCRIPT_CLOSE, {replies[i], OK_2}},
                                            {SCRIPT_CLOSE, {OK_2}}};
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        CHECK_OK(get(fetch, "http://h/a"), err);
        CHECK_OK(get(fetch, "http://h/a"), err);
        end(fetch);
    }
}

TEST(fetch_repeats_a_request_on_a_stale_connection)
{
    static const struct script_line closed[] = {{SCRIPT_CLOSE, {OK_2}}, {SCRIPT_CLOSE, {OK_2}}};
    static const struct script_line reset[] = {{SCRIPT_RESET, {OK_2}}, {SCRIPT_CLOSE, {OK_2}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, closed);

    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_OK(get(fetch, "http://h/b"), err);
    CHECK_NUMBER(0, script_count(&script.record, "[sleep"));
    end(fetch);
    fetch = SCRIPT_FETCH(&script, reset);
    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_OK(get(fetch, "http://h/b"), err);
    CHECK_NUMBER(0, script_count(&script.record, "[sleep"));
    end(fetch);
}

TEST(fetch_follows_redirects)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {TO("/b"), TO("//i/c?d"), NULL}},
                                               {SCRIPT_CLOSE, {TO("https://j/e"), NULL}},
                                               {SCRIPT_CLOSE, {OK_2}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_NUMBER(1, begins);
    CHECK_TEXT("ok", slice_of(body, body_len));
    CHECK_TEXT("https://j/e", slice_text(result.redirect_url.text));
    CHECK(result.is_cleartext);
    CHECK_NUMBER(1, script_count(&script.record, "GET /c?d HTTP/1.1\r\nHost: i\r\n"));
    CHECK_NUMBER(1, script_count(&script.record, "[j:443][TLS j]GET /e HTTP/1.1\r\nHost: j\r\n"));
    CHECK_NUMBER(1, script_count(&script.notes, "http://h/a: 302 Found: to http://i/c?...\n"));
    end(fetch);
}

TEST(fetch_follows_each_kind_of_redirect)
{
    static const char *const kinds[] = {
        "HTTP/1.1 301 x\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n",
        "HTTP/1.1 303 x\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n",
        "HTTP/1.1 307 x\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n",
        "HTTP/1.1 308 x\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct script_line lines[] = {{SCRIPT_CLOSE, {kinds[i], OK_2}}};
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        CHECK_OK(get(fetch, "http://h/a"), err);
        CHECK_NUMBER(200, result.status);
        end(fetch);
    }
}

TEST(fetch_refuses_redirects)
{
    static const struct {
        enum err_code code;
        const char *reply, *message;
    } cases[] = {
        {ERR_POLICY, TO("http://h/b"),
         "https://h/a: a redirect from https to http://h/b is refused"},
        {ERR_IO, TO("file:///etc/passwd"),
         "https://h/a: a redirect to \"file:///etc/passwd\": scheme \"file\": only http and https "
         "are supported"},
        {ERR_IO, TO("https://u:secret@h/"),
         "https://h/a: a redirect to \"https://***@h/\": a user name or password in a URL is not "
         "supported"},
        {ERR_IO, "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n",
         "https://h/a: a redirect (301 Moved) that does not say where to"},
        {ERR_IO, "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation:\r\n\r\n",
         "https://h/a: a redirect (301 Moved) that does not say where to"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct script_line lines[] = {{SCRIPT_CLOSE, {cases[i].reply}}};
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        CHECK_ERR(cases[i].code, cases[i].message, get(fetch, "https://h/a"), err);
        CHECK_NUMBER(0, begins);
        end(fetch);
    }
}

TEST(fetch_counts_redirects)
{
    static const struct script_line five[] = {
        {SCRIPT_CLOSE, {TO("/1"), TO("/2"), TO("/3"), TO("/4"), TO("/5"), OK_2}}};
    static const struct script_line six[] = {
        {SCRIPT_CLOSE, {TO("/1"), TO("/2"), TO("/3"), TO("/4"), TO("/5"), TO("/6")}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, five);

    CHECK_OK(get(fetch, "http://h/"), err);
    end(fetch);
    fetch = SCRIPT_FETCH(&script, six);
    CHECK_ERR(ERR_IO,
              "http://h/: redirected to http://h/5: more than 5 redirects, the last one to "
              "http://h/6",
              get(fetch, "http://h/"), err);
    end(fetch);
}

TEST(fetch_tries_again_after_broken_connections)
{
    static const struct script_line lines[] = {{SCRIPT_REFUSE, {NULL}}, {SCRIPT_CLOSE, {OK_2}}};
    static const struct script_line early[] = {{SCRIPT_CLOSE, {NULL}}, {SCRIPT_CLOSE, {OK_2}}};
    static const struct script_line cut[] = {
        {SCRIPT_RESET, {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"}}, {SCRIPT_CLOSE, {OK_2}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_NUMBER(1, script_count(&script.record, "[sleep 10]"));
    CHECK_TEXT("http://h/a: cannot connect: refused: trying again in 10 ms (1 of 1)\n"
               "http://h/a: connected to 192.0.2.1 port 1\n",
               buf_slice(&script.notes));
    end(fetch);
    fetch = SCRIPT_FETCH(&script, early);
    CHECK_OK(get(fetch, "http://h/a"), err);
    end(fetch);
    fetch = SCRIPT_FETCH(&script, cut);
    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_TEXT("ok", slice_of(body, body_len));
    CHECK_NUMBER(2, begins);
    end(fetch);
}

TEST(fetch_gives_up_in_the_end)
{
    static const struct {
        struct script_line line;
        const char *message;
    } cases[] = {
        {{SCRIPT_REFUSE, {NULL}}, "http://h/a: after 2 tries: cannot connect: refused"},
        {{SCRIPT_CLOSE, {NULL}},
         "http://h/a: after 2 tries: the server closed the connection without a response"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 2"}},
         "http://h/a: after 2 tries: the server closed the connection within the response's head"},
        {{SCRIPT_RESET, {""}}, "http://h/a: after 2 tries: receiving: reset"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"}},
         "http://h/a: after 2 tries: the server closed the connection after 3 of 5 bytes of the body"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"}},
         "http://h/a: after 2 tries: the server closed the connection after 3 bytes of the body, "
         "before its end"},
        {{SCRIPT_RESET, {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"}},
         "http://h/a: after 2 tries: after 3 bytes of the body: receiving: reset"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct script_line lines[] = {cases[i].line, cases[i].line};
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        CHECK_ERR(ERR_IO, cases[i].message, get(fetch, "http://h/a"), err);
        end(fetch);
    }
}

TEST(fetch_does_not_repeat_what_is_decided)
{
    static const struct {
        struct script_line line;
        const char *message;
    } cases[] = {
        {{SCRIPT_UNKNOWN_NAME, {NULL}}, "https://h/a: no such host"},
        {{SCRIPT_TLS_REFUSE, {NULL}}, "https://h/a: TLS: certificate refused"},
        {{SCRIPT_CLOSE, {"SSH-2.0"}},
         "https://h/a: not an HTTP/1.1 response: it begins with \"SSH-2.0\""},
        {{SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"}},
         "https://h/a: header Content-Length: \"x\" is not a length"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"}},
         "https://h/a: chunked body: a chunk size that is no hexadecimal number"},
        {{SCRIPT_CLOSE, {"HTTP/1.1 101 Switching\r\n\r\n"}},
         "https://h/a: the server changes to a protocol it was not asked for"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct script_line lines[] = {cases[i].line};
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        CHECK_ERR(ERR_IO, cases[i].message, get(fetch, "https://h/a"), err);
        CHECK_NUMBER(0, script_count(&script.record, "[sleep"));
        end(fetch);
    }
}

TEST(fetch_counts_interim_responses)
{
    char replies[EXCHANGE_INTERIM_MAX * 40 + 100];
    struct buf buf;

    for (int count = EXCHANGE_INTERIM_MAX - 1; count <= EXCHANGE_INTERIM_MAX; count++) {
        const struct script_line lines[] = {{SCRIPT_CLOSE, {replies}}};
        struct fetch *fetch = SCRIPT_FETCH(&script, lines);

        buf_init_fixed(&buf, replies, sizeof replies);
        for (int i = 0; i < count; i++)
            buf_add_text(&buf, "HTTP/1.1 100 Continue\r\n\r\n");
        buf_add_text(&buf, OK_2);
        buf_add_byte(&buf, 0);
        if (count < EXCHANGE_INTERIM_MAX)
            CHECK_OK(get(fetch, "http://h/a"), err);
        else
            CHECK_ERR(ERR_IO, "http://h/a: more than 16 interim responses",
                      get(fetch, "http://h/a"), err);
        end(fetch);
    }
}

TEST(fetch_tries_again_when_the_server_is_busy)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy", OK_2}}};
    static const struct script_line after[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", OK_2}}};
    static const struct script_line at[] = {
        {SCRIPT_CLOSE,
         {"HTTP/1.1 408 Late\r\nRetry-After: Wed, 01 Jul 2026 00:00:09 GMT\r\n"
          "Content-Length: 0\r\n\r\n",
          OK_2}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_NUMBER(200, result.status);
    CHECK_NUMBER(1, script_count(&script.record, "[sleep 10]"));
    CHECK_NUMBER(1, script_count(&script.notes, "http://h/a: the server answers 503 Busy: trying "
                                                "again in 10 ms (1 of 1)"));
    end(fetch);
    fetch = SCRIPT_FETCH(&script, after);
    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_NUMBER(1, script_count(&script.record, "[sleep 7000]"));
    end(fetch);
    fetch = SCRIPT_FETCH(&script, at);
    CHECK_OK(get(fetch, "http://h/a"), err);
    CHECK_NUMBER(1, script_count(&script.record, "[sleep 9000]"));
    end(fetch);
}

TEST(fetch_reports_a_server_that_stays_busy)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE,
                                                {"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
                                                 "HTTP/1.1 502 Oh\r\nContent-Length: 0\r\n\r\n"}}};
    static const struct script_line later[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 429 Slow\r\nRetry-After: 61\r\nContent-Length: 0\r\n\r\n"}}};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_ERR(ERR_IO, "http://h/a: after 2 tries: the server answers 502 Oh",
              get(fetch, "http://h/a"), err);
    end(fetch);
    fetch = SCRIPT_FETCH(&script, later);
    CHECK_ERR(ERR_IO, "http://h/a: the server answers 429 Slow and asks to come back in 61 s",
              get(fetch, "http://h/a"), err);
    CHECK_NUMBER(0, script_count(&script.record, "[sleep"));
    end(fetch);
}

TEST(fetch_leaves_other_statuses_to_the_caller)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE,
         {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 None\r\n\r\n",
          "HTTP/1.1 304 Same\r\n\r\n",
          "HTTP/1.1 300 Many\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n",
          "HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"}}};
    static const unsigned statuses[] = {404, 204, 304, 300, 407};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    for (size_t i = 0; i < 5; i++) {
        CHECK_OK(get(fetch, "http://h/a"), err);
        CHECK_NUMBER(statuses[i], result.status);
        CHECK_NUMBER(1, begins);
        if (i == 0)
            CHECK_ERR(ERR_IO, "http://h/a: the server answers 404 Not Found",
                      fetch_refused(&result, &err), err);
    }
    CHECK_ERR(ERR_IO, "http://h/a: the proxy asks for a user name and password (407 Who)",
              fetch_refused(&result, &err), err);
    end(fetch);
}

static enum err_code failing_body(void *ctx, struct slice bytes, struct err *body_err)
{
    (void)ctx, (void)bytes;
    return err_set(body_err, ERR_LIMIT, "the disk is full");
}

TEST(fetch_passes_errors_of_the_sink_on)
{
    static const struct script_line lines[] = {{SCRIPT_CLOSE, {OK_2}}};
    const struct response_sink sink = {NULL, begin, failing_body};
    const struct fetch_request request = {.url = SLICE("http://h/a")};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_ERR(ERR_LIMIT, "http://h/a: the disk is full",
              fetch_get(fetch, &request, &sink, &result, &err), err);
    end(fetch);
}

TEST(fetch_refuses_before_it_connects)
{
    struct fetch_options options;
    struct fetch *fetch = script_fetch(&script, NULL, 0);

    CHECK_ERR(ERR_FORMAT, "\"ftp://h/\": scheme \"ftp\": only http and https are supported",
              get(fetch, "ftp://h/"), err);
    CHECK_ERR(ERR_FORMAT, "\"http://***@h/\": a user name or password in a URL is not supported",
              get(fetch, "http://u:p@h/"), err);
    end(fetch);
    fetch_options_init(&options);
    options.offline = true;
    fetch = script_fetch_with(&script, NULL, 0, options);
    CHECK_ERR(ERR_POLICY, "http://h/: not fetched: --offline forbids the network",
              get(fetch, "http://h/"), err);
    end(fetch);
    CHECK_NUMBER(0, script.record.len);
}

TEST(fetch_without_tls_refuses_https)
{
    struct fetch_options options;
    struct fetch *fetch;

    fetch_options_init(&options);
    CHECK_OK(fetch_open(&options, &fetch, &err), err);
    CHECK_ERR(ERR_IO, "https://h/: https URLs are not supported by this program",
              get(fetch, "https://h/"), err);
    fetch_free(&fetch);
    fetch_free(&fetch);
}

TEST(fetch_sends_a_head_and_a_range)
{
    static const struct script_line lines[] = {
        {SCRIPT_CLOSE, {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", OK_2}}};
    const struct response_sink sink = {NULL, begin, take};
    struct fetch_request request = {.url = SLICE("http://h/a"), .is_head = true};
    struct fetch *fetch = SCRIPT_FETCH(&script, lines);

    CHECK_OK(fetch_get(fetch, &request, &sink, &result, &err), err);
    CHECK_NUMBER(0, body_len);
    request = (struct fetch_request){
        .url = SLICE("http://h/a"), .has_range = true, .range_from = 5, .if_range = SLICE("\"t\"")};
    CHECK_OK(fetch_get(fetch, &request, &sink, &result, &err), err);
    CHECK_NUMBER(1, script_count(&script.record, "HEAD /a HTTP/1.1\r\n"));
    CHECK_NUMBER(1, script_count(&script.record, "Range: bytes=5-\r\nIf-Range: \"t\"\r\n"));
    end(fetch);
}
