#include "resolver/tls/x509.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

/* The parts of a certificate, each one a script; NULL leaves the part as it is here. */
struct parts {
    const char *version, *serial, *inner, *issuer, *validity, *subject, *key, *extensions, *outer,
        *signature, *after;
};

#define ECDSA_SHA256 "30{06:2A8648CE3D040302}"
#define ECDSA_SHA384 "30{06:2A8648CE3D040303}"
#define NAME_A "30{31{30{06:550403 0C\"A\"}}}"
#define NAME_B "30{31{30{06:550403 0C\"B\"}}}"

static const struct parts usual = {
    .version = "A0{02:02}",
    .serial = "02:05",
    .inner = ECDSA_SHA256,
    .issuer = NAME_A,
    .validity = "30{17\"250101000000Z\" 17\"350101000000Z\"}",
    .subject = NAME_B,
    .key = "30{30{06:2B6570} 03:0000}",
    .extensions = "",
    .outer = ECDSA_SHA256,
    .signature = "03:0000",
    .after = "",
};

#define PART(name) (parts->name ? parts->name : usual.name)

static struct slice certificate(const struct parts *parts)
{
    char script[4096];

    snprintf(script, sizeof script, "30{30{%s %s %s %s %s %s %s %s}%s %s}%s", PART(version),
             PART(serial), PART(inner), PART(issuer), PART(validity), PART(subject), PART(key),
             PART(extensions), PART(outer), PART(signature), PART(after));
    return der_script(script);
}

static void check_refused(const char *message, struct parts parts)
{
    struct x509 cert;
    struct err err;

    memset(&cert, 0xAA, sizeof cert);
    CHECK_ERR(ERR_FORMAT, message, x509_parse(certificate(&parts), &cert, &err), err);
    CHECK(!cert.der.ptr && !cert.subject.ptr && !cert.is_ca && cert.version == 0);
}

static struct x509 parsed(struct parts parts)
{
    struct x509 cert;
    struct err err;

    CHECK_OK(x509_parse(certificate(&parts), &cert, &err), err);
    return cert;
}

TEST(x509_reads_a_certificate)
{
    struct x509 cert = parsed(usual);

    CHECK_NUMBER(3, cert.version);
    CHECK(slice_equal(cert.issuer, der_script(NAME_A)));
    CHECK(slice_equal(cert.subject, der_script(NAME_B)));
    CHECK_NUMBER(1735689600, cert.not_before);
    CHECK_NUMBER(2051222400, cert.not_after);
    CHECK_NUMBER(X509_SIGNATURE_GOOD, cert.signature);
    CHECK_NUMBER(X509_KEY_OTHER, cert.key.type);
    CHECK_NUMBER(X509_NO_PATH_LENGTH, cert.path_length);
    CHECK(!cert.is_ca && !cert.has_key_usage && !cert.has_alt_names && !cert.critical.ptr);
    CHECK(!x509_is_self_issued(&cert));
    cert = parsed((struct parts){.issuer = NAME_B});
    CHECK(x509_is_self_issued(&cert));
}

TEST(x509_reads_version_1_without_extensions)
{
    CHECK_NUMBER(1, parsed((struct parts){.version = ""}).version);
    check_refused("offset 92: extensions in version 1",
                  (struct parts){.version = "", .extensions = "A3{30{}}"});
}

TEST(x509_passes_unique_ids_over)
{
    CHECK_NUMBER(3, parsed((struct parts){.extensions = "81:00ff 82:00ff A3{30{}}"}).version);
    CHECK_NUMBER(3, parsed((struct parts){.extensions = "82:00ff"}).version);
    check_refused("offset 98: issuer unique id: a length of 127 octets, 1 are left",
                  (struct parts){.extensions = "|817F00"});
    check_refused("offset 98: subject unique id: a length of 127 octets, 1 are left",
                  (struct parts){.extensions = "|827F00"});
}

TEST(x509_refuses_other_versions)
{
    check_refused("offset 4: version: want 1 or 3", (struct parts){.version = "A0{02:00}"});
    check_refused("offset 4: version: want 1 or 3", (struct parts){.version = "A0{02:01}"});
    check_refused("offset 4: version: want 1 or 3", (struct parts){.version = "A0{02:03}"});
    check_refused("offset 4: version: want 1 or 3", (struct parts){.version = "A0{02:0200}"});
    check_refused("offset 9: 2 bytes follow the end", (struct parts){.version = "A0{02:02 05:}"});
    check_refused("offset 6: version: have the tag 0x04, want an INTEGER (0x02)",
                  (struct parts){.version = "A0{04:02}"});
}

TEST(x509_refuses_two_algorithms)
{
    check_refused("offset 97: signature algorithm: not the one inside the certificate",
                  (struct parts){.outer = ECDSA_SHA384});
    check_refused("offset 97: signature algorithm: not the one inside the certificate",
                  (struct parts){.outer = "30{06:2A8648CE3D040302 05:}"});
}

TEST(x509_refuses_what_is_no_certificate)
{
    struct x509 cert;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "offset 0: certificate: the data ends before it",
              x509_parse(slice_of(NULL, 0), &cert, &err), err);
    CHECK_ERR(ERR_FORMAT, "offset 0: certificate: have the tag 0x02, want a SEQUENCE (0x30)",
              x509_parse(der_script("02:05"), &cert, &err), err);
    check_refused("offset 113: 2 bytes follow the end", (struct parts){.after = "05:"});
    check_refused("offset 113: 2 bytes follow the end", (struct parts){.signature = "03:0000 05:"});
    check_refused("offset 109: signature: a BIT STRING that is not of whole octets",
                  (struct parts){.signature = "03:0100"});
}

TEST(x509_refuses_missing_parts)
{
    check_refused("offset 9: serial number: have the tag 0x30, want an INTEGER (0x02)",
                  (struct parts){.serial = ""});
    check_refused("offset 24: issuer: have the tag 0x17, want a SEQUENCE (0x30)",
                  (struct parts){.issuer = "", .validity = "17\"250101000000Z\""});
    check_refused("offset 40: not before: have the tag 0x31, want an element (0x18)",
                  (struct parts){.validity = ""});
    check_refused("offset 55: not after: the data ends before it",
                  (struct parts){.validity = "30{17\"250101000000Z\"}"});
    check_refused("offset 70: 2 bytes follow the end",
                  (struct parts){.validity = "30{17\"250101000000Z\" 17\"350101000000Z\" 05:}"});
    check_refused("offset 86: key algorithm: have the tag 0x00, want a SEQUENCE (0x30)",
                  (struct parts){.key = "30{00:}"});
    check_refused("offset 84: public key: the data ends before it", (struct parts){.key = ""});
    check_refused("offset 97: extensions: have the tag 0xa4, want an element (0xa3)",
                  (struct parts){.extensions = "A4{}"});
    check_refused("offset 101: 2 bytes follow the end",
                  (struct parts){.extensions = "A3{30{} 05:}"});
    check_refused("offset 101: 2 bytes follow the end",
                  (struct parts){.extensions = "A3{30{}} 05:"});
}

TEST(x509_takes_no_byte_changed_without_notice_of_its_frame)
{
    struct slice whole = certificate(&usual);
    struct x509 cert;
    struct err err;

    for (size_t len = 0; len < whole.len; len++) /* every cut is found out */
        CHECK(x509_parse(test_guarded(slice_part(whole, 0, len)), &cert, &err) == ERR_FORMAT);
}
