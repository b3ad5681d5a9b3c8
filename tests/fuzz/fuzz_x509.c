/*
 * fuzz_x509.c - certificates, alone as DER and in PEM bundles: what is read lies within what was given,
 * everything that looks at it comes back, and no chain is judged good that leads to no anchor.
 */
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/tls/chain.h"
#include "resolver/tls/name_constraints.h"
#include "resolver/tls/x509_name.h"
#include "resolver/tls/x509_time.h"
#include "tests/fuzz/fuzz.h"

#define EPOCH 1767225600 /* of fixtures/tls */
#define ENTRIES_MAX 16   /* of a bundle, or a hostile one takes too long */

static void check_within(struct slice part, struct slice whole)
{
    FUZZ_CHECK(!part.ptr || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len));
}

static void check_cert(const struct x509 *cert, struct slice der)
{
    check_within(cert->issuer, der);
    check_within(cert->subject, der);
    check_within(cert->alt_names, der);
    check_within(cert->name_constraints, der);
    check_within(cert->critical, der);
    check_within(cert->key.modulus, der);
    check_within(cert->key.exponent, der);
    check_within(cert->key.point, der);
    FUZZ_CHECK(cert->version == 1 || cert->version == 3);
    FUZZ_CHECK((cert->key.type == X509_KEY_RSA) == (cert->key.modulus.len > 0));
    FUZZ_CHECK(x509_time_format(cert->not_after).text[0] != '\0');
    FUZZ_CHECK(x509_name_quote(cert->subject).text[0] == '"');
    FUZZ_CHECK(!cert->critical.ptr || x509_critical_text(cert).text[0] != '\0' ||
               cert->critical.len == 0 || cert->critical.ptr[cert->critical.len - 1] & 0x80);
}

static void use_names(const struct x509 *cert)
{
    struct server_name server;
    uint8_t bytes[4096];
    struct buf list;
    struct err err;
    bool is_within;

    FUZZ_CHECK(server_name_parse("mirror.test", &server, &err) == ERR_OK);
    (void)server_name_fits(&server, cert->alt_names);
    buf_init_fixed(&list, bytes, sizeof bytes);
    server_name_list(cert->alt_names, &list);
    FUZZ_CHECK(list.len > 0);
    if (cert->name_constraints.ptr &&
        name_constraints_check(cert->name_constraints, cert, &server, &is_within, &err) != ERR_OK)
        FUZZ_CHECK(!is_within);
}

static void try_der(struct slice der)
{
    struct x509 cert;
    struct err err;

    if (x509_parse(der, &cert, &err) != ERR_OK) {
        FUZZ_CHECK(!cert.der.ptr && !cert.subject.ptr && err.msg[0] != '\0');
        return;
    }
    check_cert(&cert, der);
    use_names(&cert);
}

/* All certificates of the bundle as sent by a server, and believed as well. */
static void try_chain(const struct anchors *anchors, struct arena *arena, struct chain_sent *sent)
{
    struct chain_terms terms = {.anchors = anchors, .now = EPOCH};
    struct chain chain;
    struct err err;

    FUZZ_CHECK(server_name_parse("mirror.test", &terms.server, &err) == ERR_OK);
    if (chain_judge(sent, &terms, arena, &chain, &err) == ERR_OK) {
        FUZZ_CHECK(chain.count > 0 && chain.anchor_count > 0);
        FUZZ_CHECK(slice_equal(chain.certs[chain.count - 1].issuer, chain.anchors[0].subject));
        FUZZ_CHECK(server_name_fits(&terms.server, chain.certs[0].alt_names));
    }
}

static void try_bundle(struct slice bundle)
{
    static struct chain_sent sent;
    struct anchors anchors;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)4 << 20);
    chain_sent_init(&sent);
    if (anchors_init(&anchors, bundle, &arena, &err) == ERR_OK) {
        for (size_t i = 0; i < anchors.count && i < ENTRIES_MAX; i++) {
            struct slice der;

            if (anchors_decode(&anchors, i, &arena, &der, &err) != ERR_OK)
                continue;
            try_der(der);
            chain_sent_begin(&sent);
            chain_sent_append(&sent, der);
        }
        if (sent.count <= CHAIN_CERTS_MAX && sent.total_bytes <= CHAIN_BYTES_MAX)
            try_chain(&anchors, &arena, &sent);
    } else {
        FUZZ_CHECK(anchors.count == 0 && !anchors.entries);
    }
    arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_der(slice_of(data, size));
    try_bundle(slice_of(data, size));
    return 0;
}
