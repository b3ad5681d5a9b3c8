#include "bundle/publish/image_digest.h"

#include <string.h>

#define PIECE ((size_t)256 << 10)

static enum err_code hash_pieces(const struct image *image,
                                 const struct image_digest_progress *progress, uint8_t *piece,
                                 struct sha256 *hash, struct err *err)
{
    for (uint64_t at = 0; at < image->size;) {
        size_t size = image->size - at < PIECE ? (size_t)(image->size - at) : PIECE;

        if (image_read(image, at, piece, size, err) != ERR_OK)
            return err->code;
        sha256_update(hash, slice_of(piece, size));
        at += size;
        if (progress)
            progress->show(progress->ctx, at);
    }
    return ERR_OK;
}

enum err_code image_digest(const struct image *image, const struct image_digest_progress *progress,
                           struct arena *arena, uint8_t digest[SHA256_SIZE], struct err *err)
{
    uint8_t *piece = arena_alloc(arena, PIECE, err);
    struct sha256 hash;

    memset(digest, 0, SHA256_SIZE);
    sha256_init(&hash);
    if (!piece || hash_pieces(image, progress, piece, &hash, err) != ERR_OK)
        return err->code;
    sha256_final(&hash, digest);
    return ERR_OK;
}
