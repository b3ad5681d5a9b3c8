#include "bundle/publish/staged_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/unfinished.h"

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

static enum err_code open_temporary(struct staged_file *file, struct err *err)
{
    if (unfinished_open(file->temporary, 0600, false, &file->fd, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(file->temporary)).text);
    return ERR_OK;
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
        file_set_mode(file->fd, file->mode) || fsync(file->fd) ||
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
