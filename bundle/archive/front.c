#include "bundle/archive/front.h"

#include <stdio.h>
#include <string.h>

#include "bundle/archive/sigstore_referrer.h"
#include "bundle/archive/simple_signing.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"

#define TEXT_MAX ((size_t)4 << 20) /* bytes of anything that is made here */
#define KIND_IMAGE "dev.cosignproject.cosign/image"
#define KIND_SIGNATURES "dev.cosignproject.cosign/sigs"

/* What is put together. */
struct making {
    struct arena *arena;
    struct front *front;
    struct buf text;  /* the blob that is being written */
    struct buf index; /* index.json */
    struct json_writer index_writer;
};

/* Keeps a blob, unless an equal one is there already. */
static void keep_blob(struct making *making, struct slice bytes)
{
    struct front *front = making->front;
    struct front_blob *blob = &front->blobs[front->count];

    sha256_of(bytes, blob->digest);
    blob->bytes = bytes;
    for (size_t i = 0; i < front->count; i++) {
        if (memcmp(front->blobs[i].digest, blob->digest, SHA256_SIZE) == 0)
            return;
    }
    front->count++;
}

/* Takes what was written into making->text out as bytes of the arena. */
static enum err_code take_text(struct making *making, struct slice *bytes, struct err *err)
{
    enum err_code rc = buf_done(&making->text, err);
    char *copy = rc == ERR_OK ? arena_copy(making->arena, buf_slice(&making->text), err) : NULL;

    *bytes = slice_of(copy, copy ? making->text.len : 0);
    buf_clear(&making->text);
    return copy ? ERR_OK : err->code;
}

/* The same as a blob. */
static enum err_code take_blob(struct making *making, struct slice *bytes, struct err *err)
{
    if (take_text(making, bytes, err))
        return err->code;
    keep_blob(making, *bytes);
    return ERR_OK;
}

static bool is_same(const struct manifest_signature *a, const struct manifest_signature *b)
{
    return slice_equal(slice_of(a->signature.bytes, a->signature.len),
                       slice_of(b->signature.bytes, b->signature.len));
}

/* The signatures of one form, none of them twice. */
static enum err_code pick(const struct signed_manifest *manifest, enum signing_form form,
                          struct arena *arena, struct manifest_signature **picked, size_t *count,
                          struct err *err)
{
    *count = 0;
    *picked = arena_array(arena, manifest->signature_count, sizeof **picked, err);
    if (!*picked)
        return err->code;
    for (size_t i = 0; i < manifest->signature_count; i++) {
        if (manifest->signatures[i].form != form)
            continue;
        for (size_t k = 0; k < *count; k++) {
            if (is_same(&(*picked)[k], &manifest->signatures[i]))
                return err_set(err, ERR_FORMAT, "%s: the same signature twice",
                               manifest->manifest.uid.text);
        }
        (*picked)[(*count)++] = manifest->signatures[i];
    }
    return ERR_OK;
}

static void list_in_index(struct making *making, const char *media_type, struct slice bytes,
                          const char *kind, const char *name)
{
    struct json_writer *writer = &making->index_writer;
    struct descriptor descriptor = descriptor_of(media_type, bytes);

    json_begin_map(writer);
    descriptor_write(writer, &descriptor);
    json_key(writer, "annotations");
    json_begin_map(writer);
    if (kind)
        json_member(writer, "kind", kind);
    json_member(writer, OCI_REF_NAME, name);
    json_end_map(writer);
    json_end_map(writer);
}

/* "sha256-<hex>" and the suffix: the tag that belongs to a signed manifest. */
#define TAG_SIZE (2 * SHA256_SIZE + 16)
static void tag_of(const struct signed_manifest *manifest, const char *suffix, char out[TAG_SIZE])
{
    char hex[2 * SHA256_SIZE + 1];

    hex_encode(manifest->digest, SHA256_SIZE, hex);
    snprintf(out, TAG_SIZE, "sha256-%s%s", hex, suffix);
}

static enum err_code make_simple(struct making *making, const struct signed_manifest *manifest,
                                 struct err *err)
{
    struct manifest_signature *signatures;
    struct slice payload, config, text;
    char tag[TAG_SIZE];
    size_t count;

    if (pick(manifest, SIGNING_SIMPLE, making->arena, &signatures, &count, err))
        return err->code;
    if (count == 0)
        return ERR_OK;
    simple_payload_write(manifest->digest, &making->text);
    if (take_text(making, &payload, err))
        return err->code;
    simple_config_write(payload, count, &making->text);
    if (take_text(making, &config, err))
        return err->code;
    simple_manifest_write(config, payload, signatures, count, &making->text);
    if (take_blob(making, &text, err))
        return err->code;
    keep_blob(making, config);
    keep_blob(making, payload);
    tag_of(manifest, ".sig", tag);
    list_in_index(making, OCI_TYPE_MANIFEST, text, KIND_SIGNATURES, tag);
    return ERR_OK;
}

