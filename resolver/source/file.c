#include "resolver/source/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/quote.h"

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

/* Writes and syncs the temporary file, whose descriptor is closed in any case. */
static enum err_code fill(int fd, mode_t mode, struct slice bytes, struct err *err)
{
    enum err_code rc = file_write_fd(fd, bytes, err);

    if (!rc && (fchmod(fd, mode) || fsync(fd)))
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (close(fd) && !rc)
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    return rc;
}

static enum err_code sync_folder(const char *path, struct err *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, failed;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    failed = fd < 0 || fsync(fd);
    if (failed)
        err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return failed ? err->code : ERR_OK;
}

static enum err_code replace(const char *target, mode_t mode, struct slice bytes, struct err *err)
{
    char temporary[PATH_MAX];
    int fd;

    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", target) >= (int)sizeof temporary)
        return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return err_set(err, file_errno_code(errno), "a temporary file beside it: %s",
                       strerror(errno));
    if (fill(fd, mode, bytes, err)) {
        unlink(temporary);
        return err->code;
    }
    if (rename(temporary, target)) {
        err_set(err, file_errno_code(errno), "%s", strerror(errno));
        unlink(temporary);
        return err->code;
    }
    return sync_folder(target, err);
}

enum err_code file_replace(const char *path, unsigned mode, struct slice bytes, struct err *err)
{
    char real[PATH_MAX];
    struct stat status;
    const char *target = path;
    enum err_code rc;

    if (realpath(path, real) && stat(real, &status) == 0) {
        target = real;
        mode = status.st_mode & 07777;
        if (!S_ISREG(status.st_mode))
            return err_set(err, ERR_IO, "%s: is %s, want a file",
                           quote_bare(slice_text(path)).text, kind_of(status.st_mode));
    }
    rc = replace(target, mode, bytes, err);
    if (rc)
        err_add(err, "%s", quote_bare(slice_text(path)).text);
    return rc;
}
