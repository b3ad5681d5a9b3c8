/*
 * version.h - the version of this program, and of everything that is linked into it.
 */
#ifndef SEALIFT_CLI_VERSION_H
#define SEALIFT_CLI_VERSION_H

#include "resolver/base/buf.h"

/* What is linked into this program besides its own code, as "BearSSL 0.6, ..."; defined once a
 * program. The VERSION_... macros come from vendor/cache/versions. */
extern const char program_libraries[];

/* Appends what --version prints. */
void version_print(const char *program, struct buf *out);

#endif
