#include "bundle/archive/bundle_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/archive/title.h"
#include "resolver/base/quote.h"

void member_tar(const struct member *member, struct tar_member *out)
{
    char blob[OCI_BLOB_NAME_SIZE];

    *out = (struct tar_member){.size = member->size};
    oci_blob_name(member->digest, blob);
    if (member->kind == MEMBER_TEXT) {
        snprintf(out->name, sizeof out->name, "%s", member->name);
    } else if (member->kind == MEMBER_LINK) {
        snprintf(out->name, sizeof out->name, "%.*s", (int)member->layer->title.len,
                 (const char *)member->layer->title.ptr);
        snprintf(out->link, sizeof out->link, "%s", blob);
    } else {
        snprintf(out->name, sizeof out->name, "%s", blob);
    }
}

uint64_t bundle_layout_size(const struct bundle_layout *layout, size_t from, size_t to)
{
    uint64_t size = 0;

    for (size_t i = from; i < to; i++)
        size += TAR_BLOCK + tar_padded(layout->members[i].size);
    return size;
}

static size_t count_layers(const struct signed_manifest *manifests, size_t count)
{
    size_t layers = 0;

    for (size_t i = 0; i < count; i++)
        layers += manifests[i].manifest.layer_count;
    return layers;
}

/* Both list the same uids. */
static bool same_uids(const struct manifest *a, const struct manifest *b)
{
    for (size_t i = 0; i < a->uid_count && i < b->uid_count; i++) {
        if (!uid_equal(&a->uids[i], &b->uids[i]))
            return false;
    }
    return a->uid_count == b->uid_count;
}

static enum err_code check_pair(const struct manifest *a, const struct manifest *b, struct err *err)
{
    if (uid_compare(&a->uid, &b->uid) == 0)
        return err_set(err, ERR_FORMAT, "two manifests for %s", a->uid.text);
    if (!same_uids(a, b))
        return err_set(err, ERR_FORMAT, "the manifests of %s and %s list other uids", a->uid.text,
                       b->uid.text);
    if (a->created != b->created)
        return err_set(err, ERR_FORMAT, "the manifests of %s and %s have other times of creation",
                       a->uid.text, b->uid.text);
    return ERR_OK;
}

/* The first of the uids listed that has no manifest; both are in order. */
static const struct uid *find_missing(const struct signed_manifest *manifests, size_t count)
{
    const struct manifest *first = &manifests[0].manifest;
    size_t at = 0;

    for (size_t i = 0; i < first->uid_count; i++) {
        if (at == count || !uid_equal(&first->uids[i], &manifests[at].manifest.uid))
            return &first->uids[i];
        at++;
    }
    return NULL;
}

static enum err_code check_titles(const struct signed_manifest *manifests, size_t count,
                                  struct arena *scratch, struct err *err)
{
    size_t total = count_layers(manifests, count), at = 0;
    struct title *titles = arena_array(scratch, total, sizeof *titles, err);

    if (!titles)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < manifests[i].manifest.layer_count; k++, at++) {
            titles[at].text = manifests[i].manifest.layers[k].title;
            titles[at].digest = manifests[i].manifest.layers[k].blob.digest;
        }
    }
    return title_check_all(titles, total, scratch, err);
}

enum err_code bundle_layout_check(const struct signed_manifest *manifests, size_t count,
                                  struct arena *scratch, const struct uid **missing,
                                  struct err *err)
{
    const struct uid *absent;

    if (missing)
        *missing = NULL;
    if (count == 0)
        return err_set(err, ERR_FORMAT, "holds no bundle: no manifest of type %s",
                       MANIFEST_ARTIFACT_TYPE);
    if (count_layers(manifests, count) > LAYOUT_LAYERS_MAX)
        return err_set(err, ERR_FORMAT, "%zu files, at most %d are read",
                       count_layers(manifests, count), LAYOUT_LAYERS_MAX);
    if (manifests[0].manifest.created > (int64_t)TAR_TIME_MAX)
        return err_set(err, ERR_FORMAT, "%s: after the year 2242, which tar cannot hold",
                       ANNOTATION_CREATED);
    for (size_t i = 1; i < count; i++) {
        if (check_pair(&manifests[i - 1].manifest, &manifests[i].manifest, err))
            return err->code;
    }
    absent = find_missing(manifests, count);
    if (absent && !missing)
        return err_set(err, ERR_FORMAT, "the manifest of %s is missing, that of %s lists it",
                       absent->text, manifests[0].manifest.uid.text);
    if (missing)
        *missing = absent;
    return check_titles(manifests, count, scratch, err);
}

/* The members that are being listed. */
struct listing {
    struct bundle_layout *layout;
    size_t links_from;
};

static enum err_code add_layer(struct listing *listing, const struct layer *layer, struct err *err)
{
    struct bundle_layout *layout = listing->layout;
    struct member *member;
    char digest[OCI_DIGEST_SIZE];

    for (size_t i = LAYOUT_INDEX + 1; i < layout->count; i++) {
        member = &layout->members[i];
        if (memcmp(member->digest, layer->blob.digest, SHA256_SIZE) != 0)
            continue;
        if (member->size == layer->blob.size)
            return ERR_OK;
        oci_digest_text(layer->blob.digest, digest);
        return err_set(err, ERR_FORMAT, "%s: %s: %llu bytes, elsewhere it has %llu",
                       quote_bare(layer->title).text, digest, (unsigned long long)layer->blob.size,
                       (unsigned long long)member->size);
    }
    member = &layout->members[layout->count++];
    *member = (struct member){.kind = MEMBER_LAYER, .size = layer->blob.size, .layer = layer};
    memcpy(member->digest, layer->blob.digest, SHA256_SIZE);
    return ERR_OK;
}

