#include "resolver/source/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "resolver/base/path.h"
#include "resolver/source/file.h"

#define FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

int folder_open(const char *path)
{
    return open(path, FLAGS);
}

int folder_open_of(const char *path)
{
    char folder[PATH_MAX];
    size_t len = (size_t)(path_last(path) - path);

    if (len >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(folder, sizeof folder, "%.*s", len ? (int)len : 1, len ? path : ".");
    return folder_open(folder);
}

static enum err_code failed(struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s", strerror(errno));
}

/* readdir tells its end from an error by errno alone. */
static enum err_code visit_all(DIR *folder,
                               enum err_code (*visit)(void *ctx, const char *name, struct err *err),
                               void *ctx, struct err *err)
{
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(folder);
        if (!entry)
            return errno ? failed(err) : ERR_OK;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (visit(ctx, entry->d_name, err) != ERR_OK)
            return err->code;
    }
}

enum err_code folder_visit(int fd,
                           enum err_code (*visit)(void *ctx, const char *name, struct err *err),
                           void *ctx, struct err *err)
{
    int own = openat(fd, ".", FLAGS); /* with a place of its own in the folder */
    DIR *folder = own >= 0 ? fdopendir(own) : NULL;
    enum err_code rc;

    if (!folder) {
        failed(err);
        if (own >= 0)
            close(own);
        return err->code;
    }
    rc = visit_all(folder, visit, ctx, err);
    closedir(folder);
    return rc;
}
