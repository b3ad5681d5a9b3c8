#include "resolver/source/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/crypto/sha256.h"
#include "resolver/source/folder.h"

#define HASH_PIECE_BYTES ((size_t)64 << 10)

int file_set_mode(int fd, unsigned mode)
{
    struct stat status;

    if (fchmod(fd, mode) == 0)
        return 0;
    if (errno == EPERM && mode & 077 && fstat(fd, &status) == 0 && status.st_uid != geteuid())
        return 0;
    return -1;
}

enum err_code file_errno_code(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
        return ERR_LIMIT;
    default:
        return ERR_IO;
    }
}

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

static enum err_code check_regular(int fd, struct stat *status, struct err *err)
{
    if (fstat(fd, status))
        return err_set(err, ERR_IO, "%s", strerror(errno));
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_IO, "is %s, want a file", kind_of(status->st_mode));
    return ERR_OK;
}

enum err_code file_look(const char *path, bool *is_there, struct err *err)
{
    struct stat status;

    *is_there = lstat(path, &status) == 0;
    if (*is_there || errno == ENOENT || errno == ENOTDIR)
        return ERR_OK;
    return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
}

/* Reads until the end or until size bytes are there. */
static enum err_code read_full(int fd, uint8_t *into, size_t size, size_t *got, struct err *err)
{
    *got = 0;
    while (*got < size) {
        ssize_t count = read(fd, into + *got, size - *got);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, ERR_IO, "%s", strerror(errno));
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return ERR_OK;
}

enum err_code file_read_fd(int fd, size_t max_bytes, struct arena *arena, struct slice *bytes,
                           struct err *err)
{
    struct stat status;
    uint8_t *memory;
    size_t got;

    *bytes = (struct slice){NULL, 0};
    if (check_regular(fd, &status, err))
        return err->code;
    if ((uint64_t)status.st_size > max_bytes)
        return err_set(err, ERR_LIMIT, "%lld bytes, at most %zu are allowed",
                       (long long)status.st_size, max_bytes);
    /* One byte more than the size, to see whether it grows. */
    memory = arena_alloc(arena, (size_t)status.st_size + 1, err);
    if (!memory || read_full(fd, memory, (size_t)status.st_size + 1, &got, err))
        return err->code;
    if (got != (size_t)status.st_size)
        return err_set(err, ERR_IO, "changed while it was being read");
    *bytes = slice_of(memory, got);
    return ERR_OK;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

enum err_code file_unchanged(int fd, const struct stat *before, struct err *err)
{
    struct stat now;

    if (fstat(fd, &now))
        return err_set(err, ERR_IO, "%s", strerror(errno));
    if (before->st_size == now.st_size && is_same_time(&before->st_mtim, &now.st_mtim) &&
        is_same_time(&before->st_ctim, &now.st_ctim))
        return ERR_OK;
    return err_set(err, ERR_IO, "changed while it was being read");
}

static enum err_code hash_pieces(int fd, struct sha256 *hash, struct err *err)
{
    uint8_t piece[HASH_PIECE_BYTES];
    size_t got;

    do {
        if (read_full(fd, piece, sizeof piece, &got, err))
            return err->code;
        sha256_update(hash, slice_of(piece, got));
    } while (got == sizeof piece);
    return ERR_OK;
}

enum err_code file_sha256_fd(int fd, uint8_t digest[SHA256_SIZE], struct err *err)
{
    struct stat before;
    struct sha256 hash;

