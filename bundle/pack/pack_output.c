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

#define PART_END_SIZE 16 /* ".001-of-002", ".001.part" */

static enum err_code failed(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

/* --- Names -------------------------------------------------------------------------------------- */

static void partial_path(const struct pack_output *output, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s.part", PATH_MAX - PART_END_SIZE, output->path);
}

static void partial_part_path(const struct pack_output *output, uint32_t number,
                              char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s.%03" PRIu32 ".part", PATH_MAX - PART_END_SIZE, output->path,
             number);
}

void pack_output_part_path(const struct pack_output *output, uint32_t number, uint32_t count,
                           char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s.%03" PRIu32 "-of-%03" PRIu32, PATH_MAX - PART_END_SIZE,
             output->path, number, count);
}

/* Reads the three digits at text; -1 for anything else. */
static int three_digits(const char *text)
{
    int value = 0;

    for (int i = 0; i < 3; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
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
        PATH_MAX - PART_END_SIZE)
        return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    if (!*path_last(output->path))
        return err_set(err, ERR_USAGE, "names a folder, want a file");
    return ERR_OK;
}

static enum err_code open_folder(struct pack_output *output, struct err *err)
{
    output->folder = folder_open_of(output->path);
    return output->folder < 0 ? failed("its folder", err) : ERR_OK;
}

/* The file of an interrupted run is taken over; never one that somebody else knows by another name. */
static enum err_code check_partial(const char *path, int fd, struct err *err)
{
    struct stat status, named;
    const char *wrong;

    if (fstat(fd, &status))
        return failed("cannot be read", err);
    wrong = file_not_own(&status);
    if (wrong)
        return err_set(err, ERR_POLICY, "is in the way: it %s; remove it", wrong);
    if (flock(fd, LOCK_EX | LOCK_NB) && errno != EWOULDBLOCK)
        return failed("cannot be locked", err);
    if (flock(fd, LOCK_EX | LOCK_NB) || lstat(path, &named) || named.st_dev != status.st_dev ||
        named.st_ino != status.st_ino)
        return err_set(err, ERR_IO, "another pack is writing to it");
    if (ftruncate(fd, 0))
        return failed("cannot be emptied", err);
    return ERR_OK;
}

static enum err_code open_partial(struct pack_output *output, struct err *err)
{
    char path[PATH_MAX];
    int fd;

    partial_path(output, path);
    fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno == ELOOP ? err_set(err, ERR_POLICY, "%s: is in the way: it is a symbolic link; remove it",
                                        quote_bare(slice_text(path)).text)
                              : failed(quote_bare(slice_text(path)).text, err);
    if (check_partial(path, fd, err)) {
        close(fd);
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    }
    output->fd = fd;
    return ERR_OK;
}

enum err_code pack_output_open(const char *path, struct pack_output *output, struct err *err)
{
    memset(output, 0, sizeof *output);
    output->folder = output->fd = output->reading = -1;
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

/* --- Writing ------------------------------------------------------------------------------------ */

struct output pack_output_file(struct pack_output *output)
{
    return file_output(&output->fd);
}

static int *find_open(struct pack_output *output, uint32_t number)
{
    for (size_t i = 0; i < PACK_OPEN_PARTS; i++) {
        if (output->open[i].number == number)
            return &output->open[i].fd;
    }
    return NULL;
}

static enum err_code name_part(const struct pack_output *output, uint32_t number, struct err *err)
{
    char path[PATH_MAX];

    partial_part_path(output, number, path);
    return err_add(err, "%s", quote_bare(slice_text(path)).text);
}

static int open_part(const struct pack_output *output, uint32_t number, int flags, struct err *err)
{
    char path[PATH_MAX];
    int fd;

    partial_part_path(output, number, path);
    fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd < 0)
        failed(quote_bare(slice_text(path)).text, err);
    return fd;
}

static enum err_code close_written(int fd, struct err *err)
{
    return close(fd) ? failed("cannot be written", err) : ERR_OK;
}

static enum err_code write_part(void *ctx, uint32_t number, struct output *out, struct err *err)
{
    struct pack_output *output = ctx;
    int *fd = find_open(output, number);

    if (!fd) {
        struct pack_part *part = &output->open[output->oldest];
        int is_new = number > output->begun ? O_EXCL : 0; /* what was there has been removed */
        int opened = open_part(output, number, O_RDWR | O_CREAT | is_new, err);

        if (opened < 0)
            return err->code;
        if (part->number && close_written(part->fd, err)) {
            close(opened);
            part->number = 0;
            return err->code;
        }
        output->oldest = (output->oldest + 1) % PACK_OPEN_PARTS;
        *part = (struct pack_part){.number = number, .fd = opened};
        fd = &part->fd;
    }
    if (number > output->begun)
        output->begun = number;
    *out = file_output(fd);
    return ERR_OK;
}

static enum err_code read_part(void *ctx, uint32_t number, struct image *image, struct err *err)
{
    struct pack_output *output = ctx;

    if (output->reading >= 0)
        close(output->reading);
    output->reading = open_part(output, number, O_RDONLY, err);
    if (output->reading < 0)
        return err->code;
    return image_of_file(&output->reading, image, err) ? name_part(output, number, err) : ERR_OK;
}

static enum err_code remove_part(void *ctx, uint32_t number, struct err *err)
{
    struct pack_output *output = ctx;
    char path[PATH_MAX];

