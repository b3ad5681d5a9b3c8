/*
 * bundle_layout.h - which members an archive has, in which order, and how large they are.
 *
 * In the flow:  front and manifests -> [bundle_layout] -> bundle_writer writes it, bundle_reader
 *               compares it with what is there
 * Order:        oci-layout; index.json; the front's blobs; layers that are no images, as the
 *               manifests list them; images, by raw size, then title; then for each title a hard
 *               link to its blob, as the manifests list them. Equal blobs and equal titles once.
 * Checked here: what all manifests of a bundle must agree on: they list the same uids, each of which
 *               has one manifest; the same time of creation (it is the time of all members); one
 *               size for one digest; titles that are safe together.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_LAYOUT_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_LAYOUT_H

#include "bundle/archive/front.h"
#include "bundle/archive/tar.h"

#define LAYOUT_LAYERS_MAX 4000 /* of all manifests together */

enum member_kind { MEMBER_TEXT, MEMBER_FRONT, MEMBER_LAYER, MEMBER_LINK };

struct member {
    enum member_kind kind;
    const char *name;            /* MEMBER_TEXT: oci-layout, index.json */
    uint8_t digest[SHA256_SIZE]; /* of the blob; of a link: of what it names */
    uint64_t size;               /* of index.json: 0, as it is not known here */
    struct slice bytes;          /* MEMBER_TEXT, MEMBER_FRONT: the contents */
    const struct layer *layer;   /* MEMBER_LAYER, MEMBER_LINK */
};

struct bundle_layout {
    struct member *members;
    size_t count, front_count; /* of all; of those before the first layer */
    uint64_t time;             /* of all members: seconds since 1970 */
};

#define LAYOUT_INDEX 1 /* the place of index.json among the members */

/*
 * Checks the manifests against each other; they are to be in the order of their uids. *missing (may
 * be NULL) is set to the first uid that is listed and has no manifest, and NULL for none: with missing
 * given that is no error. ERR_FORMAT, ERR_LIMIT.
 */
enum err_code bundle_layout_check(const struct signed_manifest *manifests, size_t count,
                                  struct arena *scratch, const struct uid **missing,
                                  struct err *err) MUST_USE;

/* Lists the members; front is borrowed. ERR_FORMAT (one digest with two sizes), ERR_LIMIT;
 * *layout is zeroed then. */
enum err_code bundle_layout_make(const struct signed_manifest *manifests, size_t count,
                                 const struct front *front, struct arena *arena,
                                 struct bundle_layout *layout, struct err *err) MUST_USE;

/* A member as its tar header has it. */
void member_tar(const struct member *member, struct tar_member *out);

/* Bytes that members [from, to) take, with headers and padding. */
uint64_t bundle_layout_size(const struct bundle_layout *layout, size_t from, size_t to);

/* Bytes that the members before the first layer take at least: index.json without blanks. */
uint64_t bundle_layout_front_size(const struct bundle_layout *layout);

/*
 * The members before the first layer as they stand at the start of the archive, in exactly
 * area_size bytes (a multiple of TAR_BLOCK): index.json is filled up with blanks. ERR_LIMIT when they
 * do not fit, naming the bytes that are missing, or when the arena is full.
 */
enum err_code bundle_layout_front(const struct bundle_layout *layout, uint64_t area_size,
                                  struct arena *arena, struct slice *bytes, struct err *err)
    MUST_USE;

#endif
