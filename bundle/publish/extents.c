#include "bundle/publish/extents.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/zeros.h"

#define PIECE ((size_t)64 << 10) /* bytes read at once */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t block_of(uint64_t image_size)
{
    uint64_t block = EXTENT_BLOCK;

    while (image_size / block >= EXTENT_BLOCKS_MAX)
        block *= 2;
    return block;
}

struct extent extents_get(const struct extents *extents, size_t number)
{
    struct extent extent;

    memcpy(&extent, extents->list.ptr + number * sizeof extent, sizeof extent);
    return extent;
}

static void add(struct extents *extents, uint64_t at, uint64_t size)
{
    struct extent extent = {at, size};
    struct extent last = {0, 0};

    if (extents->count)
        last = extents_get(extents, extents->count - 1);
    if (extents->count && last.at + last.size == at) {
        last.size += size;
        memcpy(extents->list.ptr + (extents->count - 1) * sizeof last, &last, sizeof last);
    } else {
        buf_add(&extents->list, slice_of(&extent, sizeof extent));
        extents->count += !extents->list.failed;
    }
    extents->data_size += size;
}

/* Goes through [at, at + size); with a hash, through all of it, else to the first byte that is no zero. */
static enum err_code is_data(const struct image *image, uint64_t at, uint64_t size,
                             struct sha256 *hash, bool *answer, struct err *err)
{
    uint8_t piece[PIECE];

    *answer = false;
    for (uint64_t done = 0; done < size && (hash || !*answer); done += PIECE) {
        struct slice bytes = slice_of(piece, (size_t)least(PIECE, size - done));

        if (image_read(image, at + done, piece, bytes.len, err) != ERR_OK)
            return err->code;
        if (hash)
            sha256_update(hash, bytes);
        *answer = *answer || !zeros_only(bytes);
    }
    return ERR_OK;
}

/* The first block from `at` on that is not known to be zeros; the image's size when there is none. */
static enum err_code next_block(const struct image *image, uint64_t block, uint64_t *at,
                                struct err *err)
{
    uint64_t begin, end;

    if (!image->next_data)
        return ERR_OK;
    if (image->next_data(image->ctx, *at, &begin, &end, err) != ERR_OK)
        return err->code;
    *at = begin >= image->size ? image->size : begin - begin % block;
    return ERR_OK;
}

static enum err_code find(const struct image *image, struct sha256 *hash, struct extents *extents,
                          struct err *err)
{
    const uint64_t block = block_of(image->size);
    enum err_code rc = ERR_OK;

    for (uint64_t at = 0; at < image->size && rc == ERR_OK; at += block) {
        uint64_t size;
        bool answer;

        if (!hash)
            rc = next_block(image, block, &at, err);
        size = least(block, image->size - at);
        if (rc == ERR_OK && size)
            rc = is_data(image, at, size, hash, &answer, err);
        if (rc == ERR_OK && size && answer)
            add(extents, at, size);
    }
    return rc == ERR_OK ? buf_done(&extents->list, err) : rc;
}

static enum err_code find_checked(const struct image *image, const uint8_t digest[SHA256_SIZE],
                                  struct extents *extents, struct err *err)
{
    uint8_t have[SHA256_SIZE];
    struct sha256 hash;

    sha256_init(&hash);
    if (find(image, &hash, extents, err) != ERR_OK)
        return err->code;
    sha256_final(&hash, have);
    if (memcmp(have, digest, SHA256_SIZE) == 0)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "the raw image has another SHA-256 than is listed");
}

enum err_code extents_find(const struct image *image, const uint8_t digest[SHA256_SIZE],
                           struct extents *extents, struct err *err)
{
    memset(extents, 0, sizeof *extents);
    buf_init_heap(&extents->list, (size_t)EXTENT_BLOCKS_MAX * sizeof(struct extent));
    extents->image_size = image->size;
    if ((digest ? find_checked(image, digest, extents, err) : find(image, NULL, extents, err)) !=
        ERR_OK) {
        extents_free(extents);
        return err->code;
    }
    return ERR_OK;
}

enum err_code extents_send(const struct image *image, uint64_t at, uint64_t size,
                           const struct sink *sink, struct err *err)
{
    uint8_t piece[PIECE];

    while (size > 0) {
        size_t len = (size_t)least(PIECE, size);

        if (image_read(image, at, piece, len, err) != ERR_OK ||
            sink->write(sink->ctx, slice_of(piece, len), err) != ERR_OK)
            return err->code;
        at += len;
        size -= len;
    }
    return ERR_OK;
}

enum err_code extents_send_hole(uint64_t size, const struct sink *sink, struct err *err)
{
    static const uint8_t zeros[4096];

    if (size == 0)
        return ERR_OK;
    if (sink->skip)
        return sink->skip(sink->ctx, size, err);
    while (size > 0) {
        size_t len = (size_t)least(sizeof zeros, size);

        if (sink->write(sink->ctx, slice_of(zeros, len), err) != ERR_OK)
            return err->code;
        size -= len;
    }
    return ERR_OK;
}

enum err_code extents_send_all(const struct image *image, const struct extents *extents,
                               uint64_t total, const struct sink *sink, struct err *err)
{
    uint64_t at = 0;

    for (size_t i = 0; i < extents->count; i++) {
        struct extent extent = extents_get(extents, i);

        if (extents_send_hole(extent.at - at, sink, err) != ERR_OK ||
            extents_send(image, extent.at, extent.size, sink, err) != ERR_OK)
            return err->code;
        at = extent.at + extent.size;
    }
    return extents_send_hole(total - at, sink, err);
}

void extents_free(struct extents *extents)
{
    buf_clear(&extents->list);
    memset(extents, 0, sizeof *extents);
}
