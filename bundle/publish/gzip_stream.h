/*
 * gzip_stream.h - a stream into one gzip member, on all processors.
 *
 * In the flow:  sparse_tar -> [gzip_stream] -> a file that GCP takes
 * Form:         RFC 1952: one member, no name, no time; deflate (RFC 1951). The stream is cut into
 *               pieces; each is compressed by whichever thread is free, with the end of the piece
 *               before as its dictionary, and ends at a byte (an empty stored block), as pigz has it.
 * One output:   the same bytes give the same file whatever the number of threads, and on every
 *               machine of 64 bits (with ISA-L of one version and in C: its assembler finds other
 *               matches, and where it ends a block depends on the size of pointers).
 * Threads:      the sink below is called on the caller's thread alone.
 * Memory:       under 6 MiB for two threads: 580 KiB a slot, 230 KiB a thread.
 */
#ifndef SEALIFT_BUNDLE_PUBLISH_GZIP_STREAM_H
#define SEALIFT_BUNDLE_PUBLISH_GZIP_STREAM_H

#include "bundle/archive/ring.h"
#include "bundle/archive/sink.h"
#include "resolver/base/arena.h"

#define GZIP_PIECE ((size_t)256 << 10)
#define GZIP_DICTIONARY ((size_t)32 << 10)
#define GZIP_MEMORY_MAX ((size_t)48 << 20) /* of all threads and slots */

struct deflater;

struct gzip_slot {
    uint8_t *raw; /* GZIP_DICTIONARY bytes of what was before, then GZIP_PIECE */
    uint8_t *packed;
    size_t dictionary_len, raw_len, packed_len; /* packed_len 0: it failed */
    bool is_last;
    uint32_t crc; /* of the piece */
};

struct gzip_stream {
    const struct sink *to;
    struct ring ring;
    size_t slot_count, thread_count;
    struct gzip_slot slots[RING_SLOTS_MAX];
    struct deflater *deflaters[RING_WORKERS_MAX];
    struct arena arena;
    size_t filling; /* the slot that takes bytes now */
    bool is_started;
    uint32_t crc;
    uint64_t raw_size;
};

/* Prepares *stream, which must stay in place, and writes the header. threads 0: as many as there are
 * processors. ERR_LIMIT for memory. gzip_stream_stop must follow, after failure too. */
enum err_code gzip_stream_start(struct gzip_stream *stream, unsigned threads,
                                const struct sink *to, struct err *err) MUST_USE;

/* The sink that takes what is to be compressed; stream is its ctx. */
struct sink gzip_stream_sink(struct gzip_stream *stream);

/* Compresses what is left, and writes the end. */
enum err_code gzip_stream_finish(struct gzip_stream *stream, struct err *err) MUST_USE;

/* Ends the threads and gives the memory back. */
void gzip_stream_stop(struct gzip_stream *stream);

#endif
