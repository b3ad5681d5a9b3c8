#include "bundle/archive/unpacked.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bundle/archive/image_file.h"
#include "bundle/archive/zstd_image.h"
#include "resolver/base/quote.h"
#include "resolver/base/zeros.h"
#include "resolver/source/file.h"

#define FOLDER "/tmp"
#define PIECE (ZSTD_IMAGE_HOLE * 32)

static enum err_code refuse(const char *what, struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s: %s", what, strerror(errno));
}

/* Where the kernel or the file system makes no files without a name, one with a name loses it. */
static int make_file(const char *folder, struct err *err)
{
    char path[PATH_MAX];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    if ((size_t)snprintf(path, sizeof path, "%s/sealift-XXXXXX", folder) >= sizeof path)
        errno = ENAMETOOLONG;
    else
        fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    else
        refuse("no temporary file can be made there", err);
    return fd;
}

static enum err_code check_space(int fd, uint64_t wanted, struct err *err)
{
    struct statvfs space;
    uint64_t have;

    if (fstatvfs(fd, &space))
        return refuse("its file system does not tell its free space", err);
    have = (uint64_t)space.f_bavail * (space.f_frsize ? space.f_frsize : space.f_bsize);
    if (have >= wanted)
        return ERR_OK;
    return err_set(err, ERR_LIMIT, "no space: the image has %" PRIu64 " bytes of data when decompressed, "
                   "%" PRIu64 " are free: let TMPDIR name a folder with room", wanted, have);
}

/* Blocks of zeros are passed over. */
static enum err_code put(const struct sink *sink, struct slice raw, struct err *err)
{
    while (raw.len > 0) {
        bool is_zero;
        size_t len = zeros_run(raw, ZSTD_IMAGE_HOLE, &is_zero);
        enum err_code rc = is_zero ? sink->skip(sink->ctx, len, err)
                                   : sink->write(sink->ctx, slice_part(raw, 0, len), err);

        if (rc != ERR_OK)
            return rc;
        raw = slice_part(raw, len, raw.len);
    }
    return ERR_OK;
}

static enum err_code copy(const struct zstd_image *zstd, int fd, struct arena *arena, struct err *err)
{
    const struct image *raw = &zstd->image;
    struct file_sink *file = arena_alloc(arena, sizeof *file, err);
    uint8_t piece[PIECE];
    struct sink sink;

    if (!file)
        return err->code;
    sink = file_sink_start(file, fd);
    for (uint64_t at = 0; at < raw->size;) {
        size_t len = raw->size - at < PIECE ? (size_t)(raw->size - at) : PIECE;

        if (image_read(raw, at, piece, len, err) || put(&sink, slice_of(piece, len), err))
            return err->code;
        at += len;
    }
    return file_sink_flush(file, err);
}

static enum err_code make(const struct zstd_image *zstd, const char *folder, struct arena *arena,
                          struct unpacked *unpacked, struct err *err)
{
    unpacked->fd = make_file(folder, err);
    if (unpacked->fd < 0 || check_space(unpacked->fd, zstd->data_size, err))
        return err_add(err, "%s", quote_bare(slice_text(folder)).text);
    if (copy(zstd, unpacked->fd, arena, err))
        return err->code;
    return image_of_file(&unpacked->fd, &unpacked->image, err);
}

enum err_code unpacked_open(const struct image *file, const char *folder, struct arena *arena,
                            struct unpacked *unpacked, struct err *err)
{
    struct zstd_image zstd;
    enum err_code rc;

    *unpacked = (struct unpacked){.fd = -1};
    rc = zstd_image_open(file, arena, &zstd, err);
    if (rc != ERR_OK)
        return rc;
    rc = make(&zstd, folder && *folder ? folder : FOLDER, arena, unpacked, err);
    zstd_image_close(&zstd);
    if (rc != ERR_OK)
        unpacked_close(unpacked);
    return rc;
}

void unpacked_close(struct unpacked *unpacked)
{
    if (unpacked->fd >= 0)
        close(unpacked->fd);
    *unpacked = (struct unpacked){.fd = -1};
}
