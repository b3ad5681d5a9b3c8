/*
 * verbs.h - the verbs that both programs have, as rows for their tables (program_verbs).
 */
#ifndef SEALIFT_CLI_VERBS_H
#define SEALIFT_CLI_VERBS_H

#include "resolver/cli/options.h"

extern const struct verb verb_resolve;
extern const struct verb verb_measurements;
extern const struct verb verb_versions;
extern const struct verb verb_verify_blob;
extern const struct verb verb_key_id;
extern const struct verb verb_config_generate;
extern const struct verb verb_config_fetch;

#endif
