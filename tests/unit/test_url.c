#include "resolver/net/url.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/test.h"

/* scheme|type|host|port|path|query */
static const char *describe(const struct url *url)
{
    static const char *const types[] = {"name", "ipv4", "ipv6"};
    static char text[2 * URL_MAX];

    snprintf(text, sizeof text, "%s|%s|%.*s|%u|%.*s|%s%.*s", url_scheme_name(url->scheme),
             types[url->host_type], (int)url->host.len, (const char *)url->host.ptr,
             (unsigned)url->port, (int)url->path.len, (const char *)url->path.ptr,
             url->has_query ? "?" : "", (int)url->query.len, (const char *)url->query.ptr);
    return text;
}

TEST(url_parse_takes_urls_apart)
{
    static const char *const cases[][2] = {
        {"http://example.com", "http|name|example.com|80||"},
        {"https://example.com/", "https|name|example.com|443|/|"},
        {"HTTPS://Example.COM:8443/a/b.json?x=1&y=/?:@",
         "https|name|Example.COM|8443|/a/b.json|?x=1&y=/?:@"},
        {"http://192.0.2.7:1/x", "http|ipv4|192.0.2.7|1|/x|"},
        {"http://[2001:db8::7]:65535", "http|ipv6|2001:db8::7|65535||"},
        {"http://[::1]/", "http|ipv6|::1|80|/|"},
        {"http://a_b.example/%7Euser/;v=1,2$!'()*+=",
         "http|name|a_b.example|80|/%7Euser/;v=1,2$!'()*+=|"},
        {"http://h?", "http|name|h|80||?"},
        {"http://h/?a?b", "http|name|h|80|/|?a?b"},
        {"http://xn--mnchen-3ya.example/", "http|name|xn--mnchen-3ya.example|80|/|"},
        {"http://1a.2b/", "http|name|1a.2b|80|/|"},
        {"http://h//double//", "http|name|h|80|//double//|"},
    };
    struct url url;
    struct err err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_OK(url_parse(test_guarded(slice_text(cases[i][0])), &url, &err), err);
        CHECK_TEXT(cases[i][1], slice_text(describe(&url)));
    }
}

TEST(url_parse_refuses)
{
    static const char *const cases[][2] = {
        {"", "not a URL: it does not begin with http:// or https://"},
        {"example.com", "not a URL: it does not begin with http:// or https://"},
        {"http:/example.com", "not a URL: it does not begin with http:// or https://"},
        {"http:", "not a URL: it does not begin with http:// or https://"},
        {"file:///etc/passwd", "scheme \"file\": only http and https are supported"},
        {"ftp://h/", "scheme \"ftp\": only http and https are supported"},
        {"httpss://h/", "scheme \"httpss\": only http and https are supported"},
        {"://h/", "scheme \"\": only http and https are supported"},
        {"http://", "host: empty"},
        {"http:///path", "host: empty"},
        {"http://:80/", "host: empty"},
        {"http://?x", "host: empty"},
        {"http://user@h/", "a user name or password in a URL is not supported"},
        {"http://user:secret@h/", "a user name or password in a URL is not supported"},
        {"http://@h/", "a user name or password in a URL is not supported"},
        {"http://h:/", "port \"\": not a number from 1 to 65535"},
        {"http://h:0/", "port \"0\": not a number from 1 to 65535"},
        {"http://h:65536/", "port \"65536\": not a number from 1 to 65535"},
        {"http://h:+80/", "port \"+80\": not a number from 1 to 65535"},
        {"http://h:80:90/", "port \"80:90\": not a number from 1 to 65535"},
        {"http://h./", "host \"h.\": a final dot is not supported"},
        {"http://a..b/", "host \"a..b\": not a DNS name"},
        {"http://.a/", "host \".a\": not a DNS name"},
        {"http://-a/", "host \"-a\": not a DNS name"},
        {"http://a-.b/", "host \"a-.b\": not a DNS name"},
        {"http://a b/", "host \"a b\": not a DNS name (non-ASCII names as xn--...)"},
        {"http://a%41/", "host \"a%41\": not a DNS name"},
        {"http://b\xc3\xbc.de/",
         "host \"b\xc3\xbc.de\": not a DNS name (non-ASCII names as xn--...)"},
        {"http://a\\b/", "host \"a\\\\b\": not a DNS name (non-ASCII names as xn--...)"},
        {"http://127.1/", "host \"127.1\": neither a DNS name nor an IPv4 address"},
        {"http://1.2.3.256/", "host \"1.2.3.256\": neither a DNS name nor an IPv4 address"},
        {"http://1.2.3.4.5/", "host \"1.2.3.4.5\": neither a DNS name nor an IPv4 address"},
        {"http://0x7f000001/", "host \"0x7f000001\": neither a DNS name nor an IPv4 address"},
        {"http://0x7f.0Xa/", "host \"0x7f.0Xa\": neither a DNS name nor an IPv4 address"},
        {"http://2130706433/", "host \"2130706433\": neither a DNS name nor an IPv4 address"},
        {"http://[::1/", "host \"[::1\": not an IPv6 address in brackets"},
        {"http://[]/", "host \"[]\": not an IPv6 address in brackets"},
        {"http://[1.2.3.4]/", "host \"[1.2.3.4]\": not an IPv6 address in brackets"},
        {"http://[v1.x]/", "host \"[v1.x]\": not an IPv6 address in brackets"},
        {"http://[fe80::1%25eth0]/",
         "host \"[fe80::1%25eth0]\": not an IPv6 address in brackets (zones are not supported)"},
        {"http://[::1]x/", "host \"[::1]x\": bytes after the address"},
        {"http://::1/", "host: empty"},
        {"http://h/a#b", "a fragment (\"#\") has no place in a URL to fetch"},
        {"http://h#b", "a fragment (\"#\") has no place in a URL to fetch"},
        {"http://h/?a#b", "a fragment (\"#\") has no place in a URL to fetch"},
        {"http://h/a b", "path: the character \" \" cannot stand in a URL unencoded"},
        {"http://h/a\nb", "path: the character \"\\x0a\" cannot stand in a URL unencoded"},
        {"http://h/a\rb", "path: the character \"\\x0d\" cannot stand in a URL unencoded"},
        {"http://h/a\x7f", "path: the character \"\\x7f\" cannot stand in a URL unencoded"},
        {"http://h/\xff", "path: the character \"\\xff\" cannot stand in a URL unencoded"},
        {"http://h/<", "path: the character \"<\" cannot stand in a URL unencoded"},
        {"http://h/a|b", "path: the character \"|\" cannot stand in a URL unencoded"},
        {"http://h/[", "path: the character \"[\" cannot stand in a URL unencoded"},
        {"http://h/%", "path: \"%\" without two hexadecimal digits after it"},
        {"http://h/%4", "path: \"%\" without two hexadecimal digits after it"},
        {"http://h/%4g", "path: \"%\" without two hexadecimal digits after it"},
        {"http://h/?%zz", "query: \"%\" without two hexadecimal digits after it"},
        {"http://h/?a b", "query: the character \" \" cannot stand in a URL unencoded"},
        {"http://h\n/", "host \"h\\x0a\": not a DNS name (non-ASCII names as xn--...)"},
    };
    struct url url;
    struct err err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&url, 1, sizeof url);
        CHECK_ERR(ERR_FORMAT, cases[i][1],
                  url_parse(test_guarded(slice_text(cases[i][0])), &url, &err), err);
        CHECK(url.host.ptr == NULL && url.port == 0);
    }
}

