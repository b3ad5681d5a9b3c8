/*
 * tar.h - the one tar header that Sealift writes for a member, and reads back to the byte.
 *
 * In the flow:  bundle_layout (names, sizes) -> [tar] -> archive; archive -> [tar] -> bundle_reader
 * Form:         POSIX ustar (POSIX.1-2017, pax, "ustar Interchange Format"): regular files (type 0)
 *               and hard links (type 1) alone; mode 0644; owner 0 without names; one time for all;
 *               sizes from 8 GiB on in base 256, as GNU tar began and all read (the high bit of the
 *               first byte set, then a big-endian number); names over 100 bytes split at the first
 *               "/" that leaves at most 100. No pax members, no "./", no folders.
 * Checked here: every byte of a header that is read: it must be the one that tar_header makes of
 *               what it says. The bytes after a member up to the next block, and the end of the
 *               archive, are zeros.
 * Not checked:  that names are safe (title.h) and which members there are (bundle_layout.h).
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_TAR_H
#define SEALIFT_BUNDLE_ARCHIVE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/archive/image.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define TAR_BLOCK 512
#define TAR_END (2 * TAR_BLOCK)      /* zeros that end an archive */
#define TAR_NAME_MAX 256             /* "/" between both parts included */
#define TAR_LINK_MAX 100             /* bytes of a link's target */
#define TAR_TIME_MAX 077777777777ull /* seconds since 1970: eleven octal digits */
#define TAR_SIZE_MAX (INT64_MAX / 2) /* bytes of a member, so that sums cannot overflow */

struct tar_member {
    char name[TAR_NAME_MAX + 1];
    char link[TAR_LINK_MAX + 1]; /* of a hard link: the member it names; "" for a file */
    uint64_t size;               /* bytes of contents; 0 for a link */
};

/* Whether a header can hold that name: at most 100 bytes, or split as above. */
bool tar_name_fits(struct slice name);

/* Writes a header. ERR_USAGE for what no header can hold: a name (empty, too long), a time over
 * TAR_TIME_MAX, a size over TAR_SIZE_MAX. */
enum err_code tar_header(const struct tar_member *member, uint64_t time, uint8_t out[TAR_BLOCK],
                         struct err *err) MUST_USE;

/*
 * Reads a header that tar_header wrote. ERR_FORMAT for any other block, naming the field: "not a
 * tar header", "compressed as a whole ...", "<field>: is not what sealift writes". *member and *time
 * are then zeroed.
 */
enum err_code tar_parse(const uint8_t block[TAR_BLOCK], struct tar_member *member, uint64_t *time,
                        struct err *err) MUST_USE;

/* Bytes of a member's contents up to the next header. */
uint64_t tar_padded(uint64_t size);

/* Goes through an archive, header by header. */
struct tar_reader {
    const struct image *image;
    uint64_t at; /* of the next header */
};

/*
 * The next member, its time and the offset of its contents; *is_end and no member after the last.
 * ERR_FORMAT as tar_parse, "byte N: ..." before it; ERR_CORRUPT when a member or the end is cut
 * off; ERR_FORMAT for bytes that are not zero in padding or in or after the end.
 */
enum err_code tar_next(struct tar_reader *reader, struct tar_member *member, uint64_t *time,
                       uint64_t *contents_at, bool *is_end, struct err *err) MUST_USE;

#endif
