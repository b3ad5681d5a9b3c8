/*
 * table_publish_item.h - what table publish is given: CSP=FILE of measurements, CSP[/VARIANT]=FILE of images.
 *
 * In the flow:  --measurements, --image -> [table_publish_item] -> verb_table_publish
 * Memory:       borrows from the option's text and the table.
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_ITEM_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_ITEM_H

#include "bundle/sign/signature_files.h"
#include "bundle/table/table_document.h"
#include "resolver/core/layout.h"

struct table_publish_item {
    enum csp csp;
    struct slice variant;
    const char *from;
    const char *path;   /* in the repository */
    enum layout layout; /* of measurements, */
    struct slice bytes; /* what they are, and their signature files */
    struct signature_files signatures;
    struct verified verified; /* without signers where no keys are given */
};

/* Reads the text of the option; the variant is taken when it may vary. ERR_USAGE. */
enum err_code table_publish_item_read(const char *text, const char *option, bool may_vary,
                                      struct table_publish_item *item, struct err *err) MUST_USE;

/* The variant that an image is of: as said, or the only one that the table has for its csp.
 * ERR_AMBIGUOUS, ERR_NOT_FOUND. */
enum err_code table_publish_item_settle(const struct table_document *document,
                                        struct table_publish_item *item, struct err *err) MUST_USE;

#endif
