/*
 * oci.h - the words of an OCI image layout: digests, descriptors, names of blobs, tags.
 *
 * In the flow:  manifest, index, signatures -> [oci] -> JSON that skopeo, oras and cosign read
 * Standards:    OCI image-spec v1.1: descriptor.md, image-layout.md; distribution-spec (tags).
 * Checked here: digests are "sha256:" and 64 lower-case digits; sizes are whole numbers up to
 *               OCI_SIZE_MAX in their one form; media types are short and plain; a descriptor has no
 *               members but those named here.
 * Not checked:  that a blob has its digest and size (bundle_reader.h).
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_OCI_H
#define SEALIFT_BUNDLE_ARCHIVE_OCI_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/json_write.h"
#include "resolver/base/node.h"
#include "resolver/core/uid.h"
#include "resolver/crypto/sha256.h"

#define OCI_TYPE_INDEX "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_EMPTY "application/vnd.oci.empty.v1+json"
#define OCI_LAYOUT_NAME "oci-layout"
#define OCI_LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define OCI_INDEX_NAME "index.json"
#define OCI_EMPTY_TEXT "{}" /* the blob of type OCI_TYPE_EMPTY */
#define OCI_REF_NAME "org.opencontainers.image.ref.name"

#define OCI_SIZE_MAX (INT64_MAX / 4) /* bytes of a blob, so that sums cannot overflow */
#define OCI_DIGEST_SIZE 72           /* "sha256:", 64 digits, NUL */
#define OCI_BLOB_NAME_SIZE 78        /* "blobs/sha256/", 64 digits, NUL */
#define OCI_TAG_MAX 128              /* characters, distribution-spec */
#define OCI_MEDIA_TYPE_MAX 127       /* bytes, RFC 6838, 4.2 */

struct descriptor {
    struct slice media_type;
    uint8_t digest[SHA256_SIZE];
    uint64_t size; /* bytes */
};

/* The descriptor of bytes that are in memory. */
struct descriptor descriptor_of(const char *media_type, struct slice bytes);

/* "sha256:<hex>" */
void oci_digest_text(const uint8_t digest[SHA256_SIZE], char out[OCI_DIGEST_SIZE]);

/* Reads that; ERR_FORMAT for any other text, and digest is zeroed. */
enum err_code oci_digest_parse(struct slice text, uint8_t digest[SHA256_SIZE], struct err *err)
    MUST_USE;

/* "blobs/sha256/<hex>" */
void oci_blob_name(const uint8_t digest[SHA256_SIZE], char out[OCI_BLOB_NAME_SIZE]);

/* The tag of a uid: its text with "-" for every character outside [A-Za-z0-9_.-], one that a tag
 * may not begin with as "_"; one of over OCI_TAG_MAX characters is cut and ends in "-" and 16 hex
 * digits of its SHA-256. Distinct uids can have one tag: front.h refuses them together. */
void oci_tag(const struct uid *uid, char out[OCI_TAG_MAX + 1]);

/* Writes a descriptor's first three members; the map has been begun and is ended by the caller. */
void descriptor_write(struct json_writer *writer, const struct descriptor *descriptor);

/*
 * Reads a descriptor. Members besides mediaType, digest and size are allowed if they are named in
 * also (NULL at its end). what names it in messages. ERR_FORMAT, and *descriptor is zeroed.
 */
enum err_code descriptor_parse(const struct node *node, const char *what, const char *const *also,
                               struct descriptor *descriptor, struct err *err) MUST_USE;

/* A whole number, at most max, in its one decimal form; text for messages is "<what>: ...". */
enum err_code oci_number_parse(struct slice text, const char *what, uint64_t max, uint64_t *out,
                               struct err *err) MUST_USE;

/* node is a map that has no members but those named (NULL at the end of the list). */
enum err_code oci_only(const struct node *node, const char *what, const char *const *names,
                       struct err *err) MUST_USE;

/* map's member `name` is a string with exactly that text. */
enum err_code oci_is(const struct node *map, const char *name, const char *text, struct err *err)
    MUST_USE;

/* schemaVersion is 2 and mediaType is that type. */
enum err_code oci_check_head(const struct node *map, const char *media_type, struct err *err)
    MUST_USE;

/* Begins a manifest or index: schemaVersion, mediaType. */
void oci_begin(struct json_writer *writer, const char *media_type);

#endif
