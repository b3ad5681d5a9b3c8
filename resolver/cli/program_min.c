/* program_min.c - what resolver-min is made of: local files and folders, JSON, verification. */
#include "resolver/cli/verbs.h"
#include "resolver/cli/version.h"

const struct verb *const program_verbs[] = {
    &verb_resolve, &verb_measurements, &verb_verify_blob, &verb_key_id, NULL,
};

const struct option_row program_options[] = {OPTIONS_OF_BOTH(OPTION_ROW)};
const size_t program_option_count = sizeof program_options / sizeof program_options[0];

const char program_libraries[] = "BearSSL " VERSION_bearssl ", jsmn " VERSION_jsmn ", " LIBC;
