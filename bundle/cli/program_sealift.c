/* program_sealift.c - what sealift is made of. */
#include "bundle/cli/verbs.h"
#include "resolver/cli/verbs.h"
#include "resolver/cli/version.h"

const struct verb *const program_verbs[] = {
    &verb_resolve,         &verb_measurements, &verb_versions,      &verb_verify_blob,   &verb_key_id,
    &verb_config_generate, &verb_config_fetch, &verb_key_generate,  &verb_key_import,    &verb_key_public,
    &verb_sign,            &verb_pack,         &verb_verify,        &verb_inspect,       &verb_import,
    &verb_measure,         &verb_explain,      &verb_table_new,     &verb_table_set,     &verb_table_remove,
    &verb_table_merge,     &verb_table_convert, &verb_table_check,  &verb_table_sign,    &verb_table_show,
    &verb_table_publish,   &verb_table_unused, &verb_convert,       &verb_publish_gcp,   &verb_launch_gcp,
    NULL,
};

const struct option_row program_options[] = {OPTIONS_OF_BOTH(OPTION_ROW) OPTIONS_OF_SEALIFT(OPTION_ROW)};
const size_t program_option_count = sizeof program_options / sizeof program_options[0];

const char program_libraries[] = "BearSSL " VERSION_bearssl ", Mbed TLS " VERSION_mbedtls
                                 ", jsmn " VERSION_jsmn ", libyaml " VERSION_libyaml
                                 ", libcyaml " VERSION_libcyaml ", libsodium " VERSION_libsodium ", zstd " VERSION_zstd
                                 ", ISA-L " VERSION_isal ", zlib " VERSION_zlib ", " LIBC;
