#include "bundle/archive/sigstore_referrer.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/hex.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define PREDICATE_TYPE "https://sigstore.dev/cosign/sign/v1"
#define PAYLOAD_TYPE "application/vnd.in-toto+json"
#define STATEMENT_MAX 8192 /* bytes of one that is read */

void sigstore_statement_write(const uint8_t manifest[SHA256_SIZE], struct buf *out)
{
    char hex[2 * SHA256_SIZE + 1];

    hex_encode(manifest, SHA256_SIZE, hex);
    buf_add_text(out, "{\"_type\":\"" STATEMENT_TYPE "\",\"subject\":[{\"digest\":{\"sha256\":\"");
    buf_add_text(out, hex);
    buf_add_text(out, "\"},\"annotations\":{}}],\"predicateType\":\"" PREDICATE_TYPE
                      "\",\"predicate\":{}}");
}

#define HEAD_SIZE 96

/* DSSE's pre-authentication encoding: type and payload, each after its length. Up to the payload. */
static void encode_head(struct slice statement, char head[HEAD_SIZE])
{
    snprintf(head, HEAD_SIZE, "DSSEv1 %zu %s %zu ", sizeof PAYLOAD_TYPE - 1, PAYLOAD_TYPE,
             statement.len);
}

void sigstore_encoding_write(struct slice statement, struct buf *out)
{
    char head[HEAD_SIZE];

    encode_head(statement, head);
    buf_add_text(out, head);
    buf_add(out, statement);
}

void sigstore_statement_digest(struct slice statement, uint8_t digest[SHA256_SIZE])
{
    struct sha256 hash;
    char head[HEAD_SIZE];

    encode_head(statement, head);
    sha256_init(&hash);
    sha256_update(&hash, slice_text(head));
    sha256_update(&hash, statement);
    sha256_final(&hash, digest);
}

void sigstore_bundle_write(struct slice statement, const struct manifest_signature *signature,
                           struct buf *out)
{
    buf_add_text(out, "{\"mediaType\":\"" SIGSTORE_TYPE
                      "\",\"verificationMaterial\":{\"publicKey\":{\"hint\":\"");
    base64_encode(slice_of(signature->hint, KEY_ID_SIZE), out);
    buf_add_text(out, "\"}},\"dsseEnvelope\":{\"payload\":\"");
    base64_encode(statement, out);
    buf_add_text(out, "\",\"payloadType\":\"" PAYLOAD_TYPE "\",\"signatures\":[{\"sig\":\"");
    base64_encode(slice_of(signature->signature.bytes, signature->signature.len), out);
    buf_add_text(out, "\"}]}}");
}

static void write_annotations(struct json_writer *writer)
{
    json_key(writer, "annotations");
    json_begin_map(writer);
    json_member(writer, "dev.sigstore.bundle.content", "dsse-envelope");
    json_member(writer, "dev.sigstore.bundle.predicateType", PREDICATE_TYPE);
    json_end_map(writer);
}

static void write_descriptor(struct json_writer *writer, const char *key,
                             const struct descriptor *descriptor)
{
    if (key)
        json_key(writer, key);
    json_begin_map(writer);
    descriptor_write(writer, descriptor);
    json_end_map(writer);
}

void referrer_write(const struct descriptor *subject, struct slice bundle, struct buf *out)
{
    struct json_writer writer = json_writer_to(out, 0);
    struct descriptor config = descriptor_of(OCI_TYPE_EMPTY, SLICE(OCI_EMPTY_TEXT));
    struct descriptor layer = descriptor_of(SIGSTORE_TYPE, bundle);

    oci_begin(&writer, OCI_TYPE_MANIFEST);
    json_member(&writer, "artifactType", SIGSTORE_TYPE);
    write_descriptor(&writer, "config", &config);
    json_key(&writer, "layers");
    json_begin_list(&writer);
    write_descriptor(&writer, NULL, &layer);
    json_end_list(&writer);
    write_descriptor(&writer, "subject", subject);
    write_annotations(&writer);
    json_end_map(&writer);
}

void referrer_descriptor_write(struct json_writer *writer, struct slice referrer)
{
    struct descriptor descriptor = descriptor_of(OCI_TYPE_MANIFEST, referrer);

    json_begin_map(writer);
    descriptor_write(writer, &descriptor);
    json_member(writer, "artifactType", SIGSTORE_TYPE);
    write_annotations(writer);
    json_end_map(writer);
}

void referrer_index_write(const struct slice *referrers, size_t count, struct buf *out)
{
    struct json_writer writer = json_writer_to(out, 0);

    oci_begin(&writer, OCI_TYPE_INDEX);
    json_key(&writer, "manifests");
    json_begin_list(&writer);
    for (size_t i = 0; i < count; i++)
        referrer_descriptor_write(&writer, referrers[i]);
    json_end_list(&writer);
    json_end_map(&writer);
}

/* A member of a protojson message: null is as good as absent. */
static const struct node *member(const struct node *map, const char *key)
{
    const struct node *node = node_get(map, key);

    return node && node->type == NODE_NULL ? NULL : node;
}

