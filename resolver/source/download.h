/*
 * download.h - a raw image of many GB, from a URL to a file, whatever breaks on the way.
 *
 * In the flow:  URL -> fetch -> [download] -> FILE.part -> FILE
 * Does:         receives into FILE.part (part.h: holes, free space, hashing where it is asked for); goes on
 *               after a broken connection, and in a later run, where it stopped (Range, If-Range);
 *               renames FILE.part to FILE when all is there. FILE itself is not touched before.
 * Resuming:     needs a strong ETag or a reliable Last-Modified, kept in FILE.part.json with a
 *               mark of what has been received (part.h), written each DOWNLOAD_CHECKPOINT bytes and
 *               each DOWNLOAD_CHECKPOINT_MS: so a killed run loses at most what came in these. When the server's object has changed, or the
 *               part is not what the state says, it starts over and says so (options.note).
 * Checked here: the size where it is known; the SHA-256 where one is given (ERR_CORRUPT, and the part
 *               is removed). Without either a body whose end nothing marks is refused over http://.
 * Trust:        none without sha256.
 * Memory:       about 1 MiB, whatever the size.
 */
#ifndef SEALIFT_SOURCE_DOWNLOAD_H
#define SEALIFT_SOURCE_DOWNLOAD_H

#include "resolver/crypto/sha256.h"
#include "resolver/net/fetch.h"

#define DOWNLOAD_CHECKPOINT ((uint64_t)8 << 20) /* bytes between two states on disk */
#define DOWNLOAD_CHECKPOINT_MS 2000             /* the same on a slow line */
#define DOWNLOAD_PROGRESS ((uint64_t)1 << 20)   /* bytes after which the retries count anew */
#define DOWNLOAD_REPORT_MS 100                  /* between two calls of progress */

struct download_progress {
    uint64_t done;
    bool has_total;
    uint64_t total;
    uint64_t bytes_per_second; /* of late; 0 at first */
};

struct download_options {
    const char *url;
    const char *path;      /* FILE */
    const uint8_t *sha256; /* what it must be, SHA256_SIZE bytes; or NULL */
    bool wants_sha256;     /* result.sha256 is wanted, also without a sha256 to compare it with */
    void *ctx;
    void (*progress)(void *ctx, const struct download_progress *progress); /* or NULL */
};

struct download_result {
    uint64_t size;
    bool has_sha256; /* it was wanted, or given */
    uint8_t sha256[SHA256_SIZE];
    uint64_t received;     /* bytes of body that came over the network in this run */
    uint64_t resumed_from; /* bytes that were there already */
    bool is_cleartext;     /* a part of the way was http:// */
};

/*
 * Downloads the file. On failure *result is zeroed and FILE is as it was:
 *   ERR_CORRUPT  not the SHA-256 that was given; nothing is left
 *   ERR_LIMIT    no space (checked before anything is fetched, and as it goes); out of memory
 *   ERR_IO       the network or the server; FILE or FILE.part cannot be written, is no regular file,
 *                or another download is at it
 *   others       of fetch_attempt
 * With all but ERR_CORRUPT the part that is there is kept for the next run.
 */
enum err_code download(struct fetch *fetch, const struct download_options *options,
                       struct download_result *result, struct err *err) MUST_USE;

#endif
