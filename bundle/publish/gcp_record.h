/*
 * gcp_record.h - what an image's archive was, noted so that it need not be made again to be compared.
 *
 * In the flow:  archive made -> [gcp_record_write] -> a file in the work folder ->
 *               [gcp_record_parse] -> the object in the bucket is compared with it
 * Says:         of an image with this SHA-256: the size and MD5 of the archive made of it. Of an image
 *               that is a file also which file that was: device, inode, size, the times of its last
 *               write and last change. Who changes the file changes those.
 * Trust:        that of the work folder, which nobody else may write (gcp_folder.h). A record that
 *               is wrong makes another object pass for ours.
 * Checked here: the form, strictly; one that is not of it counts as none.
 * Form:         one JSON object, all values texts.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GCP_RECORD_H
#define SEALIFT_BUNDLE_PUBLISH_GCP_RECORD_H

#include <stdbool.h>

#include "bundle/publish/md5.h"
#include "resolver/base/arena.h"
#include "resolver/base/buf.h"
#include "resolver/crypto/crypto.h"

#define GCP_RECORD_MAX ((size_t)4096) /* bytes */
#define GCP_FILE_FACTS 7

struct gcp_record {
    uint8_t image[SHA256_SIZE]; /* of the raw image */
    bool has_archive;
    uint64_t archive_size; /* bytes */
    uint8_t archive_md5[MD5_SIZE];
    bool has_file;
    /* device, inode, size in bytes, seconds and nanoseconds of the last write, and of the change */
    uint64_t file[GCP_FILE_FACTS];
};

/* Appends the record. */
void gcp_record_write(const struct gcp_record *record, struct buf *out);

/* Reads one. On failure *record is zeroed: ERR_FORMAT, ERR_LIMIT. */
enum err_code gcp_record_parse(struct slice text, struct arena *arena, struct gcp_record *record,
                               struct err *err) MUST_USE;

#endif
