/*
 * table_publish_binding.h - whether the images that are published are those that the measurements describe.
 *
 * In the flow:  table_publish_item -> [table_publish_binding] -> binding -> verb_table_publish
 * Compared:     each image with all verified measurements of its csp that are published with it.
 * Not compared: with measurements that no key was given for, or that are in the repository already;
 *               images without a UKI, of which a note says so.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_BINDING_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_BINDING_H

#include "bundle/cli/table_publish_item.h"
#include "resolver/cli/options.h"

/* What images are compared with. */
struct table_publish_measured {
    struct invocation *invocation;
    const struct uid *uid;
    const struct table_publish_item *measurements;
    size_t count;
};

/* Says with --verbose what was compared. ERR_FORGED: an image is another one than its measurements say;
 * codes of binding_document_check, file_open and image_of_file. err names the image. */
enum err_code table_publish_binding_check(const struct table_publish_measured *measured,
                                          const struct table_publish_item *image,
                                          struct err *err) MUST_USE;

/* The same for an open copy of one, without a word: ctx is a struct table_publish_copying. */
struct table_publish_copying {
    struct table_publish_measured measured;
    const struct table_publish_item *image;
};
enum err_code table_publish_binding_check_copy(void *ctx, int copy, struct err *err) MUST_USE;

#endif
