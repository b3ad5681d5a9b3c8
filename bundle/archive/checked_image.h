/*
 * checked_image.h - an image whose digest was checked, and which stays what it was then.
 *
 * In the flow:  file of a bundle -> [checked_image] -> image -> measure, convert, publish gcp
 * Trust:        opening reads all of it once and checks its digest. What is changed after that is found out
 *               when it is read again, since each piece is checked again then. Where data lies in the file is
 *               not asked: holes can be made meanwhile.
 * How:          SHA-256 goes from block to block, each time from a state of 32 bytes to the next. The states
 *               between the pieces are kept, so that no byte is hashed twice at first. Another piece that
 *               leads from the state before it to the one after it would be another image with the same
 *               digest: a collision of SHA-256 itself.
 * Memory:       32 bytes a piece and one piece, in the caller's arena.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_CHECKED_IMAGE_H
#define SEALIFT_BUNDLE_ARCHIVE_CHECKED_IMAGE_H

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"
#include "resolver/crypto/sha256.h"

#define CHECKED_PIECE ((size_t)256 << 10) /* bytes: whole blocks of SHA-256 */

struct checked_image {
    struct image image; /* its ctx is this struct, which must stay in place */
    const struct image *whole;
    uint8_t digest[SHA256_SIZE];
    uint32_t (*states)[8]; /* of SHA-256, before each piece */
    uint8_t *piece;
    uint64_t held; /* the piece that is in memory */
    bool is_held;
};

/* Opens an image, which must outlive *checked. On failure *checked is zeroed: ERR_CORRUPT (another
 * digest), ERR_LIMIT, what reading gives. Reading from it gives ERR_CORRUPT for bytes that have changed. */
enum err_code checked_image_open(const struct image *whole, const uint8_t digest[SHA256_SIZE],
                                 struct arena *arena, struct checked_image *checked,
                                 struct err *err) MUST_USE;

#endif
