#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bundle/import/import_work.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

/* The folder that files are being moved into, synced before another follows. */
struct moving {
    struct import_work *work;
    const char *name; /* of a file in that folder */
    size_t len;       /* of the name of the folder */
    int fd;           /* -1: none yet */
};

static enum err_code refuse(struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s", strerror(errno));
}

static enum err_code leave(struct moving *moving, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (moving->fd >= 0 && fsync(moving->fd)) {
        refuse(err);
        rc = repository_name(moving->work->repository, moving->name, err);
    }
    if (moving->fd >= 0)
        close(moving->fd);
    moving->fd = -1;
    return rc;
}

static size_t folder_len(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? (size_t)(slash - name) : 0;
}

/* Enters the folder of the file, unless it is the one that is open. */
static enum err_code enter(struct moving *moving, const char *name, const char **last,
                           struct err *err)
{
    size_t len = folder_len(name);

    *last = len ? name + len + 1 : name;
    if (moving->fd >= 0 && moving->len == len && memcmp(moving->name, name, len) == 0)
        return ERR_OK;
    if (leave(moving, err) != ERR_OK)
        return err->code;
    moving->name = name;
    moving->len = len;
    return repository_folder(moving->work->repository, name, true, &moving->fd, last, err);
}

static enum err_code move_one(struct moving *moving, size_t number, struct err *err)
{
    const struct import_work *work = moving->work;
    const struct placement *placement = &work->result->placements.list[number];
    enum err_code rc = ERR_OK;
    const char *last;

    if (enter(moving, placement->name, &last, err) != ERR_OK)
        return err->code;
    if (placement->action == PLACEMENT_REMOVE)
        rc = unlinkat(moving->fd, last, 0) && errno != ENOENT ? refuse(err) : ERR_OK;
    else if (placement->action != PLACEMENT_KEEP)
        rc = staging_move(&work->staging, number, moving->fd, last, err);
    return rc == ERR_OK ? ERR_OK : repository_name(work->repository, placement->name, err);
}

/* After a run that was interrupted, folders of files that are in place already may not be synced. */
enum err_code import_move(struct import_work *work, struct err *err)
{
    const struct placements *placements = &work->result->placements;
    struct moving moving = {.work = work, .fd = -1};
    enum err_code rc = ERR_OK, left;
    struct err ignored;

    for (size_t i = 0; i < placements->count && rc == ERR_OK; i++) {
        const struct placement *placement = &placements->list[i];

        if (i > 0 && placement->kind != placements->list[i - 1].kind)
            rc = leave(&moving, err);
        if (rc == ERR_OK &&
            (placement->action != PLACEMENT_KEEP || work->result->was_interrupted))
            rc = move_one(&moving, i, err);
    }
    left = leave(&moving, rc == ERR_OK ? err : &ignored);
    return rc == ERR_OK ? left : rc;
}
