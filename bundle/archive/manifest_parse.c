#include <string.h>

#include "bundle/archive/manifest.h"
#include "bundle/archive/timestamp.h"
#include "bundle/archive/title.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"

/* An annotation with a meaning, as it is found while a map is gone through. */
struct own {
    const char *key;
    struct slice value; /* empty: it is not there */
};

static const struct node *next_pair(const struct node *map, const struct node *key)
{
    return node_next(map, node_next(map, key));
}

static enum err_code check_annotation(const struct node *key, const struct node *value,
                                      struct err *err)
{
    if (value->type != NODE_STRING)
        return err_set(err, ERR_FORMAT, "annotation %s: have %s, want a string",
                       quote(node_text(key)).text, node_type_name(value));
    if (key->len == 0 || key->len > ANNOTATION_MAX || value->len > ANNOTATION_MAX)
        return err_set(err, ERR_FORMAT, "annotation %s: longer than %zu bytes, or without a name",
                       quote(node_text(key)).text, ANNOTATION_MAX);
    return ERR_OK;
}

static struct own *find_own(struct own *own, struct slice key)
{
    for (; own->key; own++) {
        if (slice_is(key, own->key))
            return own;
    }
    return NULL;
}

/* Goes through a map of annotations: those in own (ended by a NULL key) get their values, all others
 * go to *others. */
static enum err_code read_annotations(const struct node *map, struct own *own,
                                      struct annotations *others, struct arena *arena,
                                      struct err *err)
{
    if (!map || map->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "annotations: have %s, want a map", node_type_name(map));
    others->list = arena_array(arena, node_count(map), sizeof *others->list, err);
    if (!others->list)
        return err->code;
    for (const struct node *key = node_first(map); key; key = next_pair(map, key)) {
        const struct node *value = node_next(map, key);
        struct own *known = find_own(own, node_text(key));

        if (check_annotation(key, value, err))
            return err->code;
        if (known && value->len == 0)
            return err_set(err, ERR_FORMAT, "%s: empty", known->key);
        if (known)
            known->value = node_text(value);
        else
            others->list[others->count++] = (struct annotation){node_text(key), node_text(value)};
    }
    if (others->count > ANNOTATIONS_MAX)
        return err_set(err, ERR_FORMAT, "annotations: %zu, at most %d are read", others->count,
                       ANNOTATIONS_MAX);
    return ERR_OK;
}

static enum layer_kind kind_of(struct slice media_type)
{
    for (int kind = 0; kind < LAYER_OTHER; kind++) {
        if (slice_is(media_type, layer_media_type((enum layer_kind)kind)))
            return (enum layer_kind)kind;
    }
    return LAYER_OTHER;
}

/* A title ends as its media type wants, so that who unpacks with tar knows what he has. */
static enum err_code check_ending(const struct layer *layer, struct err *err)
{
    static const char *const endings[] = {
        [LAYER_TABLE] = ".json",
        [LAYER_MEASUREMENTS_YAML] = ".yaml",
        [LAYER_MEASUREMENTS_JSON] = ".json",
        [LAYER_SIGNATURE] = ".sig",
        [LAYER_IMAGE_ZSTD] = ".raw.zst",
        [LAYER_IMAGE_RAW] = ".raw",
        [LAYER_OTHER] = "",
    };

    if (layer->kind == LAYER_SIGNATURE && slice_ends(layer->title, ".sigstore.json"))
        return ERR_OK;
    if (!slice_ends(layer->title, endings[layer->kind]))
        return err_set(err, ERR_FORMAT, "title %s: does not end in %s", quote(layer->title).text,
                       endings[layer->kind]);
    if (layer->kind == LAYER_OTHER && (slice_ends(layer->title, ".raw.zst")))
        return err_set(err, ERR_FORMAT, "title %s: is an image's, the media type is %s",
                       quote(layer->title).text, quote(layer->blob.media_type).text);
    return ERR_OK;
}

static enum err_code want(struct slice value, const char *key, struct err *err)
{
    return value.len > 0 ? ERR_OK : err_set(err, ERR_FORMAT, "%s: missing", key);
}

static enum err_code read_frames(struct layer *layer, struct slice text, struct err *err)
{
    uint64_t frame_size = 0;
    enum err_code rc = want(text, ANNOTATION_FRAME_SIZE, err);

