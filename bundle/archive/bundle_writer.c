#include "bundle/archive/bundle_writer.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/archive/bundle_plan.h"
#include "bundle/archive/sigstore_referrer.h"
#include "bundle/archive/simple_signing.h"
#include "resolver/base/quote.h"
#include "resolver/base/zeros.h"

#define COPY_BUFFER ((size_t)32 << 10)

struct writing {
    const struct bundle_plan *plan;
    const struct output *output;
    struct arena *arena;
    struct drafted drafted;
    uint64_t at;      /* where the next member goes */
    uint64_t written; /* beyond it nothing has been written yet: there are zeros */
    uint64_t time;
    uint8_t (*blobs)[SHA256_SIZE]; /* the layers that are in the archive */
    size_t blob_count;
};

static enum err_code put(struct writing *writing, uint64_t at, struct slice bytes, struct err *err)
{
    if (bytes.len == 0)
        return ERR_OK;
    if (at + bytes.len > writing->written)
        writing->written = at + bytes.len;
    return writing->output->write(writing->output->ctx, at, bytes, err);
}

static enum err_code put_header(struct writing *writing, uint64_t at,
                                const struct tar_member *member, struct err *err)
{
    uint8_t block[TAR_BLOCK];

    if (tar_header(member, writing->time, block, err))
        return err->code;
    return put(writing, at, slice_of(block, sizeof block), err);
}

static bool has_blob(struct writing *writing, const uint8_t digest[SHA256_SIZE])
{
    for (size_t i = 0; i < writing->blob_count; i++) {
        if (memcmp(writing->blobs[i], digest, SHA256_SIZE) == 0)
            return true;
    }
    return false;
}

/* The header and padding around the contents of a blob, which are in their place; the next member
 * goes after it. A blob that is there already is forgotten: the next one goes in its place. */
static enum err_code close_blob(struct writing *writing, const struct descriptor *blob,
                                struct err *err)
{
    static const uint8_t zeros[TAR_BLOCK];
    struct tar_member member = {.size = blob->size};
    uint64_t end = writing->at + TAR_BLOCK + blob->size;

    if (has_blob(writing, blob->digest))
        return ERR_OK;
    memcpy(writing->blobs[writing->blob_count++], blob->digest, SHA256_SIZE);
    oci_blob_name(blob->digest, member.name);
    if (put_header(writing, writing->at, &member, err) ||
        put(writing, end, slice_of(zeros, (size_t)(tar_padded(blob->size) - blob->size)), err))
        return err->code;
    writing->at += TAR_BLOCK + tar_padded(blob->size);
    return ERR_OK;
}

/* A sink for the contents of a blob. */
struct blob_sink {
    struct writing *writing;
    uint64_t size;
};

static enum err_code write_blob(void *ctx, struct slice bytes, struct err *err)
{
    struct blob_sink *sink = ctx;
    uint64_t at = sink->writing->at + TAR_BLOCK + sink->size;

    sink->size += bytes.len;
    return put(sink->writing, at, bytes, err);
}

/* A raw image is copied; what is zero and was never written stays a hole of the output. */
static enum err_code copy_raw(struct writing *writing, const struct image *raw,
                              uint8_t digest[SHA256_SIZE], struct err *err)
{
    uint8_t bytes[COPY_BUFFER];
    struct sha256 hash;

    sha256_init(&hash);
    for (uint64_t from = 0; from < raw->size;) {
        uint64_t left = raw->size - from, at = writing->at + TAR_BLOCK + from;
        struct slice piece = slice_of(bytes, left < sizeof bytes ? (size_t)left : sizeof bytes);

        if (image_read(raw, from, bytes, piece.len, err))
            return err->code;
        sha256_update(&hash, piece);
        if ((at < writing->written || !zeros_only(piece)) && put(writing, at, piece, err))
            return err->code;
        from += piece.len;
    }
    sha256_final(&hash, digest);
    return ERR_OK;
}

static enum err_code store_image(struct writing *writing, const struct bundle_item *item,
                                 struct layer *layer, struct err *err)
{
    struct blob_sink blob = {.writing = writing};
    const struct sink sink = {.ctx = &blob, .write = write_blob};
    const struct bundle_plan *plan = writing->plan;

