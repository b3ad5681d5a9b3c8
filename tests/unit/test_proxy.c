#include "resolver/net/proxy.h"

#include <string.h>

#include "tests/unit/test.h"

static const char *const *environment;

static char *get(const char *name)
{
    for (size_t i = 0; environment[i]; i += 2) {
        if (strcmp(environment[i], name) == 0)
            return (char *)(uintptr_t)environment[i + 1];
    }
    return NULL;
}

static struct proxy_settings settings_of(const char *const *names_and_values)
{
    environment = names_and_values;
    return proxy_settings_read(get);
}

TEST(proxy_settings_prefer_lower_case)
{
    const char *const both[] = {"HTTPS_PROXY", "A", "https_proxy", "b", "HTTP_PROXY", "C",
                                "http_proxy",  "d", "NO_PROXY",    "E", "no_proxy",   "f",
                                NULL};
    const char *const upper[] = {"HTTPS_PROXY", "A", "HTTP_PROXY", "C", "NO_PROXY", "E", NULL};
    const char *const none[] = {NULL};
    struct proxy_settings settings = settings_of(both);

    CHECK_TEXT("b", slice_text(settings.https_proxy));
    CHECK_TEXT("d", slice_text(settings.http_proxy));
    CHECK_TEXT("f", slice_text(settings.no_proxy));
    settings = settings_of(upper);
    CHECK_TEXT("A", slice_text(settings.https_proxy));
    CHECK_TEXT("C", slice_text(settings.http_proxy));
    CHECK_TEXT("E", slice_text(settings.no_proxy));
    settings = settings_of(none);
    CHECK(!settings.https_proxy && !settings.http_proxy && !settings.no_proxy);
}

TEST(proxy_settings_ignore_http_proxy_in_cgi)
{
    const char *const cgi[] = {"REQUEST_METHOD", "GET", "HTTP_PROXY", "C",
                               "HTTPS_PROXY",    "A",   NULL};
    const char *const lower[] = {"REQUEST_METHOD", "GET", "HTTP_PROXY", "C",
                                 "http_proxy",     "d",   NULL};

    CHECK(settings_of(cgi).http_proxy == NULL);
    CHECK_TEXT("A", slice_text(settings_of(cgi).https_proxy));
    CHECK_TEXT("d", slice_text(settings_of(lower).http_proxy));
}

static enum err_code find(struct proxy_settings settings, const char *text, struct proxy *proxy,
                          struct err *err)
{
    struct url url;

    CHECK_OK(url_parse(slice_text(text), &url, err), *err);
    memset(proxy, 1, sizeof *proxy);
    return proxy_find(&settings, &url, proxy, err);
}

TEST(proxy_find_goes_by_scheme)
{
    const struct proxy_settings settings = {"http://s:1", "http://p:2/", NULL};
    struct proxy proxy;
    struct err err;

    CHECK_OK(find(settings, "https://h/", &proxy, &err), err);
    CHECK(proxy.is_used && proxy.url.port == 1);
    CHECK_TEXT("HTTPS_PROXY", slice_text(proxy.variable));
    CHECK_TEXT("", slice_text(proxy.authorization));
    CHECK_OK(find(settings, "http://h/", &proxy, &err), err);
    CHECK(proxy.is_used && proxy.url.port == 2);
    CHECK_TEXT("p", proxy.url.host);
    CHECK_TEXT("HTTP_PROXY", slice_text(proxy.variable));
}

TEST(proxy_find_without_settings_is_none)
{
    struct proxy proxy;
    struct err err;

    CHECK_OK(find((struct proxy_settings){"", "http://p:2", NULL}, "https://h/", &proxy, &err),
             err);
    CHECK(!proxy.is_used && !proxy.variable);
    CHECK_OK(find((struct proxy_settings){NULL, NULL, "h"}, "http://h/", &proxy, &err), err);
    CHECK(!proxy.is_used);
    CHECK_OK(find((struct proxy_settings){"http://p:2", NULL, "i h"}, "https://h/", &proxy, &err),
             err);
    CHECK(!proxy.is_used);
    CHECK_OK(find((struct proxy_settings){"http://p:2", NULL, "i"}, "https://h/", &proxy, &err),
             err);
    CHECK(proxy.is_used);
}

