/*
 * gcp_names.h - the names that GCP takes, and the ones that are made here.
 *
 * In the flow:  options, uid, file name -> [gcp_names] -> gcp_plan
 * Rules:        project   6 to 30 of a-z, 0-9 and -, a letter first, no - at the end; or that after
 *                         "example.com:"
 *               bucket    3 to 63 of a-z, 0-9, - and _, a letter or digit first and last (names with
 *                         dots are domains, which have to be proved: refused); no "goog" first, no
 *                         "google" in it
 *               location  letters, digits and -, a letter first: US, EU, europe-west4
 *               image and family  1 to 63 of a-z, 0-9 and -, a letter first, no - at the end
 * Not checked:  that they are free, and that locations exist: gcloud says so.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GCP_NAMES_H
#define SEALIFT_BUNDLE_PUBLISH_GCP_NAMES_H

#include <stdbool.h>

#include "resolver/core/uid.h"

#define GCP_NAME_MAX 63
#define GCP_BUCKET_MAX 63

enum gcp_name { GCP_PROJECT, GCP_BUCKET, GCP_LOCATION, GCP_FAMILY, GCP_IMAGE };

bool gcp_name_is(enum gcp_name kind, const char *name);

/* What such a name has to be, as a clause: "want 6 to 30 of a-z, ...". */
const char *gcp_name_rule(enum gcp_name kind);

/*
 * The name of an image, of what it is, its architecture and version: "stable-gcp-sev-snp-x86-64-v2-3-0".
 * What a name cannot have becomes "-", capitals become small. variant may be empty. False, and out is
 * empty, when it would not be a name (too long, a digit first).
 */
bool gcp_name_of_uid(const struct uid *uid, struct slice variant, const char *architecture,
                     char out[GCP_NAME_MAX + 1]);

/* Likewise of a file, without its folder and the endings .zst, .raw and .img. */
bool gcp_name_of_file(const char *path, const char *architecture, char out[GCP_NAME_MAX + 1]);

/* The bucket of a project: "PROJECT-sealift". */
void gcp_bucket_of_project(const char *project, char out[GCP_BUCKET_MAX + 1]);

#endif
