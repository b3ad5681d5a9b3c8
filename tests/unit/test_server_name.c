#include "resolver/tls/server_name.h"

#include <string.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

static void check_fits(bool wanted, const char *asked, const char *alt_names)
{
    struct server_name name;
    struct err err;

    CHECK_OK(server_name_parse(asked, &name, &err), err);
    if (server_name_fits(&name, der_script(alt_names)) != wanted) {
        CHECK_TEXT(asked, SLICE("has the wrong verdict"));
        CHECK_TEXT(alt_names, SLICE("has the wrong verdict"));
    }
}

TEST(server_name_fits_the_same_name)
{
    check_fits(true, "mirror.test", "82\"mirror.test\"");
    check_fits(true, "MIRROR.test", "82\"mirror.TEST\"");
    check_fits(true, "mirror.test.", "82\"mirror.test\"");
    check_fits(true, "localhost", "82\"localhost\"");
    check_fits(true, "b.test", "82\"a.test\" 87:01020304 82\"b.test\"");
    check_fits(false, "mirror.test", "82\"other.test\"");
    check_fits(false, "mirror.test", "82\"a.mirror.test\"");
    check_fits(false, "a.mirror.test", "82\"mirror.test\"");
    check_fits(false, "mirror.test", "");
    check_fits(false, "mirror.test", "82:6d6972726f722e7465737400"); /* a NUL at its end */
    check_fits(false, "mirror.test", "82:6d6972726f722e74657374002e6576696c2e74657374");
    check_fits(false, "mirror.test", "81\"mirror.test\"");
    check_fits(false, "mirror.test", "86\"mirror.test\"");
    check_fits(false, "mirror.test", "82\"mirror.test.\"");
}

TEST(server_name_fits_one_label_of_a_wildcard)
{
    check_fits(true, "a.mirror.test", "82\"*.mirror.test\"");
    check_fits(true, "A.Mirror.test", "82\"*.mirror.TEST\"");
    check_fits(false, "mirror.test", "82\"*.mirror.test\"");
    check_fits(false, "a.b.mirror.test", "82\"*.mirror.test\"");
    check_fits(false, "mirror.test", "82\"*.test\"");
    check_fits(false, "a.test", "82\"*\"");
    check_fits(false, "a.test", "82\"*.\"");
    check_fits(false, "a.mirror.test", "82\"*a.mirror.test\"");
    check_fits(false, "aa.mirror.test", "82\"a*.mirror.test\"");
    check_fits(false, "a.b.mirror.test", "82\"a.*.mirror.test\"");
    check_fits(false, "a.b.mirror.test", "82\"*.*.mirror.test\"");
}

TEST(server_name_fits_addresses_by_their_bytes)
{
    check_fits(true, "127.0.0.1", "87:7f000001");
    check_fits(true, "::1", "87:00000000000000000000000000000001");
    check_fits(true, "0:0:0:0:0:0:0:1", "87:00000000000000000000000000000001");
    check_fits(false, "127.0.0.1", "87:7f000002");
    check_fits(false, "127.0.0.1", "82\"127.0.0.1\"");
    check_fits(false, "127.0.0.1", "82\"*.0.0.1\"");
    check_fits(false, "::ffff:127.0.0.1", "87:7f000001");
    check_fits(false, "127.0.0.1", "87:00000000000000000000ffff7f000001");
    check_fits(false, "127.0.0.1", "87:7f00000100");
    check_fits(false, "mirror.test", "87:7f000001");
}

TEST(server_name_refuses_what_is_no_name)
{
    static const char *const bad[] = {"",    ".",      "a..b",  ".a",    "a b",
                                      "a/b", "*.test", "a:443", "[::1]", "K\xC3\xB6ln",
                                      "a\n", "a.b..",  "user@a"};
    struct server_name name;
    struct err err;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_ERR(ERR_USAGE, NULL, server_name_parse(bad[i], &name, &err), err);
        CHECK(name.text[0] == '\0' && !name.is_ip);
    }
    CHECK_ERR(ERR_USAGE, "\"a b\" is neither a DNS name nor an IP address",
              server_name_parse("a b", &name, &err), err);
}

TEST(server_name_has_the_limits_of_dns)
{
    char label[65], name[256];
    struct server_name parsed;
    struct err err;

    memset(label, 'a', 64);
    label[64] = '\0';
    CHECK_ERR(ERR_USAGE, NULL, server_name_parse(label, &parsed, &err), err);
    CHECK_OK(server_name_parse(label + 1, &parsed, &err), err);
    memset(name, 'a', sizeof name);
    for (size_t i = 50; i < 255; i += 50)
        name[i] = '.';
    name[254] = '\0';
    CHECK_ERR(ERR_USAGE, NULL, server_name_parse(name, &parsed, &err), err);
    CHECK_OK(server_name_parse(name + 1, &parsed, &err), err);
    CHECK_NUMBER(253, strlen(parsed.text));
}

static void check_list(const char *wanted, const char *alt_names)
{
    uint8_t bytes[256];
    struct buf list;

    buf_init_fixed(&list, bytes, sizeof bytes);
    server_name_list(der_script(alt_names), &list);
    CHECK_TEXT(wanted, buf_slice(&list));
}

TEST(server_name_lists_what_a_certificate_is_for)
{
    check_list("no server", "");
    check_list("no server", "81\"a@b.test\"");
    check_list("DNS \"a.test\", IP 127.0.0.1, IP ::1",
               "82\"a.test\" 86\"http://x\" 87:7f000001 87:00000000000000000000000000000001");
    check_list("an IP address of another length", "87:7f0000");
    check_list("DNS \"a\", DNS \"b\", DNS \"c\", DNS \"d\", DNS \"e\"",
               "82\"a\" 82\"b\" 82\"c\" 82\"d\" 82\"e\"");
    check_list("DNS \"a\", DNS \"b\", DNS \"c\", DNS \"d\", DNS \"e\" and 2 more",
               "82\"a\" 82\"b\" 82\"c\" 82\"d\" 82\"e\" 82\"f\" 87:01020304");
    check_list("DNS \"\\x1b\"", "82:1b");
}
