#include "resolver/source/part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "resolver/base/zeros.h"
#include "resolver/source/file.h"
#include "resolver/source/unfinished.h"

_Static_assert(sizeof(off_t) == 8, "files are larger than 2 GiB: -D_FILE_OFFSET_BITS=64");

static enum err_code failed(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

enum err_code part_open(const char *path, bool wants_digest, struct part *part, struct err *err)
{
    part->wants_digest = wants_digest;
    part_restart(part);
    return unfinished_open(path, 0666, true, &part->fd, err);
}

void part_restart(struct part *part)
{
    part->length = 0;
    part->buffered = 0;
    sha256_init(&part->hash);
}

uint64_t part_file_length(const struct part *part)
{
    struct stat status;

    return fstat(part->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* Hashes the file from one offset to another, or to its end. */
static enum err_code hash_file(struct part *part, uint64_t from, uint64_t to, struct sha256 *hash,
                               struct err *err)
{
    while (from < to) {
        size_t want = to - from < PART_BUFFER ? (size_t)(to - from) : PART_BUFFER;
        ssize_t got = pread(part->fd, part->buffer, want, (off_t)from);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed("cannot be read", err);
        if (got == 0)
            return ERR_OK;
        sha256_update(hash, slice_of(part->buffer, (size_t)got));
        from += (uint64_t)got;
    }
    return ERR_OK;
}

/* The mark of the first `length` bytes of the file, which are in it. */
static enum err_code take_mark(struct part *part, uint64_t length, struct part_mark *mark,
                               struct err *err)
{
    uint64_t size = length < PART_BLOCK ? length : PART_BLOCK, last = length - size;
    struct stat status;
    struct sha256 hash;

    if (fstat(part->fd, &status))
        return failed("cannot be read", err);
    sha256_init(&hash);
    for (unsigned i = 0; i < PART_SAMPLES; i++) {
        uint64_t at = i + 1 < PART_SAMPLES ? last / (PART_SAMPLES - 1) * i : last;

        if (hash_file(part, at, at + size, &hash, err))
            return err->code;
    }
    mark->length = length;
    mark->inode = status.st_ino;
    sha256_final(&hash, mark->sample);
    return ERR_OK;
}

enum err_code part_make_mark(struct part *part, struct part_mark *mark, struct err *err)
{
    *mark = (struct part_mark){0};
    if (part_flush(part, err))
        return err->code;
    if (fdatasync(part->fd))
        return failed("cannot be synced to the disk", err);
    return take_mark(part, part->length, mark, err);
}

enum err_code part_resume(struct part *part, const struct part_mark *mark, bool *fits,
                          struct err *err)
{
    struct part_mark have;

    *fits = false;
    part_restart(part);
    if (part_file_length(part) < mark->length)
        return ERR_OK;
    if (take_mark(part, mark->length, &have, err))
        return err->code;
    if (have.inode != mark->inode || memcmp(have.sample, mark->sample, SHA256_SIZE) != 0)
        return ERR_OK;
    if (part->wants_digest && hash_file(part, 0, mark->length, &part->hash, err))
        return err->code;
    part->length = mark->length;
    *fits = true;
    return ERR_OK;
}

static enum err_code check_space(const struct part *part, uint64_t size, struct err *err)
{
    struct statvfs space;
    uint64_t wanted = size - part->length, have;

    if (fstatvfs(part->fd, &space))
        return failed("its file system does not tell its free space", err);
    have = (uint64_t)space.f_bavail * (space.f_frsize ? space.f_frsize : space.f_bsize);
    if (have < wanted)
        return err_set(err, ERR_LIMIT,
                       "no space: %" PRIu64 " bytes are to come, %" PRIu64 " are free", wanted,
                       have);
    return ERR_OK;
}

static enum err_code set_length(struct part *part, uint64_t length, struct err *err)
{
    if (ftruncate(part->fd, (off_t)length))
        return failed("cannot be given its size", err);
    return ERR_OK;
}

enum err_code part_prepare(struct part *part, bool has_size, uint64_t size, struct err *err)
{
    if (part_flush(part, err) || set_length(part, part->length, err))
        return err->code;
    if (!has_size)
        return ERR_OK;
    if (check_space(part, size, err))
        return err->code;
    return set_length(part, size, err);
}

/* The length of the block at `at` in the buffer, which stands at `offset` in the file. */
static size_t block_length(const struct part *part, uint64_t offset, size_t at)
{
    size_t to_boundary = PART_BLOCK - (size_t)((offset + at) % PART_BLOCK);
    size_t left = part->buffered - at;

    return to_boundary < left ? to_boundary : left;
}

static enum err_code write_at(int fd, const uint8_t *bytes, size_t len, uint64_t offset,
                              struct err *err)
{
    while (len) {
        ssize_t written = pwrite(fd, bytes, len, (off_t)offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return failed("cannot be written", err);
        bytes += written;
        len -= (size_t)written;
        offset += (uint64_t)written;
    }
    return ERR_OK;
}

/* The length of the run of blocks from `at` on that are all zeros, or all not. */
static size_t run_length(const struct part *part, uint64_t offset, size_t at, bool *is_hole)
{
    size_t end = at;

    *is_hole = zeros_only(slice_of(part->buffer + at, block_length(part, offset, at)));
    while (end < part->buffered) {
        size_t len = block_length(part, offset, end);

        if (zeros_only(slice_of(part->buffer + end, len)) != *is_hole)
            break;
        end += len;
    }
    return end - at;
}

/* Only a hint: what comes of it fdatasync says. */
static void begin_write_out(const struct part *part)
{
    if (part->length >= PART_AHEAD && part->length % PART_AHEAD == 0)
        sync_file_range(part->fd, (off_t)(part->length - PART_AHEAD), PART_AHEAD,
                        SYNC_FILE_RANGE_WRITE);
}

enum err_code part_flush(struct part *part, struct err *err)
{
    uint64_t offset = part->length - part->buffered;

    for (size_t at = 0; at < part->buffered;) {
        bool is_hole;
        size_t len = run_length(part, offset, at, &is_hole);

        if (!is_hole && write_at(part->fd, part->buffer + at, len, offset + at, err))
            return err->code;
        at += len;
    }
    if (part->wants_digest)
        sha256_update(&part->hash, slice_of(part->buffer, part->buffered));
    if (part->buffered)
        begin_write_out(part);
    part->buffered = 0;
    return ERR_OK;
}

/* How much the buffer takes before it is written: up to the next multiple of its size in the
 * file, so that blocks stay aligned. */
static size_t buffer_room(const struct part *part)
{
    return PART_BUFFER - (size_t)(part->length % PART_BUFFER);
}

enum err_code part_add(struct part *part, struct slice bytes, struct err *err)
{
    while (bytes.len) {
        size_t room = buffer_room(part);
        struct slice piece = slice_part(bytes, 0, room);

        memcpy(part->buffer + part->buffered, piece.ptr, piece.len);
        part->buffered += piece.len;
        part->length += piece.len;
        bytes = slice_part(bytes, piece.len, bytes.len);
        if (piece.len == room && part_flush(part, err))
            return err->code;
    }
    return ERR_OK;
}

void part_digest(const struct part *part, uint8_t digest[SHA256_SIZE])
{
    struct sha256 copy = part->hash;

    sha256_update(&copy, slice_of(part->buffer, part->buffered));
    sha256_final(&copy, digest);
}

enum err_code part_finish(struct part *part, struct err *err)
{
    if (part_flush(part, err) || set_length(part, part->length, err))
        return err->code;
    if (fsync(part->fd))
        return failed("cannot be synced to the disk", err);
    return ERR_OK;
}

void part_close(struct part *part)
{
    if (part->fd >= 0)
        close(part->fd);
    part->fd = -1;
}
