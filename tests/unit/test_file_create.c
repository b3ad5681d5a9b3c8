/* file_create and file_sha256_fd: the parts of file.c that signing brought. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "resolver/base/hex.h"
#include "resolver/source/file.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

static void check_mode(const char *path, unsigned want)
{
    struct stat status;

    CHECK(stat(path, &status) == 0);
    CHECK_NUMBER(want, status.st_mode & 07777);
}

TEST(file_create_makes_the_file_with_its_mode_less_the_umask)
{
    struct temp_folder folder = temp_folder_make();
    mode_t mask = umask(0027);
    struct err err;

    CHECK_OK(file_create(temp_path(&folder, "a"), 0600, SLICE("secret"), &err), err);
    CHECK_OK(file_create(temp_path(&folder, "b"), 0644, SLICE("public"), &err), err);
    umask(mask);
    CHECK_TEXT("secret", temp_read(&folder, "a"));
    CHECK_TEXT("public", temp_read(&folder, "b"));
    check_mode(temp_path(&folder, "a"), 0600);
    check_mode(temp_path(&folder, "b"), 0640);
    CHECK_NUMBER(2, temp_count(&folder));
    temp_folder_remove(&folder);
}

static void check_kept(const struct temp_folder *folder, const char *name)
{
    char want[TEMP_PATH_MAX];
    struct err err;
    size_t before = temp_count(folder);

    snprintf(want, sizeof want, "%s: is there already, and is never overwritten",
             temp_path(folder, name));
    CHECK_ERR(ERR_POLICY, want, file_create(temp_path(folder, name), 0600, SLICE("new"), &err),
              err);
    CHECK_NUMBER(before, temp_count(folder));
}

TEST(file_create_never_overwrites)
{
    struct temp_folder folder = temp_folder_make();

    temp_write(&folder, "file", SLICE("old"));
    temp_write(&folder, "folder/x", SLICE(""));
    CHECK(symlink("nowhere", temp_path(&folder, "dangling")) == 0);
    CHECK(symlink("file", temp_path(&folder, "link")) == 0);
    check_kept(&folder, "file");
    check_kept(&folder, "folder");
    check_kept(&folder, "dangling");
    check_kept(&folder, "link");
    CHECK_TEXT("old", temp_read(&folder, "file"));
    temp_folder_remove(&folder);
}

TEST(file_create_in_no_folder)
{
    struct temp_folder folder = temp_folder_make();
    struct err err;

    CHECK(file_create(temp_path(&folder, "none/a"), 0600, SLICE("x"), &err) == ERR_IO);
    CHECK_NUMBER(0, temp_count(&folder));
    temp_folder_remove(&folder);
}

static void check_sha256(const struct temp_folder *folder, size_t size, const char *want)
{
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    char *bytes = calloc(1, size + 1);
    struct err err;
    int fd;

    temp_write(folder, "file", slice_of(bytes, size));
    free(bytes);
    fd = file_open(temp_path(folder, "file"), &err);
    CHECK_OK(file_sha256_fd(fd, digest, &err), err);
    close(fd);
    hex_encode(digest, sizeof digest, hex);
    CHECK_TEXT(want, slice_text(hex));
}

/* head -c SIZE /dev/zero | sha256sum */
TEST(file_sha256_fd_of_any_size)
{
    struct temp_folder folder = temp_folder_make();

    check_sha256(&folder, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha256(&folder, 1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    check_sha256(&folder, 65536,
                 "de2f256064a0af797747c2b97505dc0b9f3df0de4f489eac731c23ae9ca9cc31");
    check_sha256(&folder, 1000000,
                 "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025");
    temp_folder_remove(&folder);
}

/* A child that changes the file's time without end; it has begun when this returns. */
static pid_t keep_changing(int fd)
{
    struct timespec times[2] = {{0, UTIME_OMIT}, {1000000000, 0}};
    int begun[2];
    pid_t child;
    char byte;

    CHECK(pipe(begun) == 0);
    child = fork();
    for (long i = 0; child == 0; i++) {
        times[1].tv_nsec = i % 1000000000;
        if (futimens(fd, times) != 0 || (i == 0 && write(begun[1], "x", 1) != 1))
            _exit(1);
    }
    CHECK(child > 0 && read(begun[0], &byte, 1) == 1);
    close(begun[0]);
    close(begun[1]);
    return child;
}

TIMED_TEST(file_sha256_fd_notices_a_change)
{
    struct temp_folder folder = temp_folder_make();
    uint8_t digest[SHA256_SIZE] = {1}, zeros[SHA256_SIZE] = {0};
    struct err err;
    pid_t child;
    int fd;

    temp_write(&folder, "file", SLICE(""));
    CHECK(truncate(temp_path(&folder, "file"), 256 << 20) == 0); /* all of it a hole */
    fd = open(temp_path(&folder, "file"), O_RDWR | O_CLOEXEC);
    child = keep_changing(fd);
    CHECK_ERR(ERR_IO, "changed while it was being read", file_sha256_fd(fd, digest, &err), err);
    CHECK(memcmp(digest, zeros, sizeof digest) == 0);
    kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
    close(fd);
    temp_folder_remove(&folder);
}

/* What each of them changes is looked at by itself. */
TEST(file_unchanged_looks_at_size_and_both_times)
{
    struct temp_folder folder = temp_folder_make();
    struct stat before, other;
    struct err err;
    int fd;

    temp_write(&folder, "file", SLICE("bytes"));
    fd = open(temp_path(&folder, "file"), O_RDONLY | O_CLOEXEC);
    CHECK(fstat(fd, &before) == 0);
    CHECK_OK(file_unchanged(fd, &before, &err), err);
    for (int i = 0; i < 5; i++) {
        other = before;
        other.st_size += i == 0;
        other.st_mtim.tv_sec -= i == 1;
        other.st_mtim.tv_nsec -= i == 2;
        other.st_ctim.tv_sec -= i == 3;
        other.st_ctim.tv_nsec -= i == 4;
        CHECK_ERR(ERR_IO, "changed while it was being read", file_unchanged(fd, &other, &err), err);
    }
    other = before;
    other.st_atim.tv_sec--; /* it was read, and no more */
    CHECK_OK(file_unchanged(fd, &other, &err), err);
    close(fd);
    CHECK_ERR(ERR_IO, "Bad file descriptor", file_unchanged(-1, &before, &err), err);
    temp_folder_remove(&folder);
}

TEST(file_sha256_fd_refuses_what_is_no_file)
{
    uint8_t digest[SHA256_SIZE] = {1}, zeros[SHA256_SIZE] = {0};
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct err err;

    CHECK_ERR(ERR_IO, "is a directory, want a file", file_sha256_fd(fd, digest, &err), err);
    CHECK(memcmp(digest, zeros, sizeof digest) == 0);
    close(fd);
}
