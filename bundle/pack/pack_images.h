/*
 * pack_images.h - which raw images go into a release, and under which titles.
 *
 * In the flow:  tables, files of the user, repository -> [pack_images] -> pack_raw -> pack_release
 * Order:        for each csp and variant, the first that is there:
 *                 1. a file that was given
 *                 2. in the repository: images/UID/CSP-VARIANT.raw, and the paths of the layouts v1
 *                    and v2; all of those that are there
 *                 3. qemu and openstack: the URL that a table names
 *               Of other clouds the reference is all there is to carry, unless 1. or 2. has an image.
 * Titles:       the image's path in a repository, with ".zst". One that comes from a file or URL is put
 *               at the path of layout v2 when the table has that form, else at images/UID/....
 * Checked here: that a variant of a table is safe as part of a path.
 */
#ifndef SEALIFT_BUNDLE_PACK_PACK_IMAGES_H
#define SEALIFT_BUNDLE_PACK_PACK_IMAGES_H

#include "bundle/pack/pack_raw.h"
#include "bundle/pack/pack_source.h"

/* --image CSP[/VARIANT]=FILE. */
struct pack_image_file {
    enum csp csp;
    struct slice variant; /* empty: of any */
    const char *path;
};

/* Reads that text; borrows from it. ERR_USAGE. */
enum err_code pack_image_file_parse(const char *text, struct pack_image_file *file,
                                    struct err *err) MUST_USE;

struct pack_images {
    const struct pack_repository *repository; /* NULL: none */
    const struct pack_csps *csps;
    const struct pack_image_file *files;
    size_t file_count;
    struct pack_raws *raws;
};

/* Adds the images. ERR_NOT_FOUND for a URL that is absent; ERR_FORMAT (a variant, or an image that is
 * none); and those of pack_raw.h. */
enum err_code pack_images_add(const struct pack_images *images, struct pack_release *release,
                              struct arena *arena, struct err *err) MUST_USE;

#endif
