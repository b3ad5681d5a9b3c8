/*
 * source_https.h - a base URL as a source of documents.
 *
 * In the flow:  find -> [source_https] -> fetch -> bytes
 * Answers:      200: found; 404: absent; 403: forbidden (a bucket without the right to list says
 *               that of what is not there); everything else is an error with URL and reason.
 * Trust:        over http:// nothing is protected on the way: source.is_cleartext says so.
 * No cache:     stale security data is worse than a round trip.
 */
#ifndef SEALIFT_SOURCE_SOURCE_HTTPS_H
#define SEALIFT_SOURCE_SOURCE_HTTPS_H

#include "resolver/core/source.h"
#include "resolver/net/fetch.h"

struct source_https {
    struct fetch *fetch;
    struct url base;
    struct source source; /* borrows this struct: it must not move once opened */
};

/*
 * Makes a source of a base URL, with or without a path and a final slash; base is borrowed, and
 * fetch is the caller's. Nothing is sent yet. ERR_FORMAT, naming the URL, when it is malformed or
 * has a query.
 */
enum err_code source_https_open(const char *base, struct fetch *fetch, struct source_https *https,
                                struct err *err) MUST_USE;

#endif