    if (rc == ERR_OK)
        rc = oci_number_parse(text, ANNOTATION_FRAME_SIZE, UINT32_MAX, &frame_size, err);
    if (rc == ERR_OK && frames_check_size(frame_size, err))
        rc = err_set(err, ERR_FORMAT, "%s: %llu: want a multiple of %u that is at most %u",
                     ANNOTATION_FRAME_SIZE, (unsigned long long)frame_size, FRAMES_RAW_SIZE_MIN,
                     FRAMES_RAW_SIZE_MAX);
    layer->image.frame_size = (uint32_t)frame_size;
    layer->image.stored_size = layer->blob.size;
    memcpy(layer->image.stored_digest, layer->blob.digest, SHA256_SIZE);
    return rc;
}

/* A raw image is what it says by itself. */
static enum err_code check_raw(const struct layer *layer, struct slice frame_size, struct err *err)
{
    if (frame_size.len > 0)
        return err_set(err, ERR_FORMAT, "%s: is not expected here", ANNOTATION_FRAME_SIZE);
    if (layer->image.raw_size != layer->blob.size ||
        memcmp(layer->image.raw_digest, layer->blob.digest, SHA256_SIZE) != 0)
        return err_set(err, ERR_FORMAT, "%s or %s: not those of the layer", ANNOTATION_RAW_SIZE,
                       ANNOTATION_RAW_DIGEST);
    return ERR_OK;
}

enum { TITLE, UNSIGNED, CSP, VARIANT, RAW_SIZE, RAW_DIGEST, FRAME_SIZE, LAYER_OWN };

static enum err_code read_image(struct layer *layer, const struct own *own, struct err *err)
{
    enum err_code rc = want(own[CSP].value, ANNOTATION_CSP, err);

    layer->csp = csp_parse(own[CSP].value);
    layer->variant = own[VARIANT].value;
    if (rc == ERR_OK && layer->csp == CSP_NONE)
        rc = err_set(err, ERR_FORMAT, "%s: have %s, want one of %s", ANNOTATION_CSP,
                     quote(own[CSP].value).text, csp_names());
    if (rc == ERR_OK)
        rc = want(own[RAW_SIZE].value, ANNOTATION_RAW_SIZE, err);
    if (rc == ERR_OK)
        rc = oci_number_parse(own[RAW_SIZE].value, ANNOTATION_RAW_SIZE, OCI_SIZE_MAX,
                              &layer->image.raw_size, err);
    if (rc == ERR_OK && layer->image.raw_size == 0)
        rc = err_set(err, ERR_FORMAT, "%s: 0, an image is not empty", ANNOTATION_RAW_SIZE);
    if (rc == ERR_OK)
        rc = want(own[RAW_DIGEST].value, ANNOTATION_RAW_DIGEST, err);
    if (rc == ERR_OK && oci_digest_parse(own[RAW_DIGEST].value, layer->image.raw_digest, err))
        rc = err_add(err, "%s", ANNOTATION_RAW_DIGEST);
    if (rc == ERR_OK && layer->kind == LAYER_IMAGE_RAW)
        return check_raw(layer, own[FRAME_SIZE].value, err);
    return rc == ERR_OK ? read_frames(layer, own[FRAME_SIZE].value, err) : rc;
}

static enum err_code check_no_image(const struct layer *layer, const struct own *own,
                                    struct err *err)
{
    for (size_t i = CSP; i < LAYER_OWN; i++) {
        if (own[i].value.len > 0)
            return err_set(err, ERR_FORMAT, "%s: is not expected here", own[i].key);
    }
    if (layer->blob.size > MANIFEST_SMALL_MAX)
        return err_set(err, ERR_FORMAT, "size: %llu, at most %llu for what is no image",
                       (unsigned long long)layer->blob.size,
                       (unsigned long long)MANIFEST_SMALL_MAX);
    return ERR_OK;
}