/* The only element of a list. */
static enum err_code only(const struct node *list, const char *what, const struct node **element,
                          struct err *err)
{
    *element = node_first(list);
    if (list && list->type == NODE_LIST && node_count(list) == 1)
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "%s: have %zu, want one", what,
                   list && list->type == NODE_LIST ? node_count(list) : 0);
}

static enum err_code decode(const struct node *node, const char *what, uint8_t *out, size_t max,
                            size_t *len, struct err *err)
{
    struct slice text;

    if (node_string(node, what, &text, err))
        return err->code;
    if (base64_decode(text, out, max, len, err))
        return err_set(err, ERR_FORMAT, "%s: not base64, or longer than %zu bytes", what, max);
    return ERR_OK;
}

static enum err_code read_statement(struct slice text, struct arena *scratch,
                                    uint8_t manifest[SHA256_SIZE], struct err *err)
{
    const struct node *root, *subject;
    struct slice hex;
    enum err_code rc = json_parse(text, scratch, &root, err);

    if (rc == ERR_OK)
        rc = oci_is(root, "_type", STATEMENT_TYPE, err);
    if (rc == ERR_OK)
        rc = oci_is(root, "predicateType", PREDICATE_TYPE, err);
    if (rc == ERR_OK)
        rc = only(node_get(root, "subject"), "subject", &subject, err);
    if (rc == ERR_OK)
        rc = node_string(node_get(node_get(subject, "digest"), "sha256"), "sha256", &hex, err);
    if (rc == ERR_OK && !hex_decode(hex, manifest, SHA256_SIZE))
        rc = err_set(err, ERR_FORMAT, "sha256: have %s, want 64 hex digits", quote(hex).text);
    return rc == ERR_OK ? ERR_OK : err_add(err, "statement");
}

static enum err_code read_envelope(const struct node *envelope, struct arena *scratch,
                                   struct manifest_signature *out, struct err *err)
{
    const struct node *signature;
    uint8_t *payload = arena_alloc(scratch, STATEMENT_MAX, err);
    size_t len = 0;
    enum err_code rc;

    if (!payload)
        return err->code;
    rc = oci_is(envelope, "payloadType", PAYLOAD_TYPE, err);
    if (rc == ERR_OK)
        rc = decode(member(envelope, "payload"), "payload", payload, STATEMENT_MAX, &len, err);
    if (rc == ERR_OK)
        rc = only(member(envelope, "signatures"), "signatures", &signature, err);
    if (rc == ERR_OK)
        rc = decode(member(signature, "sig"), "sig", out->signature.bytes, SIGNATURE_MAX,
                    &out->signature.len, err);
    if (rc == ERR_OK)
        rc = read_statement(slice_of(payload, len), scratch, out->manifest, err);
    if (rc == ERR_OK)
        sigstore_statement_digest(slice_of(payload, len), out->digest);
    return rc;
}

/* A hint is the key's id where cosign and we made it; what else it may be is passed over. */
static void read_hint(const struct node *material, struct manifest_signature *out)
{
    const struct node *hint = member(member(material, "publicKey"), "hint");
    size_t len = 0;
    struct err unused;

    out->has_hint =
        hint && hint->type == NODE_STRING &&
        base64_decode(node_text(hint), out->hint, KEY_ID_SIZE, &len, &unused) == ERR_OK &&
        len == KEY_ID_SIZE;
    if (!out->has_hint)
        memset(out->hint, 0, KEY_ID_SIZE);
}

static enum err_code parse(struct slice text, struct arena *scratch, struct manifest_signature *out,
                           struct err *err)
{
    const struct node *root, *material;
    enum err_code rc;

    if (text.len > SIGSTORE_BUNDLE_MAX)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu are read", text.len,
                       SIGSTORE_BUNDLE_MAX);
    rc = json_parse(text, scratch, &root, err);
    if (rc == ERR_OK)
        rc = oci_is(root, "mediaType", SIGSTORE_TYPE, err);
    if (rc == ERR_OK)
        rc = read_envelope(member(root, "dsseEnvelope"), scratch, out, err);
    if (rc != ERR_OK)
        return rc;
    material = member(root, "verificationMaterial");
    read_hint(material, out);
    out->form = SIGNING_SIGSTORE;
    out->signature.form = SIGNATURE_DETACHED;
    out->signature.has_log = node_count(member(material, "tlogEntries")) > 0;
    return ERR_OK;
}

enum err_code sigstore_bundle_parse(struct slice text, struct arena *scratch,
                                    struct manifest_signature *signature, struct err *err)
{
    memset(signature, 0, sizeof *signature);
    if (parse(text, scratch, signature, err)) {
        memset(signature, 0, sizeof *signature);
        return err->code;
    }
    return ERR_OK;
}

bool referrer_is(const struct node *root)
{
    const struct node *layer = node_first(node_get(root, "layers"));

    return slice_is(node_text(node_get(layer, "mediaType")), SIGSTORE_TYPE);
}

enum err_code referrer_parse(const struct node *root, struct descriptor *bundle, struct err *err)
{
    static const char *const also[] = {"annotations", NULL};
    const struct node *layer;

    memset(bundle, 0, sizeof *bundle);
    if (oci_check_head(root, OCI_TYPE_MANIFEST, err) ||
        only(node_get(root, "layers"), "layers", &layer, err))
        return err->code;
    return descriptor_parse(layer, "layer", also, bundle, err);
}
