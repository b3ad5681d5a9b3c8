/*
 * binding_document.h - whether a disk is the one that a document of measurements describes.
 *
 * In the flow:  image of a release, its annotations, struct verified -> [binding_document] -> a note, or
 *               a refusal; for pack, verify and import
 * Compared:     with the measurements that the document has for the image's csp and variant, by
 *               binding.h; parameters that the annotations record are the only ones that count.
 * Said:         a line for each comparison: what is equal, or why nothing could be compared. A document
 *               that has none, or several, for this image is no error.
 * Memory:       what binding.h and the document need, given back.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_BINDING_DOCUMENT_H
#define SEALIFT_BUNDLE_MEASURE_BINDING_DOCUMENT_H

#include "bundle/archive/manifest.h"
#include "bundle/measure/binding.h"
#include "resolver/core/request.h"

struct binding_subject {
    const char *name; /* of the image, for notes and errors: escaped */
    const struct image *disk;
    const struct annotations *annotations; /* of its layer */
    struct request request;                /* uid, csp and variant of the image */
    void (*note)(void *ctx, const char *line);
    void *ctx;
};

/* *is_recorded: the annotations have parameters. ERR_FORGED: another image than the document says; codes
 * of binding_check, binding_annotations_read and measurements_parse. err names the image; on failure
 * *out is zeroed. */
enum err_code binding_document_check(const struct binding_subject *subject,
                                     const struct verified *document, struct binding *out,
                                     bool *is_recorded, struct err *err) MUST_USE;

#endif