TEST(url_parse_refuses_nul)
{
    struct url url;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "path: the character \"\\x00\" cannot stand in a URL unencoded",
              url_parse(test_guarded(SLICE("http://h\0/")), &url, &err), err);
    CHECK_ERR(ERR_FORMAT, "path: the character \"\\x00\" cannot stand in a URL unencoded",
              url_parse(test_guarded(SLICE("http://h/\0")), &url, &err), err);
    CHECK_ERR(ERR_FORMAT, "path: the character \"\\x00\" cannot stand in a URL unencoded",
              url_parse(test_guarded(SLICE("http://1.2.3.4\0/")), &url, &err), err);
}

TEST(url_parse_keeps_its_limits)
{
    char text[URL_MAX + 2];
    struct url url;
    struct err err;

    memset(text, 'a', sizeof text);
    memcpy(text, "http://h/", 9);
    CHECK_OK(url_parse(slice_of(text, URL_MAX), &url, &err), err);
    CHECK_ERR(ERR_LIMIT, "a URL of 8193 bytes (at most 8192)",
              url_parse(slice_of(text, URL_MAX + 1), &url, &err), err);
    text[8] = 'a';
    text[7 + 63] = '/';
    CHECK_OK(url_parse(slice_of(text, 7 + 63), &url, &err), err);
    text[7 + 63] = 'a';
    CHECK(url_parse(slice_of(text, 7 + 64), &url, &err) == ERR_FORMAT);
    for (size_t i = 7 + 50; i < 400; i += 50)
        text[i] = '.';
    CHECK_OK(url_parse(slice_of(text, 7 + 253), &url, &err), err);
    CHECK_ERR(ERR_FORMAT, "host: longer than 253 bytes",
              url_parse(slice_of(text, 7 + 254), &url, &err), err);
}

TEST(url_parse_proxy_takes_a_user_and_no_path)
{
    struct url url;
    struct err err;

    CHECK_OK(url_parse_proxy(SLICE("http://us%3Aer:pa%40ss@p.example:3128/"), &url, &err), err);
    CHECK_TEXT("us%3Aer:pa%40ss", url.userinfo);
    CHECK_TEXT("http|name|p.example|3128|/|", slice_text(describe(&url)));
    CHECK_ERR(ERR_FORMAT, "the URL of a proxy has no path",
              url_parse_proxy(SLICE("http://p:1/x"), &url, &err), err);
    CHECK(url.host.ptr == NULL);
    CHECK_ERR(ERR_FORMAT, "the URL of a proxy has no path",
              url_parse_proxy(SLICE("http://p:1/?x"), &url, &err), err);
    CHECK_ERR(ERR_FORMAT, "user name or password: special characters must be percent-encoded",
              url_parse_proxy(SLICE("http://u:p w@p:1"), &url, &err), err);
    CHECK_ERR(ERR_FORMAT, "user name or password: special characters must be percent-encoded",
              url_parse_proxy(SLICE("http://u:p%4@p:1"), &url, &err), err);
    /* the second @ is not one that a user name may hold */
    CHECK(url_parse_proxy(SLICE("http://u:p@ss@p:1"), &url, &err) == ERR_FORMAT);
}

