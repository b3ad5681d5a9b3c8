/*
 * command.h - the words of one call of gcloud, put together.
 *
 * In the flow:  launch_plan, gcp_plan -> [command] -> words -> gcloud, shell_quote
 * Errors:       are kept: err->code, ERR_OK at first, stays at the last failure, so that a whole plan is put
 *               together before it is looked at. No word is ever left out silently.
 * Memory:       words are borrowed; what is joined lies in the arena.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_COMMAND_H
#define SEALIFT_BUNDLE_PUBLISH_COMMAND_H

#include "resolver/base/arena.h"
#include "resolver/base/err.h"

#define COMMAND_WORDS_MAX 64 /* of one command, NULL included */

struct command {
    const char *words[COMMAND_WORDS_MAX]; /* NULL at the end */
    size_t count;
};

/* Begins an empty command: "gcloud", and words up to a NULL. ERR_BUG when there are too many. */
void command_begin(struct command *command, const char *const *words, struct err *err);

/* One more word. ERR_BUG when there are too many. */
void command_add(struct command *command, const char *word, struct err *err);

/* "name=value"; nothing when value is NULL. ERR_BUG as above, ERR_LIMIT for memory. */
void command_option(struct command *command, const char *name, const char *value,
                           struct arena *arena, struct err *err);

/* The pieces up to a NULL, joined. "" on failure: ERR_LIMIT. */
const char *command_join(struct arena *arena, struct err *err, const char *const *pieces);

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define JOIN(arena, err, ...) command_join((arena), (err), WORDS(__VA_ARGS__))

#endif
