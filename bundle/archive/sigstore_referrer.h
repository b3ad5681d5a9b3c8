/*
 * sigstore_referrer.h - a signature of a manifest as cosign 3 keeps it.
 *
 * In the flow:  bundle_writer -> [sigstore_referrer] -> front; archive -> [..] -> bundle_trust
 * Form:         an in-toto statement that names the manifest's digest; its DSSE encoding is what is
 *               signed; statement and signature in a Sigstore bundle v0.3; that bundle as the one
 *               layer of a manifest whose subject is the signed one; and an index of those manifests,
 *               for registries without the referrers API, tagged sha256-<hex>.
 * Standards:    DSSE v1.0.0 (protocol.md, PAE); in-toto Attestation Framework, Statement v1;
 *               sigstore_bundle.proto in protojson; OCI distribution-spec, "Referrers Tag Schema".
 * Checked here: of a bundle, its media type, one signature, the payload's type, one subject, the
 *               predicate that cosign signs images with. Members that are not used are not looked at
 *               here: a plain archive must have exactly the bytes that the writers here make.
 * Not checked:  the signature (bundle_trust.h); transparency-log entries (has_log says that there
 *               are some); the hint.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_SIGSTORE_REFERRER_H
#define SEALIFT_BUNDLE_ARCHIVE_SIGSTORE_REFERRER_H

#include "bundle/archive/manifest_signature.h"
#include "bundle/archive/oci.h"
#include "resolver/base/arena.h"

#define SIGSTORE_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"
#define SIGSTORE_BUNDLE_MAX ((size_t)64 << 10) /* bytes */

/* Appends the statement for a manifest. */
void sigstore_statement_write(const uint8_t manifest[SHA256_SIZE], struct buf *out);

/* Appends a statement's DSSE encoding: what is signed. */
void sigstore_encoding_write(struct slice statement, struct buf *out);

/* The SHA-256 of that. */
void sigstore_statement_digest(struct slice statement, uint8_t digest[SHA256_SIZE]);

/* Appends the Sigstore bundle with a statement, its signature and the id of the key. */
void sigstore_bundle_write(struct slice statement, const struct manifest_signature *signature,
                           struct buf *out);

/* Appends the manifest that refers to subject and holds that bundle. */
void referrer_write(const struct descriptor *subject, struct slice bundle, struct buf *out);

/* Appends a referrer's descriptor, and all that lists it: media type, digest, size,
 * artifactType, annotations (an element of a list). */
void referrer_descriptor_write(struct json_writer *writer, struct slice referrer);

/* Appends the index that lists those referrers. */
void referrer_index_write(const struct slice *referrers, size_t count, struct buf *out);

/* Reads a Sigstore bundle. ERR_FORMAT, ERR_LIMIT; *signature is zeroed then. */
enum err_code sigstore_bundle_parse(struct slice text, struct arena *scratch,
                                    struct manifest_signature *signature, struct err *err) MUST_USE;

/* Whether an image manifest is one of these, by its first layer; it need not be valid. */
bool referrer_is(const struct node *root);

/* The layer of such a manifest. ERR_FORMAT; *bundle is zeroed then. */
enum err_code referrer_parse(const struct node *root, struct descriptor *bundle, struct err *err)
    MUST_USE;

#endif
