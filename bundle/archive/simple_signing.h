/*
 * simple_signing.h - signatures of a manifest as cosign 2 keeps them.
 *
 * In the flow:  bundle_writer -> [simple_signing] -> front; archive -> [simple_signing] -> bundle_trust
 * Form:         a payload (JSON that names the manifest's digest), which is what is signed; a
 *               manifest tagged sha256-<hex>.sig with one layer a signature, the layer being the
 *               payload and an annotation the signature; a config that lists the payloads.
 * Checked here: of a payload, its type and that it names one digest, and that it has no members of other
 *               signed documents; of a manifest, that each layer
 *               is a payload and has a signature, of base64. Members that are not used are not looked
 *               at here: a plain archive must have exactly the bytes that the writers here make
 *               (bundle_reader.h).
 * Not checked:  the signatures (bundle_trust.h); docker-reference, which is whatever the registry
 *               was called.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_SIMPLE_SIGNING_H
#define SEALIFT_BUNDLE_ARCHIVE_SIMPLE_SIGNING_H

#include "bundle/archive/manifest_signature.h"
#include "bundle/archive/oci.h"
#include "resolver/base/arena.h"

#define SIMPLE_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define SIMPLE_SIGNATURES_MAX 64 /* in one manifest */
#define SIMPLE_REFERENCE "sealift/bundle"

/* Appends the payload for a manifest: its SHA-256 is what is signed. */
void simple_payload_write(const uint8_t manifest[SHA256_SIZE], struct buf *out);

/* Appends the config and the manifest for count signatures (their `signature` alone is used) of that
 * payload. */
void simple_config_write(struct slice payload, size_t count, struct buf *out);
void simple_manifest_write(struct slice config, struct slice payload,
                           const struct manifest_signature *signatures, size_t count,
                           struct buf *out);

/* The digest that a payload names. ERR_FORMAT, and manifest is zeroed. */
enum err_code simple_payload_parse(struct slice text, struct arena *scratch,
                                   uint8_t manifest[SHA256_SIZE], struct err *err) MUST_USE;

struct simple_layer {
    struct descriptor payload;
    struct signature signature;
};

/* Whether an image manifest is one of these, by its first layer; it need not be valid. */
bool simple_manifest_is(const struct node *root);

/* The layers of such a manifest, allocated in arena. ERR_FORMAT, ERR_LIMIT; *layers is NULL then. */
enum err_code simple_manifest_parse(const struct node *root, struct arena *arena,
                                    struct simple_layer **layers, size_t *count, struct err *err)
    MUST_USE;

#endif
