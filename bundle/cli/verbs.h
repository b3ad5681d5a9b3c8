/*
 * verbs.h - the verbs that sealift has beyond those of sealift-resolver, as rows for its table.
 */
#ifndef SEALIFT_BUNDLE_CLI_VERBS_H
#define SEALIFT_BUNDLE_CLI_VERBS_H

#include "resolver/cli/options.h"

extern const struct verb verb_key_generate;
extern const struct verb verb_key_import;
extern const struct verb verb_key_public;
extern const struct verb verb_pack;
extern const struct verb verb_sign;
extern const struct verb verb_verify;

#endif
