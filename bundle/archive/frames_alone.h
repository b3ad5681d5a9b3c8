/*
 * frames_alone.h - a compressed image that no manifest describes: what it says of itself.
 *
 * In the flow:  FILE.raw.zst of the command line -> [frames_alone] -> frames_facts -> frames_image
 * Why:          only images in frames with a seek table can be read at any offset in place. Others are
 *               refused, and left to unpacked.
 * Trust:        none. The digest is that of the bytes that are there, so that frames_image finds out
 *               when they change while they are used.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_FRAMES_ALONE_H
#define SEALIFT_BUNDLE_ARCHIVE_FRAMES_ALONE_H

#include "bundle/archive/frames.h"

/* Whether it begins as something that zstd has compressed. */
bool frames_alone_is(struct slice start);

/* Reads the whole blob once. ERR_FORMAT for one without a seek table that can be used; what reading
 * gives; *facts is then zeroed. The raw digest stays zeros. */
enum err_code frames_alone_facts(const struct image *blob, struct frames_facts *facts,
                                 struct err *err) MUST_USE;

#endif
