#include "resolver/net/url_reference.h"

#include <string.h>

#include "tests/unit/test.h"

static uint8_t text[URL_MAX];
static struct buf out;
static struct url result;
static struct err err;

static enum err_code resolve(const char *base, struct slice reference)
{
    struct url url;

    CHECK_OK(url_parse(slice_text(base), &url, &err), err);
    buf_init_fixed(&out, text, sizeof text);
    memset(&result, 1, sizeof result);
    return url_resolve(&url, reference, &out, &result, &err);
}

static enum err_code join(const char *base, const char *name)
{
    struct url url;

    CHECK_OK(url_parse(slice_text(base), &url, &err), err);
    buf_init_fixed(&out, text, sizeof text);
    memset(&result, 1, sizeof result);
    return url_join(&url, slice_text(name), &out, &result, &err);
}

/* RFC 3986 5.4, those that lead to http */
TEST(url_reference_resolves_as_the_rfc_says)
{
    static const char *const cases[][2] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"https://H:444/x/../y?z#f", "https://h:444/y?z"},
        {"HTTP://h", "http://h"},
        {"/", "http://a/"},
        {"a:b", NULL},
    };

    for (size_t i = 0; cases[i][1]; i++) {
        CHECK_OK(resolve("http://a/b/c/d;p?q", test_guarded(slice_text(cases[i][0]))), err);
        CHECK_TEXT(cases[i][1], buf_slice(&out));
    }
}

TEST(url_reference_keeps_scheme_and_an_empty_base_path)
{
    CHECK_OK(resolve("https://a:444", SLICE("g")), err);
    CHECK_TEXT("https://a:444/g", buf_slice(&out));
    CHECK_OK(resolve("https://a:444", SLICE("//b/x")), err);
    CHECK_TEXT("https://b/x", buf_slice(&out));
    CHECK(result.scheme == URL_HTTPS && result.port == 443);
    /* a colon after the first slash begins no scheme */
    CHECK_OK(resolve("https://a/", SLICE("./x:y")), err);
    CHECK_TEXT("https://a/x:y", buf_slice(&out));
}

TEST(url_reference_refuses)
{
    CHECK_ERR(ERR_FORMAT, "scheme \"file\": only http and https are supported",
              resolve("http://a/", SLICE("file:///etc/passwd")), err);
    CHECK(result.host.ptr == NULL);
    CHECK_ERR(ERR_FORMAT, "not a URL: it does not begin with http:// or https://",
              resolve("http://a/", SLICE("javascript:alert")), err);
    CHECK_ERR(ERR_FORMAT, "a user name or password in a URL is not supported",
              resolve("http://a/", SLICE("http://u:p@b/")), err);
    CHECK_ERR(ERR_FORMAT, "path: the character \" \" cannot stand in a URL unencoded",
              resolve("http://a/", SLICE("/a b")), err);
    CHECK_ERR(ERR_FORMAT, "path: the character \"\\x00\" cannot stand in a URL unencoded",
              resolve("http://a/", SLICE("/a\0b")), err);
    CHECK_ERR(ERR_FORMAT, "host: empty", resolve("http://a/", SLICE("//")), err);
    CHECK_ERR(ERR_FORMAT, "host: empty", resolve("http://a/", SLICE("http:///x")), err);
}

TEST(url_reference_keeps_its_limit)
{
    char longest[URL_MAX + 1];

    memset(longest, 'a', sizeof longest);
    CHECK_OK(resolve("http://a/", slice_of(longest, URL_MAX - 9)), err);
    CHECK_NUMBER(URL_MAX, out.len);
    CHECK_ERR(ERR_LIMIT, "a URL of more than 8192 bytes",
              resolve("http://a/", slice_of(longest, URL_MAX - 8)), err);
    CHECK(result.host.ptr == NULL);
    CHECK_ERR(ERR_LIMIT, "a URL of more than 8192 bytes",
              resolve("http://a/", slice_of(longest, URL_MAX + 1)), err);
    memcpy(longest, "http://h/", 9);
    CHECK_ERR(ERR_LIMIT, "a URL of more than 8192 bytes",
              resolve("http://a/", slice_of(longest, URL_MAX + 1)), err);
}

TEST(url_join_puts_one_slash_between)
{
    static const char *const cases[][3] = {
        {"https://h", "images/v2.2.0.json", "https://h/images/v2.2.0.json"},
        {"https://h/", "images/v2.2.0.json", "https://h/images/v2.2.0.json"},
        {"https://h:8443/a/b", "x", "https://h:8443/a/b/x"},
        {"https://h/a/b/", "x/y", "https://h/a/b/x/y"},
        {"http://h/a//", "x", "http://h/a//x"},
        {"http://h", "constellation/v1/ref/-/x", "http://h/constellation/v1/ref/-/x"},
        {"http://h", "a b%?#/\xc3\xbc~", "http://h/a%20b%25%3F%23/%C3%BC~"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_OK(join(cases[i][0], cases[i][1]), err);
        CHECK_TEXT(cases[i][2], buf_slice(&out));
    }
}

TEST(url_join_refuses_names_that_leave_the_base)
{
    static const char *const names[] = {"", "/a", "a/", "a//b", "..", "a/../b", ".", "a/.", "../a"};
    char name[URL_MAX];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK_ERR(ERR_FORMAT, "a document name with an empty, \".\" or \"..\" segment",
                  join("http://h/b", names[i]), err);
        CHECK(result.host.ptr == NULL);
    }
    CHECK_ERR(ERR_FORMAT, "a base URL has no query (\"?\")", join("http://h/b?c", "a"), err);
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    CHECK_ERR(ERR_LIMIT, "a URL of more than 8192 bytes", join("http://h/", name), err);
}
