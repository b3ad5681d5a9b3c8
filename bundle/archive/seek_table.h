/*
 * seek_table.h - the end of a compressed image: how long each of its frames is.
 *
 * In the flow:  frames_write -> [seek_table] -> blob; blob -> [seek_table] -> frames_read, frames_image
 * Form:         zstd's "seekable format", version 0.1.0: a skippable frame (number 0xE) with two
 *               32-bit numbers a frame (compressed and raw size), then their count, a byte of flags
 *               (0: no checksums) and a magic number; all little-endian.
 * Checked here: all of it; that every frame but the last holds exactly the frame size of raw bytes
 *               and all of them the raw size declared; that frames and table fill the blob.
 * Not checked:  the frames. And nothing here is trusted: the table is part of the blob, whose
 *               digest is known only when all of it has been read.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_SEEK_TABLE_H
#define SEALIFT_BUNDLE_ARCHIVE_SEEK_TABLE_H

#include <stdint.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"
#include "resolver/base/buf.h"

#define SEEK_ENTRY_SIZE 8
#define SEEK_HEADER_SIZE 8
#define SEEK_FOOTER_SIZE 9
#define SEEK_FRAMES_MAX ((uint32_t)1 << 22) /* frames of one image: 4 TiB in frames of 1 MiB */

/* Bytes that a table of so many frames takes. */
uint64_t seek_table_size(uint64_t frames);

/* While frames are written: the entry of the next one. */
void seek_table_add(struct buf *entries, uint32_t stored_size, uint32_t raw_size);

/* What stands before and after the entries of a table with so many frames. */
void seek_table_header(uint32_t frames, uint8_t out[SEEK_HEADER_SIZE]);
void seek_table_footer(uint32_t frames, uint8_t out[SEEK_FOOTER_SIZE]);

struct seek_table {
    uint32_t frames;
    struct slice entries; /* as they stand in the blob */
    uint64_t at;          /* where the table begins: the end of the frames */
    uint32_t stored_max;  /* the longest frame */
};

/*
 * Reads the table of a blob that is to hold raw_size bytes in frames of frame_size. The entries are
 * allocated in arena. On failure *table is zeroed: ERR_CORRUPT, saying what differs; ERR_LIMIT
 * for too many frames or a full arena; what image gives.
 */
enum err_code seek_table_read(const struct image *blob, uint64_t raw_size, uint32_t frame_size,
                              struct arena *arena, struct seek_table *table, struct err *err)
    MUST_USE;

/* The stored and the raw size of a frame. */
uint32_t seek_stored_size(const struct seek_table *table, uint32_t frame);
uint32_t seek_raw_size(const struct seek_table *table, uint32_t frame);

#endif
