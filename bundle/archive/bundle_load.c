#include "bundle/archive/bundle_load.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/archive/sigstore_referrer.h"
#include "bundle/archive/simple_signing.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"

#define LAYOUT_FILE_MAX 4096 /* bytes of oci-layout */
#define NESTING_MAX 2        /* indexes within index.json: the one of the referrers */

/* A signature that has been found, whatever manifest it is for. */
struct found {
    struct manifest_signature signature;
    struct found *next;
};

struct loading {
    const struct bundle_files *files;
    struct arena *arena;
    struct loaded *out;
    struct found *found, **next;  /* signatures of all manifests, in the order they are found */
    uint8_t (*seen)[SHA256_SIZE]; /* what has been opened: it is looked at once */
    size_t seen_count;
};

static enum err_code open_blob(const struct bundle_files *files, const struct descriptor *blob,
                               struct bundle_file *file, struct err *err)
{
    char name[OCI_BLOB_NAME_SIZE];

    oci_blob_name(blob->digest, name);
    if (files->open(files->ctx, name, file, err) == ERR_OK)
        return ERR_OK;
    return err->code == ERR_NOT_FOUND ? err_set(err, ERR_CORRUPT, "is missing") : err->code;
}

static void close_file(const struct bundle_files *files, struct bundle_file *file)
{
    if (files->close)
        files->close(files->ctx, file);
}

static enum err_code read_open(const struct image *image, uint64_t max_bytes, struct arena *arena,
                               struct slice *bytes, struct err *err)
{
    uint8_t *memory;

    if (image->size > max_bytes)
        return err_set(err, ERR_LIMIT, "%llu bytes, at most %llu are read",
                       (unsigned long long)image->size, (unsigned long long)max_bytes);
    memory = arena_alloc(arena, (size_t)image->size, err);
    if (!memory || image_read(image, 0, memory, (size_t)image->size, err))
        return err->code;
    *bytes = slice_of(memory, (size_t)image->size);
    return ERR_OK;
}

static enum err_code check_blob(const struct descriptor *blob, struct slice bytes, struct err *err)
{
    uint8_t digest[SHA256_SIZE];
    char have[OCI_DIGEST_SIZE];

    sha256_of(bytes, digest);
    if (memcmp(digest, blob->digest, SHA256_SIZE) == 0)
        return ERR_OK;
    oci_digest_text(digest, have);
    return err_set(err, ERR_CORRUPT, "its bytes have the digest %s", have);
}

static enum err_code read_blob(const struct bundle_files *files, const struct descriptor *blob,
                               uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                               struct err *err)
{
    struct bundle_file file;
    enum err_code rc = open_blob(files, blob, &file, err);

    if (rc != ERR_OK)
        return rc;
    if (file.image.size != blob->size)
        rc = err_set(err, ERR_CORRUPT, "has %llu bytes, want %llu",
                     (unsigned long long)file.image.size, (unsigned long long)blob->size);
    if (rc == ERR_OK)
        rc = read_open(&file.image, max_bytes, arena, bytes, err);
    close_file(files, &file);
    return rc == ERR_OK ? check_blob(blob, *bytes, err) : rc;
}

enum err_code bundle_load_blob(const struct bundle_files *files, const struct descriptor *blob,
                               uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                               struct err *err)
{
    char digest[OCI_DIGEST_SIZE];

    *bytes = slice_of(NULL, 0);
    if (read_blob(files, blob, max_bytes, arena, bytes, err) == ERR_OK)
        return ERR_OK;
    *bytes = slice_of(NULL, 0);
    oci_digest_text(blob->digest, digest);
    return err_add(err, "%s", digest);
}

static enum err_code read_named(struct loading *loading, const char *name, uint64_t max_bytes,
                                struct slice *bytes, struct err *err)
{
    const struct bundle_files *files = loading->files;
    struct bundle_file file;
    enum err_code rc = files->open(files->ctx, name, &file, err);

    if (rc == ERR_NOT_FOUND)
        return err_set(err, ERR_FORMAT, "%s: is missing: this is no OCI layout", name);
    if (rc != ERR_OK)
        return err_add(err, "%s", name);
    rc = read_open(&file.image, max_bytes, loading->arena, bytes, err);
    close_file(files, &file);
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", name);
}

