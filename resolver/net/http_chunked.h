/*
 * http_chunked.h - the chunked transfer coding (RFC 9112 7.1), undone byte by byte.
 *
 * In the flow:  stream -> [http_chunked] -> sink
 * Checked here: sizes in hexadecimal, at most 15 digits; CR LF and nothing else at the end of each
 *               line and chunk; lines of at most HTTP_CHUNK_LINE_MAX bytes; trailers of at most
 *               HTTP_TRAILERS_MAX bytes; that the framing does not dwarf what it carries.
 * Ignored:      chunk extensions and trailers, once they are known to be well formed lines.
 * Memory:       the state is the caller's; payload is borrowed from the input, never copied.
 */
#ifndef SEALIFT_NET_HTTP_CHUNKED_H
#define SEALIFT_NET_HTTP_CHUNKED_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define HTTP_CHUNK_LINE_MAX 4096
#define HTTP_TRAILERS_MAX 16384     /* bytes, line feeds not counted */
#define HTTP_CHUNK_EXCESS_MAX 16384 /* bytes of framing beyond 16 a chunk and 2 a payload byte */

enum http_chunked_state {
    CHUNKED_SIZE,      /* in the digits */
    CHUNKED_EXTENSION, /* after ';' */
    CHUNKED_SIZE_LF,   /* after the CR of the size's line */
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER,    /* at the start of a line after the last chunk */
    CHUNKED_TRAILER_IN, /* within such a line */
    CHUNKED_TRAILER_LF, /* after its CR */
    CHUNKED_END_LF,     /* after the CR of the empty line */
    CHUNKED_DONE,
};

struct http_chunked {
    enum http_chunked_state state;
    uint64_t left;   /* of the chunk's size: being read, then still to come */
    unsigned digits; /* read of the size */
    size_t line_len; /* of the size's line */
    size_t trailers_len;
    uint64_t excess;
};

void http_chunked_init(struct http_chunked *chunked);

/*
 * Takes bytes from the front of *in until it has met payload or the end. *payload is the payload
 * met, borrowed from *in, perhaps empty; call again while *in is not empty and the state is not
 * CHUNKED_DONE; what then is left in *in is not part of the body. On failure *payload is empty:
 * ERR_FORMAT with what is wrong.
 */
enum err_code http_chunked_decode(struct http_chunked *chunked, struct slice *in,
                                  struct slice *payload, struct err *err) MUST_USE;

#endif
