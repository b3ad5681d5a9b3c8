/*
 * gcp_packing.h - the archive that is uploaded, and what is known of it without making it again.
 *
 * In the flow:  gcp_source, records -> [gcp_packing] -> SHA-256 of the image; size and MD5 of its archive;
 *               the archive in the work folder
 * Known:        the SHA-256 of a bundle's image from its signed manifest; of a file's from a record, if the
 *               file is the one that was read then, not written to since; else it is read. Size and MD5 of
 *               the archive from a record of that SHA-256; else the archive is made.
 * Checked here: that the image has the SHA-256 that is listed or was read, when the archive is made; that
 *               nobody wrote to the file meanwhile; that an archive that is there is the one that was made.
 */
#ifndef SEALIFT_BUNDLE_CLI_GCP_PACKING_H
#define SEALIFT_BUNDLE_CLI_GCP_PACKING_H

#include "bundle/cli/gcp_folder.h"
#include "bundle/cli/gcp_source.h"
#include "bundle/publish/gcp_plan.h"
#include "resolver/cli/progress.h"

#define GCP_RECORD_NAME 96

struct gcp_packing {
    const struct invocation *invocation;
    const struct gcp_source *source;
    const char *folder;
    struct arena *arena;
    char record_name[GCP_RECORD_NAME];
    struct gcp_record record; /* image is set by gcp_packing_begin */
    /* Not for users: */
    struct progress progress;
    uint64_t done, total;
};

/* Finds out the image's SHA-256; writes nothing. Codes of reading; ERR_IO when the file changed. */
enum err_code gcp_packing_begin(struct gcp_packing *packing, const struct invocation *invocation,
                                const struct gcp_source *source, const char *folder,
                                struct arena *arena, struct err *err) MUST_USE;

/* Size and MD5 of the archive, which is made at path if they are not known. Codes of gcp_archive_write and
 * staged_file.h; ERR_CORRUPT: the image has another digest than is listed. */
enum err_code gcp_packing_facts(struct gcp_packing *packing, const char *path,
                                struct gcp_object *object, struct err *err) MUST_USE;

/* Sees to it that the archive is at path, whole; *object is its size and MD5. Codes as above. */
enum err_code gcp_packing_archive(struct gcp_packing *packing, const char *path,
                                  struct gcp_object *object, struct err *err) MUST_USE;

#endif
