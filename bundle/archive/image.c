#include "bundle/archive/image.h"

#include <assert.h>
#include <string.h>

enum err_code image_read(const struct image *image, uint64_t at, uint8_t *into, size_t size,
                         struct err *err)
{
    if (at > image->size || size > image->size - at)
        return err_set(err, ERR_CORRUPT, "ends at byte %llu, bytes up to %llu are wanted",
                       (unsigned long long)image->size, (unsigned long long)at + size);
    return size ? image->read(image->ctx, at, into, size, err) : ERR_OK;
}

static enum err_code read_window(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                 struct err *err)
{
    const struct image_window *window = ctx;

    return image_read(window->whole, window->at + at, into, size, err);
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    if (value < low)
        return low;
    return value > high ? high : value;
}

static enum err_code next_data_window(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                                      struct err *err)
{
    const struct image_window *window = ctx;
    enum err_code rc =
        window->whole->next_data(window->whole->ctx, window->at + from, begin, end, err);

    if (rc != ERR_OK)
        return rc;
    *begin = clamp(*begin, window->at + from, window->at + window->size) - window->at;
    *end = clamp(*end, window->at + *begin, window->at + window->size) - window->at;
    return ERR_OK;
}

struct image image_window(struct image_window *window, const struct image *whole, uint64_t at,
                          uint64_t size)
{
    assert(at <= whole->size && size <= whole->size - at);
    *window = (struct image_window){.whole = whole, .at = at, .size = size};
    return (struct image){.ctx = window,
                          .size = size,
                          .read = read_window,
                          .next_data = whole->next_data ? next_data_window : NULL};
}

static enum err_code read_memory(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                 struct err *err)
{
    const struct slice *bytes = ctx;

    if (at > bytes->len || size > bytes->len - at)
        return err_set(err, ERR_CORRUPT, "ends at byte %zu", bytes->len);
    memcpy(into, bytes->ptr + at, size);
    return ERR_OK;
}

struct image image_memory(struct slice *bytes)
{
    return (struct image){.ctx = bytes, .size = bytes->len, .read = read_memory};
}
