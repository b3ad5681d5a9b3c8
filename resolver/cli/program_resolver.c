/* program_resolver.c - what sealift-resolver is made of. */
#include "resolver/cli/verbs.h"
#include "resolver/cli/version.h"

const struct verb *const program_verbs[] = {
    &verb_resolve,         &verb_measurements,  &verb_versions, &verb_verify_blob, &verb_key_id,
    &verb_config_generate, &verb_config_fetch,  NULL,
};

const struct option_row program_options[] = {OPTIONS_OF_BOTH(OPTION_ROW)};
const size_t program_option_count = sizeof program_options / sizeof program_options[0];

const char program_libraries[] = "BearSSL " VERSION_bearssl ", jsmn " VERSION_jsmn
                                 ", libyaml " VERSION_libyaml ", " LIBC;
