/*
 * front.h - the front of an archive: index.json and all blobs that are not layers.
 *
 * In the flow:  manifests and their signatures -> [front] -> bundle_writer writes it, bundle_reader
 *               compares it, attaching a signature replaces it
 * Made anew:    manifests and signatures determine every byte (but how many blanks end index.json),
 *               so a reader makes the front again and compares: nothing else can stand there.
 * Order:        the manifests, by uid; "{}", the config of all; then for each manifest what signs
 *               it: the simple-signing manifest, its config, its payload; each referrer and its
 *               Sigstore bundle; the index of the referrers. Equal blobs once.
 * Not checked:  the signatures.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_FRONT_H
#define SEALIFT_BUNDLE_ARCHIVE_FRONT_H

#include "bundle/archive/manifest.h"
#include "bundle/archive/manifest_signature.h"

/* A manifest with its signatures. Those of one form are listed in the order they have here. */
struct signed_manifest {
    struct manifest manifest;
    struct slice text; /* as it is signed */
    uint8_t digest[SHA256_SIZE];
    struct manifest_signature *signatures;
    size_t signature_count;
};

struct front_blob {
    uint8_t digest[SHA256_SIZE];
    struct slice bytes;
};

struct front {
    struct slice index; /* index.json without the blanks after it */
    struct front_blob *blobs;
    size_t count;
};

/*
 * Makes the front for manifests in the order of their uids. Everything is allocated in arena, or
 * borrowed from the manifests. On failure *front is zeroed: ERR_FORMAT (two uids with one tag, a
 * signature twice),
 * ERR_LIMIT.
 */
enum err_code front_make(const struct signed_manifest *manifests, size_t count, struct arena *arena,
                         struct front *front, struct err *err) MUST_USE;

#endif
