#include "resolver/net/no_proxy.h"
#include "tests/unit/test.h"

static bool matches(const char *list, const char *text)
{
    struct url url;
    struct err err;
    bool result = false;

    CHECK_OK(url_parse(slice_text(text), &url, &err), err);
    CHECK_OK(no_proxy_matches(test_guarded(slice_text(list)), &url, &result, &err), err);
    return result;
}

struct row {
    const char *list, *url;
};

TEST(no_proxy_matches_what_it_names)
{
    static const struct row rows[] = {
        {"*", "http://h/"},
        {"*", "http://[::1]/"},
        {"*:80", "http://h/"},
        {"h", "http://h/"},
        {"H", "http://h/"},
        {"example.com", "http://example.com/"},
        {"example.com", "http://a.example.com/"},
        {"example.com", "http://a.b.EXAMPLE.com/"},
        {".example.com", "http://a.example.com/"},
        {".example.com", "http://example.com/"},
        {"*.example.com", "http://a.example.com/"},
        {"*.example.com", "http://example.com/"},
        {"example.com:80", "http://example.com/"},
        {"example.com:8080", "http://a.example.com:8080/"},
        {"a,b,h", "http://h/"},
        {"a b\th", "http://h/"},
        {" , ,h, ", "http://h/"},
        {"192.0.2.7", "http://192.0.2.7/"},
        {"192.0.2.7:81", "http://192.0.2.7:81/"},
        {"192.0.2.0/24", "http://192.0.2.255/"},
        {"192.0.2.128/25", "http://192.0.2.128/"},
        {"0.0.0.0/0", "http://192.0.2.1/"},
        {"192.0.2.7/32", "http://192.0.2.7/"},
        {"::1", "http://[::1]/"},
        {"0:0:0:0:0:0:0:1", "http://[::1]/"},
        {"[::1]", "http://[::1]/"},
        {"[::1]:81", "http://[::1]:81/"},
        {"2001:DB8::/32", "http://[2001:db8:1::]/"},
        {"2001:db8::/33", "http://[2001:db8:7fff::]/"},
        {"::/0", "http://[2001:db8:1::]/"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!matches(rows[i].list, rows[i].url))
            test_check_text(rows[i].list, SLICE("no match"), __FILE__, __LINE__);
    }
}

TEST(no_proxy_leaves_what_it_does_not_name)
{
    static const struct row rows[] = {
        {"", "http://h/"},
        {" , ", "http://h/"},
        {".", "http://h/"},
        {"*.", "http://h/"},
        {"*:81", "http://h/"},
        {"h*", "http://h/"},
        {"ample.com", "http://example.com/"},
        {"a.example.com", "http://example.com/"},
        {"example.com", "http://example.com.evil/"},
        {"example.com:81", "http://example.com/"},
        {"example.com:", "http://example.com/"},
        {"example.com:x", "http://example.com/"},
        {"2.7", "http://192.0.2.7/"},
        {"192.0.2.7", "http://192.0.2.8/"},
        {"192.0.2.7", "http://h/"},
        {"192.0.2.7:80", "http://192.0.2.7:81/"},
        {"192.0.2.0/25", "http://192.0.2.128/"},
        {"192.0.2.0/24", "http://h/"},
        {"0.0.0.0/0", "http://[::1]/"},
        {"::/0", "http://192.0.2.1/"},
        {"::/0", "http://h/"},
        {"::1", "http://[::2]/"},
        {"[::1]:81", "http://[::1]/"},
        {"2001:db8::/33", "http://[2001:db8:8000::]/"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (matches(rows[i].list, rows[i].url))
            test_check_text(rows[i].list, SLICE("match"), __FILE__, __LINE__);
    }
}

TEST(no_proxy_refuses_networks_that_are_none)
{
    static const char *const cases[][2] = {
        {"10.0.0.0/33", "entry \"10.0.0.0/33\": not a network (ADDRESS/BITS)"},
        {"10.0.0.0/", "entry \"10.0.0.0/\": not a network (ADDRESS/BITS)"},
        {"10.0.0/8", "entry \"10.0.0/8\": not a network (ADDRESS/BITS)"},
        {"10.0.0.0/8/8", "entry \"10.0.0.0/8/8\": not a network (ADDRESS/BITS)"},
        {"h,::/129", "entry \"::/129\": not a network (ADDRESS/BITS)"},
        {"/", "entry \"/\": not a network (ADDRESS/BITS)"},
        {"http://h/", "entry \"http://h/\": not a network (ADDRESS/BITS)"},
    };
    struct url url;
    struct err err;
    bool result;

    CHECK_OK(url_parse(SLICE("http://h/"), &url, &err), err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        result = true;
        CHECK_ERR(ERR_USAGE, cases[i][1],
                  no_proxy_matches(slice_text(cases[i][0]), &url, &result, &err), err);
        CHECK(!result);
    }
}
