/*
 * image_binding.h - whether a bundle's image is the one that the bundle's signed measurements describe.
 *
 * In the flow:  contents, an image's disk -> [image_binding] -> binding_document; for verify and import
 * Compared:     with every document of the same release that has a valid signature by a given key and
 *               is about the image's csp, or about all.
 * Not compared: unsigned measurements: they say nothing that could be relied on.
 * Memory:       what binding_document.h says; of a bundle's compressed image what frames_image.h says.
 */
#ifndef SEALIFT_BUNDLE_VERIFY_IMAGE_BINDING_H
#define SEALIFT_BUNDLE_VERIFY_IMAGE_BINDING_H

#include "bundle/measure/binding.h"
#include "bundle/verify/contents.h"

/* One comparison. */
struct image_comparison {
    const struct layer *image;
    const struct carried *measurements;
    struct binding binding; /* borrows from the layer's annotations */
    bool is_recorded;       /* the annotations say how the image is started */
};

/* note is told one line for each comparison, compared (may be NULL) its outcome; an error of it ends all. */
struct binding_listener {
    void (*note)(void *ctx, const char *line);
    enum err_code (*compared)(void *ctx, const struct image_comparison *comparison,
                              struct err *err);
    void *ctx;
};

/* An image whose disk the caller has opened; name stands in notes and errors, escaped here. Codes of
 * binding_document_check and of listener->compared. */
enum err_code image_binding_check(const struct contents *contents,
                                  const struct signed_manifest *manifest, const struct layer *layer,
                                  const struct image *disk, struct slice name,
                                  const struct binding_listener *listener,
                                  struct err *err) MUST_USE;

/* All images of a bundle, as they are stored in it; also codes of bundle_image_open. Images without
 * measurements to be compared with are not opened. */
enum err_code image_binding_check_all(const struct trusted_bundle *trusted,
                                      const struct contents *contents,
                                      const struct binding_listener *listener,
                                      struct err *err) MUST_USE;

#endif
