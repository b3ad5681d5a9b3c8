/*
 * manifest.h - what a bundle carries for one uid: the document that is signed.
 *
 * In the flow:  files -> bundle_writer -> [manifest_write] -> signed; archive -> [manifest_parse] ->
 *               bundle_reader
 * Form:         an OCI image manifest with artifactType; annotations tell uid, all uids of the
 *               bundle, times and program; one layer a file. FORMAT.md has it member by member.
 * Checked here: that the bytes are the one form that manifest_write gives what they say (so there
 *               are no unknown members, no second spelling); uids in order and the manifest's own
 *               among them; titles safe and unique, and ending as their media type wants; sizes,
 *               digests, times; that image layers say all that belongs to an image, and others none
 *               of it; the limits below.
 * Not checked:  the signature (bundle_trust.h), the blobs, other manifests of the bundle
 *               (bundle_layout.h).
 * Memory:       borrows from the bytes and the arena.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_MANIFEST_H
#define SEALIFT_BUNDLE_ARCHIVE_MANIFEST_H

#include <stdbool.h>

#include "bundle/archive/frames.h"
#include "bundle/archive/oci.h"
#include "resolver/base/arena.h"
#include "resolver/core/csp.h"

#define MANIFEST_ARTIFACT_TYPE "application/vnd.sealift.bundle.v1"
#define MANIFEST_SIZE_MAX ((size_t)1 << 20) /* bytes */
#define MANIFEST_LAYERS_MAX 2000
#define MANIFEST_UIDS_MAX 64
#define ANNOTATIONS_MAX 64 /* of a manifest or layer, beside those with a meaning here */
#define ANNOTATION_MAX ((size_t)4 << 10) /* bytes of a key or value */
#define MANIFEST_TIME_NONE INT64_MIN
#define MANIFEST_SMALL_MAX ((uint64_t)16 << 20) /* bytes of a layer that is no image */

/* Keys that mean something here. Others are carried as they are. */
#define ANNOTATION_CREATED "org.opencontainers.image.created"
#define ANNOTATION_TITLE "org.opencontainers.image.title"
#define ANNOTATION_UID "vnd.sealift.uid"
#define ANNOTATION_UIDS "vnd.sealift.uids"
#define ANNOTATION_BEST_BEFORE "vnd.sealift.best-before"
#define ANNOTATION_PROGRAM "vnd.sealift.program"
#define ANNOTATION_UNSIGNED "vnd.sealift.unsigned"
#define ANNOTATION_CSP "vnd.sealift.csp"
#define ANNOTATION_VARIANT "vnd.sealift.variant"
#define ANNOTATION_RAW_SIZE "vnd.sealift.raw.size"
#define ANNOTATION_RAW_DIGEST "vnd.sealift.raw.digest"
#define ANNOTATION_FRAME_SIZE "vnd.sealift.frame.size"

enum layer_kind {
    LAYER_TABLE,
    LAYER_MEASUREMENTS_YAML,
    LAYER_MEASUREMENTS_JSON,
    LAYER_SIGNATURE,
    LAYER_IMAGE_ZSTD, /* in frames (frames.h) */
    LAYER_IMAGE_RAW,
    LAYER_OTHER, /* SBOMs, notes, keys: a media type of their own */
};

struct annotation {
    struct slice key, value;
};

struct annotations {
    struct annotation *list; /* by key, ascending */
    size_t count;
};

struct layer {
    enum layer_kind kind;
    struct descriptor blob;
    struct slice title;
    bool is_unsigned; /* packed although nothing that was given signs it */
    /* Of images alone: */
    enum csp csp;
    struct slice variant;      /* empty: any */
    struct frames_facts image; /* raw size and digest; of LAYER_IMAGE_ZSTD the rest, too */
    struct annotations others;
};

struct manifest {
    struct uid uid;
    struct uid *uids; /* all of the bundle, ascending */
    size_t uid_count;
    int64_t created, best_before; /* seconds since 1970, or MANIFEST_TIME_NONE */
    struct slice program;         /* "sealift 0.1.0" */
    struct annotations others;
    struct layer *layers; /* no images, by title; then images, by raw size and title */
    size_t layer_count;
};

/* The media type of a kind; NULL for LAYER_OTHER. */
const char *layer_media_type(enum layer_kind kind);

bool layer_is_image(const struct layer *layer);

/* The order of layers in a manifest: <0, 0, >0. */
int layer_compare(const struct layer *a, const struct layer *b);

/* Appends the manifest; its layers must be in order. Nothing is checked: manifest_parse does. */
void manifest_write(const struct manifest *manifest, struct buf *out);

/*
 * Reads a manifest. On failure *manifest is zeroed: ERR_FORMAT naming layer, member and reason;
 * ERR_LIMIT (a full arena, a manifest over MANIFEST_SIZE_MAX).
 */
enum err_code manifest_parse(struct slice text, struct arena *arena, struct manifest *manifest,
                             struct err *err) MUST_USE;

/* Whether an image manifest is one of these, by its artifactType; it need not be valid. */
bool manifest_is(const struct node *root);

#endif
