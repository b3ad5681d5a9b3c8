#include "bundle/import/repository.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define LOCK_NAME "lock"
#define PROCESS_TEXT_MAX 24
#define OPEN_TRIES 8

static enum err_code refuse(struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s", strerror(errno));
}

/* What was there has been removed meanwhile, perhaps by repository_undo of another import: that is
 * ERR_NOT_FOUND, and repository_open tries once more. */
static enum err_code refuse_vanished(struct err *err)
{
    return errno == ENOENT ? err_set(err, ERR_NOT_FOUND, "%s", strerror(errno)) : refuse(err);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

enum err_code repository_name(const struct repository *repository, const char *name,
                              struct err *err)
{
    return err_add(err, "%s/%s", quote_bare(slice_text(repository->path)).text,
                   quote_bare(slice_text(name)).text);
}

/* --- Folder and lock ---------------------------------------------------------------------------- */

static enum err_code check_owner(int fd, mode_t forbidden, struct err *err)
{
    struct stat status;

    if (fstat(fd, &status))
        return refuse(err);
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return err_set(err, ERR_POLICY, "belongs to another user (uid %lu, this is %lu): work as that "
                       "user", (unsigned long)status.st_uid, (unsigned long)geteuid());
    if (status.st_mode & forbidden)
        return err_set(err, ERR_POLICY, "others than its owner can write it (mode %03o, want 755)",
                       (unsigned)(status.st_mode & 07777));
    return ERR_OK;
}

/* Syncs the folder that the one behind fd lies in; one that may not be read is left to the system. */
static int sync_above(int fd)
{
    int above = openat(fd, "..", FOLDER_FLAGS), rc, saved;

    if (above < 0)
        return errno == EACCES ? 0 : -1;
    rc = fsync(above);
    saved = errno;
    close(above);
    errno = saved;
    return rc;
}

static enum err_code open_folder(struct repository *repository, struct err *err)
{
    repository->made_folder = mkdir(repository->path, 0755) == 0;
    if (!repository->made_folder && errno != EEXIST)
        return refuse(err);
    repository->fd = open(repository->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (repository->fd < 0)
        return refuse_vanished(err);
    if (repository->made_folder && sync_above(repository->fd))
        return refuse(err);
    return check_owner(repository->fd, 0, err);
}

static enum err_code open_hidden(struct repository *repository, struct err *err)
{
    repository->made_hidden = mkdirat(repository->fd, REPOSITORY_HIDDEN, 0755) == 0;
    if (!repository->made_hidden && errno != EEXIST)
        return refuse_vanished(err);
    repository->hidden = openat(repository->fd, REPOSITORY_HIDDEN, FOLDER_FLAGS);
    if (repository->hidden < 0)
        return refuse_vanished(err);
    return check_owner(repository->hidden, S_IWGRP | S_IWOTH, err);
}

/* The process that a lock file names: what a second import can say about the first. */
static enum err_code refuse_second(int lock, struct err *err)
{
    char text[PROCESS_TEXT_MAX + 1];
    ssize_t len = pread(lock, text, PROCESS_TEXT_MAX, 0);

    text[len > 0 ? len : 0] = '\0';
    text[strspn(text, "0123456789")] = '\0';
    return err_set(err, ERR_IO, "another import or table publish is at work in this repository%s%s: wait for its "
                   "end",
                   text[0] ? ", process " : "", text);
}

static int open_lock(struct repository *repository)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = openat(repository->hidden, LOCK_NAME, flags | O_CREAT | O_EXCL, 0644);

    repository->made_lock = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = openat(repository->hidden, LOCK_NAME, flags);
    return fd;
}

static enum err_code take_lock(struct repository *repository, struct err *err)
{
    char text[PROCESS_TEXT_MAX];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    struct stat status;

    repository->lock = open_lock(repository);
    if (repository->lock < 0)
        return refuse_vanished(err);
    if (flock(repository->lock, LOCK_EX | LOCK_NB)) {
        repository->made_lock = false; /* it is the other's now */
        return errno == EWOULDBLOCK ? refuse_second(repository->lock, err) : refuse(err);
    }
    if (fstat(repository->lock, &status))
        return refuse(err);
    if (status.st_nlink == 0) /* removed by repository_undo of another import: this locks nothing */
        return err_set(err, ERR_NOT_FOUND, "another import has just ended: try again");
    if (ftruncate(repository->lock, 0))
        return refuse(err);
    return file_write_fd(repository->lock, slice_of(text, (size_t)len), err);
}

static enum err_code open_all(struct repository *repository, struct err *err)
{
    if (open_folder(repository, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(repository->path)).text);
    if (open_hidden(repository, err) != ERR_OK)
        return repository_name(repository, REPOSITORY_HIDDEN, err);
    if (take_lock(repository, err) != ERR_OK)
        return repository_name(repository, REPOSITORY_HIDDEN "/" LOCK_NAME, err);
    return ERR_OK;
}

enum err_code repository_open(const char *path, struct repository *repository, struct err *err)
{
    for (int tries = 0; tries < OPEN_TRIES; tries++) {
        *repository = (struct repository){.path = path, .fd = -1, .hidden = -1, .lock = -1};
        if (open_all(repository, err) == ERR_OK)
            return ERR_OK;
        repository_undo(repository);
        if (err->code != ERR_NOT_FOUND)
            return err->code;
    }
    err->code = ERR_IO;
    return err->code;
}

void repository_close(struct repository *repository)
{
    close_fd(&repository->lock);
    close_fd(&repository->hidden);
    close_fd(&repository->fd);
}

/* The lock is held until it is gone, and whoever opened it before that finds it unlinked. Folders that
 * others have filled meanwhile stay, as rmdir wants them empty. */
void repository_undo(struct repository *repository)
{
    if (repository->made_lock)
        unlinkat(repository->hidden, LOCK_NAME, 0);
    if (repository->made_hidden)
        unlinkat(repository->fd, REPOSITORY_HIDDEN, AT_REMOVEDIR);
    if (repository->made_folder)
        rmdir(repository->path);
    repository_close(repository);
}

/* --- Reaching what lies in it ------------------------------------------------------------------- */

static enum err_code refuse_step(struct err *err)
{
    if (errno == ELOOP || errno == ENOTDIR)
        return err_set(err, ERR_POLICY, "a part of it is a symbolic link or a file, and neither "
                       "is gone through");
    return refuse(err);
}

static enum err_code make_folder(int parent, const char *part, struct err *err)
{
    if (mkdirat(parent, part, 0755) && errno != EEXIST)
        return refuse(err);
    return fsync(parent) ? refuse(err) : ERR_OK;
}

/* One folder further down: *fd is closed, and becomes that folder or -1. */
static enum err_code step(int *fd, const char *part, bool make, struct err *err)
{
    int next = openat(*fd, part, FOLDER_FLAGS);
    enum err_code rc = ERR_OK;

