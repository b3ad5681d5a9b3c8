/*
 * ring.h - pieces of a stream, worked on by several threads, given back in the order they came.
 *
 * In the flow:  frames_write and frames_read put pieces in and take them out; all else they do
 *               themselves, so that reading, writing and errors stay on the caller's thread
 * How:          a fixed number of slots, used in turn. A piece that is put in is worked on by one
 *               worker, whichever is free; beside them one follower sees all pieces in order, one
 *               after the other (to hash them). What comes out does not depend on the number of
 *               threads, zero included: then everything happens within ring_put.
 * Errors:       work and follow cannot fail; they leave what went wrong in their slot.
 * Memory:       the slots' contents are the caller's. Threads that the system refuses are done
 *               without.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_RING_H
#define SEALIFT_BUNDLE_ARCHIVE_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_SLOTS_MAX 64
#define RING_WORKERS_MAX 32

struct ring_jobs {
    void *ctx;
    /* Works on a slot; no two calls at once have the same worker (from 0) or the same slot. */
    void (*work)(void *ctx, size_t worker, size_t slot);
    /* NULL, or called for each slot in order; after work if follows_work, else perhaps beside it. */
    void (*follow)(void *ctx, size_t slot);
    bool follows_work;
};

struct ring {
    struct ring_jobs jobs;
    size_t slots, workers;
    bool has_follower; /* a thread of its own */
    pthread_t threads[RING_WORKERS_MAX + 1];
    size_t thread_count;
    pthread_mutex_t lock;
    pthread_cond_t came, done; /* a piece was put in; work or follow has ended */
    /* Numbers of pieces since the start; taken <= followed, claimed <= put <= taken + slots. */
    uint64_t put, claimed, followed, taken;
    bool worked[RING_SLOTS_MAX];
    bool stop;
};

/* How many processors this process may use, 1 at least. */
unsigned ring_processors(void);

/* Starts at most that many workers (RING_WORKERS_MAX), and the follower if there is more than one
 * slot. slots is 1 to RING_SLOTS_MAX. ring_stop must follow. */
void ring_start(struct ring *ring, const struct ring_jobs *jobs, size_t slots, size_t workers);

/* The slot to fill for the next piece; false when all are in use. ring_put hands it in. */
bool ring_next(const struct ring *ring, size_t *slot);
void ring_put(struct ring *ring);

/* Waits for the oldest piece that is in; false when none is. Its slot is the caller's until
 * ring_release. */
bool ring_take(struct ring *ring, size_t *slot);
void ring_release(struct ring *ring);

/* Ends all threads; pieces not yet begun are dropped. */
void ring_stop(struct ring *ring);

#endif
