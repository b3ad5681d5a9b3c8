#include "bundle/archive/bundle_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "resolver/source/beneath.h"

static enum err_code open_file(void *ctx, const char *name, struct bundle_file *file,
                               struct err *err)
{
    const int *folder = ctx;

    file->fd = beneath_open(*folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "is not in the folder");
    if (file->fd < 0 && errno == EXDEV)
        return err_set(err, ERR_POLICY, "a symbolic link leads out of the folder");
    if (file->fd < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    if (image_of_file(&file->fd, &file->image, err) == ERR_OK)
        return ERR_OK;
    close(file->fd);
    return err->code;
}

static void close_file(void *ctx, struct bundle_file *file)
{
    (void)ctx;
    close(file->fd);
}

struct bundle_files bundle_folder(int *fd)
{
    return (struct bundle_files){.ctx = fd, .open = open_file, .close = close_file};
}
