/*
 * sparse_tar.h - a disk image as the one member of a tar archive, holes left out.
 *
 * In the flow:  image, extents -> [sparse_tar_write] -> gzip_stream -> what GCP takes
 * Form:         old GNU (GNU tar manual, "Old GNU Format" of sparse files; what --format=oldgnu -S
 *               writes): type S, a map of four runs in the header and of 21 in each block after it,
 *               then the data alone. An image that ends in a hole has a last run of no bytes at its
 *               end. Numbers of 8 GiB and more in base 256. The archive ends with two blocks of zeros.
 * One output:   mode 0644, owner 0, time 0: the same image gives the same bytes.
 * Checked here: that all extents and the size are whole blocks of 512 bytes (ERR_BUG).
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_SPARSE_TAR_H
#define SEALIFT_BUNDLE_PUBLISH_SPARSE_TAR_H

#include "bundle/publish/extents.h"

/*
 * Writes image as a member `name` (at most 99 bytes) of size bytes: what lies past the image's end is
 * a hole. size is a multiple of 512, and not less than the image's. Codes: those of image and sink.
 */
enum err_code sparse_tar_write(const struct image *image, const struct extents *extents,
                               const char *name, uint64_t size, const struct sink *sink,
                               struct err *err) MUST_USE;

#endif
