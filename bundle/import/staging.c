#include "bundle/import/staging.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/hex.h"
#include "resolver/source/file.h"

#define NUMBER_SIZE 24

static enum err_code refuse(const struct staging *staging, struct err *err)
{
    err_set(err, file_errno_code(errno), "%s", strerror(errno));
    err_add(err, REPOSITORY_HIDDEN "/%s", staging->name);
    return err_add(err, "%s", staging->repository->path);
}

static void number_name(size_t number, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "%zu", number);
}

/* --- Removing ----------------------------------------------------------------------------------- */

/* Calls each for every entry of the folder behind fd, which stays open. 0, or -1 with errno. */
static int for_each(int fd, int (*each)(void *ctx, int folder, const char *name), void *ctx)
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0, saved;
    DIR *folder = own >= 0 ? fdopendir(own) : NULL;
    const struct dirent *entry;

    if (!folder) {
        saved = errno;
        if (own >= 0)
            close(own);
        errno = saved;
        return -1;
    }
    while (rc == 0 && (errno = 0, entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = each(ctx, fd, entry->d_name);
    }
    saved = rc == 0 && errno == 0 ? 0 : errno;
    closedir(folder);
    errno = saved;
    return saved ? -1 : 0;
}

static int remove_file(void *ctx, int folder, const char *name)
{
    (void)ctx;
    return unlinkat(folder, name, 0);
}

/* Removes a folder of files. */
static int remove_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc, saved;

    if (fd < 0)
        return -1;
    rc = for_each(fd, remove_file, NULL);
    saved = errno;
    close(fd);
    errno = saved;
    return rc ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}

struct leftovers {
    const char *own;
    bool was_interrupted;
};

static bool is_staging_name(const char *name)
{
    return strlen(name) == STAGING_NAME_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == STAGING_NAME_SIZE - 1;
}

static int remove_leftover(void *ctx, int folder, const char *name)
{
    struct leftovers *leftovers = ctx;

    if (!is_staging_name(name))
        return 0;
    if (strcmp(name, leftovers->own) == 0)
        leftovers->was_interrupted = true;
    return remove_folder(folder, name);
}

enum err_code staging_init(struct staging *staging, const struct repository *repository,
                           const uint8_t digest[SHA256_SIZE], bool *was_interrupted,
                           struct err *err)
{
    struct leftovers leftovers = {.own = staging->name};

    *staging = (struct staging){.repository = repository, .fd = -1};
    hex_encode(digest, SHA256_SIZE, staging->name);
    if (for_each(repository->hidden, remove_leftover, &leftovers))
        return refuse(staging, err);
    *was_interrupted = leftovers.was_interrupted;
    return ERR_OK;
}

enum err_code staging_remove(struct staging *staging, struct err *err)
{
    if (staging->fd < 0)
        return ERR_OK;
    staging_close(staging);
    return remove_folder(staging->repository->hidden, staging->name) ? refuse(staging, err)
                                                                     : ERR_OK;
}

void staging_close(struct staging *staging)
{
    if (staging->fd >= 0)
        close(staging->fd);
    staging->fd = -1;
}

/* --- Filling ------------------------------------------------------------------------------------ */

enum err_code staging_make(struct staging *staging, struct err *err)
{
    int hidden = staging->repository->hidden;

    if (mkdirat(hidden, staging->name, 0700))
        return refuse(staging, err);
    staging->fd = openat(hidden, staging->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return staging->fd < 0 ? refuse(staging, err) : ERR_OK;
}

int staging_create(const struct staging *staging, size_t number, struct err *err)
{
    char name[NUMBER_SIZE];
    int fd;

    number_name(number, name);
    fd = openat(staging->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        refuse(staging, err);
    return fd;
}

int staging_open(const struct staging *staging, size_t number, struct err *err)
{
    char name[NUMBER_SIZE];
    int fd;

    number_name(number, name);
    fd = openat(staging->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        refuse(staging, err);
    return fd;
}

enum err_code staging_finish(int fd, enum err_code rc, struct err *err)
{
    if (rc == ERR_OK && fsync(fd))
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    if (close(fd) && rc == ERR_OK)
        rc = err_set(err, file_errno_code(errno), "%s", strerror(errno));
    return rc;
}

enum err_code staging_put(const struct staging *staging, size_t number, struct slice bytes,
                          struct err *err)
{
    int fd = staging_create(staging, number, err);

    if (fd < 0)
        return err->code;
    return staging_finish(fd, file_write_fd(fd, bytes, err), err);
}

enum err_code staging_sync(const struct staging *staging, struct err *err)
{
    return fsync(staging->fd) ? refuse(staging, err) : ERR_OK;
}

enum err_code staging_move(const struct staging *staging, size_t number, int folder,
                           const char *last, struct err *err)
{
    char name[NUMBER_SIZE];

    number_name(number, name);
    if (renameat(staging->fd, name, folder, last))
        return err_set(err, file_errno_code(errno), "%s", strerror(errno));
    return ERR_OK;
}
