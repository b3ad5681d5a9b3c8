#include "bundle/cli/bundle_show.h"

#include "bundle/archive/timestamp.h"
#include "resolver/base/quote.h"

/* "table", "measurements", "signature", "image" or "other". */
static const char *show_kind(const struct layer *layer)
{
    switch (layer->kind) {
    case LAYER_TABLE:
        return "table";
    case LAYER_MEASUREMENTS_YAML:
    case LAYER_MEASUREMENTS_JSON:
        return "measurements";
    case LAYER_SIGNATURE:
        return "signature";
    case LAYER_IMAGE_ZSTD:
    case LAYER_IMAGE_RAW:
        return "image";
    case LAYER_OTHER:
        break;
    }
    return "other";
}

void show_what(const struct layer *layer, struct buf *out)
{
    if (layer->kind == LAYER_OTHER)
        buf_add_text(out, quote_bare(layer->blob.media_type).text);
    else
        buf_add_format(out, "%s%s", layer->kind == LAYER_TABLE ? "lookup " : "", show_kind(layer));
    if (!layer_is_image(layer))
        return;
    buf_add_format(out, " %s", csp_name(layer->csp));
    if (layer->variant.len > 0)
        buf_add_format(out, " %s", quote_bare(layer->variant).text);
}

void show_keys(const struct key *const *keys, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++)
        buf_add_format(out, "%s%s", i ? ", " : "", quote_bare(slice_text(keys[i]->name)).text);
}

void show_time_json(const char *name, int64_t time, struct json_writer *json)
{
    char text[TIMESTAMP_SIZE];

    timestamp_format(time, text);
    json_member(json, name, time == MANIFEST_TIME_NONE ? NULL : text);
}

void show_digest_json(const char *name, const uint8_t digest[SHA256_SIZE], struct json_writer *json)
{
    char text[OCI_DIGEST_SIZE];

    oci_digest_text(digest, text);
    json_member(json, name, text);
}

void show_layer_json(const struct layer *layer, struct json_writer *json)
{
    json_member_slice(json, "title", layer->title);
    json_member(json, "kind", show_kind(layer));
    json_member_slice(json, "mediaType", layer->blob.media_type);
    json_key(json, "sizeBytes");
    json_number(json, layer->blob.size);
    show_digest_json("digest", layer->blob.digest, json);
    if (layer_is_image(layer)) {
        json_member(json, "csp", csp_name(layer->csp));
        json_member_or_null(json, "variant", layer->variant);
        json_key(json, "rawSizeBytes");
        json_number(json, layer->image.raw_size);
        show_digest_json("rawDigest", layer->image.raw_digest, json);
    }
    json_key(json, "unsigned");
    json_bool(json, layer->is_unsigned);
}
