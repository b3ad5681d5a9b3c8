/*
 * disk.h - what every container of a cloud wants of the disk image that goes into it.
 *
 * In the flow:  image -> [disk] -> gcp_archive, vhd, raw
 * Checked here: that there is something, whole sectors of 512 bytes, not over the cloud's limit, and
 *               that it is not a container already (gzip, zstd, xz, VHD, VHDX, qcow2, tar).
 * Not checked:  what is on the disk (disk_has_table says whether there is a partition table).
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_DISK_H
#define SEALIFT_BUNDLE_PUBLISH_DISK_H

#include "bundle/archive/image.h"
#include "bundle/archive/sink.h"
#include "resolver/crypto/sha256.h"

#define DISK_SECTOR 512

/* ERR_FORMAT, ERR_LIMIT (over max_bytes), or what reading gives. */
enum err_code disk_check(const struct image *image, uint64_t max_bytes, struct err *err) MUST_USE;

/* size, made a whole number of units. */
uint64_t disk_padded(uint64_t size, uint64_t unit);

/* Whether the first sectors look like a partition table: MBR (0x55 0xaa), or GPT with sectors of 512
 * or 4096 bytes. The image has been through disk_check. */
enum err_code disk_has_table(const struct image *image, bool *answer, struct err *err) MUST_USE;

/* Sends the image, for which digest is listed (NULL: none is), as it is, with holes where it has zeros. Codes
 * as disk_check and extents_find, and the sink's. */
enum err_code disk_write_raw(const struct image *image, const uint8_t digest[SHA256_SIZE],
                             const struct sink *sink, struct err *err) MUST_USE;

#endif
