#include "bundle/pack/pack_binding.h"

#include "bundle/measure/binding_annotations.h"
#include "bundle/measure/binding_document.h"

struct comparison {
    struct bundle_item *image;
    const struct pack_info *measured; /* of the measurements */
    struct binding_subject subject;
    struct arena *arena;
};

/* The image as the file has it: reading it here is not yet packing it. */
static const struct image *inner_of(const struct bundle_item *item)
{
    const struct pack_raw *raw = item->raw->ctx;

    return &raw->inner;
}

/* Compares with one document, and records what fits, if nothing is recorded yet. */
static enum err_code compare(struct comparison *comparison, struct err *err)
{
    struct bundle_item *image = comparison->image;
    struct annotations annotations;
    struct binding binding;
    bool is_recorded;

    if (binding_document_check(&comparison->subject, comparison->measured->verified, &binding,
                               &is_recorded, err))
        return err->code;
    if (binding.result != BINDING_EQUAL || is_recorded)
        return ERR_OK;
    if (binding_annotations_add(&image->others, &binding.parameters, comparison->arena,
                                &annotations, err))
        return err->code;
    image->others = annotations;
    return ERR_OK;
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
        struct bundle_item *image = &release->items[i];
        struct quoted name = pack_show(release->infos[i].place);
        struct comparison comparison = {.image = image, .arena = arena};

        if (image->kind != LAYER_IMAGE_ZSTD || release->infos[i].is_streamed)
            continue;
        comparison.subject = (struct binding_subject){
            .name = name.text,
            .disk = inner_of(image),
            .annotations = &image->others,
            .request = {.uid = release->uid, .csp = image->csp, .variant = image->variant},
            .note = note,
            .ctx = ctx};
        for (size_t k = 0; k < release->count; k++) {
            comparison.measured = &release->infos[k];
            if (is_about(&release->items[k], comparison.measured, image) &&
                compare(&comparison, err))
                return err->code;
        }
    }
    return ERR_OK;
}
