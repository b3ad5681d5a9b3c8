/*
 * stream.h - a connection: bytes in both directions, whatever carries them.
 *
 * In the flow:  fetch -> [stream] = tcp, or tls over tcp; tests put a script of bytes here.
 * Contract:     one thread, one direction at a time; every call obeys the time limit that the
 *               stream was made with and says so in its error.
 */
#ifndef SEALIFT_BASE_STREAM_H
#define SEALIFT_BASE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct stream {
    void *ctx;

    /*
     * Waits for at least one byte and stores at most size bytes at into, their number in *got.
     * *got = 0 with ERR_OK is the orderly end (TLS: close_notify was seen). A connection that
     * ends in any other way is ERR_IO; so is a time limit.
     */
    enum err_code (*read)(void *ctx, uint8_t *into, size_t size, size_t *got, struct err *err);

    /* Writes all of it, or fails with ERR_IO. */
    enum err_code (*write)(void *ctx, struct slice bytes, struct err *err);

    /* Ends the connection and frees what it holds; never fails, can be called once. */
    void (*close)(void *ctx);
};

#endif