    if (item->kind == LAYER_IMAGE_RAW) {
        if (copy_raw(writing, item->raw, layer->blob.digest, err))
            return err->code;
        memcpy(layer->image.raw_digest, layer->blob.digest, SHA256_SIZE);
        return close_blob(writing, &layer->blob, err);
    }
    if (frames_write(item->raw, layer->image.frame_size, plan->level ? plan->level : FRAMES_LEVEL,
                     &plan->settings, &sink, &layer->image, err))
        return err->code;
    layer->blob.size = layer->image.stored_size;
    memcpy(layer->blob.digest, layer->image.stored_digest, SHA256_SIZE);
    return close_blob(writing, &layer->blob, err);
}

static enum err_code store_small(struct writing *writing, const struct bundle_item *item,
                                 const struct layer *layer, struct err *err)
{
    if (!has_blob(writing, layer->blob.digest) &&
        put(writing, writing->at + TAR_BLOCK, item->bytes, err))
        return err->code;
    return close_blob(writing, &layer->blob, err);
}

/* An image's layer and where it comes from. */
struct pending {
    struct layer *layer;
    const struct bundle_item *item;
};

static int by_layer(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;

    return layer_compare(x->layer, y->layer);
}

/* An image that was stored before under another title or uid, or NULL: each is read once. */
static const struct layer *stored_before(const struct pending *images, size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (images[i].item->raw == images[number].item->raw &&
            images[i].item->kind == images[number].item->kind)
            return images[i].layer;
    }
    return NULL;
}

static enum err_code store_images(struct writing *writing, struct pending *images, size_t count,
                                  struct err *err)
{
    if (count > 0)
        qsort(images, count, sizeof *images, by_layer);
    for (size_t i = 0; i < count; i++) {
        const struct layer *same = stored_before(images, i);
        struct layer *layer = images[i].layer;

        if (same) {
            layer->image = same->image;
            layer->blob = same->blob;
        } else if (store_image(writing, images[i].item, layer, err)) {
            return err_add(err, "%s", quote_bare(layer->title).text);
        }
    }
    return ERR_OK;
}

static size_t count_layers(const struct drafted *drafted)
{
    size_t count = 0;

    for (size_t i = 0; i < drafted->count; i++)
        count += drafted->manifests[i].manifest.layer_count;
    return count;
}

/* All layers, in the order of bundle_layout.h. */
static enum err_code store_layers(struct writing *writing, struct err *err)
{
    struct drafted *drafted = &writing->drafted;
    size_t count = count_layers(drafted), image_count = 0;
    struct pending *images = arena_array(writing->arena, count, sizeof *images, err);

    writing->blobs =
        images ? arena_array(writing->arena, count, sizeof *writing->blobs, err) : NULL;
    if (!writing->blobs)
        return err->code;
    for (size_t i = 0; i < drafted->count; i++) {
        struct manifest *manifest = &drafted->manifests[i].manifest;

        for (size_t k = 0; k < manifest->layer_count; k++) {
            struct pending one = {&manifest->layers[k], drafted->items[i][k]};

            if (layer_is_image(one.layer))
                images[image_count++] = one;
            else if (store_small(writing, one.item, one.layer, err))
                return err->code;
        }
    }
    return store_images(writing, images, image_count, err);
}

void bundle_signed_text(const uint8_t manifest[SHA256_SIZE], enum signing_form form,
                        struct buf *out)
{
    char memory[BUNDLE_SIGNED_TEXT_MAX];
    struct buf statement;

    if (form == SIGNING_SIMPLE) {
        simple_payload_write(manifest, out);
        return;
    }
    buf_init_fixed(&statement, memory, sizeof memory);
    sigstore_statement_write(manifest, &statement);
    sigstore_encoding_write(buf_slice(&statement), out);
}

static enum err_code add_signature(struct signed_manifest *manifest, enum signing_form form,
                                   const struct bundle_signer *signer, struct err *err)
{
    struct manifest_signature *added = &manifest->signatures[manifest->signature_count];
    char memory[BUNDLE_SIGNED_TEXT_MAX];
    struct buf text;

    *added = (struct manifest_signature){.form = form};
    memcpy(added->manifest, manifest->digest, SHA256_SIZE);
    buf_init_fixed(&text, memory, sizeof memory);
    bundle_signed_text(manifest->digest, form, &text);
    if (buf_done(&text, err))
        return err->code;
    sha256_of(buf_slice(&text), added->digest);
    if (form == SIGNING_SIGSTORE) {
        added->has_hint = true;
        memcpy(added->hint, signer->key->id, KEY_ID_SIZE);
    }
    if (signer->sign(signer->ctx, added->digest, &added->signature, err))
        return err->code;
    manifest->signature_count++;
    return ERR_OK;
}

