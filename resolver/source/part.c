#include "resolver/source/part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "resolver/source/file.h"

_Static_assert(sizeof(off_t) == 8, "files are larger than 2 GiB: -D_FILE_OFFSET_BITS=64");

/* The next job, or an empty one when the thread shall end. */
static struct slice await_job(struct part_hasher *hasher)
{
    struct slice job;

    pthread_mutex_lock(&hasher->lock);
    while (!hasher->job.ptr && !hasher->is_ending)
        pthread_cond_wait(&hasher->changed, &hasher->lock);
    job = hasher->job;
    pthread_mutex_unlock(&hasher->lock);
    return job;
}

static void set_job(struct part_hasher *hasher, struct slice job)
{
    pthread_mutex_lock(&hasher->lock);
    hasher->job = job;
    pthread_cond_broadcast(&hasher->changed);
    pthread_mutex_unlock(&hasher->lock);
}

/* The thread. */
static void *work(void *ctx)
{
    struct part_hasher *hasher = ctx;

    for (;;) {
        struct slice job = await_job(hasher);

        if (!job.ptr)
            return NULL;
        sha256_update(&hasher->hash, job);
        set_job(hasher, (struct slice){NULL, 0});
    }
}

static void hasher_init(struct part_hasher *hasher)
{
    *hasher = (struct part_hasher){.is_started = false};
    sha256_init(&hasher->hash);
}

static bool start(struct part_hasher *hasher)
{
    sigset_t all, before;

    pthread_mutex_init(&hasher->lock, NULL);
    pthread_cond_init(&hasher->changed, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    hasher->is_started = pthread_create(&hasher->thread, NULL, work, hasher) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return hasher->is_started;
}

/* Waits until nothing is being hashed; hasher->hash may then be read and changed. */
static void hasher_wait(struct part_hasher *hasher)
{
    if (!hasher->is_started)
        return;
    pthread_mutex_lock(&hasher->lock);
    while (hasher->job.ptr)
        pthread_cond_wait(&hasher->changed, &hasher->lock);
    pthread_mutex_unlock(&hasher->lock);
}

/* Waits for the job before, and hands over the next: bytes stay as they are until hasher_wait or the
 * next hasher_give returns. Without a thread the job is done at once. */
static void hasher_give(struct part_hasher *hasher, struct slice bytes)
{
    if (bytes.len == 0)
        return;
    hasher_wait(hasher);
    if (hasher->is_started || start(hasher))
        set_job(hasher, bytes);
    else
        sha256_update(&hasher->hash, bytes);
}

static void hasher_end(struct part_hasher *hasher)
{
    if (!hasher->is_started)
        return;
    pthread_mutex_lock(&hasher->lock);
    hasher->is_ending = true;
    pthread_cond_broadcast(&hasher->changed);
    pthread_mutex_unlock(&hasher->lock);
    pthread_join(hasher->thread, NULL);
    hasher->is_started = false;
}

static enum err_code failed(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

/* A download that ends just now has renamed the file: then it is not ours to write to. */
static bool is_still_there(const char *path, const struct stat *opened)
{
    struct stat named;

    return lstat(path, &named) == 0 && named.st_dev == opened->st_dev &&
           named.st_ino == opened->st_ino;
}

static enum err_code check_file(const char *path, int fd, struct err *err)
{
    struct stat status;
    bool is_locked;

    if (fstat(fd, &status))
        return failed("cannot be read", err);
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_IO, "not a regular file");
    do
        is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
    while (!is_locked && errno == EINTR);
    if (!is_locked && errno != EWOULDBLOCK)
        return failed("cannot be locked", err);
    if (!is_locked || !is_still_there(path, &status))
        return err_set(err, ERR_IO, "another download is writing to it");
    return ERR_OK;
}

enum err_code part_open(const char *path, struct part *part, struct err *err)
{
    hasher_init(&part->hasher);
    part->filling = 0;
    part->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    part_restart(part);
    if (part->fd < 0 && errno == ELOOP)
        return err_set(err, ERR_IO, "is a symbolic link: refused");
    if (part->fd < 0)
        return failed("cannot be opened", err);
    if (check_file(path, part->fd, err))
        part_close(part);
    else
        return ERR_OK;
    return err->code;
}

void part_restart(struct part *part)
{
    part->length = 0;
    part->buffered = 0;
    hasher_wait(&part->hasher);
    sha256_init(&part->hasher.hash);
}

/* Hashes the file up to length; less when the file is shorter. */
static enum err_code hash_file(struct part *part, uint64_t length, struct err *err)
{
    while (part->length < length) {
        uint64_t left = length - part->length;
        size_t want = left < PART_BUFFER ? (size_t)left : PART_BUFFER;
        ssize_t got = pread(part->fd, part->buffers[0], want, (off_t)part->length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return failed("cannot be read", err);
        if (got == 0)
            return ERR_OK;
        sha256_update(&part->hasher.hash, slice_of(part->buffers[0], (size_t)got));
        part->length += (uint64_t)got;
    }
    return ERR_OK;
}

uint64_t part_file_length(const struct part *part)
{
    struct stat status;

    return fstat(part->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

enum err_code part_resume(struct part *part, uint64_t length, const uint8_t digest[SHA256_SIZE],
                          bool *fits, struct err *err)
{
    uint8_t have[SHA256_SIZE];

    *fits = false;
    part_restart(part);
    if (hash_file(part, length, err))
        return err->code;
    part_digest(part, have);
    *fits = part->length == length && memcmp(have, digest, SHA256_SIZE) == 0;
    if (!*fits)
        part_restart(part);
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

static bool is_zero(const uint8_t *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
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
    const uint8_t *buffer = part->buffers[part->filling];

    *is_hole = is_zero(buffer + at, block_length(part, offset, at));
    while (end < part->buffered) {
        size_t len = block_length(part, offset, end);

        if (is_zero(buffer + end, len) != *is_hole)
            break;
        end += len;
    }
    return end - at;
}

enum err_code part_flush(struct part *part, struct err *err)
{
    const uint8_t *buffer = part->buffers[part->filling];
    uint64_t offset = part->length - part->buffered;

    for (size_t at = 0; at < part->buffered;) {
        bool is_hole;
        size_t len = run_length(part, offset, at, &is_hole);

        if (!is_hole && write_at(part->fd, buffer + at, len, offset + at, err))
            return err->code;
        at += len;
    }
    hasher_give(&part->hasher, slice_of(buffer, part->buffered));
    part->filling ^= 1;
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

        memcpy(part->buffers[part->filling] + part->buffered, piece.ptr, piece.len);
        part->buffered += piece.len;
        part->length += piece.len;
        bytes = slice_part(bytes, piece.len, bytes.len);
        if (piece.len == room && part_flush(part, err))
            return err->code;
    }
    return ERR_OK;
}

void part_digest(struct part *part, uint8_t digest[SHA256_SIZE])
{
    struct sha256 copy;

    hasher_wait(&part->hasher);
    copy = part->hasher.hash;
    sha256_update(&copy, slice_of(part->buffers[part->filling], part->buffered));
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
    hasher_end(&part->hasher);
    if (part->fd >= 0)
        close(part->fd);
    part->fd = -1;
}
