#include "bundle/archive/bundle_plan.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/quote.h"

#define DER_MAX(coordinate) (2 * ((coordinate) + 3) + 3) /* an ECDSA signature, of P-256 or P-384 */

/* A layer and where it comes from, while both are put in order. */
struct sourced {
    struct layer layer;
    const struct bundle_item *item;
};

static int by_layer(const void *a, const void *b)
{
    const struct sourced *x = a, *y = b;

    return layer_compare(&x->layer, &y->layer);
}

static int by_uid(const void *a, const void *b)
{
    const struct bundle_release *const *x = a, *const *y = b;

    return uid_compare(&(*x)->uid, &(*y)->uid);
}

/* What is not known yet is different for different images, so that titles can be compared. */
static void draft_image(const struct bundle_plan *plan, struct layer *layer,
                        const struct bundle_item *item)
{
    sha256_of(slice_of(&item->raw, sizeof item->raw), layer->blob.digest);
    memcpy(layer->image.raw_digest, layer->blob.digest, SHA256_SIZE);
    layer->csp = item->csp;
    layer->variant = item->variant;
    layer->image.raw_size = item->raw->size;
    layer->blob.size = item->raw->size;
    if (layer->kind == LAYER_IMAGE_ZSTD) {
        layer->image.frame_size = plan->frame_size ? plan->frame_size : FRAMES_RAW_SIZE;
        layer->blob.size = OCI_SIZE_MAX;
    }
}

static enum err_code draft_layer(const struct bundle_plan *plan, const struct bundle_item *item,
                                 struct sourced *out, struct err *err)
{
    const char *type = layer_media_type(item->kind);
    struct layer *layer = &out->layer;

    out->item = item;
    *layer = (struct layer){.kind = item->kind,
                            .title = item->title,
                            .is_unsigned = item->is_unsigned,
                            .others = item->others};
    layer->blob = descriptor_of(type ? type : item->media_type, item->bytes);
    if (item->others.count > ANNOTATIONS_MAX)
        return err_set(err, ERR_FORMAT, "%s: %zu annotations, at most %d are possible",
                       quote_bare(item->title).text, item->others.count, ANNOTATIONS_MAX);
    if (!layer_is_image(layer))
        return ERR_OK;
    draft_image(plan, layer, item);
    if (item->raw->size > 0 && item->raw->size <= OCI_SIZE_MAX)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "%s: an image of %llu bytes", quote_bare(item->title).text,
                   (unsigned long long)item->raw->size);
}

static enum err_code draft_layers(const struct bundle_plan *plan,
                                  const struct bundle_release *release, struct arena *arena,
                                  struct manifest *manifest, const struct bundle_item ***items,
                                  struct err *err)
{
    size_t count = release->item_count;
    struct sourced *sourced = arena_array(arena, count, sizeof *sourced, err);

    if (!sourced)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        if (draft_layer(plan, &release->items[i], &sourced[i], err))
            return err->code;
    }
    if (count > 0)
        qsort(sourced, count, sizeof *sourced, by_layer);
    manifest->layers = arena_array(arena, count, sizeof *manifest->layers, err);
    *items = manifest->layers ? arena_array(arena, count, sizeof **items, err) : NULL;
    if (!*items)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        manifest->layers[i] = sourced[i].layer;
        (*items)[i] = sourced[i].item;
    }
    manifest->layer_count = count;
    return ERR_OK;
}

static enum err_code draft_manifests(const struct bundle_plan *plan, struct arena *arena,
                                     struct drafted *drafted, struct err *err)
{
    size_t count = plan->release_count;
    const struct bundle_release **releases = arena_array(arena, count, sizeof *releases, err);
    struct uid *uids = releases ? arena_array(arena, count, sizeof *uids, err) : NULL;

