/*
 * frame.h - one frame of a compressed image, decompressed strictly.
 *
 * In the flow:  frames_read (all of them, in order) and frames_image (any of them) -> [frame]
 * Checked here: what frames.h lists for a frame. Nothing is decoded before its header is right, and
 *               nothing past raw_size.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_FRAME_H
#define SEALIFT_BUNDLE_ARCHIVE_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "resolver/base/slice.h"

/* Room for the longest frame that is accepted of raw_size bytes. */
size_t frame_stored_max(uint32_t raw_size);

/* Decompresses stored, one frame of exactly raw_size bytes, into raw. NULL, or what is wrong with
 * the frame, as a text for messages. */
const char *frame_decompress(ZSTD_DCtx *context, struct slice stored, uint8_t *raw,
                             uint32_t raw_size);

#endif
