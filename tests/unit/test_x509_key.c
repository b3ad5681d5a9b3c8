#include "resolver/tls/x509_key.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/der_script.h"
#include "tests/unit/test.h"

#define RSA "30{06:2A864886F70D010101 05:}"
#define EC_P256 "30{06:2A8648CE3D0201 06:2A8648CE3D030107}"
#define EC_P384 "30{06:2A8648CE3D0201 06:2B81040022}"

/* A key whose bits are `bits`, with the algorithm. */
static enum err_code read_key(const char *algorithm, const char *bits, struct x509_key *key,
                              struct err *err)
{
    char script[2048];
    struct cursor in;

    snprintf(script, sizeof script, "30{%s 03{%s}}", algorithm, bits);
    in = cursor_of(der_script(script));
    memset(key, 0xAA, sizeof *key);
    return x509_key_read(&in, key, err);
}

static void check_key(const char *text, const char *algorithm, const char *bits)
{
    struct x509_key key;
    struct err err;

    CHECK_OK(read_key(algorithm, bits, &key, &err), err);
    CHECK_TEXT(text, slice_text(x509_key_text(&key).text));
}

static void check_refused(const char *message, const char *algorithm, const char *bits)
{
    struct x509_key key;
    struct err err;

    CHECK_ERR(ERR_FORMAT, message, read_key(algorithm, bits, &key, &err), err);
    CHECK(key.type == X509_KEY_OTHER && key.bits == 0 && !key.point.ptr && !key.modulus.ptr);
}

/* "|00" and a point of so many bytes after its first. */
static const char *point(const char *first, int bytes)
{
    static char script[512];
    int used = snprintf(script, sizeof script, "|00%s", first);

    for (int i = 0; i < bytes; i++)
        used += snprintf(script + used, sizeof script - (size_t)used, "2a");
    return script;
}

TEST(x509_key_reads_rsa)
{
    struct x509_key key;
    struct err err;

    CHECK_OK(read_key(RSA, "|00 30{02:00C1000001 02:010001}", &key, &err), err);
    CHECK_NUMBER(X509_KEY_RSA, key.type);
    CHECK_NUMBER(32, key.bits);
    CHECK_NUMBER(4, key.modulus.len);
    CHECK_NUMBER(3, key.exponent.len);
    check_key("RSA-31", RSA, "|00 30{02:41000001 02:03}");
    check_key("RSA-25", RSA, "|00 30{02:01000001 02:03}");
}

TEST(x509_key_refuses_rsa_keys_that_are_none)
{
    check_refused("offset 22: RSA modulus: zero or negative", RSA, "|00 30{02:81000001 02:03}");
    check_refused("offset 22: RSA modulus: zero or negative", RSA, "|00 30{02:00 02:03}");
    check_refused("offset 25: RSA exponent: zero or negative", RSA, "|00 30{02:41 02:ff}");
    check_refused("offset 28: 2 bytes follow the end", RSA, "|00 30{02:41 02:03 05:}");
    check_refused("offset 28: 2 bytes follow the end", RSA, "|00 30{02:41 02:03} 05:");
    check_refused("offset 20: RSA key: the data ends before it", RSA, "|00");
}

TEST(x509_key_reads_points)
{
    struct x509_key key;
    struct err err;

    CHECK_OK(read_key(EC_P256, point("04", 64), &key, &err), err);
    CHECK_NUMBER(X509_KEY_P256, key.type);
    CHECK_NUMBER(65, key.point.len);
    CHECK_NUMBER(4, key.point.ptr[0]);
    check_key("P-256", EC_P256, point("04", 64));
    check_key("P-384", EC_P384, point("04", 96));
}

TEST(x509_key_refuses_points_of_another_form)
{
    check_refused("offset 26: EC key: not an uncompressed point of 65 bytes", EC_P256,
                  point("02", 32));
    check_refused("offset 26: EC key: not an uncompressed point of 65 bytes", EC_P256,
                  point("06", 64));
    check_refused("offset 26: EC key: not an uncompressed point of 65 bytes", EC_P256,
                  point("04", 63));
    check_refused("offset 23: EC key: not an uncompressed point of 97 bytes", EC_P384,
                  point("04", 64));
    check_refused("offset 26: EC key: not an uncompressed point of 65 bytes", EC_P256, "|00");
}

TEST(x509_key_calls_other_kinds_other)
{
    check_key("a key of another kind", "30{06:2B6570}", point("2a", 31));
    check_key("a key of another kind", "30{06:2A8648CE3D0201 06:2B81040023}", point("04", 132));
    check_key("a key of another kind", "30{06:2A8648CE3D0201 30{}}", point("04", 64));
    check_key("a key of another kind", "30{06:2A8648CE3D0201}", point("04", 64));
}

TEST(x509_key_refuses_bits_that_are_not_octets)
{
    check_refused("offset 17: public key: a BIT STRING that is not of whole octets", RSA, "|01ff");
    check_refused("offset 17: public key: a BIT STRING that is not of whole octets", RSA, "");
}

TEST(x509_key_tells_signature_algorithms_apart)
{
    static const struct {
        const char *script, *text;
    } rows[] = {
        {"30{06:2A864886F70D010104 05:}", "MD5"},
        {"30{06:2A864886F70D010105 05:}", "SHA-1"},
        {"30{06:2A864886F70D01010E 05:}", "SHA-224"},
        {"30{06:2A864886F70D01010A 30{}}", "RSA-PSS"},
        {"30{06:2A864886F70D01010B 05:}", "SHA-256 or better"},
        {"30{06:2A864886F70D01010C 05:}", "SHA-256 or better"},
        {"30{06:2A864886F70D01010D 05:}", "SHA-256 or better"},
        {"30{06:2A8648CE3D0401}", "SHA-1"},
        {"30{06:2A8648CE3D040301}", "SHA-224"},
        {"30{06:2A8648CE3D040302}", "SHA-256 or better"},
        {"30{06:2A8648CE3D040303}", "SHA-256 or better"},
        {"30{06:2A8648CE3D040304}", "SHA-256 or better"},
        {"30{06:2B6570}", "another algorithm"},
        {"30{06:2A864886F70D010101 05:}", "another algorithm"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum x509_signature signature;
        struct err err;

        CHECK_OK(x509_signature_read(der_script(rows[i].script), &signature, &err), err);
        CHECK_TEXT(rows[i].text, slice_text(x509_signature_text(signature)));
    }
}

TEST(x509_key_refuses_an_algorithm_that_is_none)
{
    enum x509_signature signature = X509_SIGNATURE_GOOD;
    struct err err;

    CHECK_ERR(ERR_FORMAT, "offset 2: signature algorithm: the data ends before it",
              x509_signature_read(der_script("30{}"), &signature, &err), err);
    CHECK_NUMBER(X509_SIGNATURE_OTHER, signature);
}
