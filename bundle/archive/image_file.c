#include "bundle/archive/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/source/file.h"

#define WRITE_BACK_EVERY ((uint64_t)8 << 20) /* bytes */

static enum err_code refuse(struct err *err)
{
    return err_set(err, file_errno_code(errno), "%s", strerror(errno));
}

static enum err_code read_file(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    const int *fd = ctx;

    while (size > 0) {
        ssize_t count = pread(*fd, into, size, (off_t)at);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return refuse(err);
        if (count == 0)
            return err_set(err, ERR_CORRUPT, "became shorter while it was being read");
        into += count;
        size -= (size_t)count;
        at += (uint64_t)count;
    }
    return ERR_OK;
}

/* A file system that knows no holes says that all is data. */
static enum err_code next_data(void *ctx, uint64_t from, uint64_t *begin, uint64_t *end,
                               struct err *err)
{
    const int *fd = ctx;
    off_t data = lseek(*fd, (off_t)from, SEEK_DATA), hole;
    struct stat status;

    if (fstat(*fd, &status))
        return refuse(err);
    *begin = *end = (uint64_t)status.st_size;
    if (data < 0 && errno == ENXIO)
        return ERR_OK;
    if (data < 0) {
        *begin = from;
        return ERR_OK;
    }
    hole = lseek(*fd, data, SEEK_HOLE);
    *begin = (uint64_t)data;
    if (hole > data)
        *end = (uint64_t)hole;
    return ERR_OK;
}

enum err_code image_of_file(int *fd, struct image *image, struct err *err)
{
    struct stat status;

    memset(image, 0, sizeof *image);
    if (fstat(*fd, &status))
        return refuse(err);
    if (!S_ISREG(status.st_mode))
        return err_set(err, ERR_IO, "is no regular file");
    *image = (struct image){
        .ctx = fd, .size = (uint64_t)status.st_size, .read = read_file, .next_data = next_data};
    return ERR_OK;
}

/* Has the disk begin with what is there already, when the file goes on from one offset to another, so that
 * syncing at the end has less to wait for. That is all it does: a failure shows when the file is synced. */
static void write_back(int fd, uint64_t from, uint64_t to)
{
    uint64_t begin = from - from % WRITE_BACK_EVERY, end = to - to % WRITE_BACK_EVERY;

    if (begin < end)
        sync_file_range(fd, (off_t)begin, (off_t)(end - begin), SYNC_FILE_RANGE_WRITE);
}

static enum err_code write_at(int fd, uint64_t at, struct slice bytes, struct err *err)
{
    uint64_t from = at;

    while (bytes.len > 0) {
        ssize_t count = pwrite(fd, bytes.ptr, bytes.len, (off_t)at);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return refuse(err);
        bytes = slice_part(bytes, (size_t)count, bytes.len);
        at += (uint64_t)count;
    }
    write_back(fd, from, at);
    return ERR_OK;
}

static enum err_code write_output(void *ctx, uint64_t at, struct slice bytes, struct err *err)
{
    const int *fd = ctx;

    return write_at(*fd, at, bytes, err);
}

static enum err_code set_size(int fd, uint64_t size, struct err *err)
{
    while (ftruncate(fd, (off_t)size)) {
        if (errno != EINTR)
            return refuse(err);
    }
    return ERR_OK;
}

static enum err_code set_output_size(void *ctx, uint64_t size, struct err *err)
{
    const int *fd = ctx;

    return set_size(*fd, size, err);
}

struct output file_output(int *fd)
{
    return (struct output){.ctx = fd, .write = write_output, .set_size = set_output_size};
}

static enum err_code empty_buffer(struct file_sink *file, struct err *err)
{
    uint64_t at = file->at - file->buffered;
    size_t len = file->buffered;

    file->buffered = 0;
    return write_at(file->fd, at, slice_of(file->buffer, len), err);
}

static enum err_code write_sink(void *ctx, struct slice bytes, struct err *err)
{
    struct file_sink *file = ctx;

    if (bytes.len > FILE_SINK_BUFFER - file->buffered && empty_buffer(file, err))
        return err->code;
    if (bytes.len >= FILE_SINK_BUFFER) {
        if (write_at(file->fd, file->at, bytes, err))
            return err->code;
    } else {
        memcpy(file->buffer + file->buffered, bytes.ptr, bytes.len);
        file->buffered += bytes.len;
    }
    file->at += bytes.len;
    return ERR_OK;
}

static enum err_code skip_sink(void *ctx, uint64_t count, struct err *err)
{
    struct file_sink *file = ctx;

    if (empty_buffer(file, err))
        return err->code;
    write_back(file->fd, file->at, file->at + count);
    file->at += count;
    return ERR_OK;
}

struct sink file_sink_start(struct file_sink *file, int fd)
{
    file->fd = fd;
    file->at = 0;
    file->buffered = 0;
    return (struct sink){.ctx = file, .write = write_sink, .skip = skip_sink};
}

enum err_code file_sink_flush(struct file_sink *file, struct err *err)
{
    if (empty_buffer(file, err))
        return err->code;
    return set_size(file->fd, file->at, err);
}
