#include "bundle/publish/staged_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/source/file.h"

static enum err_code refuse(const struct staged_file *file, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s",
                   quote_bare(slice_text(file->target)).text, strerror(errno));
}

static mode_t mask_of(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return mask;
}

static enum err_code find_target(const char *path, struct staged_file *file, struct err *err)
{
    struct stat status;

    if (snprintf(file->target, sizeof file->target, "%s", path) >= (int)sizeof file->target)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text,
                       strerror(ENAMETOOLONG));
    if (stat(path, &status)) {
        file->mode &= ~mask_of();
        return lstat(path, &status) ? ERR_OK
                                    : err_set(err, ERR_IO, "%s: is a symbolic link that leads nowhere",
                                              quote_bare(slice_text(path)).text);
    }
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_IO, "%s: is no regular file, and is not overwritten",
                       quote_bare(slice_text(path)).text);
    file->mode = status.st_mode & 07777;
    file->has_owner = geteuid() == 0;
    file->user = status.st_uid;
    file->group = status.st_gid;
    return realpath(path, file->target) ? ERR_OK : refuse(file, err);
}

/* why: NULL for what errno says. */
static enum err_code refuse_temporary(const struct staged_file *file, const char *why,
                                      struct err *err)
{
    return err_set(err, why ? ERR_IO : file_errno_code(errno), "%s: %s",
                   quote_bare(slice_text(file->temporary)).text, why ? why : strerror(errno));
}

static enum err_code lock(const struct staged_file *file, struct err *err)
{
    int result;

    do {
        result = flock(file->fd, LOCK_EX | LOCK_NB);
    } while (result && errno == EINTR);
    if (result && errno == EWOULDBLOCK)
        return refuse_temporary(file, "another run is writing to it", err);
    return result ? refuse_temporary(file, NULL, err) : ERR_OK;
}

/* What a killed run left is taken over; never a file that somebody else can write to, or knows by another
 * name. It is locked. */
static enum err_code take_over(const struct staged_file *file, struct err *err)
{
    struct stat status, named;

    if (fstat(file->fd, &status))
        return refuse_temporary(file, NULL, err);
    if (file_not_own(&status))
        return refuse_temporary(file, "is in the way, and was not made by this program: remove it", err);
    if (lstat(file->temporary, &named) || named.st_dev != status.st_dev ||
        named.st_ino != status.st_ino)
        return refuse_temporary(file, "another run is writing to it", err);
    return ftruncate(file->fd, 0) ? refuse_temporary(file, NULL, err) : ERR_OK;
}

static enum err_code open_temporary(struct staged_file *file, struct err *err)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    bool is_new;
    enum err_code rc;

    file->fd = open(file->temporary, flags | O_CREAT | O_EXCL, 0600);
    is_new = file->fd >= 0;
    if (file->fd < 0 && errno == EEXIST)
        file->fd = open(file->temporary, flags);
    if (file->fd < 0)
        return errno == ELOOP ? refuse_temporary(file, "is in the way: it is a symbolic link, remove it", err)
                              : refuse(file, err);
    rc = lock(file, err);
    if (rc == ERR_OK) {
        rc = take_over(file, err);
        if (rc != ERR_OK && is_new)
            unlink(file->temporary);
    }
    if (rc != ERR_OK) {
        close(file->fd);
        file->fd = -1;
    }
    return rc;
}

enum err_code staged_file_open(const char *path, unsigned mode, struct staged_file *file,
                               struct err *err)
{
    memset(file, 0, sizeof *file);
    file->fd = -1;
    file->mode = mode;
    if (find_target(path, file, err) != ERR_OK)
        return err->code;
    if (snprintf(file->temporary, sizeof file->temporary, "%s.sealift-part", file->target) >=
        (int)sizeof file->temporary)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text,
                       strerror(ENAMETOOLONG));
    return open_temporary(file, err);
}

/* Makes the rename last through a loss of power. */
static int sync_folder(const struct staged_file *file)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(file->target, '/');
    int fd, result;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - file->target) + 1 : 1,
             slash ? file->target : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    result = fsync(fd);
    close(fd);
    return result;
}

enum err_code staged_file_commit(struct staged_file *file, struct err *err)
{
    if ((file->has_owner && fchown(file->fd, file->user, file->group)) ||
        fchmod(file->fd, file->mode) || fsync(file->fd) ||
        rename(file->temporary, file->target))
        return refuse(file, err);
    close(file->fd);
    file->fd = -1;
    if (sync_folder(file))
        return err_set(err, file_errno_code(errno), "%s: was written, but its folder cannot be synced: %s",
                       quote_bare(slice_text(file->target)).text, strerror(errno));
    return ERR_OK;
}

enum err_code staged_file_drop(struct staged_file *file, struct err *err)
{
    int failed;

    if (file->fd < 0)
        return ERR_OK;
    failed = unlink(file->temporary) ? errno : 0;
    close(file->fd);
    file->fd = -1;
    if (failed == 0 || failed == ENOENT)
        return ERR_OK;
    return err_set(err, ERR_IO, "%s: is of no use, and cannot be removed: %s",
                   quote_bare(slice_text(file->temporary)).text, strerror(failed));
}
