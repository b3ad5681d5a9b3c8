/*
 * chain.h - the certificates of a server, judged: which of them count, and may they be believed?
 *
 * In the flow:  TLS handshake -> certificates -> [chain] -> signatures checked by the TLS library
 * How:          chain_build puts the certificates in order: the server's own, then each one's
 *               issuer as long as it was sent, up to the first whose issuer's name is that of a trust
 *               anchor. What is left over is not looked at. chain_check then goes through the rules
 *               below. Both TLS libraries get the same ordered certificates and anchors, and must
 *               agree.
 * Order:        the first reason of this list is the one that is told; the same on both libraries.
 *                1 more certificates or bytes than CHAIN_CERTS_MAX and CHAIN_BYTES_MAX, or none
 *                2 the server's own certificate cannot be read (x509.h)
 *                3 it is self-signed; or the issuer of one is unknown
 *               then, for each certificate from the server's own upwards:
 *                4 a key that is weak or of another kind, a signature with SHA-1 or older
 *                5 expired, or not yet valid
 *                6 it may not be used so: no CA, too many CAs below it, no server's certificate
 *               then
 *                7 another server's name, or a common name alone
 *                8 a name outside the name constraints of a CA
 *                9 a critical extension that the TLS libraries do not know
 *               then rules 4 (its key), 5, 6, 8 and 9 for the trust anchor, and in the end
 *               10 the TLS library finds a signature wrong (chain_refuse_signature)
 * Direct trust: a self-signed server certificate is believed when it is itself a trust anchor.
 * Not checked:  revocation. Signatures: struct chain says who would have to have signed, no more.
 *               Neither library takes a certificate in which name constraints, or anything but
 *               basicConstraints, keyUsage and subjectAltName, are critical: so rule 9 refuses what
 *               rule 8 may have found in order. Name constraints that are not critical are honoured.
 * Memory:       struct chain borrows from the bytes that were sent and from the arena.
 */
#ifndef SEALIFT_TLS_CHAIN_H
#define SEALIFT_TLS_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/tls/anchors.h"
#include "resolver/tls/chain_sent.h"
#include "resolver/tls/server_name.h"
#include "resolver/tls/x509.h"

#define CHAIN_ANCHORS_MAX 8 /* of one name */
#define CHAIN_ARENA_MAX ((size_t)(CHAIN_ANCHORS_MAX + 1) * ANCHOR_MAX)

#define CHAIN_RSA_BITS_MIN 2048
#define CHAIN_RSA_BITS_MAX 4096 /* BearSSL's limit */

struct chain_terms {
    struct server_name server;
    const struct anchors *anchors;
    int64_t now; /* seconds since 1970 */
};

struct chain {
    struct x509 certs[CHAIN_CERTS_MAX]; /* the server's own first, each issued by the next one */
    size_t count;
    struct x509 anchors[CHAIN_ANCHORS_MAX]; /* any of them may have issued the last one */
    size_t anchor_count;
};

/*
 * Judges the certificates in the order in which they were sent. Anchors that break a rule are left
 * out as long as another one is left. On failure *chain is zeroed: ERR_IO with the reason;
 * ERR_FORMAT when it is a trust anchor that cannot be read; ERR_LIMIT when the arena is full.
 */
enum err_code chain_judge(const struct chain_sent *sent, const struct chain_terms *terms,
                          struct arena *arena, struct chain *chain, struct err *err) MUST_USE;

/* The two halves of chain_judge. */
enum err_code chain_build(const struct chain_sent *sent, const struct anchors *anchors,
                          struct arena *arena, struct chain *chain, struct err *err) MUST_USE;
enum err_code chain_check(struct chain *chain, const struct chain_terms *terms, struct err *err)
    MUST_USE;

/* The server's own certificate is the trust anchor. */
bool chain_is_direct(const struct chain *chain);

/* Rule 10, in the same words for both libraries. Returns ERR_IO. */
enum err_code chain_refuse_signature(const struct chain *chain, struct err *err);

#endif
