#include "bundle/pack/pack_binding.h"

#include "bundle/measure/binding.h"
#include "bundle/measure/binding_annotations.h"
#include "resolver/base/heap.h"

#define SCRATCH_MAX ((size_t)256 << 20)
#define NOTE_MAX 1024 /* bytes of a line */

struct comparison {
    struct bundle_item *image;
    const struct pack_info *info, *measured; /* of the image, and of the measurements */
    struct arena *arena;
    void (*note)(void *ctx, const char *text);
    void *ctx;
};

static void tell(const struct comparison *comparison, const struct binding *binding)
{
    char line[NOTE_MAX];
    struct buf out;

    buf_init_fixed(&out, line, sizeof line - 1);
    buf_add_format(&out, "%s: ", pack_show(comparison->info->place).text);
    binding_explain(binding, &out);
    line[out.len] = '\0';
    comparison->note(comparison->ctx, line);
}

/* The image as the file has it: reading it here is not yet packing it. */
static const struct image *inner_of(const struct bundle_item *item)
{
    const struct pack_raw *raw = item->raw->ctx;

    return &raw->inner;
}

static enum err_code compare(const struct comparison *comparison,
                             const struct measurements *measurements, struct err *err)
{
    struct bundle_item *image = comparison->image;
    struct binding_parameters recorded;
    struct annotations annotations;
    struct binding binding;
    struct arena scratch;
    bool is_recorded;
    enum err_code rc;

    if (binding_annotations_read(&image->others, &is_recorded, &recorded, err))
        return err->code;
    arena_init_heap(&scratch, SCRATCH_MAX);
    rc = binding_check(inner_of(image), measurements, is_recorded ? &recorded : NULL, &scratch,
                       &binding, err);
    arena_clear(&scratch);
    if (rc)
        return err_add(err, "%s", pack_show(comparison->info->place).text);
    tell(comparison, &binding);
    if (binding.result != BINDING_EQUAL || is_recorded)
        return ERR_OK;
    if (binding_annotations_add(&image->others, &binding.parameters, comparison->arena,
                                &annotations, err))
        return err->code;
    image->others = annotations;
    return ERR_OK;
}

/* One set of measurements; a document without one for this csp and variant says nothing of it. */
static enum err_code compare_set(const struct comparison *comparison, const struct uid *uid,
                                 struct err *err)
{
    struct request request = {.uid = *uid,
                              .csp = comparison->image->csp,
                              .variant = comparison->image->variant};
    struct measurements measurements;
    struct arena scratch;
    enum err_code rc;

    arena_init_heap(&scratch, SCRATCH_MAX);
    rc = measurements_parse(comparison->measured->verified, &request, &scratch, &measurements, err);
    if (rc == ERR_OK)
        rc = compare(comparison, &measurements, err);
    else if (rc == ERR_NOT_FOUND || rc == ERR_AMBIGUOUS)
        rc = ERR_OK;
    arena_clear(&scratch);
    return rc;
}

static bool is_about(const struct bundle_item *item, const struct pack_info *info,
                     const struct bundle_item *image)
{
    return (item->kind == LAYER_MEASUREMENTS_YAML || item->kind == LAYER_MEASUREMENTS_JSON) &&
           info->verified && (info->csp == CSP_NONE || info->csp == image->csp);
}

enum err_code pack_binding_check(struct pack_release *release,
                                 void (*note)(void *ctx, const char *text), void *ctx,
                                 struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < release->count; i++) {
        struct comparison comparison = {.image = &release->items[i],
                                        .info = &release->infos[i],
                                        .arena = arena,
                                        .note = note,
                                        .ctx = ctx};

        if (release->items[i].kind != LAYER_IMAGE_ZSTD || release->infos[i].is_streamed)
            continue;
        for (size_t k = 0; k < release->count; k++) {
            comparison.measured = &release->infos[k];
            if (is_about(&release->items[k], comparison.measured, comparison.image) &&
                compare_set(&comparison, &release->uid, err))
                return err->code;
        }
    }
    return ERR_OK;
}
