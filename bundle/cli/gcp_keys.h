/*
 * gcp_keys.h - the folder of Secure Boot keys, read, and written as gcloud wants them.
 *
 * In the flow:  --secure-boot-keys DIR -> [gcp_keys_read] -> secure_boot -> gcp_plan ->
 *               [gcp_keys_write] -> files in DER in the work folder -> gcloud
 * Check = use:  gcloud gets what was checked, whatever becomes of DIR meanwhile.
 */
#ifndef SEALIFT_BUNDLE_CLI_GCP_KEYS_H
#define SEALIFT_BUNDLE_CLI_GCP_KEYS_H

#include "bundle/publish/gcp_plan.h"
#include "resolver/cli/options.h"

/* Reads all keys of the folder and checks them against each other; other files are passed over. *keys lies
 * in arena. ERR_IO, and the codes of secure_boot.h; err names the folder. */
enum err_code gcp_keys_read(const struct invocation *invocation, const char *folder,
                            struct arena *arena, const struct secure_boot **keys,
                            struct err *err) MUST_USE;

/* Writes them to plan->key_paths. ERR_IO, ERR_LIMIT. */
enum err_code gcp_keys_write(const struct gcp_plan *plan, struct err *err) MUST_USE;

/* Removes what gcp_keys_write wrote, as gcp_folder_remove does. */
void gcp_keys_remove(const struct invocation *invocation, const struct gcp_plan *plan);

#endif
