/*
 * http_range.h - what makes a broken-off download resumable: validators and ranges (RFC 9110 8.8,
 * 13.1.5, 14.4).
 *
 * In the flow:  response -> [http_range] -> download
 * Checked here: that an entity tag is strong; that a modification date may serve as one (it is a
 *               minute older than the response); the whole grammar of Content-Range.
 * Memory:       slices borrow from the response.
 */
#ifndef SEALIFT_NET_HTTP_RANGE_H
#define SEALIFT_NET_HTTP_RANGE_H

#include "resolver/net/http_response.h"

#define HTTP_VALIDATOR_MAX 256 /* bytes; a longer one counts as none */

/* The value for If-Range: the strong entity tag, else the Last-Modified date when it can be relied
 * on, else the empty slice: then the object cannot be resumed. `now` is for dates with two-digit
 * years. */
struct slice http_validator(const struct http_response *response, int64_t now);

struct http_content_range {
    uint64_t first, last; /* both included */
    bool has_size;        /* the size is not "*" */
    uint64_t size;        /* of the whole object */
};

/* Reads "bytes FIRST-LAST/SIZE". False, with *range zeroed, for anything else, and for a range
 * that is empty, backwards or not within the size. */
bool http_content_range_parse(struct slice text, struct http_content_range *range);

#endif
