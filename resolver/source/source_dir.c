#include "resolver/source/source_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/quote.h"
#include "resolver/source/beneath.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

/* Those of layout.c's names. */
#define PLAIN_CHARACTERS \
    "/._-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static enum err_code open_error(int number, struct err *err)
{
    if (number == EXDEV)
        return err_set(err, ERR_POLICY, "a symbolic link leads out of the repository");
    return err_set(err, ERR_IO, "%s", strerror(number));
}

/* A name that is longer than the file system allows cannot be there either. */
static bool is_absent(int number)
{
    return number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG;
}

static enum err_code open_once(struct source_dir *dir, struct err *err)
{
    if (dir->fd < 0)
        dir->fd = open(dir->source.base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir->fd < 0)
        return err_set(err, ERR_IO, "the folder %s cannot be opened: %s",
                       quote_bare(slice_text(dir->source.base)).text, strerror(errno));
    return ERR_OK;
}

/* Nothing is there, or a link that leads nowhere: something was meant to be there. */
static enum err_code check_absent(const struct source_dir *dir, const char *name, struct err *err)
{
    int fd = beneath_open(dir->fd, name, O_PATH | O_NOFOLLOW);
    struct stat status;
    bool is_link; /* the file itself may have come meanwhile */

    if (fd < 0)
        return ERR_OK;
    is_link = fstat(fd, &status) == 0 && S_ISLNK(status.st_mode);
    close(fd);
    return is_link ? err_set(err, ERR_IO, "a symbolic link that leads nowhere") : ERR_OK;
}

static enum err_code read_document(struct source_dir *dir, const char *name, size_t max_bytes,
                                   struct arena *arena, enum source_answer *answer,
                                   struct slice *bytes, struct err *err)
{
    enum err_code rc;
    int fd;

    if (open_once(dir, err))
        return err->code;
    fd = beneath_open(dir->fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && is_absent(errno))
        return check_absent(dir, name, err);
    if (fd < 0)
        return open_error(errno, err);
    rc = file_read_fd(fd, max_bytes, arena, bytes, err);
    close(fd);
    if (!rc)
        *answer = SOURCE_FOUND;
    return rc;
}

/* Names of layout.c are shown whole. verify-blob brings names that its user chose. */
static enum err_code add_place(const struct source_dir *dir, const char *name, struct err *err)
{
    struct quoted base = quote_bare(slice_text(dir->source.base));
    bool is_plain = name[strspn(name, PLAIN_CHARACTERS)] == '\0';

    return err_add(err, "%s/%s", base.text, is_plain ? name : quote_bare(slice_text(name)).text);
}

static enum err_code get(void *ctx, const char *name, size_t max_bytes, struct arena *arena,
                         enum source_answer *answer, struct slice *bytes, struct err *err)
{
    struct source_dir *dir = ctx;

    *answer = SOURCE_ABSENT;
    *bytes = (struct slice){NULL, 0};
    if (read_document(dir, name, max_bytes, arena, answer, bytes, err))
        return add_place(dir, name, err);
    return ERR_OK;
}

struct listing {
    enum err_code (*visit)(void *ctx, struct slice entry, struct err *err);
    void *ctx;
};

/* Hidden entries are none of a repository's. */
static enum err_code pass_on(void *ctx, const char *name, struct err *err)
{
    const struct listing *listing = ctx;

    return name[0] == '.' ? ERR_OK : listing->visit(listing->ctx, slice_text(name), err);
}

static enum err_code list(void *ctx, const char *name,
                          enum err_code (*visit)(void *, struct slice, struct err *),
                          void *visit_ctx, struct err *err)
{
    struct source_dir *dir = ctx;
    struct listing listing = {visit, visit_ctx};
    enum err_code rc;
    int fd;

    if (open_once(dir, err))
        return err->code;
    fd = beneath_open(dir->fd, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && is_absent(errno))
        return ERR_OK;
    if (fd < 0) {
        open_error(errno, err);
        return add_place(dir, name, err);
    }
    rc = folder_visit(fd, pass_on, &listing, err);
    close(fd);
    return rc;
}

void source_dir_init(struct source_dir *dir, const char *path)
{
    *dir = (struct source_dir){
        .fd = -1, .source = {.ctx = dir, .base = path, .get = get, .list = list}};
}

void source_dir_close(struct source_dir *dir)
{
    if (dir->fd >= 0)
        close(dir->fd);
    dir->fd = -1;
}
