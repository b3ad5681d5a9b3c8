/*
 * bundle_image.h - an image of a bundle, read at any offset without unpacking it.
 *
 * In the flow:  struct bundle, layer -> [bundle_image] -> struct image -> measure, explain
 * Trust:        that of the manifest that the layer comes from; bundle_verify says whether it is signed.
 *               The bytes have the digest that it lists: a blob is read once for it, and again frame by
 *               frame (frames_image.h) or, a raw one, piece by piece (checked_image.h), so that what is
 *               changed in between is found out.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_IMAGE_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_IMAGE_H

#include "bundle/archive/bundle_reader.h"
#include "bundle/archive/checked_image.h"
#include "bundle/archive/frames_image.h"

struct bundle_image {
    struct image image; /* the raw disk */
    const struct bundle *bundle;
    struct bundle_file file;
    struct frames_image frames;
    struct checked_image checked;
    bool is_open;
};

/* Opens an image layer; opened must stay where it is until bundle_image_close. On failure it is zeroed:
 * ERR_CORRUPT (missing, another size or digest), ERR_LIMIT, ERR_BUG for a layer that is no image, what
 * reading gives. */
enum err_code bundle_image_open(const struct bundle *bundle, const struct layer *layer,
                                struct arena *arena, struct bundle_image *opened,
                                struct err *err) MUST_USE;

/* Also of a zeroed one. */
void bundle_image_close(struct bundle_image *opened);

#endif
