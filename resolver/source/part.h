/*
 * part.h - FILE.part: a large file being received, hashed on the way, with its holes kept.
 *
 * In the flow:  fetch -> download -> [part] -> FILE
 * Holes:        disk images are mostly zeros. The file gets its full length at once (so a file
 *               system that cannot hold it says so before anything is fetched), and blocks of
 *               PART_BLOCK zeros are never written. fallocate is not used: it would fill the holes.
 *               Free space is asked for instead, for all that is still to come, as if it had no
 *               zeros in it.
 * One at a time: the file is locked (flock) while it is open.
 * Refused:      a FILE.part that is a symbolic link or no regular file.
 * Hash:         in a thread of its own, since over a fast line decrypting and hashing cost about the
 *               same: while one buffer is hashed the next one fills. The thread starts with the
 *               first buffer, with all signals blocked; where none can be had the caller hashes.
 * Memory:       two buffers of PART_BUFFER bytes within the struct.
 */
#ifndef SEALIFT_SOURCE_PART_H
#define SEALIFT_SOURCE_PART_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/crypto/sha256.h"

#define PART_BLOCK 4096                 /* bytes; aligned to it in the file */
#define PART_BUFFER ((size_t)256 << 10) /* bytes that are written at once */

/* One job at a time. */
struct part_hasher {
    struct sha256 hash; /* of all jobs that are done */
    bool is_started;    /* the fields below are in use */
    bool is_ending;
    struct slice job; /* being hashed; ptr NULL: none */
    pthread_t thread;
    pthread_mutex_t lock; /* over job and is_ending */
    pthread_cond_t changed;
};

struct part {
    int fd;
    uint64_t length;           /* bytes taken, in the file or in the buffer */
    struct part_hasher hasher; /* of them, but for those in the buffer */
    size_t buffered;           /* the last ones of them, not yet in the file */
    unsigned filling;          /* which of the buffers they are in */
    uint8_t buffers[2][PART_BUFFER];
};

/* Opens or creates the file. ERR_IO (naming no path, as all functions here) when it cannot be, is
 * no regular file, or another process has it locked; fd is then -1. */
enum err_code part_open(const char *path, struct part *part, struct err *err) MUST_USE;

/* The length of the file as it is, 0 when that cannot be told. */
uint64_t part_file_length(const struct part *part);

/* Takes the first `length` bytes of the file as received, if they are there and have that digest;
 * *fits says so. If not, the part is empty. ERR_IO when they cannot be read. */
enum err_code part_resume(struct part *part, uint64_t length, const uint8_t digest[SHA256_SIZE],
                          bool *fits, struct err *err) MUST_USE;

/* Forgets all that was received. */
void part_restart(struct part *part);

/* Before bytes are added: cuts off what is in the file beyond length; with has_size, checks the
 * free space (ERR_LIMIT, in bytes) and gives the file its full size. */
enum err_code part_prepare(struct part *part, bool has_size, uint64_t size, struct err *err)
    MUST_USE;

/* Takes the next bytes. ERR_LIMIT for a full disk, ERR_IO otherwise. */
enum err_code part_add(struct part *part, struct slice bytes, struct err *err) MUST_USE;

/* Puts what is buffered into the file. */
enum err_code part_flush(struct part *part, struct err *err) MUST_USE;

/* The digest of all bytes taken so far. */
void part_digest(struct part *part, uint8_t digest[SHA256_SIZE]);

/* Flushes, gives the file its final length and syncs it to the disk. */
enum err_code part_finish(struct part *part, struct err *err) MUST_USE;

/* Closes the file, which stays. */
void part_close(struct part *part);

#endif