static enum err_code check_layout(struct loading *loading, struct err *err)
{
    const struct node *root;
    struct slice text;
    enum err_code rc = read_named(loading, OCI_LAYOUT_NAME, LAYOUT_FILE_MAX, &text, err);

    if (rc != ERR_OK)
        return rc;
    rc = json_parse(text, loading->arena, &root, err);
    if (rc == ERR_OK)
        rc = oci_is(root, "imageLayoutVersion", "1.0.0", err);
    return rc == ERR_OK ? ERR_OK : err_add(err, OCI_LAYOUT_NAME);
}

static bool was_seen(struct loading *loading, const uint8_t digest[SHA256_SIZE])
{
    for (size_t i = 0; i < loading->seen_count; i++) {
        if (memcmp(loading->seen[i], digest, SHA256_SIZE) == 0)
            return true;
    }
    return false;
}

static enum err_code add_manifest(struct loading *loading, const struct descriptor *blob,
                                  struct slice text, struct err *err)
{
    struct signed_manifest *manifest = &loading->out->manifests[loading->out->count];

    if (loading->out->count == MANIFEST_UIDS_MAX)
        return err_set(err, ERR_FORMAT, "more than %d manifests", MANIFEST_UIDS_MAX);
    if (manifest_parse(text, loading->arena, &manifest->manifest, err))
        return err->code;
    manifest->text = text;
    memcpy(manifest->digest, blob->digest, SHA256_SIZE);
    loading->out->count++;
    return ERR_OK;
}

static enum err_code add_signature(struct loading *loading,
                                   const struct manifest_signature *signature, struct err *err)
{
    struct found *found = arena_alloc(loading->arena, sizeof *found, err);

    if (!found)
        return err->code;
    found->signature = *signature;
    *loading->next = found;
    loading->next = &found->next;
    return ERR_OK;
}

static enum err_code add_simple(struct loading *loading, const struct node *root, struct err *err)
{
    struct simple_layer *layers;
    size_t count;

