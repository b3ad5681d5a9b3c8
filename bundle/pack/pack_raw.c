#include "bundle/pack/pack_raw.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bundle/archive/frames_alone.h"
#include "bundle/archive/image_file.h"
#include "resolver/base/quote.h"
#include "resolver/source/beneath.h"
#include "resolver/source/file.h"

struct magic {
    struct slice bytes;
    const char *what;
};

/* What people give for a raw image by mistake. */
static enum err_code check_magic(struct slice begin, struct err *err)
{
    static const struct magic magics[] = {
        {{(const uint8_t *)"\x28\xb5\x2f\xfd", 4}, "compressed with zstd"},
        {{(const uint8_t *)"\x1f\x8b", 2}, "compressed with gzip"},
        {{(const uint8_t *)"\xfd" "7zXZ", 5}, "compressed with xz"},
        {{(const uint8_t *)"BZh", 3}, "compressed with bzip2"},
        {{(const uint8_t *)"QFI\xfb", 4}, "a qcow2 disk"},
        {{(const uint8_t *)"KDMV", 4}, "a VMDK disk"},
        {{(const uint8_t *)"vhdxfile", 8}, "a VHDX disk"},
        {{(const uint8_t *)"conectix", 8}, "a VHD disk"},
    };

    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (slice_equal(slice_part(begin, 0, magics[i].bytes.len), magics[i].bytes))
            return err_set(err, ERR_FORMAT, "is %s, want a raw disk image: unpack it first",
                           magics[i].what);
    }
    return ERR_OK;
}

/* --- Reading, as the writer does ---------------------------------------------------------------- */

static void report(struct pack_raw *raw, uint64_t end)
{
    struct pack_raws *raws = raw->raws;

    if (raws->reading != raw) {
        raws->read_before += raws->read_now;
        raws->reading = raw;
    }
    raws->read_now = end;
    if (raws->report)
        raws->report(raws->ctx, raws->read_before + end);
}

static enum err_code read_raw(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    struct pack_raw *raw = ctx;
    enum err_code rc = raw->inner.read(raw->inner.ctx, at, into, size, err);

    if (rc == ERR_OK && at == 0 && raw->https)
        rc = check_magic(slice_of(into, size), err);
    if (rc == ERR_OK)
        report(raw, at + size);
    else if (!raw->https || rc == ERR_FORMAT)
        err_add(err, "%s", pack_show(raw->place).text);
    return rc;
}

static enum err_code next_data(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                               struct err *err)
{
    const struct pack_raw *raw = ctx;

    if (raw->inner.next_data(raw->inner.ctx, from, begin, end, err))
        return err_add(err, "%s", pack_show(raw->place).text);
    return ERR_OK;
}

/* --- Opening ------------------------------------------------------------------------------------ */

static struct pack_raw *new_raw(struct pack_raws *raws, struct slice place, struct err *err)
{
    struct pack_raw *raw = arena_alloc(raws->arena, sizeof *raw, err);

    if (!raw)
        return NULL;
    raw->fd = -1;
    raw->raws = raws;
    raw->place = arena_copy(raws->arena, place, err);
    return raw->place ? raw : NULL;
}

static void keep(struct pack_raws *raws, struct pack_raw *raw)
{
    raw->image = (struct image){.ctx = raw,
                                .size = raw->inner.size,
                                .read = read_raw,
                                .next_data = raw->inner.next_data ? next_data : NULL};
    raw->next = raws->first;
    raws->first = raw;
}

static struct pack_raw *find_file(const struct pack_raws *raws, const struct stat *status)
{
    for (struct pack_raw *raw = raws->first; raw; raw = raw->next) {
        if (raw->fd >= 0 && raw->status.st_dev == status->st_dev &&
            raw->status.st_ino == status->st_ino)
            return raw;
    }
    return NULL;
}

struct beginning {
    uint8_t bytes[8];
    size_t len;
};

static enum err_code read_beginning(const struct image *image, struct beginning *out,
                                    struct err *err)
{
    out->len = image->size < sizeof out->bytes ? (size_t)image->size : sizeof out->bytes;
    if (image->size == 0)
        return err_set(err, ERR_FORMAT, "is empty, want a raw disk image");
    return image_read(image, 0, out->bytes, out->len, err);
}

/* The disk in a compressed file is the image. */
static enum err_code open_frames(struct pack_raw *raw, struct err *err)
{
    struct frames_facts facts;

    raw->stored = raw->inner;
    if (frames_alone_facts(&raw->stored, &facts, err)) {
        const struct err reason = *err;

        return reason.code != ERR_FORMAT ? reason.code
                                         : err_set(err, ERR_FORMAT, "%s: unpack it first (zstd -d)",
                                                   reason.msg);
    }
    if (frames_image_open(&raw->stored, &facts, raw->raws->arena, &raw->frames, err))
        return err->code;
    raw->inner = raw->frames.image;
    return ERR_OK;
}

static enum err_code open_image(struct pack_raw *raw, struct err *err)
{
    struct beginning begin;

    if (image_of_file(&raw->fd, &raw->inner, err) || read_beginning(&raw->inner, &begin, err))
        return err->code;
    if (frames_alone_is(slice_of(begin.bytes, begin.len)) &&
        (open_frames(raw, err) || read_beginning(&raw->inner, &begin, err)))
        return err->code;
    return check_magic(slice_of(begin.bytes, begin.len), err);
}

