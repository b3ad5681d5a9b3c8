#include "resolver/tls/x509_name.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

static void check_quote(const char *wanted, const char *script)
{
    CHECK_TEXT(wanted, slice_text(x509_name_quote(der_script(script)).text));
}

TEST(x509_name_is_shown_with_its_last_part_first)
{
    check_quote("\"CN=Example CA, O=Example, C=DE\"",
                "30{ 31{30{06:550406 13\"DE\"}} 31{30{06:55040A 0C\"Example\"}}"
                " 31{30{06:550403 0C\"Example CA\"}} }");
    check_quote("\"OU=unit, ST=state, L=place\"",
                "30{ 31{30{06:550407 0C\"place\"}} 31{30{06:550408 0C\"state\"}}"
                " 31{30{06:55040B 0C\"unit\"}} }");
    check_quote("\"DC=test, DC=mirror\"", "30{ 31{30{06:0992268993F22C640119 16\"mirror\"}}"
                                          " 31{30{06:0992268993F22C640119 16\"test\"}} }");
    check_quote("\"serialNumber=7, emailAddress=a@b.test\"",
                "30{ 31{30{06:2A864886F70D010901 16\"a@b.test\"}} 31{30{06:550405 13\"7\"}} }");
}

TEST(x509_name_shows_all_values_of_one_part)
{
    check_quote("\"CN=a, O=b\"", "30{ 31{ 30{06:550403 0C\"a\"} 30{06:55040A 0C\"b\"} } }");
}

TEST(x509_name_escapes_what_a_terminal_would_obey)
{
    check_quote("\"CN=\\x1b[31m\\\"red\\\"\"", "30{ 31{30{06:550403 0C:1b5b33316d2272656422}} }");
}

TEST(x509_name_reads_two_byte_strings)
{
    check_quote("\"CN=K\xC3\xB6ln\"", "30{ 31{30{06:550403 1E:004b00f6006c006e}} }");
    check_quote("\"CN=K\"", "30{ 31{30{06:550403 1E:004b00}} }");
}

TEST(x509_name_leaves_out_what_it_cannot_read)
{
    check_quote("\"(no name)\"", "30{}");
    check_quote("\"(no name)\"", "04:00");
    check_quote("\"(no name)\"", "30{ 31{30{06:2A0304 0C\"other attribute\"}} }");
    check_quote("\"CN=a\"", "30{ 31{30{06:2A0304 0C\"x\"}} 31{30{06:550403 0C\"a\"}} }");
    check_quote("\"CN=a\"", "30{ 31{30{06:550403 0C\"a\"}} 04:00 }");
    check_quote("\"(no name)\"", "30{ 31{04:00} }");
    check_quote("\"(no name)\"", "30{ 31{30{06:550403}} }");
    check_quote("\"(no name)\"", "30{ 31{30{06:550403 |0C05}} }");
}

TEST(x509_name_stops_at_a_length)
{
    char script[256];

    snprintf(script, sizeof script, "30{ 31{30{06:550403 0C\"%0150d\"}} }", 1);
    CHECK_NUMBER(QUOTE_MAX + 4, strlen(x509_name_quote(der_script(script)).text));
    snprintf(script, sizeof script, "30{ 31{30{06:550403 0C\"%0100d\"}} }", 1);
    CHECK_NUMBER(105, strlen(x509_name_quote(der_script(script)).text));
}

TEST(x509_name_leaves_out_what_it_has_no_room_for)
{
    char script[1024];

    snprintf(script, sizeof script,
             "30{ 31{30{06:550406 0C\"%0600d\"}} 31{30{06:550403 0C\"a\"}} }", 1);
    CHECK_TEXT("\"CN=a, C=\"", slice_text(x509_name_quote(der_script(script)).text));
}

static void check_refused(const char *message, const char *script)
{
    struct cursor in = cursor_of(der_script(script));
    struct general_name name = {1, {NULL, 5}};
    struct err err;

    CHECK_ERR(ERR_FORMAT, message, general_name_read(&in, &name, &err), err);
    CHECK(name.tag == 0 && name.value.len == 0);
}

TEST(x509_name_reads_general_names_of_every_kind)
{
    struct cursor in =
        cursor_of(der_script("82\"a.test\" 87:7f000001 A0{} 81\"m\" A4{30{}} 88:2a"));
    static const uint8_t tags[] = {0x82, 0x87, 0xA0, 0x81, 0xA4, 0x88};
    struct general_name name;
    struct err err;

    for (size_t i = 0; i < sizeof tags; i++) {
        CHECK_OK(general_name_read(&in, &name, &err), err);
        CHECK_NUMBER(tags[i], name.tag);
    }
    CHECK(!general_name_next(&in, &name));
}

TEST(x509_name_refuses_other_tags)
{
    check_refused("offset 0: the tag 0x16 is no general name", "16\"a\"");
    check_refused("offset 0: the tag 0x89 is no general name", "89:00");
    check_refused("offset 0: the tag 0xc2 is no general name", "|C200");
    check_refused("offset 0: the tag 0x00 is no general name", "");
    check_refused("offset 1: general name: a length of 5 octets, 1 are left", "|820541");
}
