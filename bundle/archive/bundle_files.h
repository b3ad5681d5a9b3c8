/*
 * bundle_files.h - an OCI layout as files by name: what skopeo, oras or a registry bring back.
 *
 * In the flow:  a folder (layout_folder), or the members of an archive -> [bundle_files] -> bundle_load
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_BUNDLE_FILES_H
#define SEALIFT_BUNDLE_ARCHIVE_BUNDLE_FILES_H

#include "bundle/archive/image.h"

/* One file, while it is open. */
struct bundle_file {
    struct image image;
    struct image_window window; /* of an archive */
    int fd;                     /* of a folder */
};

struct bundle_files {
    void *ctx;

    /* Opens "oci-layout", "index.json" or "blobs/sha256/<hex>". ERR_NOT_FOUND when there is none,
     * else what reading gives. *file must stay where it is until it is closed. */
    enum err_code (*open)(void *ctx, const char *name, struct bundle_file *file, struct err *err);

    /* Closes what open opened. NULL where there is nothing to close. */
    void (*close)(void *ctx, struct bundle_file *file);
};

#endif