    if (!uids)
        return err->code;
    if (plan->others.count > ANNOTATIONS_MAX)
        return err_set(err, ERR_FORMAT, "%zu annotations, at most %d are possible",
                       plan->others.count, ANNOTATIONS_MAX);
    for (size_t i = 0; i < count; i++)
        releases[i] = &plan->releases[i];
    qsort(releases, count, sizeof *releases, by_uid);
    for (size_t i = 0; i < count; i++)
        uids[i] = releases[i]->uid;
    for (size_t i = 0; i < count; i++) {
        struct manifest *manifest = &drafted->manifests[i].manifest;

        *manifest = (struct manifest){.uid = uids[i],
                                      .uids = uids,
                                      .uid_count = count,
                                      .created = plan->created,
                                      .best_before = plan->best_before,
                                      .program = slice_text(plan->program),
                                      .others = plan->others};
        if (draft_layers(plan, releases[i], arena, manifest, &drafted->items[i], err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code settle(struct signed_manifest *manifest, struct arena *arena, struct err *err)
{
    struct buf text;
    char *copy = NULL;

    buf_init_heap(&text, MANIFEST_SIZE_MAX);
    manifest_write(&manifest->manifest, &text);
    if (buf_done(&text, err) == ERR_OK)
        copy = arena_copy(arena, buf_slice(&text), err);
    manifest->text = slice_of(copy, copy ? text.len : 0);
    buf_clear(&text);
    if (!copy)
        return err_add(err, "the manifest of %s", manifest->manifest.uid.text);
    sha256_of(manifest->text, manifest->digest);
    return ERR_OK;
}

/* What is written must be what is read. */
static enum err_code check(const struct drafted *drafted, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < drafted->count; i++) {
        struct manifest again;

        if (manifest_parse(drafted->manifests[i].text, arena, &again, err))
            return err_add(err, "the manifest of %s", drafted->manifests[i].manifest.uid.text);
    }
    return bundle_layout_check(drafted->manifests, drafted->count, arena, NULL, err);
}

enum err_code bundle_plan_settle(struct drafted *drafted, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < drafted->count; i++) {
        if (settle(&drafted->manifests[i], arena, err))
            return err->code;
    }
    return check(drafted, arena, err);
}

/* A pair of signatures as long as that key can make them. */
static void add_longest(struct signed_manifest *manifest, const struct pubkey *key)
{
    size_t len = key->type == PUBKEY_RSA ? key->modulus.len : DER_MAX(key->bits / 8);

    for (int form = SIGNING_SIMPLE; form <= SIGNING_SIGSTORE; form++) {
        struct manifest_signature *signature = &manifest->signatures[manifest->signature_count++];

        *signature = (struct manifest_signature){.form = (enum signing_form)form};
        signature->signature.len = len;
        memcpy(signature->signature.bytes, key->id, KEY_ID_SIZE); /* none the same */
        memcpy(signature->hint, key->id, KEY_ID_SIZE);
    }
}

static enum err_code check_signers(const struct bundle_plan *plan, struct err *err)
{
    if (plan->signer_count > BUNDLE_SIGNERS_MAX)
        return err_set(err, ERR_FORMAT, "%zu signing keys, at most %d are possible",
                       plan->signer_count, BUNDLE_SIGNERS_MAX);
    for (size_t i = 0; i < plan->signer_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (pubkey_equal(plan->signers[i].key, plan->signers[k].key))
                return err_set(err, ERR_FORMAT, "signing keys %zu and %zu are the same", k + 1,
                               i + 1);
        }
    }
    return ERR_OK;
}

static enum err_code reserve(const struct bundle_plan *plan, struct arena *arena,
                             struct drafted *drafted, struct err *err)
{
    struct bundle_layout layout;
    struct front front;

    for (size_t i = 0; i < drafted->count; i++) {
        struct signed_manifest *manifest = &drafted->manifests[i];

        manifest->signatures =
            arena_array(arena, 2 * plan->signer_count, sizeof *manifest->signatures, err);
        if (!manifest->signatures)
            return err->code;
        for (size_t k = 0; k < plan->signer_count; k++)
            add_longest(manifest, plan->signers[k].key);
    }
    if (front_make(drafted->manifests, drafted->count, arena, &front, err) ||
        bundle_layout_make(drafted->manifests, 0, &front, arena, &layout, err))
        return err->code;
    for (size_t i = 0; i < drafted->count; i++)
        drafted->manifests[i].signature_count = 0;
    drafted->area_size = bundle_layout_front_size(&layout) + BUNDLE_ROOM;
    return ERR_OK;
}

enum err_code bundle_plan_draft(const struct bundle_plan *plan, struct arena *arena,
                                struct drafted *drafted, struct err *err)
{
    size_t count = plan->release_count;

    memset(drafted, 0, sizeof *drafted);
    if (count == 0 || count > MANIFEST_UIDS_MAX)
        return err_set(err, ERR_FORMAT, "%zu uids, a bundle has 1 to %d", count, MANIFEST_UIDS_MAX);
    if (check_signers(plan, err))
        return err->code;
    drafted->count = count;
    drafted->manifests = arena_array(arena, count, sizeof *drafted->manifests, err);
    drafted->items =
        drafted->manifests ? arena_array(arena, count, sizeof *drafted->items, err) : NULL;
    if (!drafted->items || draft_manifests(plan, arena, drafted, err) ||
        bundle_plan_settle(drafted, arena, err))
        return err->code;
    return reserve(plan, arena, drafted, err);
}
