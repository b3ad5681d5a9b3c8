/*
 * placement.h - one file of the repository, as an import wants it to be.
 *
 * In the flow:  layers and what is made here -> [placement] -> staged -> moved into place
 * Order:        the kinds are in the order in which files are moved, so that whoever looks meanwhile, or
 *               after a crash, sees each answer as it was before or as it is after: signatures come
 *               before what they sign, tables after everything that they lead to. Of a document that
 *               is replaced, the signature is for an instant another one's: resolvers refuse it then.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_PLACEMENT_H
#define SEALIFT_BUNDLE_IMPORT_PLACEMENT_H

#include <stdbool.h>

#include "bundle/archive/manifest.h"

enum placement_kind {
    PLACE_IMAGE,
    PLACE_OTHER, /* SBOMs, notes, keys */
    PLACE_SIGNATURE,
    PLACE_MEASUREMENTS,
    PLACE_TABLE_SIGNATURE,
    PLACE_TABLE,
    PLACE_UPSTREAM, /* a table as carried, and its signatures */
    PLACE_LIST,     /* version lists */
    PLACE_FLOOR,
    PLACE_RECEIPT,
};

#define PLACEMENT_KINDS (PLACE_RECEIPT + 1)

enum placement_action { PLACEMENT_KEEP, PLACEMENT_ADD, PLACEMENT_REPLACE, PLACEMENT_REMOVE };

struct placement {
    enum placement_kind kind;
    enum placement_action action;
    const char *name; /* below the repository */
    /* What it is to hold: a layer, or bytes that were made here (layer NULL). */
    const struct layer *layer;
    const struct signed_manifest *manifest; /* of the layer */
    bool is_unpacked;                       /* the raw image of a compressed layer */
    bool is_raw_signed;                     /* the raw image is to be checked (contents.h) */
    struct slice bytes;
    uint64_t size;
    uint8_t digest[SHA256_SIZE];
};

/* "added", "replaced", "removed", "unchanged" */
const char *placement_action_text(enum placement_action action);

/* Growing list; the names are borrowed. */
struct placements {
    struct placement *list;
    size_t count, room;
};

/* Room for one more: the array moves to a larger one in arena when it is full. NULL and ERR_LIMIT. */
struct placement *placement_add(struct placements *placements, struct arena *arena,
                                 struct err *err) MUST_USE;

/* Bytes made here under a name, both copied into arena. NULL and ERR_LIMIT. */
struct placement *placement_add_bytes(struct placements *placements, enum placement_kind kind,
                                       const char *name, struct slice bytes, struct arena *arena,
                                       struct err *err) MUST_USE;

/* Whether anything is to be done. */
bool placement_any_change(const struct placements *placements);

/* By kind, then name, so that files of one folder are moved together. */
void placement_order(struct placements *placements);

#endif
