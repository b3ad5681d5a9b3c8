/*
 * place.h - where in a repository the files of a bundle lie, and that they lie there.
 *
 * In the flow:  layer of a manifest -> [place] -> contents; pack asks it for the titles of images
 * Checked here: that a table, measurements and an image have a title under which the resolver looks
 *               for them, of the manifest's own uid, and of an image's csp and variant; that a
 *               signature is named after a file of the same manifest; that nothing else lies where
 *               tables, measurements, images or version lists are looked for: it would be taken for
 *               one without having been checked as one.
 * Images:       rfc  images/UID/CSP-VARIANT.raw
 *               v1   constellation/v1/ref/REF/stream/STREAM/VERSION/image/csp/CSP/image.raw
 *               v2   the same with VARIANT/image.raw at its end
 *               each with .zst after it where it is stored in frames.
 * Not checked:  the contents (contents.h); that titles are safe and unique (title.h).
 */
#ifndef SEALIFT_BUNDLE_VERIFY_PLACE_H
#define SEALIFT_BUNDLE_VERIFY_PLACE_H

#include "bundle/archive/manifest.h"
#include "resolver/core/layout.h"

/* What a title says. */
struct place {
    enum layout layout;             /* tables, measurements, images */
    enum csp csp;                   /* measurements; CSP_NONE for those of all csps */
    const struct layer *document;   /* signatures: the file that is signed; else NULL */
};

/* The title of a raw image, as import leaves it; an empty variant is left out, and then v2 is as v1. */
void place_image_name(enum layout layout, const struct uid *uid, enum csp csp,
                      struct slice variant, char out[LAYOUT_NAME_MAX]);

/* ERR_FORMAT naming the title and where such a file belongs; *place is zeroed then. */
enum err_code place_of_layer(const struct manifest *manifest, const struct layer *layer,
                             struct place *place, struct err *err) MUST_USE;

#endif