static enum err_code read_layer(const struct node *node, struct arena *arena, struct layer *layer,
                                struct err *err)
{
    static const char *const also[] = {"annotations", NULL};
    struct own own[] = {
        [TITLE] = {.key = ANNOTATION_TITLE},
        [UNSIGNED] = {.key = ANNOTATION_UNSIGNED},
        [CSP] = {.key = ANNOTATION_CSP},
        [VARIANT] = {.key = ANNOTATION_VARIANT},
        [RAW_SIZE] = {.key = ANNOTATION_RAW_SIZE},
        [RAW_DIGEST] = {.key = ANNOTATION_RAW_DIGEST},
        [FRAME_SIZE] = {.key = ANNOTATION_FRAME_SIZE},
        [LAYER_OWN] = {.key = NULL},
    };
    enum err_code rc = descriptor_parse(node, "descriptor", also, &layer->blob, err);

    if (rc == ERR_OK)
        rc = read_annotations(node_get(node, "annotations"), own, &layer->others, arena, err);
    if (rc == ERR_OK)
        rc = want(own[TITLE].value, ANNOTATION_TITLE, err);
    layer->kind = kind_of(layer->blob.media_type);
    layer->title = own[TITLE].value;
    layer->is_unsigned = own[UNSIGNED].value.len > 0;
    if (rc == ERR_OK)
        rc = title_check(layer->title, err);
    if (rc == ERR_OK)
        rc = check_ending(layer, err);
    if (rc != ERR_OK)
        return rc;
    return layer_is_image(layer) ? read_image(layer, own, err) : check_no_image(layer, own, err);
}

static enum err_code read_layers(const struct node *list, struct arena *arena,
                                 struct manifest *manifest, struct err *err)
{
    size_t count = node_count(list);

    if (!list || list->type != NODE_LIST || count == 0)
        return err_set(err, ERR_FORMAT, "layers: have %s, want a list that is not empty",
                       list && list->type == NODE_LIST ? "none" : node_type_name(list));
    if (count > MANIFEST_LAYERS_MAX)
        return err_set(err, ERR_FORMAT, "layers: %zu, at most %d are read", count,
                       MANIFEST_LAYERS_MAX);
    manifest->layers = arena_array(arena, count, sizeof *manifest->layers, err);
    if (!manifest->layers)
        return err->code;
    for (const struct node *node = node_first(list); node; node = node_next(list, node)) {
        struct layer *layer = &manifest->layers[manifest->layer_count++];

        if (read_layer(node, arena, layer, err))
            return err_add(err, "layer %zu", manifest->layer_count);
        if (manifest->layer_count > 1 && layer_compare(layer - 1, layer) >= 0)
            return err_set(err, ERR_FORMAT, "layer %zu: %s: not in order", manifest->layer_count,
                           quote(layer->title).text);
    }
    return ERR_OK;
}

static size_t count_words(struct slice text)
{
    size_t count = 0;

    for (; text.ptr; count++)
        slice_cut(&text, ' ');
    return count;
}

static enum err_code read_uids(struct slice text, struct arena *arena, struct manifest *manifest,
                               struct err *err)
{
    size_t count = count_words(text);
    bool has_own = false;

    if (count > MANIFEST_UIDS_MAX)
        return err_set(err, ERR_FORMAT, "%s: %zu, at most %d are read", ANNOTATION_UIDS, count,
                       MANIFEST_UIDS_MAX);
    manifest->uids = arena_array(arena, count, sizeof *manifest->uids, err);
    if (!manifest->uids)
        return err->code;
    while (text.ptr) {
        struct uid *uid = &manifest->uids[manifest->uid_count++];

        if (uid_parse(slice_cut(&text, ' '), uid, err))
            return err_add(err, "%s", ANNOTATION_UIDS);
        if (manifest->uid_count > 1 && uid_compare(uid - 1, uid) >= 0)
            return err_set(err, ERR_FORMAT, "%s: %s: not in order", ANNOTATION_UIDS, uid->text);
        has_own = has_own || uid_equal(uid, &manifest->uid);
    }
    if (!has_own)
        return err_set(err, ERR_FORMAT, "%s: %s is not among them", ANNOTATION_UIDS,
                       manifest->uid.text);
    return ERR_OK;
}

static enum err_code read_time(const struct own *own, int64_t *seconds, struct err *err)
{
    *seconds = MANIFEST_TIME_NONE;
    if (own->value.len == 0 || timestamp_parse(own->value, seconds, err) == ERR_OK)
        return ERR_OK;
    return err_add(err, "%s", own->key);
}

