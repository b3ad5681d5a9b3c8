/*
 * gcp_folder.h - the folder in which `publish gcp` keeps what it must find again after a break.
 *
 * In the flow:  --work-dir, XDG_CACHE_HOME, HOME -> [gcp_folder] -> archives, records, keys in DER
 * Contents:     NAME-DIGITS.tar.gz until its image is made; NAME-N-pk.der and the like as long as gcloud
 *               needs them; records (gcp_record.h); PROJECT-NAME.making from before an image is made until
 *               it is known what it was made of.
 * Checked here: that it belongs to this user or to root and that nobody else may write it: what is there
 *               is believed.
 * Lock:         flock on "lock", until gcp_folder_close. Two at once: the second is refused.
 */
#ifndef SEALIFT_BUNDLE_CLI_GCP_FOLDER_H
#define SEALIFT_BUNDLE_CLI_GCP_FOLDER_H

#include "bundle/publish/gcp_record.h"
#include "resolver/cli/options.h"

struct gcp_folder {
    const char *path;
    int lock; /* -1: not open */
};

/* The folder's name alone. ERR_USAGE when nothing says where; ERR_LIMIT. */
enum err_code gcp_folder_name(const struct invocation *invocation, struct arena *arena,
                              const char **path, struct err *err) MUST_USE;

/* Makes it where it is not there, takes the lock, and removes what a killed run left half written. On
 * failure *folder is closed: ERR_IO, ERR_POLICY (others may write it). err names it. */
enum err_code gcp_folder_open(const char *path, struct gcp_folder *folder,
                              struct err *err) MUST_USE;
void gcp_folder_close(struct gcp_folder *folder);

/* Removes a file of it that has served. What cannot be removed does no harm: a warning names it. */
void gcp_folder_remove(const struct invocation *invocation, const char *path);

/* Reads a file of it; *text is empty when it is not there. ERR_IO, ERR_LIMIT; err names it. */
enum err_code gcp_folder_text(const char *path, struct arena *arena, struct slice *text,
                              struct err *err) MUST_USE;

/* Reads the record of that name; false when there is none, or none that can be believed. Also without
 * gcp_folder_open. */
bool gcp_folder_record(const char *path, const char *name, struct arena *arena,
                       struct gcp_record *record);

/* Writes it. ERR_IO, ERR_LIMIT. */
enum err_code gcp_folder_keep(const char *path, const char *name, const struct gcp_record *record,
                              struct err *err) MUST_USE;

#endif
