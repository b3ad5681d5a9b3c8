/*
 * vhd.h - a disk image as a fixed VHD: what Azure takes.
 *
 * In the flow:  image -> disk, extents -> [vhd] -> a file
 * Standard:     Microsoft, Virtual Hard Disk Image Format Specification 1.0 (2006), "Hard Disk Footer
 *               Format" and "CHS Calculation".
 * Form:         the image, a hole up to the next whole MiB (none if it is one already), a footer of
 *               512 bytes.
 * Creator:      "win ": the readers that go by the footer's size in bytes, and not by its cylinders,
 *               heads and sectors (which mostly are a little less), know that by this name.
 * One output:   time 0; the unique id is made of the image's bytes (SHA-256, cut), so the same image
 *               gives the same file.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_VHD_H
#define SEALIFT_BUNDLE_PUBLISH_VHD_H

#include "bundle/archive/image.h"
#include "bundle/archive/sink.h"
#include "resolver/crypto/sha256.h"

#define VHD_FOOTER 512
#define VHD_UNIT ((uint64_t)1 << 20)
#define VHD_SIZE_MAX ((uint64_t)1023 << 30) /* Azure's limit; the format's own is 2040 GiB */
#define VHD_ID 16

/* The footer of a disk of size bytes. */
void vhd_footer(uint64_t size, const uint8_t id[VHD_ID], uint8_t out[VHD_FOOTER]);

/*
 * Writes the image, for which digest is listed (NULL: none is), as a VHD; *size is that of the disk in it. On failure *size is 0, and part of it may
 * have gone to the sink: ERR_FORMAT and ERR_LIMIT as disk_check, ERR_CORRUPT as extents_find, and what image and sink give.
 */
enum err_code vhd_write(const struct image *image, const uint8_t digest[SHA256_SIZE],
                        const struct sink *sink, uint64_t *size, struct err *err) MUST_USE;

#endif