    memset(digest, 0, SHA256_SIZE);
    sha256_init(&hash);
    if (check_regular(fd, &before, err) || hash_pieces(fd, &hash, err) ||
        file_unchanged(fd, &before, err))
        return err->code;
    sha256_final(&hash, digest);
    return ERR_OK;
}

int file_open(const char *path, struct err *err)
{
    struct stat status;
    /* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
        return -1;
    }
    if (check_regular(fd, &status, err)) {
        err_add(err, "%s", quote_bare(slice_text(path)).text);
        close(fd);
        return -1;
    }
    return fd;
}

enum err_code file_read(const char *path, size_t max_bytes, struct arena *arena,
                        struct slice *bytes, struct err *err)
{
    int fd = file_open(path, err);
    enum err_code rc;

    *bytes = (struct slice){NULL, 0};
    if (fd < 0)
        return err->code;
    rc = file_read_fd(fd, max_bytes, arena, bytes, err);
    close(fd);
    if (rc)
        err_add(err, "%s", quote_bare(slice_text(path)).text);
    return rc;
}

enum err_code file_write_fd(int fd, struct slice bytes, struct err *err)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t count = write(fd, bytes.ptr + done, bytes.len - done);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return err_set(err, file_errno_code(errno), "%s", strerror(errno));
        done += (size_t)count;
    }
    return ERR_OK;
}

/* Who may do what with a file; of one that is replaced, as it was. */
struct access {
    mode_t mode;
    bool has_owner;
    uid_t user;
    gid_t group;
};

static struct access access_of_new(unsigned mode)
{
    mode_t mask = umask(0);

    umask(mask);
    return (struct access){.mode = mode & ~mask};
}

/* Writes and syncs the temporary file, whose descriptor is closed in any case. Only root can give a
 * file to its owner; others keep it as their own. */
static enum err_code fill(int fd, const struct access *access, struct slice bytes, struct err *err)
{
    enum err_code rc = file_write_fd(fd, bytes, err);

    if (!rc && access->has_owner && geteuid() == 0 && fchown(fd, access->user, access->group))
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (!rc && file_set_mode(fd, access->mode))
        rc = err_set(err, file_errno_code(errno), "cannot be kept from others on this file system: %s",
                     strerror(errno));
    if (!rc && fsync(fd))
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (close(fd) && !rc)
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    return rc;
}

/* Opens the folder that path lies in, before anything is done that could not be undone. */
static int open_folder(const char *path, struct err *err)
{
    int fd = folder_open_of(path);

    if (fd < 0)
        err_set(err, file_errno_code(errno), "its folder: %s", strerror(errno));
    return fd;
}

/* As rename(2), but fails with EEXIST when there is something at `to`; by a hard link where the file
 * system or the kernel cannot do that (NFS, before Linux 3.15). */
static int rename_new(const char *from, const char *to)
{
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return link(from, to) || unlink(from) ? -1 : 0;
}

/* Moves the temporary file to its place, and makes that last through a loss of power. A new file
 * (nothing may be there) for which that fails is taken away again. */
static enum err_code move_synced(const char *temporary, const char *target, int folder,
                                 bool is_new, struct err *err)
{
    if (is_new ? rename_new(temporary, target) : rename(temporary, target)) {
        if (errno == EEXIST)
            err_set(err, ERR_POLICY, "is there already, and is never overwritten");
        else
            err_set(err, file_errno_code(errno), "%s", strerror(errno));
        unlink(temporary);
        return err->code;
    }
    if (fsync(folder) == 0)
        return ERR_OK;
    err_set(err, file_errno_code(errno), "%sits folder cannot be synced: %s",
            is_new ? "" : "was written, but ", strerror(errno));
    if (is_new)
        unlink(target);
    return err->code;
}

static enum err_code put(const char *target, const struct access *access, struct slice bytes,
                         bool is_new, struct err *err)
{
    char temporary[PATH_MAX];
    enum err_code rc;
    int folder, fd;

    if (snprintf(temporary, sizeof temporary, "%s" FILE_TEMPORARY, target) >= (int)sizeof temporary)
        return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    folder = open_folder(target, err);
    if (folder < 0)
        return err->code;
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        rc = err_set(err, file_errno_code(errno), "a temporary file beside it: %s",
                     strerror(errno));
    } else if (fill(fd, access, bytes, err)) {
        unlink(temporary);
        rc = err->code;
    } else {
        rc = move_synced(temporary, target, folder, is_new, err);
    }
    close(folder);
    return rc;
}

/* What is at path and where its bytes are, links followed; target stays path when there is no link, so
 * that the folders above need not be passed through. */
static enum err_code look_at(const char *path, const char **target, char real[PATH_MAX],
                             struct access *access, struct err *err)
{
    struct stat status, itself;
    bool is_link = lstat(path, &itself) == 0 && S_ISLNK(itself.st_mode);

    if (stat(path, &status))
        return is_link ? err_set(err, ERR_IO, "is a symbolic link that leads nowhere") : ERR_OK;
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_IO, "is %s, want a file", kind_of(status.st_mode));
    if (is_link && !realpath(path, real))
        return err_set(err, file_errno_code(errno), "%s", strerror(errno));
    *target = is_link ? real : path;
    *access = (struct access){status.st_mode & 07777, true, status.st_uid, status.st_gid};
    return ERR_OK;
}

enum err_code file_replace(const char *path, unsigned mode, struct slice bytes, struct err *err)
{
    char real[PATH_MAX];
    const char *target = path;
    struct access access = access_of_new(mode);

    if (look_at(path, &target, real, &access, err) || put(target, &access, bytes, false, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

enum err_code file_create(const char *path, unsigned mode, struct slice bytes, struct err *err)
{
    struct access access = access_of_new(mode);

    if (put(path, &access, bytes, true, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}
