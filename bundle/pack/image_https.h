/*
 * image_https.h - a raw image on a web server, read once, from its start to its end.
 *
 * In the flow:  a URL -> fetch -> [image_https] -> bundle_writer
 * How:          fetch hands out bytes, a bundle_writer asks for them: so fetch runs in a thread of
 *               its own, a ring of IMAGE_HTTPS_RING bytes ahead of the reader, from the first read
 *               to the last. Meanwhile nobody else may use the struct fetch.
 * Broken lines: what is missing is asked for again (Range, If-Range), as in download.h, and the tries
 *               count anew when enough has come. What has been read cannot be taken back: when the
 *               server's object has changed, or it gives nothing to tell that by, it is ERR_IO.
 * Refused:      a server that does not say how long the object is, since nobody knows then how much
 *               space the bundle needs.
 * Checked here: that exactly as many bytes come as were announced when it was opened.
 * Trust:        none; over http:// nothing is protected on the way (is_cleartext).
 */
#ifndef SEALIFT_BUNDLE_PACK_IMAGE_HTTPS_H
#define SEALIFT_BUNDLE_PACK_IMAGE_HTTPS_H

#include <stdbool.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"
#include "resolver/net/fetch.h"

#define IMAGE_HTTPS_RING ((size_t)2 << 20)
#define IMAGE_HTTPS_PROGRESS ((uint64_t)1 << 20) /* bytes after which the tries count anew */

struct image_https;

/*
 * Asks the server for the object, without taking its bytes, so that its size is known: *out is
 * NULL when it is absent (404, or 403), and on failure: ERR_IO, ERR_LIMIT, and those of
 * fetch_attempt; err names the URL. It is allocated in arena; url is borrowed.
 */
enum err_code image_https_open(struct fetch *fetch, const char *url, struct arena *arena,
                               struct image_https **out, struct err *err) MUST_USE;

/* The image: its ctx is the struct. Reads must follow each other without gaps (ERR_BUG). Errors of
 * reading name the URL. */
struct image image_https_image(struct image_https *https);

/* Whether a part of the way was http://, as far as it has been gone. */
bool image_https_is_cleartext(const struct image_https *https);

/* Ends the thread, if it runs, and frees the ring; NULL-safe. The struct is the arena's. */
void image_https_close(struct image_https **https);

#endif
