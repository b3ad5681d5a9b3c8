/*
 * verbs.h - the verbs that sealift has beyond those of sealift-resolver, as rows for its table.
 */
#ifndef SEALIFT_BUNDLE_CLI_VERBS_H
#define SEALIFT_BUNDLE_CLI_VERBS_H

#include "resolver/cli/options.h"

extern const struct verb verb_key_generate;
extern const struct verb verb_key_import;
extern const struct verb verb_key_public;
extern const struct verb verb_sign;
extern const struct verb verb_pack;
extern const struct verb verb_verify;
extern const struct verb verb_inspect;
extern const struct verb verb_import;
extern const struct verb verb_measure;
extern const struct verb verb_explain;
extern const struct verb verb_table_new;
extern const struct verb verb_table_set;
extern const struct verb verb_table_remove;
extern const struct verb verb_table_merge;
extern const struct verb verb_table_convert;
extern const struct verb verb_table_check;
extern const struct verb verb_table_sign;
extern const struct verb verb_table_show;
extern const struct verb verb_table_publish;
extern const struct verb verb_table_unused;
extern const struct verb verb_convert;
extern const struct verb verb_publish_gcp;
extern const struct verb verb_launch_gcp;

#endif
