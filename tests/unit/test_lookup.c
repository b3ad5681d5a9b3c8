#include "resolver/net/lookup.h"

#include <sys/wait.h>

#include "tests/unit/test.h"

static struct addresses addresses;
static struct watch watch;
static struct err err;

static enum err_code look_up(const char *text)
{
    struct url url;

    CHECK_OK(url_parse(slice_text(text), &url, &err), err);
    watch_start(&watch, LONG_MS);
    addresses.count = 99;
    return lookup(&url, &watch, &addresses, &err);
}

TEST(lookup_reads_addresses_as_they_are)
{
    CHECK_OK(look_up("http://192.0.2.7:81/"), err);
    CHECK_NUMBER(1, addresses.count);
    CHECK_TEXT("192.0.2.7 port 81", slice_text(address_show(&addresses.list[0]).text));
    CHECK_NUMBER(sizeof(struct sockaddr_in), address_size(&addresses.list[0]));
    CHECK_OK(look_up("https://[2001:DB8::7]/"), err);
    CHECK_NUMBER(1, addresses.count);
    CHECK_TEXT("2001:db8::7 port 443", slice_text(address_show(&addresses.list[0]).text));
    CHECK_NUMBER(sizeof(struct sockaddr_in6), address_size(&addresses.list[0]));
}

TEST(lookup_knows_localhost)
{
    CHECK_OK(look_up("http://localhost:81/"), err);
    CHECK(addresses.count > 0);
    for (size_t i = 0; i < addresses.count; i++)
        CHECK(slice_is(slice_text(address_show(&addresses.list[i]).text), "127.0.0.1 port 81") ||
              slice_is(slice_text(address_show(&addresses.list[i]).text), "::1 port 81"));
}

TEST(lookup_leaves_no_child)
{
    CHECK_OK(look_up("http://localhost/"), err);
    CHECK(waitpid(-1, NULL, WNOHANG) <= 0);
}

TEST(lookup_obeys_the_time_limit)
{
    struct url url;

    CHECK_OK(url_parse(SLICE("http://localhost/"), &url, &err), err);
    watch_start(&watch, 0);
    CHECK_ERR(ERR_IO, "host \"localhost\": looking up the host's name: timed out after 0 s",
              lookup(&url, &watch, &addresses, &err), err);
    CHECK(watch.is_broken);
    CHECK_NUMBER(0, addresses.count);
    CHECK(waitpid(-1, NULL, WNOHANG) <= 0);
}
