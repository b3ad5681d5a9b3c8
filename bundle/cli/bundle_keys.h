/*
 * bundle_keys.h - the three sets of public keys that a bundle is checked with.
 *
 * In the flow:  --bundle-key, --key, --table-key, default folders -> [bundle_keys] -> bundle_verify,
 *               bundle_keys_contents
 * Defaults:     of bundles: --bundle-key, else --key, else the default folder bundles/, else that of
 *               measurements/. Of measurements: --key, else measurements/, else the keys of bundles.
 *               Of tables: --table-key, else tables/; none is no error.
 * Threshold:    --threshold counts for each set.
 */
#ifndef SEALIFT_BUNDLE_CLI_BUNDLE_KEYS_H
#define SEALIFT_BUNDLE_CLI_BUNDLE_KEYS_H

#include "bundle/verify/contents.h"
#include "resolver/cli/session.h"

struct bundle_keys {
    struct keys bundles, measurements, tables; /* any may be empty */
    bool is_borrowed; /* measurements has the keys of bundles, for want of its own */
};

/* Reads the keys; they live in session->arena. Codes as session_keys and key_files.h. */
enum err_code bundle_keys_read(struct session *session, struct bundle_keys *keys,
                               struct err *err) MUST_USE;

/* contents_check with these keys. Where it fails (ERR_FORGED, ERR_NO_KEY) and the keys of measurements
 * are borrowed, err says so. */
enum err_code bundle_keys_contents(const struct bundle_keys *keys,
                                   const struct trusted_bundle *trusted, struct arena *arena,
                                   struct contents *contents, struct err *err) MUST_USE;

#endif
