/*
 * source.h - where documents come from: a directory, a web server, or the caller's memory.
 *
 * In the flow:  request -> find -> [source] -> table, measurements and their signatures
 * Contract:     names are relative, made by layout.c from parsed uids alone: segments of
 *               [A-Za-z0-9._-] joined by single slashes, no "." or ".." segment. A source may
 *               rely on it and must still not leave its base.
 * Trust:        none. What a source gives is untrusted bytes until verify.c has passed them.
 */
#ifndef SEALIFT_CORE_SOURCE_H
#define SEALIFT_CORE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "resolver/base/arena.h"
#include "resolver/base/err.h"
#include "resolver/base/slice.h"

enum source_answer {
    SOURCE_ABSENT,    /* there is no such document */
    SOURCE_FORBIDDEN, /* the server says 403: absent, or not for us; nobody can tell */
    SOURCE_FOUND,
};

struct source {
    void *ctx;
    const char *base; /* the directory or base URL, as the user knows it; for messages and --json */
    bool is_cleartext; /* fetched over http://: the way here protects nothing */

    /*
     * Gets the document `name`, at most max_bytes, into arena. *answer says whether it is there;
     * only with SOURCE_FOUND does *bytes hold it. ERR_OK with all three answers. Otherwise *bytes
     * is empty and err names the document: ERR_LIMIT (larger than max_bytes; memory), ERR_IO (it
     * is there but cannot be read; no connection; the server failed), ERR_POLICY (a link out of
     * the directory; --offline).
     */
    enum err_code (*get)(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                         enum source_answer *answer, struct slice *bytes, struct err *err);

    /*
     * Calls visit for each file and folder directly in `folder`, in no particular order; an error of
     * visit ends the listing and is passed on. An absent folder has no entries. NULL where a
     * source cannot list (web servers). Errors as for get.
     */
    enum err_code (*list)(void *ctx, const char *folder,
                          enum err_code (*visit)(void *visit_ctx, struct slice entry,
                                                 struct err *err),
                          void *visit_ctx, struct err *err);
};

#endif
