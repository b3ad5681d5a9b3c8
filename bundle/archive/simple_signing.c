#include "bundle/archive/simple_signing.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/json.h"

#define SIGNATURE_ANNOTATION "dev.cosignproject.cosign/signature"
#define PAYLOAD_KIND "cosign container image signature"
#define NO_TIME "0001-01-01T00:00:00Z"

void simple_payload_write(const uint8_t manifest[SHA256_SIZE], struct buf *out)
{
    char digest[OCI_DIGEST_SIZE];

    oci_digest_text(manifest, digest);
    buf_add_text(out, "{\"critical\":{\"identity\":{\"docker-reference\":\"" SIMPLE_REFERENCE
                      "\"},\"image\":{\"docker-manifest-digest\":\"");
    buf_add_text(out, digest);
    buf_add_text(out, "\"},\"type\":\"" PAYLOAD_KIND "\"},\"optional\":null}");
}

void simple_config_write(struct slice payload, size_t count, struct buf *out)
{
    struct descriptor descriptor = descriptor_of(SIMPLE_TYPE, payload);
    char digest[OCI_DIGEST_SIZE];

    oci_digest_text(descriptor.digest, digest);
    buf_add_text(out, "{\"architecture\":\"\",\"created\":\"" NO_TIME "\",\"history\":[");
    for (size_t i = 0; i < count; i++)
        buf_add_format(out, "%s{\"created\":\"" NO_TIME "\"}", i ? "," : "");
    buf_add_text(out, "],\"os\":\"\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
    for (size_t i = 0; i < count; i++)
        buf_add_format(out, "%s\"%s\"", i ? "," : "", digest);
    buf_add_text(out, "]},\"config\":{}}");
}

static void write_layer(struct json_writer *writer, const struct descriptor *payload,
                        const struct signature *signature)
{
    char text[BASE64_SIZE(SIGNATURE_MAX)];
    struct buf base64;

    buf_init_fixed(&base64, text, sizeof text);
    base64_encode(slice_of(signature->bytes, signature->len), &base64);
    json_begin_map(writer);
    descriptor_write(writer, payload);
    json_key(writer, "annotations");
    json_begin_map(writer);
    json_member_slice(writer, SIGNATURE_ANNOTATION, buf_slice(&base64));
    json_end_map(writer);
    json_end_map(writer);
}

void simple_manifest_write(struct slice config, struct slice payload,
                           const struct manifest_signature *signatures, size_t count,
                           struct buf *out)
{
    struct json_writer writer = json_writer_to(out, 0);
    struct descriptor descriptor = descriptor_of(OCI_TYPE_CONFIG, config);

    oci_begin(&writer, OCI_TYPE_MANIFEST);
    json_key(&writer, "config");
    json_begin_map(&writer);
    descriptor_write(&writer, &descriptor);
    json_end_map(&writer);
    json_key(&writer, "layers");
    json_begin_list(&writer);
    descriptor = descriptor_of(SIMPLE_TYPE, payload);
    for (size_t i = 0; i < count; i++)
        write_layer(&writer, &descriptor, &signatures[i].signature);
    json_end_list(&writer);
    json_end_map(&writer);
}

enum err_code simple_payload_parse(struct slice text, struct arena *scratch,
                                   uint8_t manifest[SHA256_SIZE], struct err *err)
{
    static const char *const members[] = {"critical", "optional", NULL};
    static const char *const critical_members[] = {"identity", "image", "type", NULL};
    const struct node *root, *critical;
    struct slice digest;
    enum err_code rc = json_parse(text, scratch, &root, err);

    memset(manifest, 0, SHA256_SIZE);
    if (rc != ERR_OK)
        return rc;
    critical = node_get(root, "critical");
    rc = oci_only(root, "payload", members, err);
    if (rc == ERR_OK)
        rc = oci_only(critical, "critical", critical_members, err);
    if (rc == ERR_OK)
        rc = oci_is(critical, "type", PAYLOAD_KIND, err);
    if (rc == ERR_OK)
        rc = node_string(node_get(node_get(critical, "image"), "docker-manifest-digest"),
                         "docker-manifest-digest", &digest, err);
    if (rc == ERR_OK)
        rc = oci_digest_parse(digest, manifest, err);
    return rc;
}

bool simple_manifest_is(const struct node *root)
{
    const struct node *layer = node_first(node_get(root, "layers"));

    return slice_is(node_text(node_get(layer, "mediaType")), SIMPLE_TYPE);
}

static enum err_code read_layer(const struct node *node, struct simple_layer *layer,
                                struct err *err)
{
    static const char *const also[] = {"annotations", NULL};
    struct signature *signature = &layer->signature;
    struct slice text;

    if (oci_is(node, "mediaType", SIMPLE_TYPE, err) ||
        descriptor_parse(node, "descriptor", also, &layer->payload, err) ||
        node_string(node_get(node_get(node, "annotations"), SIGNATURE_ANNOTATION),
                    SIGNATURE_ANNOTATION, &text, err))
        return err->code;
    signature->form = SIGNATURE_DETACHED;
    if (base64_decode(text, signature->bytes, SIGNATURE_MAX, &signature->len, err))
        return err_set(err, ERR_FORMAT, "%s: not the base64 of a signature", SIGNATURE_ANNOTATION);
    return ERR_OK;
}

static enum err_code parse(const struct node *root, struct arena *arena,
                           struct simple_layer **layers, size_t *count, struct err *err)
{
    const struct node *list = node_get(root, "layers");
    size_t number = 0;

    if (oci_check_head(root, OCI_TYPE_MANIFEST, err))
        return err->code;
    if (node_count(list) > SIMPLE_SIGNATURES_MAX)
        return err_set(err, ERR_FORMAT, "%zu signatures, at most %d are read", node_count(list),
                       SIMPLE_SIGNATURES_MAX);
    *layers = arena_array(arena, node_count(list), sizeof **layers, err);
    if (!*layers)
        return err->code;
    for (const struct node *node = node_first(list); node; node = node_next(list, node)) {
        if (read_layer(node, &(*layers)[number++], err))
            return err_add(err, "layer %zu", number);
    }
    *count = number;
    return ERR_OK;
}

enum err_code simple_manifest_parse(const struct node *root, struct arena *arena,
                                    struct simple_layer **layers, size_t *count, struct err *err)
{
    *layers = NULL;
    *count = 0;
    if (parse(root, arena, layers, count, err)) {
        *layers = NULL;
        return err->code;
    }
    return ERR_OK;
}
