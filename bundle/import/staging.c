#include "bundle/import/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/hex.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define NUMBER_SIZE 24

static enum err_code failed(struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s", strerror(errno));
}

static enum err_code add_place(const struct staging *staging, struct err *err)
{
    char name[sizeof REPOSITORY_HIDDEN + sizeof staging->name];

    snprintf(name, sizeof name, REPOSITORY_HIDDEN "/%s", staging->name);
    return repository_name(staging->repository, name, err);
}

static enum err_code refuse(const struct staging *staging, struct err *err)
{
    failed(err);
    return add_place(staging, err);
}

static void number_name(size_t number, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "%zu", number);
}

/* --- Removing ----------------------------------------------------------------------------------- */

static enum err_code remove_file(void *ctx, const char *name, struct err *err)
{
    const int *folder = ctx;

    return unlinkat(*folder, name, 0) ? failed(err) : ERR_OK;
}

/* Removes a folder of files. */
static enum err_code remove_folder(int parent, const char *name, struct err *err)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    enum err_code rc;

    if (fd < 0)
        return failed(err);
    rc = folder_visit(fd, remove_file, &fd, err);
    close(fd);
    if (rc == ERR_OK && unlinkat(parent, name, AT_REMOVEDIR))
        rc = failed(err);
    return rc;
}

struct leftovers {
    int folder;
    const char *own;
    bool was_interrupted;
};

static bool is_staging_name(const char *name)
{
    return strlen(name) == STAGING_NAME_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == STAGING_NAME_SIZE - 1;
}

static enum err_code remove_leftover(void *ctx, const char *name, struct err *err)
{
    struct leftovers *leftovers = ctx;

    if (!is_staging_name(name))
        return ERR_OK;
    if (strcmp(name, leftovers->own) == 0)
        leftovers->was_interrupted = true;
    return remove_folder(leftovers->folder, name, err);
}

enum err_code staging_init(struct staging *staging, const struct repository *repository,
                           const uint8_t digest[SHA256_SIZE], bool *was_interrupted,
                           struct err *err)
{
    struct leftovers leftovers = {.folder = repository->hidden, .own = staging->name};

    *staging = (struct staging){.repository = repository, .fd = -1};
    hex_encode(digest, SHA256_SIZE, staging->name);
    if (folder_visit(repository->hidden, remove_leftover, &leftovers, err) != ERR_OK)
        return add_place(staging, err);
    *was_interrupted = leftovers.was_interrupted;
    return ERR_OK;
}

enum err_code staging_remove(struct staging *staging, struct err *err)
{
    if (staging->fd < 0)
        return ERR_OK;
    staging_close(staging);
    if (remove_folder(staging->repository->hidden, staging->name, err) != ERR_OK)
        return add_place(staging, err);
    return ERR_OK;
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
        failed(err);
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
        rc = failed(err);
    if (close(fd) && rc == ERR_OK)
        rc = failed(err);
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
        return failed(err);
    return ERR_OK;
}
