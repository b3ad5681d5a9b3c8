/*
 * unpacked.h - a disk image in any zstd file, decompressed once into a temporary file, for readers that
 * go back and forth in it.
 *
 * In the flow:  x.raw.zst of the command line -> zstd_image -> [unpacked] -> image -> measure, explain
 * The file:     has no name, so that nothing is left of it whatever happens; zeros become holes, so that
 *               it takes no more room than the image has data.
 * Checked here: that the folder has room for the data before anything is written; that the file that is
 *               decompressed gives the second time what it gave the first.
 * Cost:         the file is decompressed twice: once to see how large it is and that it is whole.
 * Memory:       zstd_image.h's, given back before unpacked_open returns; 256 KiB of the arena.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_UNPACKED_H
#define SEALIFT_BUNDLE_ARCHIVE_UNPACKED_H

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"

struct unpacked {
    struct image image; /* the raw image; valid while the struct stays where it is */
    int fd;             /* of the temporary file */
};

/* Decompresses file into a temporary file in folder (as TMPDIR names it; NULL or empty: /tmp). On
 * failure nothing is open: ERR_CORRUPT, ERR_LIMIT (no room, zstd_image.h's limits), ERR_IO. Where the
 * folder is what fails, err names it. */
enum err_code unpacked_open(const struct image *file, const char *folder, struct arena *arena,
                            struct unpacked *unpacked, struct err *err) MUST_USE;

/* Closes it; also one that unpacked_open has failed to open. */
void unpacked_close(struct unpacked *unpacked);

#endif