TEST(proxy_find_encodes_credentials)
{
    static const char *const cases[][2] = {
        {"http://user:pass@p:1", "Basic dXNlcjpwYXNz"},
        {"http://us%3aer:p%40s%25s@p:1", "Basic dXM6ZXI6cEBzJXM="},
        {"http://user@p:1", "Basic dXNlcjo="},
        {"http://:pass@p:1", "Basic OnBhc3M="},
        {"http://[::1]:1", ""},
        {"http://u:p@[::1]:1", "Basic dTpw"},
    };
    struct proxy proxy;
    struct err err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_OK(find((struct proxy_settings){cases[i][0], NULL, NULL}, "https://h/", &proxy, &err),
                 err);
        CHECK_TEXT(cases[i][1], slice_text(proxy.authorization));
    }
}

TEST(proxy_find_refuses)
{
    static const char *const cases[][2] = {
        {"p:1", "HTTPS_PROXY: write it as http://HOST:PORT"},
        {"p", "HTTPS_PROXY: write it as http://HOST:PORT"},
        {"https://p:1", "HTTPS_PROXY: only http:// proxies are supported"},
        {"socks5://p:1", "HTTPS_PROXY: only http:// proxies are supported"},
        {"http://p", "HTTPS_PROXY: no port is given: write it as http://HOST:PORT"},
        {"http://p/", "HTTPS_PROXY: no port is given: write it as http://HOST:PORT"},
        {"http://user:pass@p", "HTTPS_PROXY: no port is given: write it as http://HOST:PORT"},
        {"http://[::1]/", "HTTPS_PROXY: no port is given: write it as http://HOST:PORT"},
        {"http://p:x", "HTTPS_PROXY: not the URL of a proxy: write it as http://HOST:PORT"},
        {"http://p:1/x", "HTTPS_PROXY: not the URL of a proxy: write it as http://HOST:PORT"},
        {"http://", "HTTPS_PROXY: not the URL of a proxy: write it as http://HOST:PORT"},
        {"http://u:se cret@p:1",
         "HTTPS_PROXY: not the URL of a proxy: write it as http://HOST:PORT"},
    };
    struct proxy proxy;
    struct err err;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_ERR(
            ERR_USAGE, cases[i][1],
            find((struct proxy_settings){cases[i][0], NULL, NULL}, "https://h/", &proxy, &err),
            err);
        CHECK(!proxy.is_used && proxy.url.port == 0);
    }
    CHECK_ERR(ERR_USAGE, "HTTP_PROXY: only http:// proxies are supported",
              find((struct proxy_settings){NULL, "ftp://p:1", NULL}, "http://h/", &proxy, &err),
              err);
    CHECK_ERR(ERR_USAGE, "NO_PROXY: entry \"a/b\": not a network (ADDRESS/BITS)",
              find((struct proxy_settings){NULL, "http://p:1", "a/b"}, "http://h/", &proxy, &err),
              err);
}

TEST(proxy_find_keeps_its_limit)
{
    char value[PROXY_CREDENTIALS_MAX + 40];
    struct proxy proxy;
    struct err err;

    for (size_t len = PROXY_CREDENTIALS_MAX; len <= PROXY_CREDENTIALS_MAX + 1; len++) {
        memset(value, 'u', sizeof value);
        memcpy(value, "http://", 7);
        memcpy(value + 7 + 3, ":", 1);
        memcpy(value + 7 + len, "@p:1", 5);
        if (len == PROXY_CREDENTIALS_MAX)
            CHECK_OK(find((struct proxy_settings){value, NULL, NULL}, "https://h/", &proxy, &err),
                     err);
        else
            CHECK_ERR(ERR_USAGE, "HTTPS_PROXY: user name and password of more than 512 bytes",
                      find((struct proxy_settings){value, NULL, NULL}, "https://h/", &proxy, &err),
                      err);
    }
}
