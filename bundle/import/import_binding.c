#include <stdio.h>
#include <unistd.h>

#include "bundle/archive/frames_image.h"
#include "bundle/archive/image_file.h"
#include "bundle/import/import_work.h"
#include "bundle/measure/binding_annotations.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"

#define SCRATCH_MAX ((size_t)512 << 20)
#define NOTE_MAX 480

/* One image and what it is compared with. */
struct bound {
    struct import_work *work;
    const struct placement *placement;
    const struct image *disk;
    struct arena *scratch;
};

static void note(const struct bound *bound, const char *text)
{
    const struct import_listener *listener = &bound->work->settings->listener;
    char line[NOTE_MAX];

    snprintf(line, sizeof line, "%s: %s", quote_bare(slice_text(bound->placement->name)).text,
             text);
    listener->note(listener->ctx, line);
}

static enum err_code compare(const struct bound *bound, const struct measurements *measurements,
                             struct err *err)
{
    const struct layer *layer = bound->placement->layer;
    struct binding_parameters recorded;
    struct binding binding;
    char memory[NOTE_MAX];
    struct buf text;
    bool has_recorded;

    if (binding_annotations_read(&layer->others, &has_recorded, &recorded, err) != ERR_OK ||
        binding_check(bound->disk, measurements, has_recorded ? &recorded : NULL, bound->scratch,
                      &binding, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(bound->placement->name)).text);
    buf_init_fixed(&text, memory, sizeof memory - 1);
    binding_explain(&binding, &text);
    memory[text.len] = '\0';
    note(bound, memory);
    return ERR_OK;
}

/* Compares with one document, if that speaks of this image. */
static enum err_code compare_with(const struct bound *bound, const struct carried *carried,
                                  struct err *err)
{
    const struct layer *layer = bound->placement->layer;
    struct request request = {.uid = carried->manifest->manifest.uid,
                              .csp = layer->csp,
                              .variant = layer->variant};
    struct measurements measurements;
    enum err_code rc;

    if (carried->place.csp != CSP_NONE && carried->place.csp != layer->csp)
        return ERR_OK;
    rc = measurements_parse(&carried->verified, &request, bound->scratch, &measurements, err);
    if (rc == ERR_OK) {
        measurements.variant = slice_of(NULL, 0); /* it borrows from what is cleared now */
        arena_clear(bound->scratch);
        return compare(bound, &measurements, err);
    }
    arena_clear(bound->scratch);
    if (rc != ERR_NOT_FOUND && rc != ERR_AMBIGUOUS)
        return err_add(err, "%s", quote_bare(carried->layer->title).text);
    note(bound, err->msg);
    return ERR_OK;
}

static bool is_measurements(const struct layer *layer)
{
    return layer->kind == LAYER_MEASUREMENTS_YAML || layer->kind == LAYER_MEASUREMENTS_JSON;
}

static enum err_code compare_all(const struct bound *bound, struct err *err)
{
    const struct contents *contents = bound->work->settings->contents;

    for (size_t i = 0; i < contents->count; i++) {
        const struct carried *carried = &contents->list[i];

        if (carried->manifest != bound->placement->manifest || !is_measurements(carried->layer) ||
            carried->verified.signer_count == 0)
            continue;
        if (compare_with(bound, carried, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* The disk in a file that is raw, or kept compressed. */
static enum err_code compare_file(struct bound *bound, int fd, struct err *err)
{
    const struct placement *placement = bound->placement;
    struct frames_image frames;
    struct image file;
    struct arena memory;
    enum err_code rc = image_of_file(&fd, &file, err);

    bound->disk = &file;
    if (rc != ERR_OK || placement->is_unpacked || placement->layer->kind == LAYER_IMAGE_RAW)
        return rc == ERR_OK ? compare_all(bound, err) : rc;
    arena_init_heap(&memory, SIZE_MAX);
    rc = frames_image_open(&file, &placement->layer->image, &memory, &frames, err);
    if (rc == ERR_OK) {
        bound->disk = &frames.image;
        rc = compare_all(bound, err);
        frames_image_close(&frames);
    }
    arena_clear(&memory);
    return rc;
}

static enum err_code bind_one(struct import_work *work, size_t number, struct arena *scratch,
                              struct err *err)
{
    const struct placement *placement = &work->result->placements.list[number];
    struct bound bound = {.work = work, .placement = placement, .scratch = scratch};
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
    rc = compare_file(&bound, fd, err);
    close(fd);
    return rc;
}

enum err_code import_binding(struct import_work *work, struct err *err)
{
    const struct placements *placements = &work->result->placements;
    struct arena scratch;
    enum err_code rc = ERR_OK;

    arena_init_heap(&scratch, SCRATCH_MAX);
    for (size_t i = 0; i < placements->count && rc == ERR_OK; i++) {
        if (placements->list[i].kind == PLACE_IMAGE)
            rc = bind_one(work, i, &scratch, err);
    }
    arena_clear(&scratch);
    return rc;
}
