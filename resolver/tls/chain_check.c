#include <stdio.h>
#include <string.h>

#include "resolver/tls/chain.h"
#include "resolver/tls/name_constraints.h"
#include "resolver/tls/x509_name.h"
#include "resolver/tls/x509_time.h"

#define LIST_MAX 320 /* bytes of server names in a message */

static enum err_code check_rsa(const struct x509_key *key, struct err *err)
{
    uint8_t last = key->exponent.ptr[key->exponent.len - 1];

    if (key->bits < CHAIN_RSA_BITS_MIN)
        return err_set(err, ERR_IO, "weak key: %s (want RSA-%d at least)", x509_key_text(key).text,
                       CHAIN_RSA_BITS_MIN);
    if (key->bits > CHAIN_RSA_BITS_MAX)
        return err_set(err, ERR_IO, "%s is not supported (want RSA-%d at most)",
                       x509_key_text(key).text, CHAIN_RSA_BITS_MAX);
    if (last % 2 == 0 || (key->exponent.len == 1 && last < 3))
        return err_set(err, ERR_IO, "weak key: its RSA exponent is even or 1");
    return ERR_OK;
}

static enum err_code check_key(const struct x509 *cert, struct err *err)
{
    if (cert->key.type == X509_KEY_RSA)
        return check_rsa(&cert->key, err);
    if (cert->key.type == X509_KEY_OTHER)
        return err_set(
            err, ERR_IO,
            "its key is not supported (want RSA-%d to RSA-%d, or ECDSA on P-256 or P-384)",
            CHAIN_RSA_BITS_MIN, CHAIN_RSA_BITS_MAX);
    return ERR_OK;
}

static enum err_code check_signature_algorithm(const struct x509 *cert, struct err *err)
{
    switch (cert->signature) {
    case X509_SIGNATURE_GOOD:
        return ERR_OK;
    case X509_SIGNATURE_MD5:
    case X509_SIGNATURE_SHA1:
    case X509_SIGNATURE_SHA224:
        return err_set(err, ERR_IO,
                       "weak signature: it was signed with %s (want SHA-256 or better)",
                       x509_signature_text(cert->signature));
    default:
        return err_set(
            err, ERR_IO,
            "it was signed with %s, which is not supported (want RSA PKCS#1 v1.5 or ECDSA)",
            x509_signature_text(cert->signature));
    }
}

static enum err_code check_dates(const struct x509 *cert, int64_t now, struct err *err)
{
    struct x509_time_text clock = x509_time_format(now);

    if (now > cert->not_after)
        return err_set(err, ERR_IO, "expired on %s (the clock of this machine says %s)",
                       x509_time_format(cert->not_after).text, clock.text);
    if (now < cert->not_before)
        return err_set(err, ERR_IO,
                       "not yet valid: only from %s (the clock of this machine says %s)",
                       x509_time_format(cert->not_before).text, clock.text);
    return ERR_OK;
}

/* RFC 5280, 4.2.1.3, 4.2.1.9, 4.2.1.12. cas_below: CAs between this one and the server, less those
 * that only changed their key (self-issued). Version 1, which has no extensions, is for anchors. */
static enum err_code check_ca(const struct x509 *cert, bool is_anchor, int cas_below,
                              struct err *err)
{
    if (!cert->is_ca && !(is_anchor && cert->version == 1))
        return err_set(err, ERR_IO, "it is not a CA's, and may not issue certificates");
    if (cert->has_key_usage && !(cert->key_usage & X509_USE_SIGN_CERTIFICATES))
        return err_set(err, ERR_IO, "its key usage does not let it issue certificates");
    if (cert->path_length != X509_NO_PATH_LENGTH && cas_below > cert->path_length)
        return err_set(err, ERR_IO, "it allows for %d CAs below it, there are %d",
                       cert->path_length, cas_below);
    if (cert->has_ext_key_usage && !cert->serves_tls)
        return err_set(err, ERR_IO, "it may not issue certificates of TLS servers");
    return ERR_OK;
}

static enum err_code check_server(const struct x509 *cert, struct err *err)
{
    if (cert->has_key_usage && !(cert->key_usage & X509_USE_DIGITAL_SIGNATURE))
        return err_set(err, ERR_IO, "its key usage does not allow for signatures");
    if (cert->has_ext_key_usage && !cert->serves_tls)
        return err_set(err, ERR_IO,
                       "it is not a TLS server's: its extended key usage says other things");
    return ERR_OK;
}

/* CAs among the certificates below the one at index, which is chain->count for an anchor. */
static int count_cas_below(const struct chain *chain, size_t index)
{
    int count = 0;

    for (size_t i = 1; i < index; i++)
        count += !x509_is_self_issued(&chain->certs[i]);
    return count;
}

/* Rules 4 to 6 for one of the certificates that were sent. */
static enum err_code check_sent(const struct chain *chain, size_t index, int64_t now,
                                struct err *err)
{
    const struct x509 *cert = &chain->certs[index];
    enum err_code rc = check_key(cert, err);

