/*
 * http_response.h - the head of a response: status line, headers, and what body follows.
 *
 * In the flow:  stream -> [http_response] -> body (http_chunked.h, or counted) -> sink
 * How:          http_head_find says how long the head is, or that more bytes are wanted;
 *               http_response_parse reads it. Neither does I/O nor allocates.
 * Checked here: the version (HTTP/1.0, 1.1); every line ends in CR LF; names are tokens with the
 *               colon right after them; no control characters in values (so nothing can hide a
 *               second header); no folded lines; at most HTTP_HEADERS_MAX headers in
 *               HTTP_HEAD_MAX bytes; Content-Length at most once and a plain number; never
 *               together with Transfer-Encoding; no transfer coding but "chunked"; no content
 *               coding (none was offered).
 * Not checked:  what the status means to the caller; headers that it does not ask for.
 * Memory:       slices borrow from the head's bytes.
 */
#ifndef SEALIFT_NET_HTTP_RESPONSE_H
#define SEALIFT_NET_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define HTTP_HEAD_MAX ((size_t)64 << 10) /* bytes of status line and headers */
#define HTTP_HEADERS_MAX 100

/* How the end of a body is known (RFC 9112 6.3). */
enum http_framing {
    HTTP_BODY_NONE,        /* HEAD, 1xx, 204, 304: there is no body */
    HTTP_BODY_LENGTH,      /* `length` bytes */
    HTTP_BODY_CHUNKED,     /* http_chunked.h */
    HTTP_BODY_UNTIL_CLOSE, /* whatever comes before the connection's end */
};

struct http_header {
    struct slice name;
    struct slice value; /* without blanks around it */
};

struct http_response {
    unsigned status;     /* 100 to 599 */
    struct slice reason; /* the text after the status, perhaps empty */
    enum http_framing framing;
    bool has_length; /* a Content-Length was given, whatever the framing (HEAD) */
    uint64_t length;
    bool keep_alive; /* the connection can serve another request after this body */
    size_t header_count;
    struct http_header headers[HTTP_HEADERS_MAX];
};

/*
 * Looks for the end of a head in what has arrived so far. *head_len is the head's length with its
 * empty line, or 0 when more bytes are wanted. *scanned, 0 for a new response, remembers what was
 * looked at. ERR_FORMAT, as soon as it is certain, when these bytes do not begin an HTTP/1.x
 * response or the head is longer than HTTP_HEAD_MAX.
 */
enum err_code http_head_find(struct slice bytes, size_t *scanned, size_t *head_len, struct err *err)
    MUST_USE;

/*
 * Parses a head (of the length that http_head_find gave). is_head: the request was a HEAD, so no
 * body follows. On failure *response is zeroed and err says ERR_FORMAT with the header's name.
 */
enum err_code http_response_parse(struct slice head, bool is_head, struct http_response *response,
                                  struct err *err) MUST_USE;

/* The value of the header of that name (letter case aside), the first when there are several; the
 * empty slice (ptr NULL) when there is none. */
struct slice http_header(const struct http_response *response, const char *name);

/* "404 Not Found", escaped, for messages. */
struct http_status_text {
    char text[80];
};
struct http_status_text http_status_show(const struct http_response *response);

#endif
