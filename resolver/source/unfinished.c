#include "resolver/source/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "resolver/source/file.h"

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

/* What a file looks like that this user makes for itself alone beside path. */
static bool make_own(const char *path, struct stat *own)
{
    char name[PATH_MAX];
    bool is_known;
    int fd;

    if (snprintf(name, sizeof name, "%s" FILE_TEMPORARY, path) >= (int)sizeof name)
        return false;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0)
        return false;
    is_known = fstat(fd, own) == 0;
    close(fd);
    unlink(name);
    return is_known;
}

const char *unfinished_not_own(const char *path, const struct stat *status, bool is_private)
{
    bool is_foreign = status->st_uid != geteuid();
    mode_t others = is_private ? status->st_mode & OTHERS_WRITE : 0;
    struct stat own;

    if (S_ISLNK(status->st_mode))
        return "is a symbolic link";
    if (!S_ISREG(status->st_mode))
        return "is no regular file";
    if (status->st_nlink > 1)
        return "has several names";
    if (!is_foreign && !others)
        return NULL;
    if (make_own(path, &own) && own.st_uid == status->st_uid && !(others & ~own.st_mode))
        return NULL;
    return is_foreign ? "belongs to another user" : "can be written to by others";
}

static enum err_code refuse(const char *wrong, struct err *err)
{
    return err_set(err, ERR_POLICY, "is in the way: it %s; remove it", wrong);
}

static enum err_code failed(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

/* A run that ends just now has renamed the file: then it is not ours to write to. */
static bool is_still_there(const char *path, const struct stat *opened)
{
    struct stat named;

    return lstat(path, &named) == 0 && named.st_dev == opened->st_dev &&
           named.st_ino == opened->st_ino;
}

static int try_lock(int fd)
{
    int result;

    do
        result = flock(fd, LOCK_EX | LOCK_NB);
    while (result && errno == EINTR);
    return result;
}

static enum err_code lock(const char *path, int fd, const struct stat *status, struct err *err)
{
    int result = try_lock(fd);

    if (result && errno != EWOULDBLOCK)
        return failed("cannot be locked", err);
    if (result || !is_still_there(path, status))
        return err_set(err, ERR_IO, "another run is writing to it");
    return ERR_OK;
}

static enum err_code check(const char *path, int fd, bool is_new, struct err *err)
{
    struct stat status;
    const char *wrong;

    if (fstat(fd, &status))
        return failed("cannot be read", err);
    wrong = is_new ? NULL : unfinished_not_own(path, &status, false);
    if (wrong)
        return refuse(wrong, err);
    return lock(path, fd, &status, err);
}

enum err_code unfinished_open(const char *path, mode_t mode, bool goes_on, int *fd, struct err *err)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    bool is_new;

    *fd = open(path, flags | O_CREAT | O_EXCL, mode);
    is_new = *fd >= 0;
    if (!is_new && errno == EEXIST)
        *fd = open(path, flags);
    if (*fd < 0)
        return errno == ELOOP ? refuse("is a symbolic link", err)
                              : failed("cannot be opened", err);
    if (check(path, *fd, is_new, err) == ERR_OK) {
        if (is_new || goes_on || ftruncate(*fd, 0) == 0)
            return ERR_OK;
        failed("cannot be emptied", err);
    } else if (is_new && try_lock(*fd) == 0) { /* else another run has taken it up meanwhile */
        unlink(path);
    }
    close(*fd);
    *fd = -1;
    return err->code;
}
