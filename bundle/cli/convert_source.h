/*
 * convert_source.h - what `convert` is given: a disk image, or a bundle with one in it.
 *
 * In the flow:  IMAGE..., keys -> [convert_source] -> image -> a container
 * Told apart:   by subject_is_bundle; what is no bundle is a disk, raw or in zstd (disk_input.h).
 * Trust:        that of signed_subject.h. Of a disk nothing is known: options that would make one think
 *               otherwise (--key, --csp, ...) are refused with it.
 * Not checked:  that the raw image has the digest that is listed for it (extents.h does); measurements and
 *               tables of the bundle (verify), or that they describe the image (verify --deep).
 * Memory:       in the session's arena.
 */
#ifndef SEALIFT_BUNDLE_CLI_CONVERT_SOURCE_H
#define SEALIFT_BUNDLE_CLI_CONVERT_SOURCE_H

#include "bundle/cli/bundle_keys.h"
#include "bundle/cli/subject.h"
#include "bundle/publish/disk_input.h"

struct convert_source {
    const struct image *image;
    const struct layer *layer; /* of a bundle; else NULL */
    /* Not for users: */
    struct bundle_keys keys;
    struct subject subject;
    struct disk_input disk;
};

/* Opens and checks what the arguments name: one bundle, perhaps in parts, or one disk. source must stay
 * where it is until convert_source_close, which must follow after failure too; err names the path. Codes:
 * those of signed_subject.h and disk_input.h, ERR_USAGE for options that do not fit. */
enum err_code convert_source_open(struct session *session, struct convert_source *source,
                                  struct err *err) MUST_USE;

/* ERR_IO or ERR_CORRUPT when a file is not as it was when it was opened; err names it, or the part. path is
 * that of a disk. */
enum err_code convert_source_unchanged(const struct convert_source *source, const char *path,
                                       struct err *err) MUST_USE;

void convert_source_close(struct convert_source *source);

#endif
