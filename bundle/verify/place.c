#include "bundle/verify/place.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "bundle/archive/title.h"
#include "resolver/base/quote.h"

#define SHORT_ID_DIGITS 16

void place_image_name(enum layout layout, const struct uid *uid, enum csp csp, struct slice variant,
                      char out[LAYOUT_NAME_MAX])
{
    const char *between = variant.len == 0 ? "" : layout == LAYOUT_RFC ? "-" : "/";
    int len = layout == LAYOUT_V1 ? 0 : (int)variant.len;
    char file[UID_MAX + 1];

    uid_file_name(uid, file);
    if (layout == LAYOUT_RFC)
        snprintf(out, LAYOUT_NAME_MAX, "images/%s/%s%s%.*s.raw", file, csp_name(csp), between, len,
                 (const char *)variant.ptr);
    else
        snprintf(out, LAYOUT_NAME_MAX,
                 "constellation/v1/ref/%s/stream/%s/%s/image/csp/%s%s%.*s/image.raw", uid->ref,
                 uid->stream, uid->version, csp_name(csp), len ? between : "", len,
                 (const char *)variant.ptr);
}

static enum err_code misplaced(const struct layer *layer, const char *what, const struct uid *uid,
                               const char *want, struct err *err)
{
    return err_set(err, ERR_FORMAT, "%s: %s of %s belong%s at %s", quote_bare(layer->title).text,
                   what, uid->text, layer->kind == LAYER_TABLE ? "s" : "", want);
}

static enum err_code place_table(const struct uid *uid, const struct layer *layer,
                                 struct place *place, struct err *err)
{
    char name[LAYOUT_NAME_MAX];

    for (enum layout layout = LAYOUT_RFC; layout < LAYOUT_COUNT; layout++) {
        layout_table_name(layout, uid, name);
        place->layout = layout;
        if (slice_is(layer->title, name))
            return ERR_OK;
    }
    layout_table_name(LAYOUT_RFC, uid, name);
    return misplaced(layer, "the lookup table", uid, name, err);
}

static enum err_code place_measurements(const struct uid *uid, const struct layer *layer,
                                        struct place *place, struct err *err)
{
    char name[LAYOUT_NAME_MAX];

    for (enum layout layout = LAYOUT_RFC; layout < LAYOUT_COUNT; layout++) {
        for (enum csp csp = CSP_AWS; csp < CSP_COUNT; csp++) {
            layout_measurements_name(layout, uid, csp, name);
            place->layout = layout;
            place->csp = layout == LAYOUT_V2 ? CSP_NONE : csp;
            if (slice_is(layer->title, name))
                return ERR_OK;
        }
    }
    layout_measurements_name(LAYOUT_RFC, uid, CSP_GCP, name);
    return misplaced(layer, "measurements", uid, name, err);
}

static enum err_code place_image(const struct uid *uid, const struct layer *layer,
                                 struct place *place, struct err *err)
{
    struct slice title = title_unpacked(layer->title);
    char name[LAYOUT_NAME_MAX];

    for (enum layout layout = LAYOUT_RFC; layout < LAYOUT_COUNT; layout++) {
        place_image_name(layout, uid, layer->csp, layer->variant, name);
        place->layout = layout;
        if (slice_is(title, name))
            return ERR_OK;
    }
    place_image_name(LAYOUT_RFC, uid, layer->csp, layer->variant, name);
    return misplaced(layer, "such images", uid, name, err);
}

static bool cut_end(struct slice *text, const char *end)
{
    size_t len = strlen(end);

    if (text->len <= len || memcmp(text->ptr + text->len - len, end, len) != 0)
        return false;
    text->len -= len;
    return true;
}

/* Takes ".<short id>" off, if it is there. */
static bool cut_short_id(struct slice *text)
{
    size_t len = SHORT_ID_DIGITS + 1;

    if (text->len <= len || text->ptr[text->len - len] != '.')
        return false;
    for (size_t i = text->len - len + 1; i < text->len; i++) {
        if (!strchr("0123456789abcdef", text->ptr[i]) || text->ptr[i] == '\0')
            return false;
    }
    text->len -= len;
    return true;
}

