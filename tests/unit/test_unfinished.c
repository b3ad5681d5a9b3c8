#include "resolver/source/unfinished.h"

#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static const char *path;

static void begin(void)
{
    folder = temp_folder_make();
    path = temp_path(&folder, "file.part");
}

static void check_not_own(const char *want, const struct stat *status, bool is_private)
{
    const char *have = unfinished_not_own(path, status, is_private);

    CHECK_TEXT(want ? want : "", slice_text(have ? have : ""));
    CHECK_NUMBER(0, temp_count(&folder));
}

TEST(unfinished_not_own_says_why)
{
    struct stat status = {.st_mode = S_IFREG | 0666, .st_nlink = 1, .st_uid = geteuid()};

    begin();
    check_not_own(NULL, &status, false);
    check_not_own("can be written to by others", &status, true);
    status.st_mode = S_IFREG | 0620;
    check_not_own("can be written to by others", &status, true);
    status.st_mode = S_IFREG | 0644;
    check_not_own(NULL, &status, true);
    status.st_nlink = 0;
    check_not_own(NULL, &status, false);
    status.st_uid++;
    check_not_own("belongs to another user", &status, false);
    check_not_own("belongs to another user", &status, true);
    status.st_nlink = 2;
    check_not_own("has several names", &status, false);
    status.st_mode = S_IFIFO | 0600;
    check_not_own("is no regular file", &status, false);
    status.st_mode = S_IFLNK | 0777;
    check_not_own("is a symbolic link", &status, false);
    temp_folder_remove(&folder);
}

TEST(unfinished_is_made_and_kept)
{
    struct stat status;
    struct err err;
    int fd, second;

    begin();
    CHECK_OK(unfinished_open(path, 0600, true, &fd, &err), err);
    CHECK(fstat(fd, &status) == 0 && (status.st_mode & 07777) == 0600);
    CHECK(write(fd, "some", 4) == 4);
    CHECK_ERR(ERR_IO, "another run is writing to it", unfinished_open(path, 0600, true, &second, &err), err);
    CHECK_NUMBER(-1, second);
    close(fd);
    CHECK_OK(unfinished_open(path, 0666, true, &fd, &err), err);
    close(fd);
    CHECK_TEXT("some", temp_read(&folder, "file.part"));
    CHECK_OK(unfinished_open(path, 0666, false, &fd, &err), err);
    CHECK(fstat(fd, &status) == 0 && status.st_size == 0);
    close(fd);
    CHECK_NUMBER(1, temp_count(&folder));
    temp_folder_remove(&folder);
}

TEST(unfinished_refuses_what_others_could_have_left)
{
    struct err err;
    int fd;

    begin();
    CHECK(symlink("elsewhere", path) == 0);
    CHECK_ERR(ERR_POLICY, "is in the way: it is a symbolic link; remove it", unfinished_open(path, 0600, true, &fd, &err),
              err);
    CHECK_NUMBER(-1, fd);
    CHECK_NUMBER(1, temp_count(&folder));
    CHECK(unlink(path) == 0 && mkfifo(path, 0600) == 0);
    CHECK_ERR(ERR_POLICY, "is in the way: it is no regular file; remove it",
              unfinished_open(path, 0600, true, &fd, &err), err);
    CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
    CHECK_ERR(ERR_IO, "cannot be opened: Is a directory", unfinished_open(path, 0600, true, &fd, &err), err);
    CHECK(rmdir(path) == 0);
    temp_write(&folder, "file.part", SLICE("some"));
    CHECK(link(path, temp_path(&folder, "other")) == 0);
    CHECK_ERR(ERR_POLICY, "is in the way: it has several names; remove it",
              unfinished_open(path, 0600, true, &fd, &err), err);
    CHECK(unlink(temp_path(&folder, "other")) == 0);
    if (geteuid() == 0) {
        CHECK(chown(path, 65534, 65534) == 0);
        CHECK_ERR(ERR_POLICY, "is in the way: it belongs to another user; remove it",
                  unfinished_open(path, 0600, true, &fd, &err), err);
    }
    CHECK_TEXT("some", temp_read(&folder, "file.part"));
    CHECK_ERR(ERR_IO, "cannot be opened: No such file or directory",
              unfinished_open(temp_path(&folder, "no/file"), 0600, true, &fd, &err), err);
    temp_folder_remove(&folder);
}
