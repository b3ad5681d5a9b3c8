/*
 * config.h - Constellation's configuration file, as far as it says what to resolve.
 *
 * In the flow:  constellation-conf.yaml -> [config] -> request; repository
 * Forms read:   first generation: version, image, provider: {aws: {region}, azure: {confidentialVM},
 *               gcp, qemu, each with measurements}; later: the same without measurements there,
 *               and attestation: {awsSEVSNP | azureTDX | ...: {measurements}}.
 *               Sealift's own key: repository, a directory or base URL.
 * Checked here: the kinds of these values, and that one provider is meant.
 * Ignored:      all other keys: the file is the user's, and most of it is none of our business.
 * Memory:       borrows from the bytes and the arena.
 */
#ifndef SEALIFT_CORE_CONFIG_H
#define SEALIFT_CORE_CONFIG_H

#include "resolver/base/arena.h"
#include "resolver/core/csp.h"

#define CONFIG_MAX_BYTES ((size_t)4 << 20)
#define CONFIG_PATH_LEN 3

struct config {
    struct slice image;      /* empty when absent, as are the next three */
    struct slice repository;
    struct slice region;     /* AWS */
    struct slice variant;    /* new name */
    enum csp csp;
    /* The keys that lead to the measurements of this provider. */
    const char *measurements_path[CONFIG_PATH_LEN];
};

/*
 * Reads a config for the provider csp, or CSP_NONE for the only one it has. On failure
 * *config is zeroed.
 *   ERR_FORMAT     malformed
 *   ERR_NOT_FOUND  it has no provider, or not that one; lists those it has
 *   ERR_AMBIGUOUS  it has several and csp is CSP_NONE, or several attestation variants fit
 *   ERR_LIMIT      over CONFIG_MAX_BYTES; the arena is full
 */
enum err_code config_parse(struct slice bytes, enum csp csp, struct arena *arena,
                           struct config *config, struct err *err) MUST_USE;

#endif
