/*
 * fuzz_url.c - each line of any bytes as a URL, a reference, a document name, NO_PROXY, a proxy.
 *
 * Holds: what is parsed and written again parses to the same; no result has a byte that could
 * end a request line; a document never leaves its base.
 */
#include <string.h>

#include "resolver/net/no_proxy.h"
#include "resolver/net/proxy.h"
#include "resolver/net/url_reference.h"
#include "tests/fuzz/fuzz.h"

#define LINES_MAX 64

static void check_bytes(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        FUZZ_CHECK(text.ptr[i] > ' ' && text.ptr[i] < 0x7F);
}

/* Writing it is stable, and keeps the meaning. */
static void check_url(const struct url *url)
{
    static uint8_t text[URL_MAX + 64], again[URL_MAX + 64];
    struct buf one, other;
    struct url copy;
    struct err err;

    buf_init_fixed(&one, text, sizeof text);
    url_format(url, &one);
    FUZZ_CHECK(!one.failed);
    check_bytes(buf_slice(&one));
    if (one.len > URL_MAX) /* "/" added to the longest one */
        return;
    FUZZ_CHECK(url_parse(buf_slice(&one), &copy, &err) == ERR_OK && url_same_origin(url, &copy));
    buf_init_fixed(&other, again, sizeof again);
    url_format(&copy, &other);
    FUZZ_CHECK(slice_equal(buf_slice(&one), buf_slice(&other)));
    FUZZ_CHECK(strlen(url_show(url).text) < sizeof url_show(url).text);
}

static void check_reference(struct slice base_text, struct slice reference)
{
    static uint8_t text[URL_MAX];
    struct url base, url;
    struct buf buf;
    struct err err;

    FUZZ_CHECK(url_parse(base_text, &base, &err) == ERR_OK);
    buf_init_fixed(&buf, text, sizeof text);
    if (url_resolve(&base, reference, &buf, &url, &err) == ERR_OK)
        check_url(&url);
    buf_init_fixed(&buf, text, sizeof text);
    if (url_join(&base, reference, &buf, &url, &err) == ERR_OK) {
        FUZZ_CHECK(url_same_origin(&base, &url) && slice_begins(url.path, "/b/c/"));
        FUZZ_CHECK(!url.has_query);
        check_url(&url);
    }
}

static void check_proxy(struct slice text)
{
    char value[1024];
    struct proxy_settings settings = {.http_proxy = value};
    struct proxy proxy;
    struct url url;
    struct err err;
    bool matches = false;

    if (text.len >= sizeof value || url_parse(SLICE("http://192.0.2.7:81/"), &url, &err))
        return;
    if (no_proxy_matches(text, &url, &matches, &err))
        FUZZ_CHECK(!matches);
    if (text.len)
        memcpy(value, text.ptr, text.len);
    value[text.len] = '\0';
    if (proxy_find(&settings, &url, &proxy, &err) == ERR_OK && proxy.is_used)
        check_bytes(slice_part(slice_text(proxy.authorization), 6, sizeof proxy.authorization));
}

static void check_line(struct slice text)
{
    struct url url;
    struct err err;

    if (url_parse(text, &url, &err) == ERR_OK) {
        FUZZ_CHECK(url.userinfo.len == 0);
        check_url(&url);
    } else {
        FUZZ_CHECK(url.host.ptr == NULL);
    }
    FUZZ_CHECK(strlen(url_show_text(text).text) < sizeof url_show_text(text).text);
    check_reference(SLICE("https://h:444/b/c/"), text);
    check_proxy(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of(data, size);

    for (int lines = 0; rest.ptr && lines < LINES_MAX; lines++)
        check_line(slice_cut(&rest, '\n'));
    return 0;
}
