/*
 * pack_stored.h - images that could be read once only, compared with their measurements when they are
 *                 in the archive.
 *
 * In the flow:  bundle_write -> FILE.part -> [pack_stored] -> FILE
 * Why:          a comparison reads here and there, and an image that comes over the network is read once,
 *               from its start to its end. What was stored of it is a file, and nothing of it has a
 *               name yet: an image that is another one than its measurements say is never seen.
 * Compared:     as pack_binding.h does. What fits is not recorded: the manifest is signed already;
 *               others try all ways of booting, and find the same.
 * Cost:         what was stored of such an image is read and hashed once more.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_STORED_H
#define SEALIFT_BUNDLE_PACK_PACK_STORED_H

#include "bundle/pack/pack_binding.h"

/* Whether any release has such images, and measurements for them. */
bool pack_stored_has(const struct pack_release *releases, size_t count);

/* Compares all such images of the releases, which are in the archive. Codes of pack_binding_check, and of
 * bundle_open_archive and bundle_image_open for an archive that did not come back. */
enum err_code pack_stored_check(struct pack_release *releases, size_t count,
                                const struct image *archive, const struct pack_listener *listener,
                                struct err *err) MUST_USE;

#endif
