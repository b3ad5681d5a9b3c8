/*
 * part_state.h - what is known about a half-finished download: FILE.part.json.
 *
 * In the flow:  download -> [part_state] -> the next run of download
 * Vouches for:  the bytes of a mark (part.h), which were safe on the disk before the mark was made.
 * The URL:      kept without its query, which may grant access; a digest of the whole is kept too.
 * Trust:        none; whoever can write the state can write the part.
 */
#ifndef SEALIFT_SOURCE_PART_STATE_H
#define SEALIFT_SOURCE_PART_STATE_H

#include "resolver/base/buf.h"
#include "resolver/net/http_range.h"
#include "resolver/net/url.h"
#include "resolver/source/part.h"

#define PART_STATE_MAX ((size_t)32 << 10) /* bytes of the file */

struct part_state {
    char url[URL_MAX + 1];                  /* without its query */
    uint8_t url_digest[SHA256_SIZE];        /* of the whole URL */
    char validator[HTTP_VALIDATOR_MAX + 1]; /* for If-Range; empty: cannot be resumed */
    bool has_size;
    uint64_t size;         /* of the whole object */
    struct part_mark mark; /* the bytes of the part that count */
};

/* Sets the URL, which must have been parsed from text; everything else is zeroed. */
void part_state_init(struct part_state *state, struct slice text);

/* Whether a state that was read is about the same object as `state`: the same URL; the query may
 * differ (as in URLs that grant access for an hour) where an entity tag tells objects apart. */
bool part_state_fits(const struct part_state *read, const struct part_state *state);

/* Appends the state as JSON. */
void part_state_format(const struct part_state *state, struct buf *out);

/* Reads it back. ERR_FORMAT for anything else than part_state_format writes; *state is then
 * zeroed. ERR_LIMIT without memory. */
enum err_code part_state_parse(struct slice text, struct part_state *state, struct err *err)
    MUST_USE;

#endif
