/*
 * anchors.h - trust anchors: the certificates of the CAs that are believed.
 *
 * In the flow:  --ca FILE, SSL_CERT_FILE or the system's bundle, as bytes -> [anchors] -> chain
 * How:          a bundle holds some 140 certificates, a handshake needs one of them. So only the
 *               names of the subjects are read at first, into an index; a certificate is decoded
 *               when an issuer of that name is looked for.
 * Forms read:   PEM, any number of "CERTIFICATE" blocks; text between them, and blocks of other
 *               kinds, are passed over, as everyone does who reads such bundles.
 * Checked here: that BEGIN lines have their END lines, and base64, in every certificate up to its
 *               subject and in those that are used to their end; that there is at least one.
 * Not checked:  whether a certificate may be an anchor at all, and dates (chain.h).
 * Memory:       the index is in an arena: 16 bytes a certificate. Borrows from the bundle's text.
 */
#ifndef SEALIFT_TLS_ANCHORS_H
#define SEALIFT_TLS_ANCHORS_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define ANCHORS_FILE_MAX ((size_t)8 << 20) /* bytes of a bundle */
#define ANCHOR_MAX 8192                    /* bytes of one certificate */

/* Where systems keep their bundle, in the order in which to look; NULL at the end. */
extern const char *const anchors_usual_paths[];

struct anchor_entry {
    uint32_t at, len;   /* of the base64 in the bundle */
    uint32_t line;      /* of its BEGIN, from 1 */
    uint32_t name_hash; /* of the subject */
};

struct anchors {
    struct slice bundle;
    const struct anchor_entry *entries;
    size_t count;
};

/*
 * Indexes a bundle. On failure *anchors is zeroed, which is a set without any: ERR_FORMAT ("line N:
 * reason", or no certificate in it), ERR_LIMIT (over ANCHORS_FILE_MAX, arena full).
 */
enum err_code anchors_init(struct anchors *anchors, struct slice bundle, struct arena *arena,
                           struct err *err) MUST_USE;

/* The certificate of one entry, decoded into arena. ERR_FORMAT, "trust anchor at line N: ...";
 * ERR_LIMIT. */
enum err_code anchors_decode(const struct anchors *anchors, size_t index, struct arena *arena,
                             struct slice *der, struct err *err) MUST_USE;

/*
 * The next certificate with that subject (the whole distinguished name, compared byte by byte),
 * decoded into arena. *position is 0 for the first search and is kept from one to the next. *der is
 * empty, with ERR_OK, when there are no more. Errors as anchors_decode.
 */
enum err_code anchors_next(const struct anchors *anchors, struct slice subject, size_t *position,
                           struct arena *arena, struct slice *der, struct err *err) MUST_USE;

#endif
