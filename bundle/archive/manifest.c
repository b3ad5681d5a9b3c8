#include "bundle/archive/manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "bundle/archive/timestamp.h"

#define OWN_MAX 8 /* annotations with a meaning, of a manifest or a layer */

const char *layer_media_type(enum layer_kind kind)
{
    static const char *const types[] = {
        [LAYER_TABLE] = "application/vnd.sealift.table.v1+json",
        [LAYER_MEASUREMENTS_YAML] = "application/vnd.sealift.measurements.v1+yaml",
        [LAYER_MEASUREMENTS_JSON] = "application/vnd.sealift.measurements.v1+json",
        [LAYER_SIGNATURE] = "application/vnd.sealift.signature.v1",
        [LAYER_IMAGE_ZSTD] = "application/vnd.sealift.image.raw+zstd",
        [LAYER_IMAGE_RAW] = "application/vnd.sealift.image.raw",
    };

    return kind == LAYER_OTHER ? NULL : types[kind];
}

bool layer_is_image(const struct layer *layer)
{
    return layer->kind == LAYER_IMAGE_ZSTD || layer->kind == LAYER_IMAGE_RAW;
}

int layer_compare(const struct layer *a, const struct layer *b)
{
    if (layer_is_image(a) != layer_is_image(b))
        return layer_is_image(a) ? 1 : -1;
    if (a->image.raw_size != b->image.raw_size)
        return a->image.raw_size < b->image.raw_size ? -1 : 1;
    return slice_compare(a->title, b->title);
}

/* The annotations of one map, gathered to be written in the order of their keys. */
struct gathered {
    struct annotation list[OWN_MAX + ANNOTATIONS_MAX];
    size_t count;
};

static void gather(struct gathered *all, const char *key, struct slice value)
{
    all->list[all->count++] = (struct annotation){slice_text(key), value};
}

static int by_key(const void *a, const void *b)
{
    const struct annotation *x = a, *y = b;

    return slice_compare(x->key, y->key);
}

static void write_annotations(struct json_writer *writer, struct gathered *all,
                              const struct annotations *others)
{
    for (size_t i = 0; i < others->count && i < ANNOTATIONS_MAX; i++)
        all->list[all->count++] = others->list[i];
    qsort(all->list, all->count, sizeof all->list[0], by_key);
    json_key(writer, "annotations");
    json_begin_map(writer);
    for (size_t i = 0; i < all->count; i++) {
        json_key_slice(writer, all->list[i].key);
        json_string(writer, all->list[i].value);
    }
    json_end_map(writer);
}

/* Numbers and digests as text, while annotations borrow them. */
struct image_texts {
    char raw_size[24], frame_size[24], raw_digest[OCI_DIGEST_SIZE];
};

static void gather_image(struct gathered *all, const struct layer *layer, struct image_texts *texts)
{
    oci_digest_text(layer->image.raw_digest, texts->raw_digest);
    snprintf(texts->raw_size, sizeof texts->raw_size, "%llu",
             (unsigned long long)layer->image.raw_size);
    snprintf(texts->frame_size, sizeof texts->frame_size, "%u", layer->image.frame_size);
    gather(all, ANNOTATION_CSP, slice_text(csp_name(layer->csp)));
    if (layer->variant.len > 0)
        gather(all, ANNOTATION_VARIANT, layer->variant);
    gather(all, ANNOTATION_RAW_SIZE, slice_text(texts->raw_size));
    gather(all, ANNOTATION_RAW_DIGEST, slice_text(texts->raw_digest));
    if (layer->kind == LAYER_IMAGE_ZSTD)
        gather(all, ANNOTATION_FRAME_SIZE, slice_text(texts->frame_size));
}

static void write_layer(struct json_writer *writer, const struct layer *layer)
{
    struct gathered all = {.count = 0};
    struct image_texts texts;

    json_begin_map(writer);
    descriptor_write(writer, &layer->blob);
    gather(&all, ANNOTATION_TITLE, layer->title);
    if (layer->is_unsigned)
        gather(&all, ANNOTATION_UNSIGNED, SLICE("true"));
    if (layer_is_image(layer))
        gather_image(&all, layer, &texts);
    write_annotations(writer, &all, &layer->others);
    json_end_map(writer);
}

static void write_own(struct json_writer *writer, const struct manifest *manifest,
                      struct slice uids)
{
    struct gathered all = {.count = 0};
    char created[TIMESTAMP_SIZE], best_before[TIMESTAMP_SIZE];

    gather(&all, ANNOTATION_UID, slice_text(manifest->uid.text));
    gather(&all, ANNOTATION_UIDS, uids);
    gather(&all, ANNOTATION_PROGRAM, manifest->program);
    if (manifest->created != MANIFEST_TIME_NONE) {
        timestamp_format(manifest->created, created);
        gather(&all, ANNOTATION_CREATED, slice_text(created));
    }
    if (manifest->best_before != MANIFEST_TIME_NONE) {
        timestamp_format(manifest->best_before, best_before);
        gather(&all, ANNOTATION_BEST_BEFORE, slice_text(best_before));
    }
    write_annotations(writer, &all, &manifest->others);
}

#define UIDS_TEXT_MAX (MANIFEST_UIDS_MAX * (UID_MAX + 1))

/* All uids in one text, a blank between two. */
static struct slice join_uids(const struct manifest *manifest, uint8_t text[UIDS_TEXT_MAX])
{
    struct buf out;

    buf_init_fixed(&out, text, UIDS_TEXT_MAX);
    for (size_t i = 0; i < manifest->uid_count; i++) {
        buf_add_text(&out, i > 0 ? " " : "");
        buf_add_text(&out, manifest->uids[i].text);
    }
    return buf_slice(&out);
}

void manifest_write(const struct manifest *manifest, struct buf *out)
{
    uint8_t uids[UIDS_TEXT_MAX];
    struct json_writer writer = json_writer_to(out, 0);
    const struct descriptor config = descriptor_of(OCI_TYPE_EMPTY, SLICE(OCI_EMPTY_TEXT));

    oci_begin(&writer, OCI_TYPE_MANIFEST);
    json_member(&writer, "artifactType", MANIFEST_ARTIFACT_TYPE);
    json_key(&writer, "config");
    json_begin_map(&writer);
    descriptor_write(&writer, &config);
    json_end_map(&writer);
    json_key(&writer, "layers");
    json_begin_list(&writer);
    for (size_t i = 0; i < manifest->layer_count; i++)
        write_layer(&writer, &manifest->layers[i]);
    json_end_list(&writer);
    write_own(&writer, manifest, join_uids(manifest, uids));
    json_end_map(&writer);
}
