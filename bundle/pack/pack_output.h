/*
 * pack_output.h - where the bundle is written: one file, or the parts of it, complete or not there.
 *
 * In the flow:  bundle_writer -> [pack_output] -> FILE, or pack_parts -> FILE.001-of-NNN, ...
 * How:          everything goes into FILE.part, which is locked meanwhile, and is synced and renamed when
 *               it is complete; then the folder is synced. What an interrupted run left is used again.
 *               With parts FILE.part is the lock alone.
 * Replaced:     a file that is at FILE.
 * Refused:      anything at FILE but a regular file, "-", a FILE.part that is a link, has links, or that
 *               another pack is writing to; less free space than the bundle can need.
 * Memory:       a few descriptors.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_OUTPUT_H
#define SEALIFT_BUNDLE_PACK_PACK_OUTPUT_H

#include "bundle/pack/pack_parts.h"

struct pack_output {
    char path[PATH_MAX]; /* links followed */
    int folder;          /* its folder */
    int fd;              /* FILE.part: the bundle; with parts, the lock on the name */
    struct pack_parts parts;
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

/* Closes everything; what was not committed is removed. */
void pack_output_close(struct pack_output *output);

#endif
