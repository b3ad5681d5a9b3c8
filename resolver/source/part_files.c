#include "resolver/source/part_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/unfinished.h"

static enum err_code failed(const char *path, const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s: %s", quote_bare(slice_text(path)).text,
                   what, strerror(errno));
}

enum err_code part_files_init(struct part_files *files, const char *path, struct err *err)
{
    const char longest[] = ".part.json.new";
    struct stat status;

    memset(files, 0, sizeof *files);
    if (!*path || path[strlen(path) - 1] == '/' || strlen(path) + sizeof longest > PATH_MAX)
        return err_set(err, ERR_USAGE, "%s: not the name of a file to download to",
                       quote(slice_text(path)).text);
    snprintf(files->path, PATH_MAX, "%s", path);
    snprintf(files->part, PATH_MAX, "%s.part", path);
    snprintf(files->state, PATH_MAX, "%s.part.json", path);
    snprintf(files->state_new, PATH_MAX, "%s.part.json.new", path);
    files->shown = quote_bare(slice_text(files->part));
    if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return err_set(err, ERR_IO, "%s: exists and is not a regular file",
                       quote_bare(slice_text(path)).text);
    return ERR_OK;
}

/* A state that another user wrote could join the bytes of one image to those of another. */
static enum err_code read_own(const char *path, struct arena *arena, struct slice *text,
                              struct err *err)
{
    int fd = file_open(path, err);
    struct stat status;
    enum err_code rc;

    if (fd < 0)
        return err->code;
    if (fstat(fd, &status) || unfinished_not_own(path, &status, false))
        rc = err_set(err, ERR_POLICY, "is not this user's own");
    else
        rc = file_read_fd(fd, PART_STATE_MAX, arena, text, err);
    close(fd);
    return rc;
}

bool part_files_load(const struct part_files *files, struct part_state *state, const char **why)
{
    struct arena arena;
    struct slice text;
    struct err err;
    bool is_read, is_parsed;

    *state = (struct part_state){0};
    arena_init_heap(&arena, 4 * PART_STATE_MAX);
    is_read = read_own(files->state, &arena, &text, &err) == ERR_OK;
    is_parsed = is_read && part_state_parse(text, state, &err) == ERR_OK;
    arena_clear(&arena);
    if (!is_parsed)
        *why = is_read ? "the state beside it is damaged" : "there is no state beside it";
    return is_parsed;
}

static enum err_code write_new(const struct part_files *files, struct slice text, struct err *err)
{
    int fd = open(files->state_new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    enum err_code rc;

    if (fd < 0)
        return failed(files->state_new, "cannot be opened", err);
    rc = file_write_fd(fd, text, err);
    if (rc == ERR_OK && fsync(fd))
        rc = err_set(err, file_errno_code(errno), "cannot be synced to the disk: %s",
                     strerror(errno));
    if (close(fd) && rc == ERR_OK)
        return failed(files->state_new, "cannot be written", err);
    return rc ? err_add(err, "%s", quote_bare(slice_text(files->state_new)).text) : ERR_OK;
}

enum err_code part_files_save(const struct part_files *files, const struct part_state *state,
                              struct err *err)
{
    uint8_t text[PART_STATE_MAX];
    struct buf buf;

    buf_init_fixed(&buf, text, sizeof text);
    part_state_format(state, &buf);
    if (buf_done(&buf, err) || write_new(files, buf_slice(&buf), err))
        return err->code;
    if (rename(files->state_new, files->state))
        return failed(files->state, "cannot be replaced", err);
    return ERR_OK;
}

static int open_folder(const char *path, struct err *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
             slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        failed(folder, "cannot be opened", err);
    return fd;
}

static enum err_code sync_folder(const char *path, int folder, struct err *err)
{
    /* EINVAL: a file system that does not sync folders */
    if (fsync(folder) && errno != EINVAL)
        return failed(path, "its folder cannot be synced to the disk", err);
    return ERR_OK;
}

enum err_code part_files_begin(const struct part_files *files, const struct part_state *state,
                               struct err *err)
{
    int folder = open_folder(files->path, err);
    enum err_code rc;

    if (folder < 0)
        return err->code;
    rc = part_files_save(files, state, err);
    if (rc == ERR_OK)
        rc = sync_folder(files->state, folder, err);
    close(folder);
    return rc;
}

void part_files_remove(const struct part_files *files)
{
    unlink(files->part);
    unlink(files->state);
    unlink(files->state_new);
}

static enum err_code move(const struct part_files *files, int folder, struct err *err)
{
    if (rename(files->part, files->path))
        return failed(files->path, "cannot be replaced", err);
    unlink(files->state);
    unlink(files->state_new); /* what a run that was killed may have left */
    return sync_folder(files->path, folder, err);
}

enum err_code part_files_finish(const struct part_files *files, struct err *err)
{
    int folder = open_folder(files->path, err);
    enum err_code rc;

    if (folder < 0)
        return err->code;
    rc = move(files, folder, err);
    close(folder);
    return rc;
}
