/*
 * terraform.h - Terraform's external-data protocol: one object of strings in, one out.
 *
 * In the flow:  standard input -> [terraform] -> question;  answer -> [terraform] -> standard output
 * Form:         in: {"uid", "csp", "region", "variant", "repository", "config", "keys"}, all strings,
 *               all optional; an empty string is the same as none. out: an object of strings, as
 *               the protocol wants; on failure nothing, and the message on standard error.
 * Checked here: no other key, no other type: a misspelt key would silently not count.
 */
#ifndef SEALIFT_CLI_TERRAFORM_H
#define SEALIFT_CLI_TERRAFORM_H

#include "resolver/base/arena.h"

#define STDIN_FILE 0
#define TERRAFORM_MAX_BYTES ((size_t)64 << 10)

struct question;

/* Reads the query from a descriptor up to its end. ERR_FORMAT, ERR_LIMIT, ERR_IO; *question is
 * then zeroed. */
enum err_code terraform_read(int fd, struct arena *arena, struct question *question,
                             struct err *err) MUST_USE;

#endif
