/*
 * url_reference.h - a URL made from another one: a redirect's Location, a document below a base.
 *
 * In the flow:  base URL + document name -> [url_join] -> fetch
 *               request URL + Location -> [url_resolve] -> fetch
 * Checked here: the result is parsed again by url.h, so it is as strict as any other URL. Dot
 *               segments are taken out (RFC 3986 5.2.4).
 * Not checked:  whether a redirect may lead there (fetch.h).
 */
#ifndef SEALIFT_NET_URL_REFERENCE_H
#define SEALIFT_NET_URL_REFERENCE_H

#include "resolver/net/url.h"

/*
 * Resolves a reference, as a server sends it, against the URL it was fetched from (RFC 3986 5.2.2,
 * a fragment is dropped). Writes the result to out, which must be empty and hold URL_MAX bytes, and
 * parses it into *url, which borrows from out. On failure *url is zeroed: ERR_FORMAT for what
 * url_parse refuses, ERR_LIMIT when out is too small.
 */
enum err_code url_resolve(const struct url *base, struct slice reference, struct buf *out,
                          struct url *url, struct err *err) MUST_USE;

/*
 * The URL of the document `name` ("images/v2.2.0.json") below the base URL, written to out and
 * parsed as above. One slash stands between the two, whether the base ends in one or not; what is
 * not unreserved (RFC 3986 2.3) is percent-encoded. ERR_FORMAT for a base with a query, and for a
 * name that is empty, begins or ends with a slash, or has an empty, "." or ".." segment.
 */
enum err_code url_join(const struct url *base, struct slice name, struct buf *out, struct url *url,
                       struct err *err) MUST_USE;

#endif
