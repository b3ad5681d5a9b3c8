#include "resolver/tls/x509_ext.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/der.h"
#include "resolver/tls/x509_name.h"

#define DER_BOOLEAN 0x01
#define PATH_LENGTH_MAX 127

#define OID_BASIC_CONSTRAINTS "\x55\x1D\x13"
#define OID_KEY_USAGE "\x55\x1D\x0F"
#define OID_ALT_NAMES "\x55\x1D\x11"
#define OID_NAME_CONSTRAINTS "\x55\x1D\x1E"
#define OID_EXT_KEY_USAGE "\x55\x1D\x25"
#define OID_INFO_ACCESS "\x2B\x06\x01\x05\x05\x07\x01\x01"

#define OID_ANY_EXT_KEY_USAGE "\x55\x1D\x25\x00"
#define OID_SERVER_AUTH "\x2B\x06\x01\x05\x05\x07\x03\x01"
#define OID_CA_ISSUERS "\x2B\x06\x01\x05\x05\x07\x30\x02"

#define IS(oid, literal) slice_equal((oid), SLICE(literal))

static enum err_code read_boolean(struct cursor *in, const char *what, bool *value, struct err *err)
{
    size_t at = in->at;
    struct slice octets;
    enum err_code rc;

    *value = false;
    if (der_next_tag(in) != DER_BOOLEAN)
        return ERR_OK; /* DEFAULT FALSE */
    rc = der_read(in, DER_BOOLEAN, what, &octets, err);
    if (rc != ERR_OK)
        return rc;
    if (octets.len != 1 || (octets.ptr[0] != 0x00 && octets.ptr[0] != 0xFF))
        return err_set(err, ERR_FORMAT, "offset %zu: %s: not a BOOLEAN", at, what);
    *value = octets.ptr[0] == 0xFF;
    return ERR_OK;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static enum err_code read_basic_constraints(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct cursor inside;
    struct slice number;
    size_t at;
    enum err_code rc = der_open(in, DER_SEQUENCE, "basic constraints", &inside, err);

    if (rc == ERR_OK)
        rc = read_boolean(&inside, "basic constraints", &cert->is_ca, err);
    if (rc != ERR_OK || cursor_left(&inside) == 0)
        return rc;
    at = inside.at;
    rc = der_integer(&inside, "path length", &number, err);
    if (rc == ERR_OK)
        rc = cursor_done(&inside, err);
    if (rc != ERR_OK)
        return rc;
    if (!cert->is_ca || number.len != 1 || number.ptr[0] > PATH_LENGTH_MAX)
        return err_set(err, ERR_FORMAT, "offset %zu: path length: want 0 to %d, in a CA's", at,
                       PATH_LENGTH_MAX);
    cert->path_length = number.ptr[0];
    return ERR_OK;
}

/* KeyUsage ::= BIT STRING, up to nine named bits: not always whole octets. */
static enum err_code read_key_usage(struct cursor *in, struct x509 *cert, struct err *err)
{
    size_t at = in->at;
    struct slice octets;
    enum err_code rc = der_read(in, DER_BIT_STRING, "key usage", &octets, err);