static enum err_code make_referrer(struct making *making, const struct signed_manifest *manifest,
                                   struct slice statement,
                                   const struct manifest_signature *signature,
                                   struct slice *referrer, struct err *err)
{
    struct descriptor subject = descriptor_of(OCI_TYPE_MANIFEST, manifest->text);
    struct slice bundle;

    sigstore_bundle_write(statement, signature, &making->text);
    if (take_text(making, &bundle, err))
        return err->code;
    referrer_write(&subject, bundle, &making->text);
    if (take_blob(making, referrer, err))
        return err->code;
    keep_blob(making, bundle);
    referrer_descriptor_write(&making->index_writer, *referrer);
    return ERR_OK;
}

static enum err_code make_referrers(struct making *making, const struct signed_manifest *manifest,
                                    struct err *err)
{
    struct slice *referrers, statement, index;
    struct manifest_signature *signatures;
    char tag[TAG_SIZE];
    size_t count;

    if (pick(manifest, SIGNING_SIGSTORE, making->arena, &signatures, &count, err))
        return err->code;
    if (count == 0)
        return ERR_OK;
    referrers = arena_array(making->arena, count, sizeof *referrers, err);
    if (!referrers)
        return err->code;
    sigstore_statement_write(manifest->digest, &making->text);
    if (take_text(making, &statement, err))
        return err->code;
    for (size_t i = 0; i < count; i++) {
        if (make_referrer(making, manifest, statement, &signatures[i], &referrers[i], err))
            return err->code;
    }
    referrer_index_write(referrers, count, &making->text);
    if (take_blob(making, &index, err))
        return err->code;
    tag_of(manifest, "", tag);
    list_in_index(making, OCI_TYPE_INDEX, index, NULL, tag);
    return ERR_OK;
}

/* Blobs are at most: one a manifest and four more, and two a signature; and "{}". */
static enum err_code make_room(struct making *making, const struct signed_manifest *manifests,
                               size_t count, struct err *err)
{
    size_t room = 2;

    for (size_t i = 0; i < count; i++)
        room += 5 + 2 * manifests[i].signature_count;
    making->front->blobs = arena_array(making->arena, room, sizeof *making->front->blobs, err);
    return making->front->blobs ? ERR_OK : err->code;
}

static enum err_code list_manifests(struct making *making, const struct signed_manifest *manifests,
                                    size_t count, struct err *err)
{
    char tag[OCI_TAG_MAX + 1], other[OCI_TAG_MAX + 1];

    for (size_t i = 0; i < count; i++) {
        oci_tag(&manifests[i].manifest.uid, tag);
        for (size_t k = 0; k < i; k++) {
            oci_tag(&manifests[k].manifest.uid, other);
            if (strcmp(tag, other) == 0)
                return err_set(err, ERR_FORMAT, "uids %s and %s have the same tag, %s",
                               manifests[k].manifest.uid.text, manifests[i].manifest.uid.text, tag);
        }
        keep_blob(making, manifests[i].text);
        list_in_index(making, OCI_TYPE_MANIFEST, manifests[i].text, KIND_IMAGE, tag);
    }
    keep_blob(making, SLICE(OCI_EMPTY_TEXT));
    return ERR_OK;
}

static enum err_code make(struct making *making, const struct signed_manifest *manifests,
                          size_t count, struct err *err)
{
    struct json_writer *writer = &making->index_writer;
    enum err_code rc = make_room(making, manifests, count, err);

    *writer = json_writer_to(&making->index, 0);
    oci_begin(writer, OCI_TYPE_INDEX);
    json_key(writer, "manifests");
    json_begin_list(writer);
    if (rc == ERR_OK)
        rc = list_manifests(making, manifests, count, err);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        rc = make_simple(making, &manifests[i], err);
        if (rc == ERR_OK)
            rc = make_referrers(making, &manifests[i], err);
    }
    json_end_list(writer);
    json_end_map(writer);
    if (rc == ERR_OK) {
        buf_add(&making->text, buf_slice(&making->index));
        making->text.failed = making->text.failed || making->index.failed;
        rc = take_text(making, &making->front->index, err);
    }
    return rc;
}

enum err_code front_make(const struct signed_manifest *manifests, size_t count, struct arena *arena,
                         struct front *front, struct err *err)
{
    struct making making = {.arena = arena, .front = front};
    enum err_code rc;

    memset(front, 0, sizeof *front);
    buf_init_heap(&making.text, TEXT_MAX);
    buf_init_heap(&making.index, TEXT_MAX);
    rc = make(&making, manifests, count, err);
    buf_clear(&making.text);
    buf_clear(&making.index);
    if (rc != ERR_OK)
        memset(front, 0, sizeof *front);
    return rc;
}
