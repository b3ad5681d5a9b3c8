#include "resolver/tls/mbedtls_chain.h"

#include <mbedtls/x509_crt.h>
#include <string.h>

#include "resolver/base/cursor.h"
#include "resolver/base/heap.h"

#define HEADER_SIZE 4 /* of a handshake message: type, length */

static const mbedtls_x509_crt_profile profile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
    CHAIN_RSA_BITS_MIN,
};

void mbedtls_chain_init(struct mbedtls_chain *judge, const struct chain_terms *terms)
{
    memset(judge, 0, sizeof *judge);
    judge->terms = *terms;
    judge->verdict = err_set(&judge->err, ERR_BUG, "the certificates were not judged");
    arena_init_heap(&judge->arena, CHAIN_ARENA_MAX);
}

void mbedtls_chain_clear(struct mbedtls_chain *judge)
{
    arena_clear(&judge->arena);
}

static uint32_t read_be24(struct cursor *in)
{
    uint32_t top = cursor_u8(in);

    return top << 16 | cursor_be16(in);
}

/* False when the message is cut, or is longer than it says. */
static bool take_message(struct slice message, bool is_tls13, struct chain_sent *sent)
{
    struct cursor in = cursor_of(message), list;
    struct err ignored;

    cursor_take(&in, HEADER_SIZE);
    if (is_tls13)
        cursor_take(&in, cursor_u8(&in)); /* certificate_request_context */
    list = cursor_of(cursor_take(&in, read_be24(&in)));
    while (cursor_left(&list) > 0) {
        struct slice cert = cursor_take(&list, read_be24(&list));

        chain_sent_begin(sent);
        chain_sent_append(sent, cert);
        if (is_tls13)
            cursor_take(&list, cursor_be16(&list)); /* its extensions */
    }
    return cursor_done(&in, &ignored) == ERR_OK && cursor_done(&list, &ignored) == ERR_OK;
}

static int parse_into(mbedtls_x509_crt *list, const struct x509 *certs, size_t count)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = mbedtls_x509_crt_parse_der_nocopy(list, certs[i].der.ptr, certs[i].der.len);
    return rc;
}

/* Mbed TLS's own opinion of what chain_judge found in order: it checks the signatures. *flags are
 * its reasons, less those that depend on its clock. */
static int validate(const struct chain *chain, uint32_t *flags)
{
    mbedtls_x509_crt certs, anchors;
    int rc;

    *flags = 0;
    mbedtls_x509_crt_init(&certs);
    mbedtls_x509_crt_init(&anchors);
    rc = parse_into(&certs, chain->certs, chain->count);
    if (rc == 0)
        rc = parse_into(&anchors, chain->anchors, chain->anchor_count);
    if (rc == 0)
        rc = mbedtls_x509_crt_verify_with_profile(&certs, &anchors, NULL, &profile, NULL, flags,
                                                  NULL, NULL);
    if (rc == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        *flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
        if (*flags == 0)
            rc = 0;
    }
    mbedtls_x509_crt_free(&anchors);
    mbedtls_x509_crt_free(&certs);
    return rc;
}

void mbedtls_chain_judge(struct mbedtls_chain *judge, struct slice message, bool is_tls13)
{
    uint32_t flags;
    int rc;

    if (judge->is_judged)
        return;
    judge->is_judged = true;
    chain_sent_init(&judge->sent);
    if (!take_message(message, is_tls13, &judge->sent)) {
        judge->verdict = err_set(&judge->err, ERR_IO, "the message it came in is malformed");
        return;
    }
    judge->verdict =
        chain_judge(&judge->sent, &judge->terms, &judge->arena, &judge->chain, &judge->err);
    if (judge->verdict != ERR_OK)
        return;
    rc = validate(&judge->chain, &flags);
    if (rc == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED))
        judge->verdict = chain_refuse_signature(&judge->chain, &judge->err);
    else if (rc != 0)
        judge->verdict =
            err_set(&judge->err, ERR_IO, "Mbed TLS refuses it with code -0x%04x (reasons 0x%lx)",
                    (unsigned)-rc, (unsigned long)flags);
}
