#include "resolver/tls/x509_ext.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

static enum err_code read_extensions(const char *extensions, struct x509 *cert, struct err *err)
{
    char script[8192];
    struct cursor in;

    snprintf(script, sizeof script, "30{%s}", extensions);
    in = cursor_of(der_script(script));
    *cert = (struct x509){.path_length = X509_NO_PATH_LENGTH};
    return x509_ext_read(&in, cert, err);
}

static struct x509 with(const char *extensions)
{
    struct x509 cert;
    struct err err;

    CHECK_OK(read_extensions(extensions, &cert, &err), err);
    return cert;
}

static void check_refused(const char *message, const char *extensions)
{
    struct x509 cert;
    struct err err;

    CHECK_ERR(ERR_FORMAT, message, read_extensions(extensions, &cert, &err), err);
}

TEST(x509_ext_reads_basic_constraints)
{
    CHECK(!with("30{06:551D13 04{30{}}}").is_ca);
    CHECK(!with("30{06:551D13 04{30{01:00}}}").is_ca);
    CHECK(with("30{06:551D13 01:ff 04{30{01:ff}}}").is_ca);
    CHECK_NUMBER(X509_NO_PATH_LENGTH, with("30{06:551D13 04{30{01:ff}}}").path_length);
    CHECK_NUMBER(0, with("30{06:551D13 04{30{01:ff 02:00}}}").path_length);
    CHECK_NUMBER(127, with("30{06:551D13 04{30{01:ff 02:7f}}}").path_length);
}

TEST(x509_ext_refuses_bad_basic_constraints)
{
    check_refused("offset 13: basic constraints: not a BOOLEAN", "30{06:551D13 04{30{01:01}}}");
    check_refused("offset 13: basic constraints: not a BOOLEAN", "30{06:551D13 04{30{01:ffff}}}");
    check_refused("offset 16: path length: want 0 to 127, in a CA's",
                  "30{06:551D13 04{30{01:ff 02:ff}}}");
    check_refused("offset 16: path length: want 0 to 127, in a CA's",
                  "30{06:551D13 04{30{01:ff 02:0080}}}");
    check_refused("offset 13: path length: want 0 to 127, in a CA's",
                  "30{06:551D13 04{30{02:00}}}");
    check_refused("offset 19: 2 bytes follow the end", "30{06:551D13 04{30{01:ff 02:00 05:}}}");
    check_refused("offset 13: 2 bytes follow the end", "30{06:551D13 04{30{} 05:}}");
}

TEST(x509_ext_reads_key_usage)
{
    CHECK(!with("").has_key_usage);
    CHECK_NUMBER(X509_USE_DIGITAL_SIGNATURE, with("30{06:551D0F 04{03:0780}}").key_usage);
    CHECK_NUMBER(X509_USE_SIGN_CERTIFICATES, with("30{06:551D0F 04{03:0204}}").key_usage);
    CHECK_NUMBER(0x8080, with("30{06:551D0F 04{03:078080}}").key_usage);
    CHECK(with("30{06:551D0F 04{03:0780}}").has_key_usage);
    check_refused("offset 11: key usage: want a BIT STRING of 1 to 9 bits",
                  "30{06:551D0F 04{03:00}}");
    check_refused("offset 11: key usage: want a BIT STRING of 1 to 9 bits",
                  "30{06:551D0F 04{03:0880}}");
    check_refused("offset 11: key usage: want a BIT STRING of 1 to 9 bits",
                  "30{06:551D0F 04{03:00808080}}");
}

TEST(x509_ext_reads_extended_key_usage)
{
    CHECK(!with("").has_ext_key_usage);
    CHECK(with("30{06:551D25 04{30{06:2B06010505070302}}}").has_ext_key_usage);
    CHECK(!with("30{06:551D25 04{30{06:2B06010505070302}}}").serves_tls);
    CHECK(with("30{06:551D25 04{30{06:2B06010505070302 06:2B06010505070301}}}").serves_tls);
    CHECK(with("30{06:551D25 04{30{06:551D2500}}}").serves_tls);
    CHECK(!with("30{06:551D25 04{30{06:551D25}}}").serves_tls);
    check_refused(
        "offset 13: extended key usage: have the tag 0x05, want an OBJECT IDENTIFIER (0x06)",
        "30{06:551D25 04{30{05:}}}");
}

