/*
 * table_publish_trust.h - whether the signature files of what is published hold, and what is said when
 * nobody can tell.
 *
 * In the flow:  signature_files, --key or --table-key -> [table_publish_trust] -> struct verified
 */
#ifndef SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_TRUST_H
#define SEALIFT_BUNDLE_CLI_TABLE_PUBLISH_TRUST_H

#include "bundle/sign/signature_files.h"
#include "resolver/cli/options.h"

/*
 * What signature_files_check and signature_files_verify say of the document at path. With no keys a
 * warning says that --option was not given and *verified is zeroed; one says, too, when files of other
 * keys' slots are there. Errors of both; err names the document.
 */
enum err_code table_publish_trust(const struct invocation *invocation,
                                  const struct signature_files *files, const char *path,
                                  struct slice document, const struct keys *keys,
                                  const char *option, struct arena *arena,
                                  struct verified *verified, struct err *err) MUST_USE;

#endif
