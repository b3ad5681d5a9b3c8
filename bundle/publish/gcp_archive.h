/*
 * gcp_archive.h - a disk image as GCP's `images create --source-uri` takes it.
 *
 * In the flow:  image -> extents -> [gcp_archive] -> sparse_tar -> gzip_stream -> disk.tar.gz
 * Form:         one member named disk.raw, a whole number of GiB long (the rest is a hole); old GNU
 *               tar with holes; gzip.
 * How:          the image is read twice: to find its holes, and to write its data. No temporary file.
 * Memory:       that of gzip_stream, and the list of extents: under 64 MiB.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GCP_ARCHIVE_H
#define SEALIFT_BUNDLE_PUBLISH_GCP_ARCHIVE_H

#include "bundle/archive/image.h"
#include "bundle/archive/sink.h"
#include "resolver/crypto/sha256.h"

#define GCP_DISK_UNIT ((uint64_t)1 << 30)
#define GCP_DISK_MAX ((uint64_t)64 << 40)

struct gcp_archive_facts {
    uint64_t disk_size; /* bytes of disk.raw, the hole at its end included */
    uint64_t data_size; /* bytes that are not in holes */
};

/*
 * Writes the archive of an image for which digest is listed (NULL: none is). threads 0: one for each processor. On failure *facts is zeroed, and part of the
 * archive may have gone to the sink: ERR_FORMAT (the image is empty, or no multiple of 512 bytes),
 * ERR_CORRUPT (another digest; nothing has gone to the sink), ERR_LIMIT (over GCP_DISK_MAX; memory), and what image and sink give.
 */
enum err_code gcp_archive_write(const struct image *image, const uint8_t digest[SHA256_SIZE],
                                unsigned threads, const struct sink *sink,
                                struct gcp_archive_facts *facts, struct err *err) MUST_USE;

#endif
