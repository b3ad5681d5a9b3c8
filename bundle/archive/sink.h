/*
 * sink.h - where bytes go, in order or at offsets, whatever takes them.
 *
 * In the flow:  frames -> [sink] -> an archive, a staged image; bundle_writer -> [output] -> a file,
 *               the parts of a split archive
 * To cancel:    fail. Whoever writes stops, cleans up and hands the error on.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_SINK_H
#define SEALIFT_BUNDLE_ARCHIVE_SINK_H

#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

/* Takes a stream from its start to its end. */
struct sink {
    void *ctx;

    /* The next bytes, all of them. ERR_LIMIT for a full disk, ERR_IO otherwise. */
    enum err_code (*write)(void *ctx, struct slice bytes, struct err *err);

    /* The next `count` bytes are zeros: a file can get a hole. NULL where they are to be written. */
    enum err_code (*skip)(void *ctx, uint64_t count, struct err *err);
};

/* Takes bytes at offsets: a file that is being made. */
struct output {
    void *ctx;

    /* Puts bytes at `at`, all of them; what was there is replaced. Codes as above. */
    enum err_code (*write)(void *ctx, uint64_t at, struct slice bytes, struct err *err);

    /* Gives the file that size: what lies beyond is cut off. */
    enum err_code (*set_size)(void *ctx, uint64_t size, struct err *err);
};

#endif
