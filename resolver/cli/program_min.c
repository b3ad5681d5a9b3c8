/* program_min.c - what resolver-min is made of: local files and folders, JSON, verification. */
#include "resolver/cli/verbs.h"
#include "resolver/cli/version.h"

const struct verb *const program_verbs[] = {
    &verb_resolve, &verb_measurements, &verb_versions, &verb_verify_blob, &verb_key_id, NULL,
};

const char program_libraries[] = "BearSSL " VERSION_bearssl ", jsmn " VERSION_jsmn ", " LIBC;
