#include "resolver/tls/chain.h"

#include <string.h>

#include "resolver/tls/x509_name.h"

/* What the server sent, as far as it can be read. */
struct readable {
    struct x509 certs[CHAIN_CERTS_MAX];
    bool is_free[CHAIN_CERTS_MAX]; /* readable, and not in the chain yet */
    size_t count;
};

static enum err_code check_sizes(const struct chain_sent *sent, struct err *err)
{
    if (sent->count == 0)
        return err_set(err, ERR_IO, "the server sent none");
    if (sent->count > CHAIN_CERTS_MAX)
        return err_set(err, ERR_IO, "the server sent %zu with its issuers, at most %d are read",
                       sent->count, CHAIN_CERTS_MAX);
    if (sent->total_bytes > CHAIN_BYTES_MAX)
        return err_set(err, ERR_IO,
                       "the server sent %zu bytes with its issuers, at most %d are read",
                       sent->total_bytes, CHAIN_BYTES_MAX);
    return ERR_OK;
}

/* Only the server's own certificate has to be readable: the others may be left over. */
static enum err_code read_sent(const struct chain_sent *sent, struct readable *out, struct err *err)
{
    struct err reason;

    memset(out, 0, sizeof *out);
    out->count = sent->count;
    for (size_t i = 0; i < sent->count; i++) {
        out->is_free[i] = x509_parse(sent->certs[i], &out->certs[i], &reason) == ERR_OK;
        if (i == 0 && !out->is_free[0])
            return err_set(err, ERR_IO, "it cannot be read: %s", reason.msg);
    }
    return ERR_OK;
}

/* The anchors of that name that can be read. If there are some but none can be read, it says why. */
static enum err_code find_anchors(const struct anchors *anchors, struct slice name,
                                  struct arena *arena, struct chain *chain, struct err *err)
{
    struct err reason;
    size_t position = 0;
    struct slice der;
    enum err_code rc = anchors_next(anchors, name, &position, arena, &der, err);
    enum err_code read_rc = ERR_OK;

    chain->anchor_count = 0;
    while (rc == ERR_OK && der.len > 0) {
        if (chain->anchor_count == CHAIN_ANCHORS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d trust anchors are called %s",
                           CHAIN_ANCHORS_MAX, x509_name_quote(name).text);
        read_rc = x509_parse(der, &chain->anchors[chain->anchor_count], &reason);
        chain->anchor_count += read_rc == ERR_OK;
        rc = anchors_next(anchors, name, &position, arena, &der, err);
    }
    if (rc == ERR_OK && chain->anchor_count == 0 && read_rc != ERR_OK)
        rc = err_set(err, read_rc, "trust anchor %s cannot be read: %s", x509_name_quote(name).text,
                     reason.msg);
    return rc;
}

static bool has_anchor(const struct anchors *anchors, struct slice name, struct arena *arena)
{
    size_t position = 0;
    struct slice der;
    struct err ignored;

    return anchors_next(anchors, name, &position, arena, &der, &ignored) == ERR_OK && der.len > 0;
}

/* The index of a certificate for that issuer among those that are free, or their count. One whose own
 * issuer is an anchor is better than the first: servers send cross-signed certificates side by side. */
static size_t find_issuer(const struct readable *sent, struct slice name,
                          const struct anchors *anchors, struct arena *arena)
{
    size_t best = sent->count;

    for (size_t i = 0; i < sent->count; i++) {
        if (!sent->is_free[i] || !slice_equal(sent->certs[i].subject, name))
            continue;
        if (has_anchor(anchors, sent->certs[i].issuer, arena))
            return i;
        if (best == sent->count)
            best = i;
    }
    return best;
}

static enum err_code refuse_issuer(const struct chain *chain, struct err *err)
{
    const struct x509 *last = &chain->certs[chain->count - 1];
    struct quoted issuer = x509_name_quote(last->issuer);

    if (x509_is_self_issued(last) && chain->count == 1)
        return err_set(
            err, ERR_IO,
            "self-signed, by %s (if it is the right one, save it in a file and name that "
            "with --ca)",
            issuer.text);
    if (x509_is_self_issued(last))
        return err_set(
            err, ERR_IO,
            "unknown issuer: the server sent the root certificate %s, but it is no trust "
            "anchor here (--ca FILE names others)",
            issuer.text);
    return err_set(err, ERR_IO,
                   "unknown issuer %s: no trust anchor has that name%s (--ca FILE names others)",
                   issuer.text,
                   last->names_issuer_url
                       ? ", and the server did not send an intermediate certificate of that name, "
                         "as it should if there is one"
                       : "");
}

bool chain_is_direct(const struct chain *chain)
{
    for (size_t i = 0; chain->count == 1 && i < chain->anchor_count; i++) {
        if (slice_equal(chain->anchors[i].der, chain->certs[0].der))
            return true;
    }
    return false;
}

/* Among the anchors found there is one that may have issued the last certificate. For a server that
 * signed its own, an anchor of that name that is no CA does not count, unless it is that very one. */
static bool has_issuer(const struct chain *chain)
{
    bool may_issue = false;

    if (chain->count > 1 || !x509_is_self_issued(&chain->certs[0]) || chain_is_direct(chain))
        return chain->anchor_count > 0;
    for (size_t i = 0; i < chain->anchor_count; i++)
        may_issue = may_issue || chain->anchors[i].is_ca;
    return may_issue;
}

enum err_code chain_build(const struct chain_sent *sent, const struct anchors *anchors,
                          struct arena *arena, struct chain *chain, struct err *err)
{
    struct readable readable;
    size_t next = 0;
    enum err_code rc = check_sizes(sent, err);

    memset(chain, 0, sizeof *chain);
    if (rc == ERR_OK)
        rc = read_sent(sent, &readable, err);
    while (rc == ERR_OK) {
        struct slice issuer = readable.certs[next].issuer;

        chain->certs[chain->count++] = readable.certs[next];
        readable.is_free[next] = false;
        rc = find_anchors(anchors, issuer, arena, chain, err);
        if (rc != ERR_OK || has_issuer(chain))
            break;
        next = find_issuer(&readable, issuer, anchors, arena);
        if (next == readable.count)
            rc = refuse_issuer(chain, err);
    }
    if (rc != ERR_OK)
        memset(chain, 0, sizeof *chain);
    return rc;
}

enum err_code chain_refuse_signature(const struct chain *chain, struct err *err)
{
    const struct x509 *last = &chain->certs[chain->count - 1];

    return err_set(err, ERR_IO,
                   "a signature does not fit: the trust anchor %s, or a certificate between it and "
                   "the server's, has another key than the one that signed",
                   x509_name_quote(last->issuer).text);
}

enum err_code chain_judge(const struct chain_sent *sent, const struct chain_terms *terms,
                          struct arena *arena, struct chain *chain, struct err *err)
{
    enum err_code rc = chain_build(sent, terms->anchors, arena, chain, err);

    if (rc == ERR_OK)
        rc = chain_check(chain, terms, err);
    if (rc != ERR_OK)
        memset(chain, 0, sizeof *chain);
    return rc;
}
