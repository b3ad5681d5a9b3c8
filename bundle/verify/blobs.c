#include "bundle/verify/blobs.h"

#include <string.h>

struct reading {
    const struct blobs_check *how;
    uint64_t done, total;
};

static enum err_code count(struct reading *reading, uint64_t bytes)
{
    reading->done += bytes;
    if (reading->how->progress)
        reading->how->progress(reading->how->ctx, reading->done, reading->total);
    return ERR_OK;
}

static enum err_code count_write(void *ctx, struct slice bytes, struct err *err)
{
    (void)err;
    return count(ctx, bytes.len);
}

static enum err_code count_skip(void *ctx, uint64_t bytes, struct err *err)
{
    (void)err;
    return count(ctx, bytes);
}

static bool is_read_already(const struct layer *layer)
{
    return !layer_is_image(layer) && layer->kind != LAYER_OTHER;
}

/* What one layer says of a blob, another may say otherwise: of the raw image, that is. */
static bool says_the_same(const struct layer *a, const struct layer *b)
{
    return a->kind == b->kind && memcmp(a->blob.digest, b->blob.digest, SHA256_SIZE) == 0 &&
           a->image.frame_size == b->image.frame_size && a->image.raw_size == b->image.raw_size &&
           memcmp(a->image.raw_digest, b->image.raw_digest, SHA256_SIZE) == 0;
}

static bool is_decompressed(const struct reading *reading, const struct carried *carried)
{
    return carried->layer->kind == LAYER_IMAGE_ZSTD &&
           (reading->how->is_deep || carried->is_raw_signed);
}

/* Whether the layer is to be read: its bytes have not been, as far as this, by an earlier one. */
static bool is_next(const struct reading *reading, const struct contents *contents, size_t number)
{
    const struct carried *carried = &contents->list[number];

    if (is_read_already(carried->layer))
        return false;
    for (size_t i = 0; i < number; i++) {
        if (says_the_same(contents->list[i].layer, carried->layer) &&
            is_decompressed(reading, &contents->list[i]) >= is_decompressed(reading, carried))
            return false;
    }
    return true;
}

static uint64_t size_of(const struct reading *reading, const struct carried *carried)
{
    const struct layer *layer = carried->layer;

    return is_decompressed(reading, carried) ? layer->image.raw_size : layer->blob.size;
}

static enum err_code read_layer(struct reading *reading, const struct trusted_bundle *trusted,
                                const struct carried *carried, struct err *err)
{
    const struct sink sink = {.ctx = reading, .write = count_write, .skip = count_skip};

    if (is_decompressed(reading, carried))
        return bundle_read_image(trusted, carried->layer, true, &reading->how->settings, &sink, err);
    return bundle_read_stored(trusted, carried->layer, &sink, err);
}

enum err_code blobs_check(const struct trusted_bundle *trusted, const struct contents *contents,
                          const struct blobs_check *how, struct err *err)
{
    struct reading reading = {.how = how};

    for (size_t i = 0; i < contents->count; i++) {
        if (is_next(&reading, contents, i))
            reading.total += size_of(&reading, &contents->list[i]);
    }
    for (size_t i = 0; i < contents->count; i++) {
        if (is_next(&reading, contents, i) && read_layer(&reading, trusted, &contents->list[i], err))
            return err->code;
    }
    return ERR_OK;
}
