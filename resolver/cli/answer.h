/*
 * answer.h - the members that answers have in common, so that they are called the same everywhere.
 *
 * In the flow:  found table or measurements -> [answer] -> JSON on standard output
 */
#ifndef SEALIFT_CLI_ANSWER_H
#define SEALIFT_CLI_ANSWER_H

#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/core/find.h"

/* "DIR/NAME" or "URL/NAME", allocated in arena; NULL and ERR_LIMIT when there is no memory. */
const char *answer_location(const struct origin *origin, struct arena *arena,
                            struct err *err) MUST_USE;

/* The same for messages, escaped; a long DIR is cut. */
struct quoted_location {
    char text[sizeof(struct quoted) + LAYOUT_NAME_MAX];
};
struct quoted_location answer_quoted(const struct origin *origin);

/* "local-file" or "repository". */
const char *answer_source(const struct origin *origin);

/* The member signedBy: a list of key files, null for none. */
void answer_signers(struct json_writer *json, const struct key *const *keys, size_t count);

/* Where an answer comes from: the members source, location, cleartext and signedBy. */
void answer_origin(struct json_writer *json, const struct origin *origin, const char *location,
                   const struct verified *verified);

/* The signers as one string, paths joined by commas, empty when unsigned: for Terraform. NULL and
 * ERR_LIMIT when there is no memory. */
const char *answer_signers_text(const struct verified *verified, struct arena *arena,
                                struct err *err) MUST_USE;

#endif
