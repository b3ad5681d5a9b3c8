/*
 * manifest_signature.h - one signature of a manifest, in either form that cosign reads; or of the
 *                       parts of a split archive.
 *
 * In the flow:  simple_signing, sigstore_referrer -> [manifest_signature] -> bundle_trust
 * Two forms:    what is signed is not the manifest itself but a small text that names its digest:
 *               a payload of simple signing (cosign 2), or a DSSE statement (cosign 3). Both are
 *               kept, so that either tool finds what it looks for.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_MANIFEST_SIGNATURE_H
#define SEALIFT_BUNDLE_ARCHIVE_MANIFEST_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/core/signature.h"

enum signing_form {
    SIGNING_SIMPLE,
    SIGNING_SIGSTORE,
    SIGNING_PARTS, /* of the parts of a split archive (bundle_part.h) */
};

struct manifest_signature {
    enum signing_form form;
    uint8_t manifest[SHA256_SIZE]; /* the digest that the signed text names */
    uint8_t digest[SHA256_SIZE];   /* of what is signed: the payload, or DSSE's encoding */
    struct signature signature;
    bool has_hint;
    uint8_t hint[KEY_ID_SIZE]; /* the id of the key, as it is claimed */
};

#endif
