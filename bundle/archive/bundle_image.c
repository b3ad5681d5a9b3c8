#include "bundle/archive/bundle_image.h"

#include <string.h>

#include "resolver/base/quote.h"

static enum err_code open_blob(const struct bundle *bundle, const struct layer *layer,
                               struct bundle_image *opened, struct err *err)
{
    char name[OCI_BLOB_NAME_SIZE];
    enum err_code rc;

    oci_blob_name(layer->blob.digest, name);
    rc = bundle->files.open(bundle->files.ctx, name, &opened->file, err);
    if (rc == ERR_NOT_FOUND)
        return err_set(err, ERR_CORRUPT, "%s: is missing", name);
    opened->is_open = rc == ERR_OK;
    if (rc != ERR_OK)
        return err_add(err, "%s", name);
    if (opened->file.image.size == layer->blob.size)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "%s: has %llu bytes, want %llu", name,
                   (unsigned long long)opened->file.image.size,
                   (unsigned long long)layer->blob.size);
}

static enum err_code open_image(const struct bundle *bundle, const struct layer *layer,
                                struct arena *arena, struct bundle_image *opened, struct err *err)
{
    enum err_code rc = ERR_BUG;

    if (!layer_is_image(layer))
        return err_set(err, ERR_BUG, "no image is wanted of it");
    rc = open_blob(bundle, layer, opened, err);
    if (rc == ERR_OK && layer->kind == LAYER_IMAGE_RAW) {
        rc = checked_image_open(&opened->file.image, layer->blob.digest, arena, &opened->checked, err);
        opened->image = opened->checked.image;
    } else if (rc == ERR_OK) {
        rc = frames_image_open(&opened->file.image, &layer->image, arena, &opened->frames, err);
        opened->image = opened->frames.image;
    }
    return rc;
}

enum err_code bundle_image_open(const struct bundle *bundle, const struct layer *layer,
                                struct arena *arena, struct bundle_image *opened, struct err *err)
{
    enum err_code rc;

    memset(opened, 0, sizeof *opened);
    opened->bundle = bundle;
    rc = open_image(bundle, layer, arena, opened, err);
    if (rc != ERR_OK) {
        bundle_image_close(opened);
        return err_add(err, "%s", quote_bare(layer->title).text);
    }
    return ERR_OK;
}

void bundle_image_close(struct bundle_image *opened)
{
    frames_image_close(&opened->frames);
    if (opened->is_open && opened->bundle->files.close)
        opened->bundle->files.close(opened->bundle->files.ctx, &opened->file);
    memset(opened, 0, sizeof *opened);
}
