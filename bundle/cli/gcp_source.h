/*
 * gcp_source.h - what `publish gcp` is given: an image out of a bundle, a repository, or a raw disk.
 *
 * In the flow:  SOURCE... [UID], keys -> [gcp_source] -> image -> archive
 * Told apart:   by contents: a folder with oci-layout in it, a tar archive or the parts of one are a bundle;
 *               any other folder is a repository; any other file is a disk, raw or in zstd.
 * Trust:        a bundle must be signed by the keys given, and its measurements too, unless they were packed
 *               as unsigned; the image has the digest that the manifest lists. A repository's measurements
 *               must be signed by --key. PCR 4, 9 and 11 of the image are derived and compared with them:
 *               an image that they do not describe is refused. Of a raw disk nothing is known, which is
 *               said.
 * Check = use:  each file is opened once.
 * Memory:       in the session's arena.
 */
#ifndef SEALIFT_BUNDLE_CLI_GCP_SOURCE_H
#define SEALIFT_BUNDLE_CLI_GCP_SOURCE_H

#include "bundle/cli/subject.h"
#include "bundle/publish/disk_input.h"
#include "resolver/cli/session.h"

enum gcp_measured { GCP_NOT_MEASURED, GCP_NOT_COMPARABLE, GCP_MEASURED };

struct gcp_source {
    const char *path;     /* the first, of several parts */
    size_t path_count;
    const char *asked_uid; /* NULL: not said */
    const char *place; /* of the image, for messages: escaped */
    const struct image *image;
    struct uid uid;
    bool has_uid;
    struct slice variant; /* by its new name; empty: not said */
    bool has_digest;      /* a signed manifest says it */
    uint8_t digest[SHA256_SIZE]; /* of the raw image */
    bool is_signed;       /* a bundle, signed */
    enum gcp_measured measured;
    /* Not for users: */
    bool is_disk;
    struct subject subject;
    struct disk_input disk;
};

/* Nothing: gcp_source_close does nothing then. */
void gcp_source_init(struct gcp_source *source);

/* Opens and checks; source must stay where it is until gcp_source_close, which must follow after failure
 * too. Codes: ERR_NO_KEY and ERR_FORGED as verify has them, ERR_POLICY for a bundle past its best-before
 * date, ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_USAGE, ERR_FORMAT for what is no disk, and those of reading. */
enum err_code gcp_source_open(struct session *session, struct gcp_source *source,
                              struct err *err) MUST_USE;

/* The file that the image is read from; NULL for an image in a bundle. */
const struct stat *gcp_source_file(const struct gcp_source *source);

/* ERR_IO when it changed since it was opened. */
enum err_code gcp_source_unchanged(const struct gcp_source *source, struct err *err) MUST_USE;

void gcp_source_close(struct gcp_source *source);

#endif
