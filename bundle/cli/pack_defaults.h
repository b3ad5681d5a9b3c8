/*
 * pack_defaults.h - options of pack that a pack specification gives where the command line does not.
 *
 * In the flow:  --file pack.yaml -> pack_spec -> [pack_defaults] -> invocation -> pack_options, session
 * Rule:         an option that is given replaces what the file says under its name. Paths in the file
 *               that are not absolute are meant from the folder that it lies in.
 */
#ifndef SEALIFT_BUNDLE_CLI_PACK_DEFAULTS_H
#define SEALIFT_BUNDLE_CLI_PACK_DEFAULTS_H

#include "resolver/base/arena.h"
#include "resolver/cli/options.h"

/* Reads the file of --file, if it is given, and fills the invocation. What it holds then is allocated in
 * arena. ERR_IO, ERR_LIMIT, ERR_FORMAT; err names the file. */
enum err_code pack_defaults_read(struct invocation *invocation, struct arena *arena,
                                 struct err *err) MUST_USE;

#endif
