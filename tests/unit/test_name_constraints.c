#include "resolver/tls/name_constraints.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

#define NO_SUBJECT "30{}"
#define SUBJECT "30{31{30{06:55040A 0C\"Sealift\"}} 31{30{06:550403 0C\"a\"}}}"

static enum err_code check_cert(const char *constraints, const char *subject, const char *alt_names,
                                const char *server, bool *is_within, struct err *err)
{
    struct x509 cert = {.subject = der_script(subject), .alt_names = der_script(alt_names)};
    struct server_name name;

    *is_within = true;
    if (server)
        CHECK_OK(server_name_parse(server, &name, err), *err);
    return name_constraints_check(der_script(constraints), &cert, server ? &name : NULL, is_within,
                                  err);
}

static void check(bool wanted, const char *constraints, const char *subject, const char *alt_names,
                  const char *server)
{
    struct err err;
    bool is_within;

    CHECK_OK(check_cert(constraints, subject, alt_names, server, &is_within, &err), err);
    if (is_within != wanted)
        CHECK_TEXT(constraints, slice_text(alt_names));
}

/* One permitted, or one excluded, subtree. */
static void check_base(bool is_in, const char *base, const char *name)
{
    char permitted[256], excluded[256];

    snprintf(permitted, sizeof permitted, "A0{30{%s}}", base);
    snprintf(excluded, sizeof excluded, "A1{30{%s}}", base);
    check(is_in, permitted, NO_SUBJECT, name, NULL);
    check(!is_in, excluded, NO_SUBJECT, name, NULL);
}

TEST(name_constraints_know_dns_subtrees)
{
    check_base(true, "82\"mirror.test\"", "82\"mirror.test\"");
    check_base(true, "82\"mirror.test\"", "82\"www.mirror.test\"");
    check_base(true, "82\"Mirror.Test\"", "82\"WWW.mirror.tesT\"");
    check_base(true, "82\"mirror.test\"", "82\"*.mirror.test\"");
    check_base(false, "82\"mirror.test\"", "82\"xmirror.test\"");
    check_base(false, "82\"mirror.test\"", "82\"test\"");
    check_base(false, "82\"mirror.test\"", "82\"mirror.tesu\"");
    check_base(true, "82\".mirror.test\"", "82\"www.mirror.test\"");
    check_base(false, "82\".mirror.test\"", "82\"mirror.test\"");
    check_base(false, "82\".mirror.test\"", "82\"xmirror.test\"");
    check_base(true, "82\"\"", "82\"mirror.test\"");
    check_base(true, "82\"\"", "82\"\"");
    check_base(false, "82\"a\"", "82\"\"");
}

TEST(name_constraints_know_addresses)
{
    check_base(true, "87:7f000000ff000000", "87:7f010203");
    check_base(false, "87:7f000000ff000000", "87:80000001");
    check_base(true, "87:20010db8000000000000000000000000ffffffff000000000000000000000000",
               "87:20010db8000000000000000000000001");
    check_base(false, "87:20010db8000000000000000000000000ffffffff000000000000000000000000",
               "87:20010db9000000000000000000000001");
    check_base(true, "87:0000000000000000", "87:7f010203");
    check_base(false, "87:00000000000000000000000000000000", "87:7f010203");
    check_base(false, "87:7f000000ff0000", "87:7f010203");
}

TEST(name_constraints_know_directory_subtrees)
{
    const char *base = "A0{30{A4{30{31{30{06:55040A 0C\"Sealift\"}}}}}}";
    const char *other = "A0{30{A4{30{31{30{06:55040A 0C\"Else\"}}}}}}";

    check(true, base, SUBJECT, "", NULL);
    check(false, other, SUBJECT, "", NULL);
    check(true, other, NO_SUBJECT, "", NULL);
    check(false, "A1{30{A4{30{31{30{06:55040A 0C\"Sealift\"}}}}}}", SUBJECT, "", NULL);
    check(false, "A0{30{A4{" SUBJECT "}}}", "30{31{30{06:55040A 0C\"Sealift\"}}}", "", NULL);
    check(false, other, NO_SUBJECT, "A4{30{31{30{06:55040A 0C\"Sealift\"}}}}", NULL);
}

TEST(name_constraints_leave_other_kinds_free)
{
    check(true, "A0{30{82\"a.test\"}}", NO_SUBJECT, "87:7f000001", NULL);
    check(true, "A0{30{81\"a.test\"}}", NO_SUBJECT, "81\"b@b.test\" 82\"b.test\"", NULL);
    check(true, "", SUBJECT, "82\"b.test\"", NULL);
}

TEST(name_constraints_want_every_name_within)
{
    const char *two = "A0{30{82\"a.test\"} 30{82\"b.test\"}} A1{30{82\"x.b.test\"}}";

    check(true, two, NO_SUBJECT, "82\"a.test\" 82\"y.b.test\"", NULL);
    check(false, two, NO_SUBJECT, "82\"a.test\" 82\"c.test\"", NULL);
    check(false, two, NO_SUBJECT, "82\"a.test\" 82\"x.b.test\"", NULL);
}

TEST(name_constraints_want_the_server_within_too)
{
    const char *excluded = "A1{30{82\"secret.a.test\"} 30{87:7f000001ffffffff}}";

    check(true, excluded, NO_SUBJECT, "82\"*.a.test\"", "www.a.test");
    check(false, excluded, NO_SUBJECT, "82\"*.a.test\"", "secret.a.test");
    check(false, excluded, NO_SUBJECT, "", "127.0.0.1");
    check(true, excluded, NO_SUBJECT, "", "127.0.0.2");
}

static void check_refused(const char *message, const char *constraints)
{
    struct err err;
    bool is_within;

    CHECK_ERR(ERR_FORMAT, message,
              check_cert(constraints, SUBJECT, "82\"a.test\"", NULL, &is_within, &err), err);
    CHECK(!is_within);
}

TEST(name_constraints_refuse_what_is_malformed)
{
    check_refused("offset 0: 2 bytes follow the end", "A2{}");
    check_refused("offset 2: 2 bytes follow the end", "A0{} A0{}");
    check_refused("offset 2: 2 bytes follow the end", "A1{} A0{}");
    check_refused("offset 2: subtree: have the tag 0x05, want a SEQUENCE (0x30)", "A0{05:}");
    check_refused("offset 4: the tag 0x05 is no general name", "A0{30{05:}}");
    check_refused("offset 7: subtree: a minimum or maximum", "A0{30{82\"a\" 80:00}}");
    check_refused("offset 7: subtree: a minimum or maximum", "A1{30{82\"a\" 81:05}}");
}