    if (rc == ERR_OK)
        rc = check_signature_algorithm(cert, err);
    if (rc == ERR_OK)
        rc = check_dates(cert, now, err);
    if (rc == ERR_OK)
        rc = index == 0 ? check_server(cert, err)
                        : check_ca(cert, false, count_cas_below(chain, index), err);
    if (rc != ERR_OK && index > 0)
        err_add(err, "certificate of its issuer %s", x509_name_quote(cert->subject).text);
    return rc;
}

/* Rule 7. */
static enum err_code check_name(const struct x509 *cert, const struct server_name *server,
                                struct err *err)
{
    uint8_t bytes[LIST_MAX];
    struct buf list;

    if (!cert->has_alt_names)
        return err_set(
            err, ERR_IO,
            "it has no subject alternative name, and the common name in %s does not count",
            x509_name_quote(cert->subject).text);
    if (server_name_fits(server, cert->alt_names))
        return ERR_OK;
    buf_init_fixed(&list, bytes, sizeof bytes);
    server_name_list(cert->alt_names, &list);
    return err_set(err, ERR_IO, "wrong name: it is for %.*s", (int)list.len,
                   (const char *)list.ptr);
}

/* Rule 8: everything below `ca`, whose own index would be `index`, against its constraints. */
static enum err_code check_constraints(const struct chain *chain, const struct x509 *ca,
                                       size_t index, const struct server_name *server,
                                       struct err *err)
{
    struct quoted ca_name = x509_name_quote(ca->subject);

    if (!ca->name_constraints.ptr)
        return ERR_OK;
    for (size_t i = 0; i < index; i++) {
        struct err reason;
        bool is_within;

        if (i > 0 && x509_is_self_issued(&chain->certs[i]))
            continue; /* RFC 5280, 6.1.3 (b) */
        if (name_constraints_check(ca->name_constraints, &chain->certs[i], i ? NULL : server,
                                   &is_within, &reason) != ERR_OK)
            return err_set(err, ERR_IO, "name constraints of %s cannot be read: %s", ca_name.text,
                           reason.msg);
        if (!is_within)
            return err_set(err, ERR_IO,
                           "a name in %s certificate is outside the name constraints of the CA %s",
                           i ? "an issuer's" : "the", ca_name.text);
    }
    return ERR_OK;
}

/* Rule 9. */
static enum err_code check_critical(const struct x509 *cert, struct err *err)
{
    if (!cert->critical.ptr)
        return ERR_OK;
    return err_set(err, ERR_IO, "%s has a critical extension that is not supported: %s",
                   x509_name_quote(cert->subject).text, x509_critical_text(cert).text);
}

/* Rules 4 to 6, 8 and 9 for an anchor. The server's own certificate as an anchor need be no CA. */
static enum err_code check_anchor(const struct chain *chain, const struct x509 *anchor,
                                  const struct chain_terms *terms, struct err *err)
{
    bool is_direct = slice_equal(anchor->der, chain->certs[0].der);
    enum err_code rc = check_key(anchor, err);

    if (rc == ERR_OK)
        rc = check_dates(anchor, terms->now, err);
    if (rc == ERR_OK && !is_direct)
        rc = check_ca(anchor, true, count_cas_below(chain, chain->count), err);
    if (rc == ERR_OK && !is_direct)
        rc = check_constraints(chain, anchor, chain->count, &terms->server, err);
    if (rc == ERR_OK)
        rc = check_critical(anchor, err);
    if (rc != ERR_OK)
        err_add(err, "trust anchor %s", x509_name_quote(anchor->subject).text);
    return rc;
}

/* Leaves out what breaks a rule. With none left, it is the first one's reason that counts. */
static enum err_code keep_good_anchors(struct chain *chain, const struct chain_terms *terms,
                                       struct err *err)
{
    enum err_code first = ERR_OK, rc;
    size_t kept = 0;

    for (size_t i = 0; i < chain->anchor_count; i++) {
        struct err reason;

        rc = check_anchor(chain, &chain->anchors[i], terms, &reason);
        if (rc == ERR_OK) {
            chain->anchors[kept++] = chain->anchors[i];
        } else if (first == ERR_OK) {
            first = rc;
            *err = reason;
        }
    }
    chain->anchor_count = kept;
    return kept > 0 ? ERR_OK : first;
}

enum err_code chain_check(struct chain *chain, const struct chain_terms *terms, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < chain->count; i++)
        rc = check_sent(chain, i, terms->now, err);
    if (rc == ERR_OK)
        rc = check_name(&chain->certs[0], &terms->server, err);
    for (size_t i = 1; rc == ERR_OK && i < chain->count; i++)
        rc = check_constraints(chain, &chain->certs[i], i, &terms->server, err);
    for (size_t i = 0; rc == ERR_OK && i < chain->count; i++)
        rc = check_critical(&chain->certs[i], err);
    if (rc == ERR_OK)
        rc = keep_good_anchors(chain, terms, err);
    return rc;
}
