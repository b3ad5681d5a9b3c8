#include "bundle/pack/pack_output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"
#include "resolver/source/unfinished.h"

static enum err_code failed(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

static void partial_path(const struct pack_output *output, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s.part", PATH_MAX - PACK_PARTS_END_SIZE, output->path);
}

/* --- Opening ------------------------------------------------------------------------------------ */

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* What is at path: nothing, or a regular file, which is found where links lead. */
static enum err_code look_at(const char *path, struct pack_output *output, struct err *err)
{
    struct stat status, itself;
    bool is_link = lstat(path, &itself) == 0 && S_ISLNK(itself.st_mode);
    char real[PATH_MAX];

    if (stat(path, &status)) {
        if (errno != ENOENT)
            return failed("cannot be written", err);
        if (is_link)
            return err_set(err, ERR_IO, "is a symbolic link that leads nowhere");
    } else if (!S_ISREG(status.st_mode)) {
        return err_set(err, ERR_POLICY, "is %s: a bundle is written to a file", kind_of(status.st_mode));
    }
    if (is_link && !realpath(path, real))
        return failed("cannot be written", err);
    if (snprintf(output->path, sizeof output->path, "%s", is_link ? real : path) >=
        PATH_MAX - PACK_PARTS_END_SIZE)
        return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    if (!*path_last(output->path))
        return err_set(err, ERR_USAGE, "names a folder, want a file");
    return ERR_OK;
}

static enum err_code open_folder(struct pack_output *output, struct err *err)
{
    output->folder = folder_open_of(output->path);
    if (output->folder < 0)
        return failed("its folder", err);
    output->parts.bundle = output->path;
    output->parts.folder = output->folder;
    return ERR_OK;
}

/* What an interrupted run left is written anew. */
static enum err_code open_partial(struct pack_output *output, struct err *err)
{
    char path[PATH_MAX];

    partial_path(output, path);
    if (unfinished_open(path, 0666, false, &output->fd, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

enum err_code pack_output_open(const char *path, struct pack_output *output, struct err *err)
{
    memset(output, 0, sizeof *output);
    output->folder = output->fd = -1;
    if (strcmp(path, "-") == 0)
        return err_set(err, ERR_USAGE,
                       "--output -: a bundle is written to a file, not to standard output: its front "
                       "is written last");
    if (look_at(path, output, err) || open_folder(output, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return open_partial(output, err);
}

enum err_code pack_output_check_space(const struct pack_output *output, uint64_t wanted,
                                      struct err *err)
{
    struct statvfs space;
    uint64_t have;

    if (fstatvfs(output->folder, &space))
        return failed("its file system does not tell its free space", err);
    have = (uint64_t)space.f_bavail * (space.f_frsize ? space.f_frsize : space.f_bsize);
    if (have >= wanted)
        return ERR_OK;
    return err_set(err, ERR_LIMIT,
                   "%s: no space: the bundle can take up to %" PRIu64 " bytes, %" PRIu64 " are free",
                   quote_bare(slice_text(output->path)).text, wanted, have);
}

/* --- What is written ---------------------------------------------------------------------------- */

struct output pack_output_file(struct pack_output *output)
{
    return file_output(&output->fd);
}

struct part_store pack_output_parts(struct pack_output *output)
{
    return pack_parts_store(&output->parts);
}

enum err_code pack_output_image(struct pack_output *output, uint64_t body_size, uint64_t size,
                                struct image *image, struct err *err)
{
    if (body_size == 0)
        return image_of_file(&output->fd, image, err);
    *image = pack_parts_image(&output->parts, body_size, size);
    return ERR_OK;
}

/* --- The end ------------------------------------------------------------------------------------ */

static enum err_code commit_file(struct pack_output *output, struct err *err)
{
    char from[PATH_MAX];

    partial_path(output, from);
    if (fsync(output->fd)) {
        failed("cannot be synced to the disk", err);
        return err_add(err, "%s", quote_bare(slice_text(from)).text);
    }
    if (rename(from, output->path))
        return failed(quote_bare(slice_text(output->path)).text, err);
    return ERR_OK;
}

static enum err_code commit_parts(struct pack_output *output, uint32_t count, struct err *err)
{
    char lock[PATH_MAX];

    if (pack_parts_commit(&output->parts, count, err))
        return err->code;
    partial_path(output, lock);
    unlink(lock);
    return ERR_OK;
}

enum err_code pack_output_commit(struct pack_output *output, uint32_t parts, struct err *err)
{
    if (parts ? commit_parts(output, parts, err) : commit_file(output, err))
        return err->code;
    close(output->fd);
    output->fd = -1;
    /* EINVAL: a file system that does not sync folders */
    if (fsync(output->folder) && errno != EINVAL)
        return err_set(err, file_errno_code(errno),
                       "%s: was written, but its folder cannot be synced: %s",
                       quote_bare(slice_text(output->path)).text, strerror(errno));
    return ERR_OK;
}

void pack_output_close(struct pack_output *output)
{
    char path[PATH_MAX];

    pack_parts_close(&output->parts);
    if (output->fd >= 0) {
        partial_path(output, path);
        unlink(path);
        close(output->fd);
    }
    if (output->folder >= 0)
        close(output->folder);
    output->fd = output->folder = -1;
}
