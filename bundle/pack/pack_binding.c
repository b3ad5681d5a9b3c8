#include "bundle/pack/pack_binding.h"

#include "bundle/measure/binding_annotations.h"
#include "bundle/measure/binding_document.h"

struct comparison {
    struct bundle_item *image;
    const struct pack_info *measured; /* of the measurements */
    struct binding_subject subject;
    struct arena *arena; /* NULL: nothing is recorded any more */
};

/* The image as the file has it: reading it here is not yet packing it. */
static const struct image *inner_of(const struct bundle_item *item)
{
    const struct pack_raw *raw = item->raw->ctx;

    return &raw->inner;
}

/* Compares with one document, and records what fits, if it still can be and nothing is yet. */
static enum err_code compare(struct comparison *comparison, struct err *err)
{
    struct bundle_item *image = comparison->image;
    struct annotations annotations;
    struct binding binding;
    bool is_recorded;

    if (binding_document_check(&comparison->subject, comparison->measured->verified, &binding,
                               &is_recorded, err))
        return err->code;
    if (binding.result != BINDING_EQUAL || is_recorded || !comparison->arena)
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

bool pack_binding_has(const struct pack_release *release, size_t image)
{
    const struct bundle_item *item = &release->items[image];

    if (item->kind != LAYER_IMAGE_ZSTD && item->kind != LAYER_IMAGE_RAW)
        return false;
    for (size_t i = 0; i < release->count; i++) {
        if (is_about(&release->items[i], &release->infos[i], item))
            return true;
    }
    return false;
}

enum err_code pack_binding_compare(struct pack_release *release, size_t number,
                                   const struct image *disk, const struct pack_listener *listener,
                                   struct arena *arena, struct err *err)
{
    struct bundle_item *image = &release->items[number];
    struct quoted name = pack_show(release->infos[number].place);
    struct comparison comparison = {.image = image, .arena = arena};

    comparison.subject = (struct binding_subject){
        .name = name.text,
        .disk = disk,
        .annotations = &image->others,
        .request = {.uid = release->uid, .csp = image->csp, .variant = image->variant},
        .note = listener->note,
        .ctx = listener->ctx};
    for (size_t i = 0; i < release->count; i++) {
        comparison.measured = &release->infos[i];
        if (is_about(&release->items[i], comparison.measured, image) && compare(&comparison, err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code pack_binding_check(struct pack_release *release,
                                 const struct pack_listener *listener, struct arena *arena,
                                 struct err *err)
{
    for (size_t i = 0; i < release->count; i++) {
        if (pack_binding_has(release, i) && !release->infos[i].is_streamed &&
            pack_binding_compare(release, i, inner_of(&release->items[i]), listener, arena, err))
            return err->code;
    }
    return ERR_OK;
}
