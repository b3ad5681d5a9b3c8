#include "resolver/tls/bearssl_chain.h"

#include <string.h>

#include "resolver/base/heap.h"

#define DAYS_TO_1970 719528 /* BearSSL counts days from 0000-01-01 */
#define DAY_SECONDS 86400

static struct bearssl_chain *engine_of(const br_x509_class **ctx)
{
    return (struct bearssl_chain *)(void *)ctx;
}

static void start_chain(const br_x509_class **ctx, const char *server_name)
{
    (void)server_name;
    chain_sent_init(&engine_of(ctx)->sent);
}

static void start_cert(const br_x509_class **ctx, uint32_t length)
{
    (void)length;
    chain_sent_begin(&engine_of(ctx)->sent);
}

static void append(const br_x509_class **ctx, const unsigned char *bytes, size_t len)
{
    chain_sent_append(&engine_of(ctx)->sent, slice_of(bytes, len));
}

static void end_cert(const br_x509_class **ctx)
{
    (void)ctx;
}

/* BearSSL's structures have no const, but it does not write through them. */
static unsigned char *unconst(struct slice bytes)
{
    return (unsigned char *)(uintptr_t)bytes.ptr;
}

static void anchor_from(const struct x509 *cert, bool is_direct, br_x509_trust_anchor *anchor)
{
    const struct x509_key *key = &cert->key;

    memset(anchor, 0, sizeof *anchor);
    anchor->dn.data = unconst(cert->subject);
    anchor->dn.len = cert->subject.len;
    anchor->flags = is_direct ? 0 : BR_X509_TA_CA;
    if (key->type == X509_KEY_RSA) {
        anchor->pkey.key_type = BR_KEYTYPE_RSA;
        anchor->pkey.key.rsa.n = unconst(key->modulus);
        anchor->pkey.key.rsa.nlen = key->modulus.len;
        anchor->pkey.key.rsa.e = unconst(key->exponent);
        anchor->pkey.key.rsa.elen = key->exponent.len;
    } else {
        anchor->pkey.key_type = BR_KEYTYPE_EC;
        anchor->pkey.key.ec.curve = key->type == X509_KEY_P256 ? BR_EC_secp256r1 : BR_EC_secp384r1;
        anchor->pkey.key.ec.q = unconst(key->point);
        anchor->pkey.key.ec.qlen = key->point.len;
    }
}

static void minimal_init(br_x509_minimal_context *minimal, const br_x509_trust_anchor *anchors,
                         size_t anchor_count, int64_t now)
{
    br_x509_minimal_init(minimal, &br_sha256_vtable, anchors, anchor_count);
    br_x509_minimal_set_hash(minimal, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_hash(minimal, br_sha384_ID, &br_sha384_vtable);
    br_x509_minimal_set_hash(minimal, br_sha512_ID, &br_sha512_vtable);
    br_x509_minimal_set_rsa(minimal, br_rsa_pkcs1_vrfy_get_default());
    br_x509_minimal_set_ecdsa(minimal, &br_ec_all_m31, &br_ecdsa_i31_vrfy_asn1);
    br_x509_minimal_set_minrsa(minimal, CHAIN_RSA_BITS_MIN / 8);
    br_x509_minimal_set_time(minimal, (uint32_t)(now / DAY_SECONDS + DAYS_TO_1970),
                             (uint32_t)(now % DAY_SECONDS));
}

/* BearSSL's own opinion of what chain_judge found in order: it checks the signatures. */
static unsigned validate(struct bearssl_chain *engine)
{
    const struct chain *chain = &engine->chain;
    br_x509_minimal_context *minimal = &engine->minimal;
    br_x509_trust_anchor anchors[CHAIN_ANCHORS_MAX];
    unsigned code;

    for (size_t i = 0; i < chain->anchor_count; i++)
        anchor_from(&chain->anchors[i], chain_is_direct(chain), &anchors[i]);
    minimal_init(minimal, anchors, chain->anchor_count, engine->terms.now);
    minimal->vtable->start_chain(&minimal->vtable, NULL);
    for (size_t i = 0; i < chain->count; i++) {
        struct slice der = chain->certs[i].der;

        minimal->vtable->start_cert(&minimal->vtable, (uint32_t)der.len);
        minimal->vtable->append(&minimal->vtable, der.ptr, der.len);
        minimal->vtable->end_cert(&minimal->vtable);
    }
    code = minimal->vtable->end_chain(&minimal->vtable);
    minimal->trust_anchors = NULL; /* they were this function's */
    minimal->trust_anchors_num = 0;
    return code;
}

/* 0 for BearSSL to go on with the handshake. */
static unsigned end_chain(const br_x509_class **ctx)
{
    struct bearssl_chain *engine = engine_of(ctx);
    unsigned code;

    engine->verdict =
        chain_judge(&engine->sent, &engine->terms, &engine->arena, &engine->chain, &engine->err);
    if (engine->verdict != ERR_OK)
        return BR_ERR_X509_NOT_TRUSTED;
    code = validate(engine);
    if (code == BR_ERR_X509_NOT_TRUSTED || code == BR_ERR_X509_BAD_SIGNATURE)
        engine->verdict = chain_refuse_signature(&engine->chain, &engine->err);
    else if (code != 0)
        engine->verdict = err_set(&engine->err, ERR_IO, "BearSSL refuses it with code %u", code);
    return code;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
    const struct bearssl_chain *engine = (const struct bearssl_chain *)(const void *)ctx;

    if (engine->verdict != ERR_OK)
        return NULL;
    return engine->minimal.vtable->get_pkey(&engine->minimal.vtable, usages);
}

static const br_x509_class chain_class = {
    .context_size = sizeof(struct bearssl_chain),
    .start_chain = start_chain,
    .start_cert = start_cert,
    .append = append,
    .end_cert = end_cert,
    .end_chain = end_chain,
    .get_pkey = get_pkey,
};

void bearssl_chain_init(struct bearssl_chain *engine, const struct chain_terms *terms)
{
    memset(engine, 0, sizeof *engine);
    engine->vtable = &chain_class;
    engine->terms = *terms;
    engine->verdict = err_set(&engine->err, ERR_BUG, "the certificates were not judged");
    arena_init_heap(&engine->arena, CHAIN_ARENA_MAX);
}

void bearssl_chain_clear(struct bearssl_chain *engine)
{
    arena_clear(&engine->arena);
}