/* The file of that title, or the image that has it once it is decompressed. */
static const struct layer *find_document(const struct manifest *manifest, struct slice title)
{
    for (size_t i = 0; i < manifest->layer_count; i++) {
        const struct layer *layer = &manifest->layers[i];

        if (layer->kind != LAYER_SIGNATURE &&
            (slice_equal(layer->title, title) || slice_equal(title_unpacked(layer->title), title)))
            return layer;
    }
    return NULL;
}

static enum err_code place_signature(const struct manifest *manifest, const struct layer *layer,
                                     struct place *place, struct err *err)
{
    struct slice title = layer->title;

    if (!cut_end(&title, ".sig"))
        cut_end(&title, ".sigstore.json");
    place->document = find_document(manifest, title);
    if (!place->document && cut_short_id(&title))
        place->document = find_document(manifest, title);
    if (place->document)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "%s: is a signature of a file that %s does not carry",
                   quote_bare(layer->title).text, manifest->uid.text);
}

/* Tables are looked for in the current folder as well, and import compares with what lies in .upstream.
 * Without regard to case: so some file systems look for names. */
static enum err_code place_other(const struct layer *layer, struct err *err)
{
    static const char *const taken[] = {
        "v[0-9]*.json",
        "stream_*.json",
        "ref_*.json",
        "constellation_v2_ref_*.json",
        "images/*.json",
        "images/*.upstream",
        "images/*/*.raw",
        "images/*/*.raw.zst",
        "measurements/*/*/measurements.yaml",
        "constellation/v[12]/ref/*/stream/*/*/image/*.json",
        "constellation/v[12]/ref/*/stream/*/*/image/*.upstream",
        "constellation/v[12]/ref/*/stream/*/*/image/csp/*/*.json",
        "constellation/v[12]/ref/*/stream/*/*/image/csp/*/*.raw",
        "constellation/v[12]/ref/*/stream/*/*/image/csp/*/*/*.raw",
        "constellation/v[12]/ref/*/stream/*/*/image/csp/*/*.raw.zst",
        "constellation/v[12]/ref/*/stream/*/*/image/csp/*/*/*.raw.zst",
        "constellation/v[12]/ref/*/stream/*/versions/*/image.json",
        "constellation/v[12]/ref/*/stream/*/versions/*/*/image.json",
    };
    char title[LAYOUT_NAME_MAX];

    snprintf(title, sizeof title, "%.*s", (int)layer->title.len, (const char *)layer->title.ptr);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (fnmatch(taken[i], title, FNM_PATHNAME | FNM_NOESCAPE | FNM_CASEFOLD) == 0)
            return err_set(err, ERR_FORMAT,
                           "%s: lies where the resolver looks for something else than %s",
                           quote_bare(layer->title).text, quote(layer->blob.media_type).text);
    }
    return ERR_OK;
}

static enum err_code place_any(const struct manifest *manifest, const struct layer *layer,
                               struct place *place, struct err *err)
{
    switch (layer->kind) {
    case LAYER_TABLE:
        return place_table(&manifest->uid, layer, place, err);
    case LAYER_MEASUREMENTS_YAML:
    case LAYER_MEASUREMENTS_JSON:
        return place_measurements(&manifest->uid, layer, place, err);
    case LAYER_SIGNATURE:
        return place_signature(manifest, layer, place, err);
    case LAYER_IMAGE_ZSTD:
    case LAYER_IMAGE_RAW:
        return place_image(&manifest->uid, layer, place, err);
    case LAYER_OTHER:
        break;
    }
    return place_other(layer, err);
}

enum err_code place_of_layer(const struct manifest *manifest, const struct layer *layer,
                             struct place *place, struct err *err)
{
    memset(place, 0, sizeof *place);
    if (place_any(manifest, layer, place, err)) {
        memset(place, 0, sizeof *place);
        return err->code;
    }
    return ERR_OK;
}
