#include "resolver/tls/x509.h"

#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/der.h"
#include "resolver/tls/x509_ext.h"
#include "resolver/tls/x509_key.h"
#include "resolver/tls/x509_time.h"

#define VERSION_TAG DER_CONTEXT(0)
#define ISSUER_UNIQUE_ID_TAG 0x81
#define SUBJECT_UNIQUE_ID_TAG 0x82
#define EXTENSIONS_TAG DER_CONTEXT(3)

/* One element as a whole, its tag and length included. */
static enum err_code read_whole(struct cursor *in, uint8_t tag, const char *what,
                                struct slice *whole, struct err *err)
{
    size_t at = in->at;
    struct slice contents;
    enum err_code rc = der_read(in, tag, what, &contents, err);

    *whole = rc == ERR_OK ? slice_part(in->in, at, in->at - at) : slice_of(NULL, 0);
    return rc;
}

/* version [0] EXPLICIT INTEGER { v1(0), v2(1), v3(2) } DEFAULT v1 */
static enum err_code read_version(struct cursor *in, struct x509 *cert, struct err *err)
{
    size_t at = in->at;
    struct cursor inside;
    struct slice number;
    enum err_code rc;

    cert->version = 1;
    if (der_next_tag(in) != VERSION_TAG)
        return ERR_OK;
    rc = der_open(in, VERSION_TAG, "version", &inside, err);
    if (rc == ERR_OK)
        rc = der_integer(&inside, "version", &number, err);
    if (rc == ERR_OK)
        rc = cursor_done(&inside, err);
    if (rc != ERR_OK)
        return rc;
    if (number.len != 1 || number.ptr[0] != 2)
        return err_set(err, ERR_FORMAT, "offset %zu: version: want 1 or 3", at);
    cert->version = 3;
    return ERR_OK;
}

static enum err_code read_validity(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct cursor inside;
    enum err_code rc = der_open(in, DER_SEQUENCE, "validity", &inside, err);

    if (rc == ERR_OK)
        rc = x509_time_read(&inside, "not before", &cert->not_before, err);
    if (rc == ERR_OK)
        rc = x509_time_read(&inside, "not after", &cert->not_after, err);
    if (rc == ERR_OK)
        rc = cursor_done(&inside, err);
    return rc;
}

/* Unique identifiers, which nobody uses, are passed over. */
static enum err_code skip_unique_ids(struct cursor *in, struct err *err)
{
    struct slice ignored;
    enum err_code rc = ERR_OK;

    if (der_next_tag(in) == ISSUER_UNIQUE_ID_TAG)
        rc = der_read(in, ISSUER_UNIQUE_ID_TAG, "issuer unique id", &ignored, err);
    if (rc == ERR_OK && der_next_tag(in) == SUBJECT_UNIQUE_ID_TAG)
        rc = der_read(in, SUBJECT_UNIQUE_ID_TAG, "subject unique id", &ignored, err);
    return rc;
}

/* extensions [3] EXPLICIT Extensions OPTIONAL */
static enum err_code read_extensions(struct cursor *in, struct x509 *cert, struct err *err)
{
    size_t at = in->at;
    struct cursor inside;
    enum err_code rc;

    if (cursor_left(in) == 0)
        return ERR_OK;
    if (cert->version != 3)
        return err_set(err, ERR_FORMAT, "offset %zu: extensions in version %u", at, cert->version);
    rc = der_open(in, EXTENSIONS_TAG, "extensions", &inside, err);
    if (rc == ERR_OK)
        rc = x509_ext_read(&inside, cert, err);
    if (rc == ERR_OK)
        rc = cursor_done(&inside, err);
    return rc;
}

/* TBSCertificate (4.1); *algorithm is the signature's, as stated inside. */
static enum err_code read_contents(struct cursor *in, struct x509 *cert, struct slice *algorithm,
                                   struct err *err)
{
    struct slice serial;
    enum err_code rc = read_version(in, cert, err);

    if (rc == ERR_OK)
        rc = der_integer(in, "serial number", &serial, err);
    if (rc == ERR_OK)
        rc = read_whole(in, DER_SEQUENCE, "signature algorithm", algorithm, err);
    if (rc == ERR_OK)
        rc = read_whole(in, DER_SEQUENCE, "issuer", &cert->issuer, err);
    if (rc == ERR_OK)
        rc = read_validity(in, cert, err);
    if (rc == ERR_OK)
        rc = read_whole(in, DER_SEQUENCE, "subject", &cert->subject, err);
    if (rc == ERR_OK)
        rc = x509_key_read(in, &cert->key, err);
    if (rc == ERR_OK)
        rc = skip_unique_ids(in, err);
    if (rc == ERR_OK)
        rc = read_extensions(in, cert, err);
    if (rc == ERR_OK)
        rc = cursor_done(in, err);
    return rc;
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue } */
static enum err_code read_certificate(struct cursor *in, struct x509 *cert, struct err *err)
{
    struct cursor whole, contents, signature;
    struct slice inner, outer;
    size_t at = 0;
    enum err_code rc = der_open(in, DER_SEQUENCE, "certificate", &whole, err);

    if (rc == ERR_OK)
        rc = der_open(&whole, DER_SEQUENCE, "contents", &contents, err);
    if (rc == ERR_OK)
        rc = read_contents(&contents, cert, &inner, err);
    if (rc == ERR_OK) {
        at = whole.at;
        rc = read_whole(&whole, DER_SEQUENCE, "signature algorithm", &outer, err);
    }
    if (rc == ERR_OK)
        rc = der_bit_string(&whole, "signature", &signature, err);
    if (rc == ERR_OK)
        rc = cursor_done(&whole, err);
    if (rc == ERR_OK)
        rc = cursor_done(in, err);
    if (rc == ERR_OK && !slice_equal(inner, outer)) /* 4.1.1.2 */
        rc = err_set(err, ERR_FORMAT,
                     "offset %zu: signature algorithm: not the one inside the certificate", at);
    if (rc == ERR_OK)
        rc = x509_signature_read(outer, &cert->signature, err);
    return rc;
}

enum err_code x509_parse(struct slice der, struct x509 *cert, struct err *err)
{
    struct cursor in = cursor_of(der);
    enum err_code rc;

    *cert = (struct x509){.der = der, .path_length = X509_NO_PATH_LENGTH};
    rc = read_certificate(&in, cert, err);
    if (rc != ERR_OK)
        memset(cert, 0, sizeof *cert);
    return rc;
}

bool x509_is_self_issued(const struct x509 *cert)
{
    return slice_equal(cert->issuer, cert->subject);
}
