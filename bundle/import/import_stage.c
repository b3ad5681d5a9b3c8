#include "bundle/archive/image_file.h"
#include "bundle/import/import_work.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"

/* A sink that counts on the way to a file. */
struct counted {
    struct file_sink *file;
    struct sink sink;
    const struct import_listener *listener;
    uint64_t done, total; /* bytes of what comes out of the bundle */
};

static enum err_code write_counted(void *ctx, struct slice bytes, struct err *err)
{
    struct counted *counted = ctx;

    counted->done += bytes.len;
    counted->listener->progress(counted->listener->ctx, counted->done, counted->total);
    return counted->sink.write(counted->sink.ctx, bytes, err);
}

static enum err_code skip_counted(void *ctx, uint64_t count, struct err *err)
{
    struct counted *counted = ctx;

    counted->done += count;
    counted->listener->progress(counted->listener->ctx, counted->done, counted->total);
    return counted->sink.skip(counted->sink.ctx, count, err);
}

static enum err_code read_layer(const struct import_work *work, const struct placement *placement,
                                const struct sink *sink, struct err *err)
{
    static const struct frames_settings settings = {0};
    const struct import_settings *import = work->settings;
    const struct layer *layer = placement->layer;
    bool is_deep = import->is_deep || placement->is_raw_signed;

    if (placement->is_unpacked)
        return bundle_read_image(import->trusted, layer, is_deep, &settings, sink, err);
    if (bundle_read_stored(import->trusted, layer, sink, err) != ERR_OK)
        return err->code;
    if (layer->kind != LAYER_IMAGE_ZSTD || !is_deep)
        return ERR_OK;
    return bundle_read_image(import->trusted, layer, true, &settings, NULL, err);
}

static enum err_code stage_layer(struct import_work *work, size_t number, struct counted *counted,
                                 struct err *err)
{
    const struct placement *placement = &work->result->placements.list[number];
    const struct sink sink = {.ctx = counted, .write = write_counted, .skip = skip_counted};
    int fd = staging_create(&work->staging, number, err);
    enum err_code rc;

    if (fd < 0)
        return err->code;
    counted->sink = file_sink_start(counted->file, fd);
    rc = read_layer(work, placement, &sink, err);
    if (rc == ERR_OK)
        rc = file_sink_flush(counted->file, err);
    return staging_finish(fd, rc, err);
}

static bool is_staged(const struct placement *placement)
{
    return placement->action == PLACEMENT_ADD || placement->action == PLACEMENT_REPLACE;
}

/* Comes out of the bundle; tables are read already. */
static bool is_layer(const struct placement *placement)
{
    return placement->layer && placement->kind != PLACE_TABLE;
}

static enum err_code stage_one(struct import_work *work, size_t number, struct counted *counted,
                               struct err *err)
{
    const struct placement *placement = &work->result->placements.list[number];
    enum err_code rc;

    if (is_layer(placement))
        rc = stage_layer(work, number, counted, err);
    else
        rc = staging_put(&work->staging, number, placement->bytes, err);
    if (rc == ERR_OK)
        work->result->written += placement->size;
    if (rc == ERR_OK || rc == ERR_CORRUPT) /* that is the bundle's, and names the file of it */
        return rc;
    return repository_name(work->repository, placement->name, err);
}

enum err_code import_stage(struct import_work *work, struct err *err)
{
    const struct placements *placements = &work->result->placements;
    struct counted counted = {.listener = &work->settings->listener};
    struct arena memory;
    enum err_code rc = ERR_OK;

    arena_init_heap(&memory, sizeof *counted.file + FILE_SINK_BUFFER);
    counted.file = arena_alloc(&memory, sizeof *counted.file, err);
    if (!counted.file)
        return err->code;
    for (size_t i = 0; i < placements->count; i++) {
        if (is_staged(&placements->list[i]) && is_layer(&placements->list[i]))
            counted.total += placements->list[i].size;
    }
    for (size_t i = 0; i < placements->count && rc == ERR_OK; i++) {
        if (is_staged(&placements->list[i]))
            rc = stage_one(work, i, &counted, err);
    }
    arena_clear(&memory);
    return rc == ERR_OK ? staging_sync(&work->staging, err) : rc;
}
