/*
 * pack_parts.h - the parts of a bundle that is written: numbered files beside its name.
 *
 * In the flow:  bundle_split -> [pack_parts] -> FILE.001-of-NNN, ...
 * How:          a part is FILE.001.part until pack_parts_commit syncs and renames all of them. What an
 *               interrupted run left of them is removed. FILE.part, which locks the name, is pack_output's.
 * Replaced:     parts of an earlier bundle of that name, once the new ones are in place.
 * Memory:       a few descriptors; parts are opened again as they are needed.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_PARTS_H
#define SEALIFT_BUNDLE_PACK_PACK_PARTS_H

#include <limits.h>

#include "bundle/archive/bundle_split.h"

#define PACK_PARTS_OPEN 4
#define PACK_PARTS_END_SIZE 16 /* what a part's name has behind FILE: ".001-of-002", ".001.part" */

struct pack_part {
    uint32_t number; /* 0: none */
    int fd;
};

/* The user sets bundle and folder; all else is zero at first. */
struct pack_parts {
    const char *bundle; /* FILE, shorter than PATH_MAX by PACK_PARTS_END_SIZE */
    int folder;         /* its folder */
    /* Not for users: */
    struct pack_part open[PACK_PARTS_OPEN];
    size_t oldest;            /* of them */
    uint32_t begun;           /* parts that exist */
    struct pack_part reading; /* the one that was last asked for to be read */
    struct {
        uint64_t body_size;
        uint32_t number; /* of the part that is open; 0: none */
        struct image part;
    } back; /* pack_parts_image */
};

/* The parts, for bundle_split; what an interrupted run left is removed first. Errors name the part: ERR_IO,
 * ERR_LIMIT (a full disk). */
struct part_store pack_parts_store(struct pack_parts *parts);

/* What stands behind the headers of all parts, as one of size bytes; each but the last has body_size of
 * them. The image is parts', and nothing is written meanwhile. */
struct image pack_parts_image(struct pack_parts *parts, uint64_t body_size, uint64_t size);

/* All `count` are complete: syncs and renames them; the folder is not synced. ERR_IO, ERR_LIMIT. */
enum err_code pack_parts_commit(struct pack_parts *parts, uint32_t count, struct err *err) MUST_USE;

/* The name of part `number` of `count`. */
void pack_parts_path(const char *bundle, uint32_t number, uint32_t count, char path[PATH_MAX]);

/* Closes all; what was not committed is removed. Does nothing to parts that are all zero. */
void pack_parts_close(struct pack_parts *parts);

#endif
