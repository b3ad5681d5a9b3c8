/*
 * cpio.h - the archives that systemd-stub makes of single files for the initrd, byte for byte.
 *
 * In the flow:  uki, files beside it -> [cpio] -> the combined initrd -> PCR 9
 * Format:       newc ("070701"): inodes from 1, owner and times 0, one link; the folders first, each
 *               parent with mode 0555 and the last with its own; then the files; then the trailer.
 *               Names and contents are padded to 4 bytes.
 * Memory:       headers go to the caller's buf; contents and their padding are the caller's.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_CPIO_H
#define SEALIFT_BUNDLE_MEASURE_CPIO_H

#include "resolver/base/buf.h"

#define CPIO_HEADER_MAX 1024 /* bytes that one call appends at most, for folders under 100 bytes */

struct cpio {
    struct slice folder; /* "/" between its parts; not at its ends */
    uint32_t inode;      /* the next one */
};

/* Begins an archive with its folders. */
void cpio_begin(struct cpio *cpio, struct slice folder, uint32_t folder_mode, struct buf *out);

/* The header of a file in the folder; size bytes of contents and cpio_padding zeros must follow. */
void cpio_file(struct cpio *cpio, struct slice name, uint32_t mode, uint32_t size, struct buf *out);

/* Zeros up to the next multiple of 4. */
unsigned cpio_padding(uint64_t size);

/* The end. */
void cpio_end(struct buf *out);

#endif
