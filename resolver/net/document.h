/*
 * document.h - a whole small document from a web server, in memory.
 *
 * In the flow:  URL -> fetch -> [document] -> source_https
 * Checked here: the size, before its bytes are taken where the server tells it, while they come in
 *               any case.
 * Memory:       twice the document while it is being fetched.
 */
#ifndef SEALIFT_NET_DOCUMENT_H
#define SEALIFT_NET_DOCUMENT_H

#include "resolver/base/arena.h"
#include "resolver/net/fetch.h"

/*
 * Fetches a URL of at most max_bytes into arena. ERR_OK whenever the server gave an answer that
 * stands: *bytes is filled with status 200, and empty with any other (fetch_refused makes an error of
 * it). On failure *bytes is empty and err names the URL: fetch_attempt's codes, and ERR_LIMIT.
 */
enum err_code document_fetch(struct fetch *fetch, struct slice url, size_t max_bytes,
                             struct arena *arena, struct fetch_result *result, struct slice *bytes,
                             struct err *err) MUST_USE;

#endif