static enum err_code fill_file(struct pack_raw *raw, const struct stat *status, struct err *err)
{
    if (open_image(raw, err)) {
        frames_image_close(&raw->frames);
        return err->code;
    }
    raw->status = *status;
    return ERR_OK;
}

/* Takes the descriptor over: it is the image's, or closed. */
static enum err_code add_file(struct pack_raws *raws, int fd, const char *place,
                              struct pack_raw **out, struct err *err)
{
    struct stat status;
    struct pack_raw *raw = fstat(fd, &status) == 0 ? find_file(raws, &status) : NULL;

    if (raw) {
        close(fd);
        *out = raw;
        return ERR_OK;
    }
    raw = new_raw(raws, slice_text(place), err);
    if (raw)
        raw->fd = fd;
    if (!raw || fill_file(raw, &status, err)) {
        close(fd);
        return err->code;
    }
    keep(raws, raw);
    *out = raw;
    return ERR_OK;
}

enum err_code pack_raws_file(struct pack_raws *raws, const char *path, struct pack_raw **raw,
                             struct err *err)
{
    int fd = file_open(path, err);

    *raw = NULL;
    if (fd < 0)
        return err->code;
    if (add_file(raws, fd, path, raw, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    return ERR_OK;
}

static bool is_absent(int number)
{
    return number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG;
}

static enum err_code open_beneath(struct pack_raws *raws, int folder, const char *name,
                                  const char *place, struct pack_raw **raw, struct err *err)
{
    int fd = beneath_open(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);

    if (fd < 0 && is_absent(errno))
        return ERR_OK;
    if (fd < 0 && errno == EXDEV)
        return err_set(err, ERR_POLICY, "a symbolic link leads out of the repository");
    if (fd < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    return add_file(raws, fd, place, raw, err);
}

enum err_code pack_raws_beneath(struct pack_raws *raws, int folder, const char *name,
                                const char *place, struct pack_raw **raw, struct err *err)
{
    char paths[2][PATH_MAX];

    *raw = NULL;
    if (open_beneath(raws, folder, name, place, raw, err))
        return err_add(err, "%s", pack_show(place).text);
    /* The image as `import --keep-compressed` leaves it. */
    if (*raw || snprintf(paths[0], PATH_MAX, "%s.zst", name) >= PATH_MAX ||
        snprintf(paths[1], PATH_MAX, "%s.zst", place) >= PATH_MAX)
        return ERR_OK;
    if (open_beneath(raws, folder, paths[0], paths[1], raw, err))
        return err_add(err, "%s", pack_show(paths[1]).text);
    return ERR_OK;
}

static struct pack_raw *find_url(const struct pack_raws *raws, const char *url)
{
    for (struct pack_raw *raw = raws->first; raw; raw = raw->next) {
        if (raw->url && strcmp(raw->url, url) == 0)
            return raw;
    }
    return NULL;
}

enum err_code pack_raws_url(struct pack_raws *raws, const char *url, struct pack_raw **out,
                            struct err *err)
{
    struct image_https *https;
    struct pack_raw *raw = find_url(raws, url);

    *out = raw;
    if (raw)
        return ERR_OK;
    if (image_https_open(raws->fetch, url, raws->arena, &https, err))
        return err->code;
    if (!https)
        return ERR_OK;
    raw = new_raw(raws, slice_part(slice_text(url), 0, slice_find(slice_text(url), '?')), err);
    if (!raw) {
        image_https_close(&https);
        return err->code;
    }
    raw->https = https;
    raw->url = url;
    raw->inner = image_https_image(https);
    keep(raws, raw);
    if (raw->inner.size == 0)
        return err_set(err, ERR_FORMAT, "%s: is empty, want a raw disk image",
                       pack_show(raw->place).text);
    *out = raw;
    return ERR_OK;
}

/* --- All of them -------------------------------------------------------------------------------- */

/* Bytes in holes, as far as they are known. */
static uint64_t holes_of(const struct image *image)
{
    uint64_t holes = 0, at = 0, begin, end;
    struct err ignored;

    while (image->next_data && at < image->size &&
           image->next_data(image->ctx, at, &begin, &end, &ignored) == ERR_OK && end > at) {
        holes += begin - at;
        at = end;
    }
    return holes;
}

void pack_raws_size(const struct pack_raws *raws, uint64_t *size, uint64_t *holes)
{
    *size = *holes = 0;
    for (const struct pack_raw *raw = raws->first; raw; raw = raw->next) {
        *size += raw->image.size;
        *holes += holes_of(&raw->inner);
    }
}

enum err_code pack_raws_unchanged(const struct pack_raws *raws, struct err *err)
{
    for (const struct pack_raw *raw = raws->first; raw; raw = raw->next) {
        if (raw->fd >= 0 && file_unchanged(raw->fd, &raw->status, err))
            return err_add(err, "%s", pack_show(raw->place).text);
    }
    return ERR_OK;
}

bool pack_raws_cleartext(const struct pack_raws *raws)
{
    for (const struct pack_raw *raw = raws->first; raw; raw = raw->next) {
        if (raw->https && image_https_is_cleartext(raw->https))
            return true;
    }
    return false;
}

void pack_raws_close(struct pack_raws *raws)
{
    for (struct pack_raw *raw = raws->first; raw; raw = raw->next) {
        frames_image_close(&raw->frames);
        if (raw->fd >= 0)
            close(raw->fd);
        image_https_close(&raw->https);
    }
    raws->first = NULL;
}
