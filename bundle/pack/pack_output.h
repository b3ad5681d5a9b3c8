/*
 * pack_output.h - where the bundle is written: one file, or the parts of it, complete or not there.
 *
 * In the flow:  bundle_writer -> [pack_output] -> FILE, or FILE.001-of-NNN, ...
 * How:          everything goes into FILE.part (FILE.001.part, ...), which is locked meanwhile, and
 *               is synced and renamed when it is complete; then the folder is synced. What an
 *               interrupted run left is used again (one file) or removed (parts).
 * Replaced:     a file that is at FILE; parts of an earlier bundle of that name, once the new ones are in
 *               place.
 * Refused:      anything at FILE but a regular file, "-", a FILE.part that is a link, has links, or that
 *               another pack is writing to; less free space than the bundle can need.
 * Memory:       a few descriptors; parts are opened again as they are needed.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_OUTPUT_H
#define SEALIFT_BUNDLE_PACK_PACK_OUTPUT_H

#include <limits.h>

#include "bundle/archive/bundle_split.h"

#define PACK_OPEN_PARTS 4

struct pack_part {
    uint32_t number; /* 0: none */
    int fd;
};

struct pack_output {
    char path[PATH_MAX]; /* links followed */
    int folder;          /* its folder */
    int fd;              /* FILE.part: the bundle; with parts, the lock on the name */
    struct pack_part open[PACK_OPEN_PARTS];
    size_t oldest;       /* of them */
    uint32_t begun;      /* parts that exist */
    int reading;         /* the part that was last asked for to be read */
    struct {
        uint64_t body_size;
        uint32_t number; /* of the part that is open; 0: none */
        struct image part;
    } back; /* pack_output_image */
};

/* Opens path for a bundle; pack_output_close must follow, after failure too. err names the path. ERR_USAGE
 * ("-"), ERR_IO, ERR_POLICY (what is there is no regular file), ERR_LIMIT (a full disk). */
enum err_code pack_output_open(const char *path, struct pack_output *output,
                               struct err *err) MUST_USE;

/* ERR_LIMIT when less than `wanted` bytes are free where the bundle goes. */
enum err_code pack_output_check_space(const struct pack_output *output, uint64_t wanted,
                                      struct err *err) MUST_USE;

/* One file. */
struct output pack_output_file(struct pack_output *output);

/* The parts, for bundle_split. */
struct part_store pack_output_parts(struct pack_output *output);

/* The bundle as it has been written, to be read before it is committed: one file (body_size 0), or parts
 * with bodies of that size, whose headers are written. size: of the archive. The image is output's, and
 * nothing is written meanwhile. ERR_IO. */
enum err_code pack_output_image(struct pack_output *output, uint64_t body_size, uint64_t size,
                                struct image *image, struct err *err) MUST_USE;

/* The bundle is complete: syncs and renames. parts: 0 for one file, else how many. */
enum err_code pack_output_commit(struct pack_output *output, uint32_t parts,
                                 struct err *err) MUST_USE;

/* The name of part `number` of `count`. */
void pack_output_part_path(const struct pack_output *output, uint32_t number, uint32_t count,
                           char path[PATH_MAX]);

/* Closes everything; what was not committed is removed. */
void pack_output_close(struct pack_output *output);

#endif
