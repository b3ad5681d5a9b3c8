#include "bundle/verify/image_binding.h"

#include "bundle/archive/bundle_image.h"
#include "bundle/measure/binding_document.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"

/* Whether the document is signed, of the same release, and may be about the image. */
static bool is_about(const struct carried *carried, const struct signed_manifest *manifest,
                     const struct layer *image)
{
    enum layer_kind kind = carried->layer->kind;

    return carried->manifest == manifest && carried->verified.signer_count > 0 &&
           (kind == LAYER_MEASUREMENTS_YAML || kind == LAYER_MEASUREMENTS_JSON) &&
           (carried->place.csp == CSP_NONE || carried->place.csp == image->csp);
}

enum err_code image_binding_check(const struct contents *contents,
                                  const struct signed_manifest *manifest, const struct layer *layer,
                                  const struct image *disk, struct slice name,
                                  const struct binding_listener *listener, struct err *err)
{
    struct quoted shown = quote_bare(name);
    const struct binding_subject subject = {.name = shown.text,
                                            .disk = disk,
                                            .annotations = &layer->others,
                                            .request = {.uid = manifest->manifest.uid,
                                                        .csp = layer->csp,
                                                        .variant = layer->variant},
                                            .note = listener->note,
                                            .ctx = listener->ctx};

    for (size_t i = 0; i < contents->count; i++) {
        struct image_comparison now = {.image = layer, .measurements = &contents->list[i]};

        if (!is_about(now.measurements, manifest, layer))
            continue;
        if (binding_document_check(&subject, &now.measurements->verified, &now.binding,
                                   &now.is_recorded, err) ||
            (listener->compared && listener->compared(listener->ctx, &now, err)))
            return err->code;
    }
    return ERR_OK;
}

/* Opens an image of the bundle, and checks it. */
static enum err_code check_stored(const struct trusted_bundle *trusted,
                                  const struct contents *contents, const struct carried *image,
                                  const struct binding_listener *listener, struct err *err)
{
    struct bundle_image opened;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, SIZE_MAX);
    rc = bundle_image_open(trusted->bundle, image->layer, &arena, &opened, err);
    if (rc == ERR_OK) {
        rc = image_binding_check(contents, image->manifest, image->layer, &opened.image,
                                 image->layer->title, listener, err);
        bundle_image_close(&opened);
    }
    arena_clear(&arena);
    return rc;
}

static bool has_measurements(const struct contents *contents, const struct carried *image)
{
    for (size_t i = 0; i < contents->count; i++) {
        if (is_about(&contents->list[i], image->manifest, image->layer))
            return true;
    }
    return false;
}

enum err_code image_binding_check_all(const struct trusted_bundle *trusted,
                                      const struct contents *contents,
                                      const struct binding_listener *listener, struct err *err)
{
    for (size_t i = 0; i < contents->count; i++) {
        const struct carried *carried = &contents->list[i];

        if (layer_is_image(carried->layer) && has_measurements(contents, carried) &&
            check_stored(trusted, contents, carried, listener, err))
            return err->code;
    }
    return ERR_OK;
}
