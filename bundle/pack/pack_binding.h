/*
 * pack_binding.h - whether the images of a release are those that its measurements describe.
 *
 * In the flow:  pack_release -> [pack_binding] -> binding -> annotations of the image's layer
 * Compared:     each image that is a file, and so can be read more than once, with all verified
 *               measurements of its csp and variant. What fits first is recorded in the layer's
 *               annotations, which are signed with the manifest: others check with the same parameters.
 * Not compared: images that come over the network (pack_stored.h does that); unsigned measurements; an image of
 *               any variant with measurements of several.
 * Two reads:    the file is read here and again when it is packed; import compares what was packed.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_BINDING_H
#define SEALIFT_BUNDLE_PACK_PACK_BINDING_H

#include "bundle/pack/pack_raw.h"
#include "bundle/pack/pack_release.h"

/* note is told what was found, a line for each comparison. */
struct pack_listener {
    void (*note)(void *ctx, const char *text);
    void *ctx;
};

/* All images that are files. ERR_FORGED when an image is another one than its measurements say; codes of
 * binding_check; err names the image. */
enum err_code pack_binding_check(struct pack_release *release,
                                 const struct pack_listener *listener, struct arena *arena,
                                 struct err *err) MUST_USE;

/* Whether an item is an image for which the release has measurements. */
bool pack_binding_has(const struct pack_release *release, size_t image);

/* One image, whose disk is open. arena: for what is recorded; NULL records nothing. Codes as above. */
enum err_code pack_binding_compare(struct pack_release *release, size_t image,
                                   const struct image *disk, const struct pack_listener *listener,
                                   struct arena *arena, struct err *err) MUST_USE;

#endif
