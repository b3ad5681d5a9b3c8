#include "bundle/api_input.h"

static enum err_code answer(int status, const char *what, struct err *err)
{
    if (status == 0)
        return ERR_OK;
    return err_set(err, ERR_IO, "the caller's %s failed with %d", what, status);
}

static enum err_code image_from(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    const struct sealift_input *outer = ctx;

    return answer(outer->read(outer->context, at, into, size), "input", err);
}

struct image api_input_image(const struct sealift_input *outer)
{
    return (struct image){.ctx = (void *)(uintptr_t)outer, .size = outer->size, .read = image_from};
}

static enum err_code write_at(void *ctx, uint64_t at, struct slice bytes, struct err *err)
{
    const struct sealift_output *outer = ctx;

    return answer(outer->write(outer->context, at, bytes.ptr, bytes.len), "output", err);
}

static enum err_code set_size(void *ctx, uint64_t size, struct err *err)
{
    const struct sealift_output *outer = ctx;

    return answer(outer->set_size(outer->context, size), "output", err);
}

struct output api_input_output(const struct sealift_output *outer)
{
    return (struct output){
        .ctx = (void *)(uintptr_t)outer, .write = write_at, .set_size = set_size};
}

static enum err_code write_next(void *ctx, struct slice bytes, struct err *err)
{
    const struct sealift_sink *outer = ctx;

    return answer(outer->write(outer->context, bytes.ptr, bytes.len), "sink", err);
}

static enum err_code skip(void *ctx, uint64_t count, struct err *err)
{
    const struct sealift_sink *outer = ctx;

    return answer(outer->skip(outer->context, count), "sink", err);
}

const struct sink *api_input_sink(const struct sealift_sink *outer, struct sink *sink)
{
    if (!outer)
        return NULL;
    *sink = (struct sink){
        .ctx = (void *)(uintptr_t)outer, .write = write_next, .skip = outer->skip ? skip : NULL};
    return sink;
}
