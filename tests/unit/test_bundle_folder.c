#include "bundle/archive/bundle_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

TEST(bundle_folder_opens_files_below_it_and_no_others)
{
    char path[] = "build/test-bundle-folder.XXXXXX";
    struct bundle_file file;
    struct bundle_files files;
    uint8_t into[5];
    struct err err;
    int fd, one;

    mkdir("build", 0777);
    CHECK(mkdtemp(path) != NULL);
    fd = open(path, O_RDONLY | O_DIRECTORY);
    one = openat(fd, "index.json", O_WRONLY | O_CREAT, 0666);
    CHECK(write(one, "hello", 5) == 5);
    close(one);
    CHECK(symlinkat("/etc/passwd", fd, "oci-layout") == 0);
    CHECK(mkdirat(fd, "blobs", 0777) == 0);
    CHECK(mkfifoat(fd, "fifo", 0666) == 0);
    files = bundle_folder(&fd);
    CHECK_OK(files.open(files.ctx, "index.json", &file, &err), err);
    CHECK_OK(image_read(&file.image, 0, into, 5, &err), err);
    CHECK(memcmp(into, "hello", 5) == 0);
    files.close(files.ctx, &file);
    CHECK_ERR(ERR_NOT_FOUND, "is not in the folder", files.open(files.ctx, "x", &file, &err), err);
    CHECK_ERR(ERR_NOT_FOUND, "is not in the folder",
              files.open(files.ctx, "index.json/x", &file, &err), err);
    CHECK_ERR(ERR_POLICY, "a symbolic link leads out of the folder",
              files.open(files.ctx, "oci-layout", &file, &err), err);
    CHECK_ERR(ERR_IO, "is no regular file", files.open(files.ctx, "blobs", &file, &err), err);
    CHECK_ERR(ERR_IO, "is no regular file", files.open(files.ctx, "fifo", &file, &err), err);
    unlinkat(fd, "index.json", 0);
    unlinkat(fd, "oci-layout", 0);
    unlinkat(fd, "fifo", 0);
    unlinkat(fd, "blobs", AT_REMOVEDIR);
    close(fd);
    CHECK(rmdir(path) == 0);
}
