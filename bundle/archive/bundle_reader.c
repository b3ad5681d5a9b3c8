#include "bundle/archive/bundle_reader.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/base/zeros.h"

#define COPY_BUFFER ((size_t)32 << 10)

enum err_code bundle_open_folder(const struct bundle_files *files, struct arena *arena,
                                 struct bundle *bundle, struct err *err)
{
    struct loaded loaded;

    memset(bundle, 0, sizeof *bundle);
    if (bundle_load(files, arena, &loaded, err) ||
        bundle_layout_check(loaded.manifests, loaded.count, arena, &bundle->missing, err)) {
        memset(bundle, 0, sizeof *bundle);
        return err->code;
    }
    bundle->files = *files;
    bundle->manifests = loaded.manifests;
    bundle->count = loaded.count;
    return ERR_OK;
}

void bundle_digest(const struct bundle *bundle, uint8_t digest[SHA256_SIZE])
{
    struct sha256 hash;

    sha256_init(&hash);
    for (size_t i = 0; i < bundle->count; i++) {
        char line[2 * SHA256_SIZE + 1];

        hex_encode(bundle->manifests[i].digest, SHA256_SIZE, line);
        line[2 * SHA256_SIZE] = '\n';
        sha256_update(&hash, slice_of(line, sizeof line));
    }
    sha256_final(&hash, digest);
}

enum err_code bundle_verify(const struct bundle *bundle, const struct keys *keys,
                            struct arena *arena, struct trusted_bundle *trusted, struct err *err)
{
    struct bundle_signers *signers = arena_array(arena, bundle->count, sizeof *signers, err);

    memset(trusted, 0, sizeof *trusted);
    if (!signers)
        return err->code;
    for (size_t i = 0; i < bundle->count; i++) {
        if (bundle_trust_check(&bundle->manifests[i], keys, &signers[i], err))
            return err_add(err, "%s", bundle->manifests[i].manifest.uid.text);
    }
    trusted->bundle = bundle;
    trusted->signers = signers;
    return ERR_OK;
}

static enum err_code name_layer(const struct layer *layer, struct err *err)
{
    return err_add(err, "%s", quote_bare(layer->title).text);
}

enum err_code bundle_peek(const struct bundle *bundle, const struct layer *layer,
                          uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                          struct err *err)
{
    if (bundle_load_blob(&bundle->files, &layer->blob, max_bytes, arena, bytes, err))
        return name_layer(layer, err);
    return ERR_OK;
}

enum err_code bundle_read_bytes(const struct trusted_bundle *trusted, const struct layer *layer,
                                uint64_t max_bytes, struct arena *arena, struct slice *bytes,
                                struct err *err)
{
    return bundle_peek(trusted->bundle, layer, max_bytes, arena, bytes, err);
}

enum err_code bundle_open_layer(const struct bundle *bundle, const struct layer *layer,
                                struct bundle_file *file, struct err *err)
{
    char name[OCI_BLOB_NAME_SIZE];
    enum err_code rc;

    oci_blob_name(layer->blob.digest, name);
    rc = bundle->files.open(bundle->files.ctx, name, file, err);
    if (rc == ERR_NOT_FOUND)
        return err_set(err, ERR_CORRUPT, "%s: is missing", name);
    if (rc != ERR_OK)
        return err_add(err, "%s", name);
    if (file->image.size == layer->blob.size)
        return ERR_OK;
    rc = err_set(err, ERR_CORRUPT, "%s: has %llu bytes, want %llu", name,
                 (unsigned long long)file->image.size, (unsigned long long)layer->blob.size);
    if (bundle->files.close)
        bundle->files.close(bundle->files.ctx, file);
    return rc;
}

void bundle_close_layer(const struct bundle *bundle, struct bundle_file *file)
{
    if (bundle->files.close)
        bundle->files.close(bundle->files.ctx, file);
}

static enum err_code put(const struct sink *sink, struct slice bytes, bool with_holes,
                         struct err *err)
{
    if (!sink)
        return ERR_OK;
    if (with_holes && sink->skip && zeros_only(bytes))
        return sink->skip(sink->ctx, bytes.len, err);
    return sink->write(sink->ctx, bytes, err);
}

/* Sends all bytes of an image to sink and checks their digest. */
static enum err_code copy(const struct image *image, const uint8_t digest[SHA256_SIZE],
                          const struct sink *sink, bool with_holes, struct err *err)
{
    uint8_t bytes[COPY_BUFFER], have[SHA256_SIZE];
    char text[OCI_DIGEST_SIZE];
    struct sha256 hash;

    sha256_init(&hash);
    for (uint64_t at = 0; at < image->size;) {
        uint64_t left = image->size - at;
        size_t len = left < sizeof bytes ? (size_t)left : sizeof bytes;

        if (image_read(image, at, bytes, len, err))
            return err->code;
        sha256_update(&hash, slice_of(bytes, len));
        if (put(sink, slice_of(bytes, len), with_holes, err))
            return err->code;
        at += len;
    }
    sha256_final(&hash, have);
    if (memcmp(have, digest, SHA256_SIZE) == 0)
        return ERR_OK;
    oci_digest_text(have, text);
    return err_set(err, ERR_CORRUPT, "its bytes have the digest %s, another than is listed", text);
}

enum err_code bundle_read_stored(const struct trusted_bundle *trusted, const struct layer *layer,
                                 const struct sink *sink, struct err *err)
{
    struct bundle_file file;
    enum err_code rc = bundle_open_layer(trusted->bundle, layer, &file, err);

    if (rc == ERR_OK) {
        rc = copy(&file.image, layer->blob.digest, sink, layer->kind == LAYER_IMAGE_RAW, err);
        bundle_close_layer(trusted->bundle, &file);
    }
    return rc == ERR_OK ? ERR_OK : name_layer(layer, err);
}

enum err_code bundle_read_image(const struct trusted_bundle *trusted, const struct layer *layer,
                                bool is_deep, const struct frames_settings *settings,
                                const struct sink *sink, struct err *err)
{
    struct bundle_file file;
    enum err_code rc;

    if (layer->kind == LAYER_IMAGE_RAW)
        return bundle_read_stored(trusted, layer, sink, err);
    if (layer->kind != LAYER_IMAGE_ZSTD)
        return err_set(err, ERR_BUG, "no image is wanted of it");
    rc = bundle_open_layer(trusted->bundle, layer, &file, err);
    if (rc == ERR_OK) {
        rc = frames_read(&file.image, &layer->image, is_deep, settings, sink, err);
        bundle_close_layer(trusted->bundle, &file);
    }
    return rc == ERR_OK ? ERR_OK : name_layer(layer, err);
}

enum err_code bundle_attach(const struct bundle *bundle, const struct signed_manifest *manifests,
                            struct arena *arena, struct slice *area, struct err *err)
{
    struct bundle_layout layout;
    struct front front;

    *area = slice_of(NULL, 0);
    if (!bundle->is_archive)
        return err_set(err, ERR_FORMAT, "is a folder: signatures are attached to archives");
    if (front_make(manifests, bundle->count, arena, &front, err) ||
        bundle_layout_make(manifests, bundle->count, &front, arena, &layout, err))
        return err->code;
    return bundle_layout_front(&layout, bundle->area_size, arena, area, err);
}