static struct slice formatted(const char *text, char *out, size_t size)
{
    struct url url;
    struct err err;
    struct buf buf;

    buf_init_fixed(&buf, out, size);
    CHECK_OK(url_parse_proxy(slice_text(text), &url, &err), err);
    url_format(&url, &buf);
    return buf_slice(&buf);
}

TEST(url_format_writes_it_back_without_userinfo)
{
    char out[200];

    CHECK_TEXT("http://example.com/", formatted("HTTP://Example.com", out, sizeof out));
    CHECK_TEXT("http://example.com/", formatted("http://u:p@example.com:80", out, sizeof out));
    CHECK_TEXT("http://example.com:443/", formatted("http://example.com:443/", out, sizeof out));
    CHECK_TEXT("https://[2001:db8::f]/", formatted("https://[2001:DB8::F]:443", out, sizeof out));
}

TEST(url_format_host_and_target)
{
    char out[200];
    struct buf buf;
    struct url url;
    struct err err;

    CHECK_OK(url_parse(SLICE("https://[::1]/a?b"), &url, &err), err);
    buf_init_fixed(&buf, out, sizeof out);
    url_format_host(&url, true, &buf);
    CHECK_TEXT("[::1]:443", buf_slice(&buf));
    buf_clear(&buf);
    url_format_target(&url, &buf);
    CHECK_TEXT("/a?b", buf_slice(&buf));
    CHECK_OK(url_parse(SLICE("https://h?"), &url, &err), err);
    buf_clear(&buf);
    url_format_target(&url, &buf);
    CHECK_TEXT("/?", buf_slice(&buf));
}

static bool same(const char *a, const char *b)
{
    struct url one, other;
    struct err err;

    CHECK_OK(url_parse(slice_text(a), &one, &err), err);
    CHECK_OK(url_parse(slice_text(b), &other, &err), err);
    return url_same_origin(&one, &other);
}

TEST(url_same_origin_compares_scheme_host_and_port)
{
    CHECK(same("http://h/a", "http://H:80/b?c"));
    CHECK(!same("http://h/", "https://h/"));
    CHECK(!same("http://h:443/", "https://h/"));
    CHECK(!same("http://h/", "http://h:81/"));
    CHECK(!same("http://h/", "http://hh/"));
    CHECK(!same("http://h/", "http://i/"));
    CHECK(same("http://[::A]/", "http://[::a]/"));
}

static struct url_shown shown(const char *text)
{
    struct url url;
    struct err err;

    CHECK_OK(url_parse_proxy(slice_text(text), &url, &err), err);
    return url_show(&url);
}

TEST(url_show_hides_what_grants_access)
{
    struct url url;
    struct err err;

    CHECK_TEXT("http://p:1/", slice_text(shown("http://u:secret@p:1/").text));
    CHECK_OK(url_parse(SLICE("https://h/x?X-Amz-Signature=abc"), &url, &err), err);
    CHECK_TEXT("https://h/x?...", slice_text(url_show(&url).text));
}

TEST(url_show_cuts_long_urls)
{
    char text[1000];
    struct url url;
    struct err err;
    struct url_shown cut;

    memset(text, 'a', sizeof text);
    memcpy(text, "http://h/", 9);
    CHECK_OK(url_parse(slice_of(text, sizeof text), &url, &err), err);
    cut = url_show(&url);
    CHECK_NUMBER(sizeof cut.text - 1, strlen(cut.text));
    CHECK(slice_ends(slice_text(cut.text), "a..."));
    CHECK_OK(url_parse(slice_of(text, sizeof cut.text - 4), &url, &err), err);
    CHECK(slice_ends(slice_text(url_show(&url).text), "aa"));
}

TEST(url_show_text_hides_what_grants_access)
{
    CHECK_TEXT("\"htp//x\"", slice_text(url_show_text(SLICE("htp//x")).text));
    CHECK_TEXT("\"http://***@h/ x\"", slice_text(url_show_text(SLICE("http://u:p@h/ x")).text));
    CHECK_TEXT("\"//***@h\"", slice_text(url_show_text(SLICE("u:p@h")).text));
    CHECK_TEXT("\"http://***@h/?...\"", slice_text(url_show_text(SLICE("http://u@h/?k=v")).text));
    CHECK_TEXT("\"http://h/?...\"", slice_text(url_show_text(SLICE("http://h/?k=v@w")).text));
    CHECK_TEXT("\"http://h/\\x1b\"", slice_text(url_show_text(SLICE("http://h/\x1b")).text));
    CHECK_TEXT("\"\"", slice_text(url_show_text(SLICE("")).text));
}
