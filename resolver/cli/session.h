/*
 * session.h - what most verbs need of the world, opened from options, environment and config.
 *
 * In the flow:  invocation -> [session] -> request, sources, keys -> find
 * Precedence:   option, then config file, then environment, then default.
 * Memory:       everything lives in the session's arena until session_close.
 */
#ifndef SEALIFT_CLI_SESSION_H
#define SEALIFT_CLI_SESSION_H

#include "resolver/base/heap.h"
#include "resolver/cli/network.h"
#include "resolver/cli/options.h"
#include "resolver/cli/say.h"
#include "resolver/core/config.h"
#include "resolver/core/find.h"
#include "resolver/core/request.h"
#include "resolver/source/source_dir.h"
#include "resolver/source/source_https.h"

#define SESSION_MEMORY_MAX ((size_t)512 << 20)

/* What a verb is asked, whichever way: options, Terraform's object, a config. Empty where not
 * said. */
struct question {
    struct slice uid, csp, region, variant;
    const char *repository; /* NULL: not said */
    const char *config;     /* path of a config file, or NULL */
    struct slice keys;      /* Terraform's "keys": paths joined by commas */
};

struct session {
    const struct invocation *invocation;
    struct arena arena;
    struct question question;
    struct slice config_bytes; /* of question.config, which is read once */
    struct source_dir local, directory;
    struct network network;
    struct source_https https;
    struct finder finder;
    struct keys keys;       /* of measurements and files */
    struct keys table_keys;
};

/* Prepares the session: checks the values of network options (ERR_USAGE), and makes the arena and the
 * question, from options or (--terraform) from standard input, then from the config. Opens nothing else
 * yet. session_close must follow, after failure too. */
enum err_code session_open(struct session *session, const struct invocation *invocation,
                           struct err *err) MUST_USE;
void session_close(struct session *session);

/* The request of the question. */
enum err_code session_request(struct session *session, struct request *request,
                              struct err *err) MUST_USE;

/* Puts the local folder (if wanted) and the repository into session->finder; neither is opened
 * before it is needed. */
enum err_code session_sources(struct session *session, bool with_local, struct err *err) MUST_USE;

/* Reads --key, or the default folder; likewise --table-key. */
enum err_code session_keys(struct session *session, struct err *err) MUST_USE;
enum err_code session_table_keys(struct session *session, struct err *err) MUST_USE;

#endif