    if (simple_manifest_parse(root, loading->arena, &layers, &count, err))
        return err->code;
    for (size_t i = 0; i < count; i++) {
        struct manifest_signature signature = {.form = SIGNING_SIMPLE,
                                               .signature = layers[i].signature};
        struct slice payload;

        if (bundle_load_blob(loading->files, &layers[i].payload, SIGSTORE_BUNDLE_MAX,
                             loading->arena, &payload, err) ||
            simple_payload_parse(payload, loading->arena, signature.manifest, err))
            return err->code;
        memcpy(signature.digest, layers[i].payload.digest, SHA256_SIZE);
        if (add_signature(loading, &signature, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code add_referrer(struct loading *loading, const struct node *root, struct err *err)
{
    struct manifest_signature signature;
    struct descriptor blob;
    struct slice text;

    if (referrer_parse(root, &blob, err) ||
        bundle_load_blob(loading->files, &blob, SIGSTORE_BUNDLE_MAX, loading->arena, &text, err) ||
        sigstore_bundle_parse(text, loading->arena, &signature, err))
        return err->code;
    return add_signature(loading, &signature, err);
}

static enum err_code add_list(struct loading *loading, const struct node *root, int nesting,
                              struct err *err);

/* What an index lists, told by its contents. */
static enum err_code add_blob(struct loading *loading, const struct descriptor *blob, int nesting,
                              struct err *err)
{
    const struct node *root;
    struct slice text;

    if (bundle_load_blob(loading->files, blob, MANIFEST_SIZE_MAX, loading->arena, &text, err))
        return err->code;
    if (json_parse(text, loading->arena, &root, err))
        return err->code;
    if (slice_is(blob->media_type, OCI_TYPE_INDEX))
        return add_list(loading, root, nesting + 1, err);
    if (manifest_is(root))
        return add_manifest(loading, blob, text, err);
    if (simple_manifest_is(root))
        return add_simple(loading, root, err);
    return referrer_is(root) ? add_referrer(loading, root, err) : ERR_OK;
}

static enum err_code add_entry(struct loading *loading, const struct node *node, int nesting,
                               struct err *err)
{
    static const char *const also[] = {"annotations", "artifactType", "platform",
                                       "urls",        "data",         NULL};
    struct descriptor blob;
    char digest[OCI_DIGEST_SIZE];

    if (descriptor_parse(node, "entry", also, &blob, err))
        return err->code;
    if (!slice_is(blob.media_type, OCI_TYPE_MANIFEST) && !slice_is(blob.media_type, OCI_TYPE_INDEX))
        return ERR_OK;
    if (was_seen(loading, blob.digest))
        return ERR_OK;
    if (loading->seen_count == INDEX_ENTRIES_MAX)
        return err_set(err, ERR_FORMAT, "more than %d entries", INDEX_ENTRIES_MAX);
    memcpy(loading->seen[loading->seen_count++], blob.digest, SHA256_SIZE);
    if (add_blob(loading, &blob, nesting, err) == ERR_OK)
        return ERR_OK;
    oci_digest_text(blob.digest, digest);
    return strncmp(err->msg, digest, strlen(digest)) == 0 ? err->code : err_add(err, "%s", digest);
}

static enum err_code add_list(struct loading *loading, const struct node *root, int nesting,
                              struct err *err)
{
    const struct node *list = node_get(root, "manifests");

    if (!list || list->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "manifests: have %s, want a list", node_type_name(list));
    if (nesting > NESTING_MAX)
        return err_set(err, ERR_FORMAT, "an index in an index in an index");
    for (const struct node *node = node_first(list); node; node = node_next(list, node)) {
        if (add_entry(loading, node, nesting, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code load_index(struct loading *loading, struct err *err)
{
    const struct node *root;
    struct slice *text = &loading->out->index;
    enum err_code rc = read_named(loading, OCI_INDEX_NAME, INDEX_FILE_MAX, text, err);

    if (rc != ERR_OK)
        return rc;
    while (text->len > 0 && text->ptr[text->len - 1] == ' ')
        text->len--;
    rc = json_parse(*text, loading->arena, &root, err);
    if (rc == ERR_OK)
        rc = add_list(loading, root, 1, err);
    return rc == ERR_OK ? ERR_OK : err_add(err, OCI_INDEX_NAME);
}

static int by_uid(const void *a, const void *b)
{
    const struct signed_manifest *x = a, *y = b;

    return uid_compare(&x->manifest.uid, &y->manifest.uid);
}

static bool is_for(const struct found *found, const struct signed_manifest *manifest)
{
    return memcmp(found->signature.manifest, manifest->digest, SHA256_SIZE) == 0;
}

/* Gives each manifest the signatures that name it. */
static enum err_code hand_out(struct loading *loading, struct signed_manifest *manifest,
                              struct err *err)
{
    size_t count = 0;

    for (const struct found *found = loading->found; found; found = found->next)
        count += is_for(found, manifest);
    if (count > SIGNATURES_MAX)
        return err_set(err, ERR_FORMAT, "%s: %zu signatures, at most %d are read",
                       manifest->manifest.uid.text, count, SIGNATURES_MAX);
    manifest->signatures = arena_array(loading->arena, count, sizeof *manifest->signatures, err);
    if (!manifest->signatures)
        return err->code;
    for (const struct found *found = loading->found; found; found = found->next) {
        if (is_for(found, manifest))
            manifest->signatures[manifest->signature_count++] = found->signature;
    }
    return ERR_OK;
}

static enum err_code load(struct loading *loading, struct err *err)
{
    struct loaded *out = loading->out;
    enum err_code rc = check_layout(loading, err);

    if (rc == ERR_OK)
        rc = load_index(loading, err);
    if (rc == ERR_OK && out->count > 0)
        qsort(out->manifests, out->count, sizeof out->manifests[0], by_uid);
    for (size_t i = 0; i < out->count && rc == ERR_OK; i++)
        rc = hand_out(loading, &out->manifests[i], err);
    return rc;
}

enum err_code bundle_load(const struct bundle_files *files, struct arena *arena,
                          struct loaded *loaded, struct err *err)
{
    struct loading loading = {.files = files, .arena = arena, .out = loaded};
    enum err_code rc;

    memset(loaded, 0, sizeof *loaded);
    loading.next = &loading.found;
    loading.seen = arena_array(arena, INDEX_ENTRIES_MAX, sizeof *loading.seen, err);
    if (!loading.seen)
        return err->code;
    loaded->manifests = arena_array(arena, MANIFEST_UIDS_MAX, sizeof *loaded->manifests, err);
    rc = loaded->manifests ? load(&loading, err) : err->code;
    if (rc != ERR_OK)
        memset(loaded, 0, sizeof *loaded);
    return rc;
}