    if (rc != ERR_OK)
        return rc;
    if (octets.len < 2 || octets.len > 3 || octets.ptr[0] > 7)
        return err_set(err, ERR_FORMAT, "offset %zu: key usage: want a BIT STRING of 1 to 9 bits",
                       at);
    cert->has_key_usage = true;
    cert->key_usage = (unsigned)octets.ptr[1] << 8 | (octets.len == 3 ? octets.ptr[2] : 0);
    return ERR_OK;
}

/* ExtKeyUsage ::= SEQUENCE OF OBJECT IDENTIFIER */
static enum err_code read_ext_key_usage(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct cursor inside;
    struct slice use;
    enum err_code rc = der_open(in, DER_SEQUENCE, "extended key usage", &inside, err);

    cert->has_ext_key_usage = true;
    while (rc == ERR_OK && cursor_left(&inside) > 0) {
        rc = der_read(&inside, DER_OID, "extended key usage", &use, err);
        if (rc == ERR_OK && (IS(use, OID_SERVER_AUTH) || IS(use, OID_ANY_EXT_KEY_USAGE)))
            cert->serves_tls = true;
    }
    return rc;
}

/* SubjectAltName ::= SEQUENCE OF GeneralName */
static enum err_code read_alt_names(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct general_name name;
    struct cursor inside;
    enum err_code rc = der_open(in, DER_SEQUENCE, "subject alternative names", &inside, err);

    cert->has_alt_names = true;
    cert->alt_names =
        rc == ERR_OK ? slice_part(inside.in, inside.at, cursor_left(&inside)) : slice_of(NULL, 0);
    while (rc == ERR_OK && cursor_left(&inside) > 0)
        rc = general_name_read(&inside, &name, err);
    return rc;
}

/* AuthorityInfoAccess ::= SEQUENCE OF SEQUENCE { accessMethod, accessLocation GeneralName } */
static enum err_code read_info_access(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct cursor inside, entry;
    struct general_name place;
    struct slice method;
    enum err_code rc = der_open(in, DER_SEQUENCE, "authority information access", &inside, err);

    while (rc == ERR_OK && cursor_left(&inside) > 0) {
        rc = der_open(&inside, DER_SEQUENCE, "access description", &entry, err);
        if (rc == ERR_OK)
            rc = der_read(&entry, DER_OID, "access method", &method, err);
        if (rc == ERR_OK)
            rc = general_name_read(&entry, &place, err);
        if (rc == ERR_OK)
            rc = cursor_done(&entry, err);
        if (rc == ERR_OK && IS(method, OID_CA_ISSUERS))
            cert->names_issuer_url = true;
    }
    return rc;
}

static enum err_code read_name_constraints(struct cursor *in, struct x509 *cert, struct err *err)
{
    return der_read(in, DER_SEQUENCE, "name constraints", &cert->name_constraints, err);
}

static const struct {
    const char *oid;
    size_t oid_len;
    bool may_be_critical; /* both TLS libraries act on it */
    enum err_code (*read)(struct cursor *in, struct x509 *cert, struct err *err);
} extensions[] = {
    {OID_BASIC_CONSTRAINTS, 3, true, read_basic_constraints},
    {OID_KEY_USAGE, 3, true, read_key_usage},
    {OID_ALT_NAMES, 3, true, read_alt_names},
    {OID_NAME_CONSTRAINTS, 3, false, read_name_constraints},
    {OID_EXT_KEY_USAGE, 3, false, read_ext_key_usage},
    {OID_INFO_ACCESS, 8, false, read_info_access},
};

#define EXTENSIONS_READ (sizeof extensions / sizeof extensions[0])

/* The index in extensions, or EXTENSIONS_READ. */
static size_t find_extension(struct slice oid)
{
    size_t i;

    for (i = 0; i < EXTENSIONS_READ; i++) {
        if (slice_equal(oid, slice_of(extensions[i].oid, extensions[i].oid_len)))
            break;
    }
    return i;
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static enum err_code read_extension(struct cursor *in, struct x509 *cert, struct slice *oid,
                                    struct err *err)
{
    struct cursor inside, value;
    size_t index;
    bool is_critical;
    enum err_code rc = der_open(in, DER_SEQUENCE, "extension", &inside, err);

    if (rc == ERR_OK)
        rc = der_read(&inside, DER_OID, "extension", oid, err);
    if (rc == ERR_OK)
        rc = read_boolean(&inside, "critical", &is_critical, err);
    if (rc == ERR_OK)
        rc = der_open(&inside, DER_OCTET_STRING, "extension", &value, err);
    if (rc == ERR_OK)
        rc = cursor_done(&inside, err);
    if (rc != ERR_OK)
        return rc;
    index = find_extension(*oid);
    if (is_critical && !cert->critical.ptr &&
        (index == EXTENSIONS_READ || !extensions[index].may_be_critical))
        cert->critical = *oid;
    if (index == EXTENSIONS_READ)
        return ERR_OK;
    rc = extensions[index].read(&value, cert, err);
    return rc == ERR_OK ? cursor_done(&value, err) : rc;
}

static bool is_among(const struct slice *oids, size_t count, struct slice oid)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(oids[i], oid))
            return true;
    }
    return false;
}

enum err_code x509_ext_read(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct slice oids[X509_EXTENSIONS_MAX];
    struct cursor inside;
    size_t count = 0;
    enum err_code rc = der_open(in, DER_SEQUENCE, "extensions", &inside, err);

    while (rc == ERR_OK && cursor_left(&inside) > 0) {
        size_t at = inside.at;

        if (count == X509_EXTENSIONS_MAX)
            return err_set(err, ERR_FORMAT, "offset %zu: more than %d extensions", at,
                           X509_EXTENSIONS_MAX);
        rc = read_extension(&inside, cert, &oids[count], err);
        if (rc == ERR_OK && is_among(oids, count, oids[count])) /* RFC 5280, 4.2 */
            rc = err_set(err, ERR_FORMAT, "offset %zu: an extension that was there already", at);
        count++;
    }
    return rc;
}

/* The numbers of an OBJECT IDENTIFIER (X.690, 8.19), as many as fit. */
static void oid_text(struct slice oid, char *out, size_t size)
{
    struct cursor in = cursor_of(oid);
    unsigned long number = 0;
    bool is_first = true;
    size_t used = 0;

    *out = '\0';
    while (cursor_left(&in) > 0 && used + 24 < size) {
        uint8_t octet = cursor_u8(&in);

        number = number << 7 | (octet & 0x7F);
        if (octet & 0x80)
            continue;
        if (is_first) {
            unsigned long top = number < 80 ? number / 40 : 2;

            used += (size_t)snprintf(out + used, size - used, "%lu.%lu", top, number - 40 * top);
        } else {
            used += (size_t)snprintf(out + used, size - used, ".%lu", number);
        }
        is_first = false;
        number = 0;
    }
}

struct x509_text x509_critical_text(const struct x509 *cert)
{
    struct x509_text out;
    size_t used;

    oid_text(cert->critical, out.text, sizeof out.text - sizeof " (extended key usage)");
    used = strlen(out.text);
    if (IS(cert->critical, OID_NAME_CONSTRAINTS))
        snprintf(out.text + used, sizeof out.text - used, " (name constraints)");
    else if (IS(cert->critical, OID_EXT_KEY_USAGE))
        snprintf(out.text + used, sizeof out.text - used, " (extended key usage)");
    return out;
}