    if (next < 0 && errno == ENOENT && make) {
        rc = make_folder(*fd, part, err);
        next = rc == ERR_OK ? openat(*fd, part, FOLDER_FLAGS) : -1;
    }
    if (next < 0 && rc == ERR_OK && (errno != ENOENT || make))
        rc = refuse_step(err);
    close(*fd);
    *fd = next;
    return rc;
}

enum err_code repository_folder(const struct repository *repository, const char *name, bool make,
                                int *fd, const char **last, struct err *err)
{
    struct slice rest = slice_text(name), part;
    char folder[NAME_MAX + 1];

    *last = path_last(name);
    *fd = openat(repository->fd, ".", FOLDER_FLAGS);
    if (*fd < 0) {
        refuse(err);
        return repository_name(repository, name, err);
    }
    while (*fd >= 0 && slice_find(rest, '/') < rest.len) {
        part = slice_cut(&rest, '/');
        if (part.len == 0 || part.len > NAME_MAX || slice_is(part, "..") || slice_is(part, ".")) {
            close_fd(fd);
            return err_set(err, ERR_BUG, "%s: no name of a repository", quote(part).text);
        }
        memcpy(folder, part.ptr, part.len);
        folder[part.len] = '\0';
        if (step(fd, folder, make, err) != ERR_OK)
            return repository_name(repository, name, err);
    }
    return ERR_OK;
}

/* Opens the file for reading; *fd is -1 when it is not there. */
static enum err_code open_file(const struct repository *repository, const char *name, int *fd,
                               struct stat *status, struct err *err)
{
    const char *last;
    int folder;

    *fd = -1;
    if (repository_folder(repository, name, false, &folder, &last, err) != ERR_OK)
        return err->code;
    if (folder < 0)
        return ERR_OK;
    *fd = openat(folder, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    close(folder);
    if (*fd < 0 && errno == ENOENT)
        return ERR_OK;
    if (*fd < 0)
        refuse_step(err);
    else if (fstat(*fd, status))
        refuse(err);
    else if (!S_ISREG(status->st_mode))
        err_set(err, ERR_POLICY, "is there and is no file");
    else
        return ERR_OK;
    close_fd(fd);
    return repository_name(repository, name, err);
}

enum err_code repository_open_file(const struct repository *repository, const char *name, int *fd,
                                   struct err *err)
{
    struct stat status;

    return open_file(repository, name, fd, &status, err);
}

enum err_code repository_read(const struct repository *repository, const char *name,
                              size_t max_bytes, struct arena *arena, struct repository_file *file,
                              struct err *err)
{
    struct stat status;
    enum err_code rc;
    int fd;

    memset(file, 0, sizeof *file);
    if (open_file(repository, name, &fd, &status, err) != ERR_OK)
        return err->code;
    if (fd < 0)
        return ERR_OK;
    rc = file_read_fd(fd, max_bytes, arena, &file->bytes, err);
    close(fd);
    if (rc != ERR_OK)
        return repository_name(repository, name, err);
    file->is_there = true;
    file->size = file->bytes.len;
    return ERR_OK;
}

enum err_code repository_digest(const struct repository *repository, const char *name,
                                uint64_t want_size, struct repository_file *file,
                                struct err *err)
{
    struct stat status;
    enum err_code rc = ERR_OK;
    int fd;

    memset(file, 0, sizeof *file);
    if (open_file(repository, name, &fd, &status, err) != ERR_OK)
        return err->code;
    if (fd < 0)
        return ERR_OK;
    file->is_there = true;
    file->size = (uint64_t)status.st_size;
    if (file->size == want_size)
        rc = file_sha256_fd(fd, file->digest, err);
    close(fd);
    return rc == ERR_OK ? ERR_OK : repository_name(repository, name, err);
}

enum err_code repository_siblings(const struct repository *repository, const char *name,
                                  enum err_code (*visit)(void *ctx, const char *entry,
                                                         struct err *err),
                                  void *ctx, struct err *err)
{
    const char *last;
    enum err_code rc;
    int folder;

    if (repository_folder(repository, name, false, &folder, &last, err) != ERR_OK)
        return err->code;
    if (folder < 0)
        return ERR_OK;
    rc = folder_visit(folder, visit, ctx, err);
    close(folder);
    return rc == ERR_OK ? ERR_OK : repository_name(repository, name, err);
}
