#include <unistd.h>

#include "bundle/archive/frames_image.h"
#include "bundle/archive/image_file.h"
#include "bundle/import/import_work.h"
#include "bundle/verify/image_binding.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"

static enum err_code compare(struct import_work *work, const struct placement *placement,
                             const struct image *disk, struct err *err)
{
    const struct import_settings *settings = work->settings;
    const struct binding_listener listener = {.note = settings->listener.note,
                                              .ctx = settings->listener.ctx};

    return image_binding_check(settings->contents, placement->manifest, placement->layer, disk,
                               slice_text(placement->name), &listener, err);
}

/* The disk in a file that is raw, or kept compressed. */
static enum err_code compare_file(struct import_work *work, const struct placement *placement,
                                  int fd, struct err *err)
{
    struct frames_image frames;
    struct image file;
    struct arena memory;
    enum err_code rc = image_of_file(&fd, &file, err);

    if (rc != ERR_OK || placement->is_unpacked || placement->layer->kind == LAYER_IMAGE_RAW)
        return rc == ERR_OK ? compare(work, placement, &file, err) : rc;
    arena_init_heap(&memory, SIZE_MAX);
    rc = frames_image_open(&file, &placement->layer->image, &memory, &frames, err);
    if (rc == ERR_OK) {
        rc = compare(work, placement, &frames.image, err);
        frames_image_close(&frames);
    }
    arena_clear(&memory);
    return rc;
}

static enum err_code bind_one(struct import_work *work, size_t number, struct err *err)
{
    const struct placement *placement = &work->result->placements.list[number];
    enum err_code rc;
    int fd;

    if (placement->action == PLACEMENT_KEEP) {
        if (repository_open_file(work->repository, placement->name, &fd, err) != ERR_OK)
            return err->code;
        if (fd < 0)
            return err_set(err, ERR_IO, "%s: is gone", quote_bare(slice_text(placement->name)).text);
    } else {
        fd = staging_open(&work->staging, number, err);
        if (fd < 0)
            return err->code;
    }
    rc = compare_file(work, placement, fd, err);
    close(fd);
    return rc;
}

enum err_code import_binding(struct import_work *work, struct err *err)
{
    const struct placements *placements = &work->result->placements;

    for (size_t i = 0; i < placements->count; i++) {
        if (placements->list[i].kind == PLACE_IMAGE && bind_one(work, i, err))
            return err->code;
    }
    return ERR_OK;
}
