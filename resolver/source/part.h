/*
 * part.h - FILE.part: a large file being received, hashed on the way, with its holes kept.
 *
 * In the flow:  fetch -> download -> [part] -> FILE
 * Holes:        disk images are mostly zeros. The file gets its full length at once (so a file
 *               system that cannot hold it says so before anything is fetched), and blocks of
 *               PART_BLOCK zeros are never written. fallocate is not used: it would fill the holes.
 *               Free space is asked for instead, for all that is still to come, as if it had no
 *               zeros in it.
 * One at a time: and nobody else's: unfinished.h.
 * Hash:         only where the caller wants the digest: over a fast line it costs a third of the time.
 * Resuming:     a mark says which bytes are safe on the disk, and by which file and which of their
 *               contents they are known again. It is made after fdatasync, so that no crash of the
 *               machine leaves holes in place of bytes that a mark vouches for. The file is known by
 *               its inode (not its device, whose number may change when the machine starts anew), the
 *               contents by PART_SAMPLES blocks, spread evenly from the first to the last. So a part
 *               that was truncated, replaced or copied is noticed; one that somebody edited elsewhere
 *               than in a sample is not, but by the digest.
 * Write-out:    begins with each PART_AHEAD bytes, so that a mark, and the end, wait for little.
 * Memory:       PART_BUFFER bytes within the struct.
 */
#ifndef SEALIFT_SOURCE_PART_H
#define SEALIFT_SOURCE_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"
#include "resolver/crypto/sha256.h"

#define PART_BLOCK 4096                 /* bytes; aligned to it in the file */
#define PART_BUFFER ((size_t)256 << 10) /* bytes that are written at once */

#define PART_AHEAD ((uint64_t)1 << 20) /* bytes after which the disk is set to work */
#define PART_SAMPLES 16

struct part {
    int fd;
    uint64_t length;    /* bytes taken, in the file or in the buffer */
    bool wants_digest;  /* hash is in use */
    struct sha256 hash; /* of them, but for those in the buffer */
    size_t buffered;    /* the last ones of them, not yet in the file */
    uint8_t buffer[PART_BUFFER];
};

/* What the first bytes of a part are known by. */
struct part_mark {
    uint64_t length;
    uint64_t inode;
    uint8_t
        sample[SHA256_SIZE]; /* of PART_SAMPLES blocks of them, or of all where they are fewer */
};

/* Opens or creates the file; with wants_digest part_digest may be called. On failure fd is -1: what
 * unfinished_open gives (err names no path, as with all functions here). */
enum err_code part_open(const char *path, bool wants_digest, struct part *part, struct err *err)
    MUST_USE;

/* The length of the file as it is, 0 when that cannot be told. */
uint64_t part_file_length(const struct part *part);

/* Puts what was taken safely on the disk, and makes the mark of it. ERR_LIMIT for a full disk, ERR_IO
 * otherwise; *mark is then zeroed. */
enum err_code part_make_mark(struct part *part, struct part_mark *mark, struct err *err) MUST_USE;

/* Takes the bytes of the mark as received, if they are there; *fits says so. If not, the part is
 * empty. With wants_digest they are all read, and hashed. ERR_IO when they cannot be read. */
enum err_code part_resume(struct part *part, const struct part_mark *mark, bool *fits,
                          struct err *err) MUST_USE;

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
void part_digest(const struct part *part, uint8_t digest[SHA256_SIZE]);

/* Flushes, gives the file its final length and syncs it to the disk. */
enum err_code part_finish(struct part *part, struct err *err) MUST_USE;

/* Closes the file, which stays. */
void part_close(struct part *part);

#endif
