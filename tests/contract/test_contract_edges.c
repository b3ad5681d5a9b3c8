/* ECDSA at its edges (fixtures/make-edges): each backend, and all together, give the verdict that
 * follows from how the signature was made. */
#include <stdio.h>
#include <string.h>

#include "resolver/base/buf.h"
#include "resolver/base/der.h"
#include "resolver/base/hex.h"
#include "resolver/core/signature.h"
#include "tests/contract/tsv.h"
#include "tests/unit/test.h"

#define POINT_MAX 97

struct edge {
    struct slice curve, name;
    uint8_t point[POINT_MAX];
    size_t point_len;
    uint8_t digest[SHA256_SIZE];
    struct signature signature;
    enum err_code verdict;
};

static bool read_edge(struct slice *rest, struct edge *edge)
{
    struct slice fields[6];

    memset(edge, 0, sizeof *edge);
    if (!tsv_next(rest, fields, 6))
        return false;
    edge->curve = fields[0];
    edge->name = fields[1];
    edge->point_len = fields[2].len / 2;
    edge->signature.len = fields[4].len / 2;
    edge->verdict = tsv_code(fields[5]);
    CHECK(edge->point_len <= POINT_MAX && edge->signature.len <= SIGNATURE_MAX);
    CHECK(hex_decode(fields[2], edge->point, edge->point_len));
    CHECK(hex_decode(fields[3], edge->digest, SHA256_SIZE));
    CHECK(hex_decode(fields[4], edge->signature.bytes, edge->signature.len));
    return true;
}

static void make_key(const struct edge *edge, struct pubkey *key)
{
    static const uint8_t p256[] = {0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
                                   0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    static const uint8_t p384[] = {0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
                                   0x02, 0x01, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};
    uint8_t bits[1 + POINT_MAX] = {0}, body[160], spki[170];
    struct buf inside, whole;
    struct err err;

    memcpy(bits + 1, edge->point, edge->point_len);
    buf_init_fixed(&inside, body, sizeof body);
    buf_init_fixed(&whole, spki, sizeof spki);
    buf_add(&inside, slice_is(edge->curve, "P-256") ? slice_of(p256, sizeof p256)
                                                    : slice_of(p384, sizeof p384));
    der_write(&inside, DER_BIT_STRING, slice_of(bits, 1 + edge->point_len));
    der_write(&whole, DER_SEQUENCE, buf_slice(&inside));
    CHECK_OK(pubkey_from_spki(buf_slice(&whole), key, &err), err);
}

TEST(contract_ecdsa_edges)
{
    struct slice rest = test_file("fixtures/signatures/ecdsa-edges.tsv");
    struct edge edge;
    struct pubkey key;
    size_t count = 0;

    for (; read_edge(&rest, &edge); count++) {
        struct err err;
        enum err_code have;

        make_key(&edge, &key);
        have = signature_check(&edge.signature, &key, edge.digest, &err);
        if (have != edge.verdict)
            printf("%.*s, %.*s: have %s\n", (int)edge.curve.len, (const char *)edge.curve.ptr,
                   (int)edge.name.len, (const char *)edge.name.ptr, err_name(have));
        CHECK(have == edge.verdict);
        /* Disagreement of the backends would be hidden by the same code. */
        CHECK(have == ERR_OK || !strstr(err.msg, "although"));
    }
    CHECK(count >= 302);
}
