#include "bundle/pack/pack_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

static enum err_code failed(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

/* --- Names -------------------------------------------------------------------------------------- */

static void partial_path(const struct pack_parts *parts, uint32_t number, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s.%03" PRIu32 ".part", PATH_MAX - PACK_PARTS_END_SIZE, parts->bundle,
             number);
}

void pack_parts_path(const char *bundle, uint32_t number, uint32_t count, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%.*s.%03" PRIu32 "-of-%03" PRIu32, PATH_MAX - PACK_PARTS_END_SIZE, bundle,
             number, count);
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

/* --- Writing ------------------------------------------------------------------------------------ */

static int *find_open(struct pack_parts *parts, uint32_t number)
{
    for (size_t i = 0; i < PACK_PARTS_OPEN; i++) {
        if (parts->open[i].number == number)
            return &parts->open[i].fd;
    }
    return NULL;
}

static enum err_code name_part(const struct pack_parts *parts, uint32_t number, struct err *err)
{
    char path[PATH_MAX];

    partial_path(parts, number, path);
    return err_add(err, "%s", quote_bare(slice_text(path)).text);
}

static int open_part(const struct pack_parts *parts, uint32_t number, int flags, struct err *err)
{
    char path[PATH_MAX];
    int fd;

    partial_path(parts, number, path);
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
    struct pack_parts *parts = ctx;
    int *fd = find_open(parts, number);

    if (!fd) {
        struct pack_part *part = &parts->open[parts->oldest];
        int is_new = number > parts->begun ? O_EXCL : 0; /* what was there has been removed */
        int opened = open_part(parts, number, O_RDWR | O_CREAT | is_new, err);

        if (opened < 0)
            return err->code;
        if (part->number && close_written(part->fd, err)) {
            close(opened);
            part->number = 0;
            return err->code;
        }
        parts->oldest = (parts->oldest + 1) % PACK_PARTS_OPEN;
        *part = (struct pack_part){.number = number, .fd = opened};
        fd = &part->fd;
    }
    if (number > parts->begun)
        parts->begun = number;
    *out = file_output(fd);
    return ERR_OK;
}

static void close_reading(struct pack_parts *parts)
{
    if (parts->reading.number)
        close(parts->reading.fd);
    parts->reading.number = 0;
}

static enum err_code read_part(void *ctx, uint32_t number, struct image *image, struct err *err)
{
    struct pack_parts *parts = ctx;
    int fd;

    close_reading(parts);
    fd = open_part(parts, number, O_RDONLY, err);
    if (fd < 0)
        return err->code;
    parts->reading = (struct pack_part){.number = number, .fd = fd};
    return image_of_file(&parts->reading.fd, image, err) ? name_part(parts, number, err) : ERR_OK;
}

static enum err_code remove_part(void *ctx, uint32_t number, struct err *err)
{
    struct pack_parts *parts = ctx;
    char path[PATH_MAX];

    for (size_t i = 0; i < PACK_PARTS_OPEN; i++) {
        if (parts->open[i].number == number) {
            close(parts->open[i].fd);
            parts->open[i].number = 0;
        }
    }
    partial_path(parts, number, path);
    if (unlink(path))
        return failed(quote_bare(slice_text(path)).text, err);
    parts->begun = number - 1;
    return ERR_OK;
}

struct removal {
    const struct pack_parts *parts;
    uint32_t count; /* 0: unfinished parts; else those of sets that have another number of parts */
};

static enum err_code remove_other(void *ctx, const char *entry, struct err *err)
{
    const struct removal *removal = ctx;
    const char *name = path_last(removal->parts->bundle), *end = entry + strlen(name);
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
        unlinkat(removal->parts->folder, entry, 0);
    return ERR_OK;
}

/* Parts of earlier runs. What cannot be removed stays: it is in nobody's way. */
static void remove_others(const struct pack_parts *parts, uint32_t count)
{
    struct removal removal = {parts, count};
    struct err ignored;

    if (folder_visit(parts->folder, remove_other, &removal, &ignored) != ERR_OK)
        ignored.code = ERR_OK;
}

struct part_store pack_parts_store(struct pack_parts *parts)
{
    remove_others(parts, 0);
    return (struct part_store){
        .ctx = parts, .write = write_part, .read = read_part, .remove = remove_part};
}

/* --- Reading it back ---------------------------------------------------------------------------- */

/* What of [at, at + size) lies in one part. */
static enum err_code read_within_part(struct pack_parts *parts, uint64_t at, uint8_t *into,
                                      size_t *size, struct err *err)
{
    uint32_t number = (uint32_t)(at / parts->back.body_size) + 1;
    uint64_t within = at % parts->back.body_size, left = parts->back.body_size - within;

    if (number != parts->back.number) {
        parts->back.number = 0;
        if (read_part(parts, number, &parts->back.part, err))
            return err->code;
        parts->back.number = number;
    }
    if (*size > left)
        *size = (size_t)left;
    return image_read(&parts->back.part, BUNDLE_PART_HEADER + within, into, *size, err);
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

struct image pack_parts_image(struct pack_parts *parts, uint64_t body_size, uint64_t size)
{
    parts->back.body_size = body_size;
    parts->back.number = 0;
    return (struct image){.ctx = parts, .size = size, .read = read_parts};
}

/* --- The end ------------------------------------------------------------------------------------ */

static enum err_code close_parts(struct pack_parts *parts, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < PACK_PARTS_OPEN; i++) {
        if (parts->open[i].number && close_written(parts->open[i].fd, err))
            rc = err->code;
        parts->open[i].number = 0;
    }
    close_reading(parts);
    return rc;
}

static enum err_code sync_part(const struct pack_parts *parts, uint32_t number, struct err *err)
{
    int fd = open_part(parts, number, O_RDWR, err);
    enum err_code rc = ERR_OK;

    if (fd < 0)
        return err->code;
    if (fsync(fd))
        rc = failed("cannot be synced to the disk", err);
    close(fd);
    return rc ? name_part(parts, number, err) : ERR_OK;
}

enum err_code pack_parts_commit(struct pack_parts *parts, uint32_t count, struct err *err)
{
    char from[PATH_MAX], to[PATH_MAX];

    if (close_parts(parts, err))
        return err->code;
    for (uint32_t number = 1; number <= count; number++) {
        if (sync_part(parts, number, err))
            return err->code;
    }
    for (uint32_t number = 1; number <= count; number++) {
        partial_path(parts, number, from);
        pack_parts_path(parts->bundle, number, count, to);
        if (rename(from, to))
            return failed(quote_bare(slice_text(to)).text, err);
    }
    parts->begun = 0;
    remove_others(parts, count);
    return ERR_OK;
}

void pack_parts_close(struct pack_parts *parts)
{
    char path[PATH_MAX];
    struct err ignored;

    if (close_parts(parts, &ignored))
        ignored.code = ERR_OK;
    for (uint32_t number = 1; number <= parts->begun; number++) {
        partial_path(parts, number, path);
        unlink(path);
    }
    parts->begun = 0;
}