static enum err_code read_own(const struct node *root, struct arena *arena,
                              struct manifest *manifest, struct err *err)
{
    enum { UID, UIDS, PROGRAM, CREATED, BEST_BEFORE, OWN };
    struct own own[] = {
        [UID] = {.key = ANNOTATION_UID},
        [UIDS] = {.key = ANNOTATION_UIDS},
        [PROGRAM] = {.key = ANNOTATION_PROGRAM},
        [CREATED] = {.key = ANNOTATION_CREATED},
        [BEST_BEFORE] = {.key = ANNOTATION_BEST_BEFORE},
        [OWN] = {.key = NULL},
    };
    enum err_code rc =
        read_annotations(node_get(root, "annotations"), own, &manifest->others, arena, err);

    for (size_t i = UID; i <= PROGRAM && rc == ERR_OK; i++)
        rc = want(own[i].value, own[i].key, err);
    if (rc == ERR_OK && uid_parse(own[UID].value, &manifest->uid, err))
        rc = err_add(err, "%s", ANNOTATION_UID);
    if (rc == ERR_OK)
        rc = read_uids(own[UIDS].value, arena, manifest, err);
    manifest->program = own[PROGRAM].value;
    if (rc == ERR_OK)
        rc = read_time(&own[CREATED], &manifest->created, err);
    if (rc == ERR_OK)
        rc = read_time(&own[BEST_BEFORE], &manifest->best_before, err);
    return rc;
}

static enum err_code check_titles(const struct manifest *manifest, struct arena *arena,
                                  struct err *err)
{
    struct title *titles = arena_array(arena, manifest->layer_count, sizeof *titles, err);

    if (!titles)
        return err->code;
    for (size_t i = 0; i < manifest->layer_count; i++) {
        titles[i].text = manifest->layers[i].title;
        titles[i].digest = manifest->layers[i].blob.digest;
    }
    return title_check_all(titles, manifest->layer_count, arena, err);
}

/* The same contents have but one spelling. */
static enum err_code check_form(struct slice text, const struct manifest *manifest,
                                struct arena *arena, struct err *err)
{
    size_t room = text.len + 2, at = 0;
    void *memory = arena_alloc(arena, room, err);
    struct buf again;

    if (!memory)
        return err->code;
    buf_init_fixed(&again, memory, room);
    manifest_write(manifest, &again);
    while (at < again.len && at < text.len && again.ptr[at] == text.ptr[at])
        at++;
    if (!again.failed && again.len == text.len && at == text.len)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "byte %zu: not the one form of such a manifest", at);
}

bool manifest_is(const struct node *root)
{
    const struct node *type = node_get(root, "artifactType");

    return type && slice_is(node_text(type), MANIFEST_ARTIFACT_TYPE);
}

static enum err_code parse(struct slice text, struct arena *arena, struct manifest *manifest,
                           struct err *err)
{
    static const char *const members[] = {
        "schemaVersion", "mediaType", "artifactType", "config", "layers", "annotations", NULL};
    const struct node *root;
    enum err_code rc;

    if (text.len > MANIFEST_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are read", text.len,
                       MANIFEST_SIZE_MAX);
    rc = json_parse(text, arena, &root, err);
    if (rc == ERR_OK)
        rc = oci_only(root, "manifest", members, err);
    if (rc == ERR_OK)
        rc = oci_check_head(root, OCI_TYPE_MANIFEST, err);
    if (rc == ERR_OK)
        rc = oci_is(root, "artifactType", MANIFEST_ARTIFACT_TYPE, err);
    if (rc == ERR_OK)
        rc = read_own(root, arena, manifest, err);
    if (rc == ERR_OK)
        rc = read_layers(node_get(root, "layers"), arena, manifest, err);
    if (rc == ERR_OK)
        rc = check_titles(manifest, arena, err);
    if (rc == ERR_OK)
        rc = check_form(text, manifest, arena, err);
    return rc;
}

enum err_code manifest_parse(struct slice text, struct arena *arena, struct manifest *manifest,
                             struct err *err)
{
    memset(manifest, 0, sizeof *manifest);
    if (parse(text, arena, manifest, err)) {
        memset(manifest, 0, sizeof *manifest);
        return err->code;
    }
    return ERR_OK;
}
