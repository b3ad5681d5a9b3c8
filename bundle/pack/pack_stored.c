#include "bundle/pack/pack_stored.h"

#include "bundle/archive/bundle_image.h"
#include "resolver/base/heap.h"

static bool is_compared(const struct pack_release *release, size_t image)
{
    return release->infos[image].is_streamed && pack_binding_has(release, image);
}

bool pack_stored_has(const struct pack_release *releases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < releases[i].count; k++) {
            if (is_compared(&releases[i], k))
                return true;
        }
    }
    return false;
}

static const struct layer *find_layer(const struct bundle *bundle, const struct uid *uid,
                                      struct slice title)
{
    for (size_t i = 0; i < bundle->count; i++) {
        const struct manifest *manifest = &bundle->manifests[i].manifest;

        for (size_t k = 0; uid_equal(&manifest->uid, uid) && k < manifest->layer_count; k++) {
            if (slice_equal(manifest->layers[k].title, title))
                return &manifest->layers[k];
        }
    }
    return NULL;
}

static enum err_code compare(struct pack_release *release, size_t number,
                             const struct bundle *bundle, const struct pack_listener *listener,
                             struct err *err)
{
    const struct layer *layer =
        find_layer(bundle, &release->uid, release->items[number].title);
    struct bundle_image opened;
    struct arena arena;
    enum err_code rc;

    if (!layer)
        return err_set(err, ERR_BUG, "%s: is not in the archive",
                       quote_bare(release->items[number].title).text);
    arena_init_heap(&arena, SIZE_MAX);
    rc = bundle_image_open(bundle, layer, &arena, &opened, err);
    if (rc == ERR_OK) {
        rc = pack_binding_compare(release, number, &opened.image, listener, NULL, err);
        bundle_image_close(&opened);
    }
    arena_clear(&arena);
    return rc;
}

static enum err_code compare_all(struct pack_release *releases, size_t count,
                                 const struct bundle *bundle, const struct pack_listener *listener,
                                 struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < releases[i].count; k++) {
            if (is_compared(&releases[i], k) &&
                compare(&releases[i], k, bundle, listener, err) != ERR_OK)
                return err->code;
        }
    }
    return ERR_OK;
}

enum err_code pack_stored_check(struct pack_release *releases, size_t count,
                                const struct image *archive, const struct pack_listener *listener,
                                struct err *err)
{
    struct bundle bundle;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, SIZE_MAX);
    rc = bundle_open_archive(archive, &arena, &bundle, err);
    if (rc == ERR_OK)
        rc = compare_all(releases, count, &bundle, listener, err);
    arena_clear(&arena);
    return rc;
}