static void add_link(struct listing *listing, const struct layer *layer)
{
    struct bundle_layout *layout = listing->layout;
    struct member *member;

    for (size_t i = listing->links_from; i < layout->count; i++) {
        if (slice_equal(layout->members[i].layer->title, layer->title))
            return;
    }
    member = &layout->members[layout->count++];
    *member = (struct member){.kind = MEMBER_LINK, .layer = layer};
    memcpy(member->digest, layer->blob.digest, SHA256_SIZE);
}

static int by_layer(const void *a, const void *b)
{
    const struct layer *const *x = a, *const *y = b;

    return layer_compare(*x, *y);
}

static enum err_code add_layers(struct listing *listing, const struct signed_manifest *manifests,
                                size_t count, struct arena *arena, struct err *err)
{
    const struct layer **images =
        arena_array(arena, count_layers(manifests, count), sizeof *images, err);
    size_t image_count = 0;

    if (!images)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < manifests[i].manifest.layer_count; k++) {
            const struct layer *layer = &manifests[i].manifest.layers[k];

            if (layer_is_image(layer))
                images[image_count++] = layer;
            else if (add_layer(listing, layer, err))
                return err->code;
        }
    }
    if (image_count > 0)
        qsort(images, image_count, sizeof *images, by_layer);
    for (size_t i = 0; i < image_count; i++) {
        if (add_layer(listing, images[i], err))
            return err->code;
    }
    return ERR_OK;
}

static void add_front(struct bundle_layout *layout, const struct front *front)
{
    layout->members[0] = (struct member){.name = OCI_LAYOUT_NAME,
                                         .size = sizeof OCI_LAYOUT_TEXT - 1,
                                         .bytes = SLICE(OCI_LAYOUT_TEXT)};
    layout->members[1] = (struct member){.name = OCI_INDEX_NAME, .bytes = front->index};
    layout->count = 2;
    for (size_t i = 0; i < front->count; i++) {
        struct member *member = &layout->members[layout->count++];

        *member = (struct member){.kind = MEMBER_FRONT,
                                  .size = front->blobs[i].bytes.len,
                                  .bytes = front->blobs[i].bytes};
        memcpy(member->digest, front->blobs[i].digest, SHA256_SIZE);
    }
    layout->front_count = layout->count;
}

enum err_code bundle_layout_make(const struct signed_manifest *manifests, size_t count,
                                 const struct front *front, struct arena *arena,
                                 struct bundle_layout *layout, struct err *err)
{
    size_t room = 2 + front->count + 2 * count_layers(manifests, count);
    struct listing listing = {.layout = layout};
    int64_t created = manifests[0].manifest.created;

    memset(layout, 0, sizeof *layout);
    layout->time = created == MANIFEST_TIME_NONE ? 0 : (uint64_t)created;
    layout->members = arena_array(arena, room, sizeof *layout->members, err);
    if (!layout->members)
        return err->code;
    add_front(layout, front);
    if (add_layers(&listing, manifests, count, arena, err)) {
        memset(layout, 0, sizeof *layout);
        return err->code;
    }
    listing.links_from = layout->count;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < manifests[i].manifest.layer_count; k++)
            add_link(&listing, &manifests[i].manifest.layers[k]);
    }
    return ERR_OK;
}

uint64_t bundle_layout_front_size(const struct bundle_layout *layout)
{
    return bundle_layout_size(layout, 0, layout->front_count) +
           tar_padded(layout->members[LAYOUT_INDEX].bytes.len);
}

/* Puts a member at `at`, its contents followed by blanks up to size; returns what comes after. */
static enum err_code put_member(const struct bundle_layout *layout, const struct member *member,
                                uint64_t size, uint8_t **at, struct err *err)
{
    struct tar_member tar;

    member_tar(member, &tar);
    tar.size = size;
    if (tar_header(&tar, layout->time, *at, err))
        return err->code;
    memcpy(*at + TAR_BLOCK, member->bytes.ptr, member->bytes.len);
    memset(*at + TAR_BLOCK + member->bytes.len, ' ', (size_t)size - member->bytes.len);
    *at += TAR_BLOCK + tar_padded(size);
    return ERR_OK;
}

enum err_code bundle_layout_front(const struct bundle_layout *layout, uint64_t area_size,
                                  struct arena *arena, struct slice *bytes, struct err *err)
{
    uint64_t wanted = bundle_layout_front_size(layout);
    uint8_t *memory, *at;

    *bytes = slice_of(NULL, 0);
    if (wanted > area_size)
        return err_set(err, ERR_LIMIT,
                       "no room at the start of the archive: %llu bytes more are "
                       "wanted",
                       (unsigned long long)(wanted - area_size));
    memory = at = arena_alloc(arena, (size_t)area_size, err);
    if (!memory)
        return err->code;
    for (size_t i = 0; i < layout->front_count; i++) {
        const struct member *member = &layout->members[i];
        uint64_t size = member->size;

        if (i == LAYOUT_INDEX)
            size = tar_padded(member->bytes.len) + area_size - wanted;
        if (put_member(layout, member, size, &at, err))
            return err->code;
    }
    *bytes = slice_of(memory, (size_t)area_size);
    return ERR_OK;
}
