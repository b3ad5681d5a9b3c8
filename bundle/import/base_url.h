/*
 * base_url.h - references that are URLs, made to point at the site's own repository.
 *
 * In the flow:  --base-url, image layers of a uid -> [base_url] -> import_table
 * Which:        qemu and openstack entries, of which the same manifest carries an image: one of that
 *               variant, or else one of any variant. The reference becomes BASE/PATH, PATH being
 *               where import puts the raw image.
 * Checked here: that the base is http:// or https://, printable ASCII, without query and fragment.
 * Not checked:  that anything answers there.
 */
#ifndef SEALIFT_BUNDLE_IMPORT_BASE_URL_H
#define SEALIFT_BUNDLE_IMPORT_BASE_URL_H

#include "bundle/archive/manifest.h"

#define BASE_URL_MAX 1024 /* bytes */

/* ERR_USAGE for a text that is no base; *base is it without the slashes at its end. */
enum err_code base_url_parse(struct slice text, struct slice *base, struct err *err) MUST_USE;

/* Where the raw image for an entry of csp and variant (by its new name) will lie, below the
 * repository; the empty slice when the manifest carries none, or the csp takes no URLs. */
struct slice base_url_path(const struct manifest *manifest, enum csp csp, struct slice variant);

/* BASE/PATH, in arena; *url is empty on failure: ERR_LIMIT. */
enum err_code base_url_join(struct slice base, struct slice path, struct arena *arena,
                            struct slice *url, struct err *err) MUST_USE;

/* Whether a reference is some base and that path. */
bool base_url_has_path(struct slice reference, struct slice path);

#endif