TEST(x509_ext_reads_alternative_names)
{
    struct x509 cert = with("30{06:551D11 04{30{82\"a.test\" 87:7f000001}}}");

    CHECK(cert.has_alt_names);
    CHECK(slice_equal(cert.alt_names, der_script("82\"a.test\" 87:7f000001")));
    CHECK(!with("").has_alt_names);
    cert = with("30{06:551D11 04{30{}}}");
    CHECK(cert.has_alt_names && cert.alt_names.len == 0);
    check_refused("offset 15: the tag 0x05 is no general name", "30{06:551D11 04{30{82: 05:}}}");
}

TEST(x509_ext_reads_name_constraints_and_issuer_url)
{
    CHECK(!with("").name_constraints.ptr);
    CHECK_NUMBER(2, with("30{06:551D1E 04{30{A0{}}}}").name_constraints.len);
    CHECK(!with("").names_issuer_url);
    CHECK(with("30{06:2B06010505070101 04{30{30{06:2B06010505073002 86\"http://x\"}}}}")
              .names_issuer_url);
    CHECK(!with("30{06:2B06010505070101 04{30{30{06:2B06010505073001 86\"http://x\"}}}}")
               .names_issuer_url);
    check_refused("offset 30: the tag 0x05 is no general name",
                  "30{06:2B06010505070101 04{30{30{06:2B06010505073002 05:}}}}");
    check_refused("offset 32: 2 bytes follow the end",
                  "30{06:2B06010505070101 04{30{30{06:2B06010505073002 86: 05:}}}}");
}

static void check_critical(const char *wanted, const char *extensions)
{
    struct x509 cert = with(extensions);

    CHECK_TEXT(wanted, slice_text(cert.critical.ptr ? x509_critical_text(&cert).text : ""));
}

TEST(x509_ext_names_the_first_critical_one_that_is_not_supported)
{
    check_critical("", "30{06:551D13 01:ff 04{30{}}} 30{06:551D0F 01:ff 04{03:0780}}"
                       " 30{06:551D11 01:ff 04{30{}}}");
    check_critical("", "30{06:2A0304 04:00}");
    check_critical("", "30{06:2A0304 01:00 04:00}");
    check_critical("1.2.3.4", "30{06:2A0304 01:ff 04:00} 30{06:551D1E 01:ff 04{30{}}}");
    check_critical("2.5.29.30 (name constraints)", "30{06:551D1E 01:ff 04{30{}}}");
    check_critical("2.5.29.37 (extended key usage)", "30{06:551D25 01:ff 04{30{}}}");
    check_critical("2.999.1", "30{06:883701 01:ff 04:00}");
    check_critical("0.9", "30{06:09 01:ff 04:00}");
    check_critical("1.39.16383", "30{06:4FFF7F 01:ff 04:00}");
}

TEST(x509_ext_refuses_an_extension_twice)
{
    check_refused("offset 12: an extension that was there already",
                  "30{06:2A0304 04:00 |} 30{06:2A0304 04:01}");
}

TEST(x509_ext_refuses_bad_frames)
{
    check_refused("offset 2: extension: have the tag 0x05, want a SEQUENCE (0x30)", "05:");
    check_refused("offset 9: extension: have the tag 0x05, want an OCTET STRING (0x04)",
                  "30{06:2A0304 05:}");
    check_refused("offset 9: critical: not a BOOLEAN", "30{06:2A0304 01:05 04:}");
    check_refused("offset 11: 2 bytes follow the end", "30{06:2A0304 04: 05:}");
}

TEST(x509_ext_refuses_too_many)
{
    char script[8192] = "";
    size_t used = 0;
    struct x509 cert;
    struct err err;

    for (int i = 0; i < X509_EXTENSIONS_MAX; i++)
        used += (size_t)snprintf(script + used, sizeof script - used, "30{06:2A03%02x 04:}", i);
    CHECK_OK(read_extensions(script, &cert, &err), err);
    snprintf(script + used, sizeof script - used, "30{06:2A0378 04:}");
    check_refused("offset 580: more than 64 extensions", script);
}