enum err_code bundle_sign(struct signed_manifest *manifest, const struct bundle_signer *signer,
                          struct err *err)
{
    if (add_signature(manifest, SIGNING_SIMPLE, signer, err))
        return err->code;
    return add_signature(manifest, SIGNING_SIGSTORE, signer, err);
}

static enum err_code sign_all(struct writing *writing, struct err *err)
{
    for (size_t i = 0; i < writing->drafted.count; i++) {
        for (size_t k = 0; k < writing->plan->signer_count; k++) {
            if (bundle_sign(&writing->drafted.manifests[i], &writing->plan->signers[k], err))
                return err->code;
        }
    }
    return ERR_OK;
}

/* The links and the end, after the last blob. */
static enum err_code put_links(struct writing *writing, const struct bundle_layout *layout,
                               struct err *err)
{
    static const uint8_t end[TAR_END];

    for (size_t i = layout->front_count; i < layout->count; i++) {
        struct tar_member tar;

        if (layout->members[i].kind != MEMBER_LINK)
            continue;
        member_tar(&layout->members[i], &tar);
        if (put_header(writing, writing->at, &tar, err))
            return err->code;
        writing->at += TAR_BLOCK;
    }
    if (put(writing, writing->at, slice_of(end, sizeof end), err))
        return err->code;
    writing->at += sizeof end;
    return writing->output->set_size(writing->output->ctx, writing->at, err);
}

/* The front, and all that depends on what is in the manifests. */
static enum err_code finish(struct writing *writing, struct err *err)
{
    struct drafted *drafted = &writing->drafted;
    struct bundle_layout layout;
    struct front front;
    struct slice area;

    if (bundle_plan_settle(drafted, writing->arena, err) || sign_all(writing, err) ||
        front_make(drafted->manifests, drafted->count, writing->arena, &front, err) ||
        bundle_layout_make(drafted->manifests, drafted->count, &front, writing->arena, &layout,
                           err))
        return err->code;
    if (writing->at != drafted->area_size +
                           bundle_layout_size(&layout, layout.front_count, layout.count) -
                           (layout.count - layout.front_count - writing->blob_count) * TAR_BLOCK)
        return err_set(err, ERR_BUG, "the members do not end where they should");
    if (bundle_layout_front(&layout, drafted->area_size, writing->arena, &area, err) ||
        put(writing, 0, area, err))
        return err->code;
    return put_links(writing, &layout, err);
}

enum err_code bundle_write(const struct bundle_plan *plan, const struct output *output,
                           struct arena *arena, struct bundle_written *written, struct err *err)
{
    struct writing writing = {.plan = plan, .output = output, .arena = arena};
    enum err_code rc;

    memset(written, 0, sizeof *written);
    rc = bundle_plan_draft(plan, arena, &writing.drafted, err);
    writing.at = writing.drafted.area_size;
    writing.time = plan->created == MANIFEST_TIME_NONE ? 0 : (uint64_t)plan->created;
    if (rc == ERR_OK)
        rc = store_layers(&writing, err);
    if (rc == ERR_OK)
        rc = finish(&writing, err);
    if (rc == ERR_OK)
        *written = (struct bundle_written){.manifests = writing.drafted.manifests,
                                           .count = writing.drafted.count,
                                           .size = writing.at};
    return rc;
}

enum err_code bundle_plan_check(const struct bundle_plan *plan, struct arena *arena,
                                uint64_t *size_max, struct err *err)
{
    struct drafted drafted;

    *size_max = 0;
    if (bundle_plan_draft(plan, arena, &drafted, err))
        return err->code;
    *size_max = drafted.area_size + TAR_END;
    for (size_t i = 0; i < drafted.count; i++) {
        for (size_t k = 0; k < drafted.manifests[i].manifest.layer_count; k++) {
            const struct layer *layer = &drafted.manifests[i].manifest.layers[k];
            uint64_t size =
                layer_is_image(layer) ? frames_stored_max(&layer->image) : layer->blob.size;

            *size_max += 2 * TAR_BLOCK + tar_padded(size);
        }
    }
    return ERR_OK;
}