    for (size_t i = 0; i < PACK_OPEN_PARTS; i++) {
        if (output->open[i].number == number) {
            close(output->open[i].fd);
            output->open[i].number = 0;
        }
    }
    partial_part_path(output, number, path);
    if (unlink(path))
        return failed(quote_bare(slice_text(path)).text, err);
    output->begun = number - 1;
    return ERR_OK;
}

struct removal {
    const struct pack_output *output;
    uint32_t count; /* 0: unfinished parts; else those of sets that have another number of parts */
};

static enum err_code remove_other(void *ctx, const char *entry, struct err *err)
{
    const struct removal *removal = ctx;
    const char *name = path_last(removal->output->path), *end = entry + strlen(name);
    bool is_other;

    (void)err;
    if (strncmp(entry, name, strlen(name)) != 0 || end[0] != '.' || three_digits(end + 1) <= 0)
        return ERR_OK;
    if (removal->count == 0)
        is_other = strcmp(end + 4, ".part") == 0;
    else
        is_other = strncmp(end + 4, "-of-", 4) == 0 && three_digits(end + 8) > 0 &&
                   end[11] == '\0' && three_digits(end + 8) != (int)removal->count;
    if (is_other)
        unlinkat(removal->output->folder, entry, 0);
    return ERR_OK;
}

/* Parts of earlier runs. What cannot be removed stays: it is in nobody's way. */
static void remove_others(const struct pack_output *output, uint32_t count)
{
    struct removal removal = {output, count};
    struct err ignored;

    if (folder_visit(output->folder, remove_other, &removal, &ignored) != ERR_OK)
        ignored.code = ERR_OK;
}

struct part_store pack_output_parts(struct pack_output *output)
{
    remove_others(output, 0);
    return (struct part_store){
        .ctx = output, .write = write_part, .read = read_part, .remove = remove_part};
}

/* --- Reading it back ---------------------------------------------------------------------------- */

/* What of [at, at + size) lies in one part. */
static enum err_code read_within_part(struct pack_output *output, uint64_t at, uint8_t *into,
                                      size_t *size, struct err *err)
{
    uint32_t number = (uint32_t)(at / output->back.body_size) + 1;
    uint64_t within = at % output->back.body_size, left = output->back.body_size - within;

    if (number != output->back.number) {
        output->back.number = 0;
        if (read_part(output, number, &output->back.part, err))
            return err->code;
        output->back.number = number;
    }
    if (*size > left)
        *size = (size_t)left;
    return image_read(&output->back.part, BUNDLE_PART_HEADER + within, into, *size, err);
}

static enum err_code read_parts(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                struct err *err)
{
    while (size > 0) {
        size_t read = size;

        if (read_within_part(ctx, at, into, &read, err))
            return err->code;
        at += read;
        into += read;
        size -= read;
    }
    return ERR_OK;
}

enum err_code pack_output_image(struct pack_output *output, uint64_t body_size, uint64_t size,
                                struct image *image, struct err *err)
{
    if (body_size == 0)
        return image_of_file(&output->fd, image, err);
    output->back.body_size = body_size;
    output->back.number = 0;
    *image = (struct image){.ctx = output, .size = size, .read = read_parts};
    return ERR_OK;
}

/* --- The end ------------------------------------------------------------------------------------ */

static enum err_code close_parts(struct pack_output *output, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < PACK_OPEN_PARTS; i++) {
        if (output->open[i].number && close_written(output->open[i].fd, err))
            rc = err->code;
        output->open[i].number = 0;
    }
    if (output->reading >= 0)
        close(output->reading);
    output->reading = -1;
    return rc;
}

static enum err_code sync_part(const struct pack_output *output, uint32_t number, struct err *err)
{
    int fd = open_part(output, number, O_RDWR, err);
    enum err_code rc = ERR_OK;

    if (fd < 0)
        return err->code;
    if (fsync(fd))
        rc = failed("cannot be synced to the disk", err);
    close(fd);
    return rc ? name_part(output, number, err) : ERR_OK;
}

static enum err_code move(const char *from, const char *to, struct err *err)
{
    if (rename(from, to))
        return failed(quote_bare(slice_text(to)).text, err);
    return ERR_OK;
}

static enum err_code commit_parts(struct pack_output *output, uint32_t count, struct err *err)
{
    char from[PATH_MAX], to[PATH_MAX];

    if (close_parts(output, err))
        return err->code;
    for (uint32_t number = 1; number <= count; number++) {
        if (sync_part(output, number, err))
            return err->code;
    }
    for (uint32_t number = 1; number <= count; number++) {
        partial_part_path(output, number, from);
        pack_output_part_path(output, number, count, to);
        if (move(from, to, err))
            return err->code;
    }
    output->begun = 0;
    remove_others(output, count);
    partial_path(output, from);
    unlink(from);
    return ERR_OK;
}

static enum err_code commit_file(struct pack_output *output, struct err *err)
{
    char from[PATH_MAX];

    partial_path(output, from);
    if (fsync(output->fd)) {
        failed("cannot be synced to the disk", err);
        return err_add(err, "%s", quote_bare(slice_text(from)).text);
    }
    return move(from, output->path, err);
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
    struct err ignored;

    if (close_parts(output, &ignored))
        ignored.code = ERR_OK;
    if (output->fd >= 0) {
        for (uint32_t number = 1; number <= output->begun; number++) {
            partial_part_path(output, number, path);
            unlink(path);
        }
        partial_path(output, path);
        unlink(path);
        close(output->fd);
    }
    if (output->folder >= 0)
        close(output->folder);
    output->fd = output->folder = -1;
}
