#include "bundle/archive/image_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* An open file without a name. */
static int temporary(void)
{
    char path[] = "build/test-image-file.XXXXXX";
    int fd;

    mkdir("build", 0777);
    fd = mkstemp(path);
    CHECK(fd >= 0);
    unlink(path);
    return fd;
}

TEST(image_file_reads_and_knows_holes)
{
    int fd = temporary();
    struct image image;
    uint64_t begin, end;
    uint8_t into[8];
    struct err err;

    CHECK(ftruncate(fd, 1 << 20) == 0 && pwrite(fd, "hello", 5, 512 << 10) == 5);
    CHECK_OK(image_of_file(&fd, &image, &err), err);
    CHECK_NUMBER(1 << 20, image.size);
    CHECK_OK(image_read(&image, 512 << 10, into, 5, &err), err);
    CHECK(memcmp(into, "hello", 5) == 0);
    CHECK_OK(image.next_data(image.ctx, 0, &begin, &end, &err), err);
    CHECK(begin <= 512 << 10 && end > 512 << 10);
    CHECK_OK(image.next_data(image.ctx, 1 << 20, &begin, &end, &err), err);
    CHECK_NUMBER(1 << 20, begin);
    CHECK(ftruncate(fd, 100) == 0);
    CHECK_ERR(ERR_CORRUPT, "became shorter while it was being read",
              image_read(&image, 96, into, 8, &err), err);
    close(fd);
    CHECK_ERR(ERR_IO, "Bad file descriptor", image_read(&image, 0, into, 8, &err), err);
    CHECK_ERR(ERR_IO, "Bad file descriptor", image.next_data(image.ctx, 0, &begin, &end, &err),
              err);
    CHECK_ERR(ERR_IO, "Bad file descriptor", image_of_file(&fd, &image, &err), err);
}

TEST(image_file_wants_a_regular_file)
{
    int fd = open("/dev/null", O_RDONLY);
    struct image image;
    struct err err;

    CHECK_ERR(ERR_IO, "is no regular file", image_of_file(&fd, &image, &err), err);
    CHECK(!image.read);
    close(fd);
}

TEST(image_file_writes_at_offsets)
{
    int fd = temporary();
    struct output output = file_output(&fd);
    char into[11] = "";
    struct err err;

    CHECK_OK(output.write(output.ctx, 5, SLICE("world"), &err), err);
    CHECK_OK(output.write(output.ctx, 0, SLICE("hello!"), &err), err);
    CHECK_OK(output.set_size(output.ctx, 8, &err), err);
    CHECK_NUMBER(8, pread(fd, into, 10, 0));
    CHECK_TEXT("hello!or", slice_text(into));
    close(fd);
    fd = open("/dev/null", O_RDONLY);
    CHECK_ERR(ERR_IO, "Bad file descriptor", output.write(output.ctx, 0, SLICE("x"), &err), err);
    CHECK_ERR(ERR_IO, "Invalid argument", output.set_size(output.ctx, 0, &err), err);
    close(fd);
    fd = open("/dev/full", O_WRONLY);
    CHECK_ERR(ERR_LIMIT, "No space left on device", output.write(output.ctx, 0, SLICE("x"), &err),
              err);
    close(fd);
}

TEST(image_file_sink_leaves_holes)
{
    static struct file_sink file;
    static uint8_t large[2 * FILE_SINK_BUFFER];
    int fd = temporary();
    struct sink sink = file_sink_start(&file, fd);
    uint8_t *back = malloc(3 << 20);
    struct stat status;
    struct err err;

    memset(large, 'x', sizeof large);
    CHECK_OK(sink.write(sink.ctx, SLICE("begin"), &err), err);
    CHECK_OK(sink.skip(sink.ctx, (1 << 20) - 5, &err), err);
    CHECK_OK(sink.write(sink.ctx, SLICE("a"), &err), err);
    CHECK_OK(sink.write(sink.ctx, slice_of(large, sizeof large), &err), err);
    CHECK_OK(sink.write(sink.ctx, slice_of(large, FILE_SINK_BUFFER - 1), &err), err);
    CHECK_OK(sink.write(sink.ctx, SLICE("bc"), &err), err);
    CHECK_OK(sink.skip(sink.ctx, 1000, &err), err);
    CHECK_OK(file_sink_flush(&file, &err), err);
    CHECK(fstat(fd, &status) == 0);
    CHECK_NUMBER((1 << 20) + 1 + 3 * FILE_SINK_BUFFER - 1 + 2 + 1000, status.st_size);
    CHECK(status.st_blocks * 512 < 1 << 20);
    CHECK(pread(fd, back, (size_t)status.st_size, 0) == status.st_size);
    CHECK(memcmp(back, "begin\0\0", 7) == 0 && back[1 << 20] == 'a' &&
          back[(1 << 20) + 1] == 'x');
    CHECK(memcmp(back + status.st_size - 1003, "xbc\0", 4) == 0);
    free(back);
    close(fd);
}

TEST(image_file_sink_says_when_the_disk_is_full)
{
    static struct file_sink file;
    static uint8_t large[FILE_SINK_BUFFER];
    int fd = open("/dev/full", O_WRONLY);
    struct sink sink = file_sink_start(&file, fd);
    struct err err;

    CHECK_ERR(ERR_LIMIT, "No space left on device",
              sink.write(sink.ctx, slice_of(large, sizeof large), &err), err);
    CHECK_OK(sink.write(sink.ctx, SLICE("x"), &err), err);
    CHECK_ERR(ERR_LIMIT, "No space left on device", sink.skip(sink.ctx, 1, &err), err);
    CHECK_OK(sink.write(sink.ctx, SLICE("x"), &err), err);
    CHECK_ERR(ERR_LIMIT, "No space left on device", file_sink_flush(&file, &err), err);
    CHECK_OK(sink.write(sink.ctx, SLICE("x"), &err), err);
    CHECK_ERR(ERR_LIMIT, "No space left on device",
              sink.write(sink.ctx, slice_of(large, sizeof large), &err), err);
    close(fd);
}
