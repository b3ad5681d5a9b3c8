#include "resolver/source/file.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder temp;
static struct arena arena;

static void begin(void)
{
    temp = temp_folder_make();
    arena_init_heap(&arena, (size_t)1 << 20);
}

static void end(void)
{
    arena_clear(&arena);
    temp_folder_remove(&temp);
}

/* Root may do anything; these two lines of a test may not. */
static void become_nobody(void)
{
    CHECK(chmod(temp.path, 0555) == 0);
    CHECK(geteuid() != 0 || seteuid(65534) == 0);
}

static void become_oneself(void)
{
    CHECK(getuid() != 0 || seteuid(0) == 0);
    CHECK(chmod(temp.path, 0755) == 0);
}

static struct slice read_path(const char *path, size_t max_bytes, enum err_code code,
                              const char *reason)
{
    struct slice bytes = SLICE("stale");
    char want[1024];
    struct err err;

    snprintf(want, sizeof want, "%s: %s", path, reason);
    CHECK_ERR(code, want, file_read(path, max_bytes, &arena, &bytes, &err), err);
    if (code)
        CHECK(bytes.ptr == NULL && bytes.len == 0);
    return bytes;
}

static struct slice read_temp(const char *name, size_t max_bytes, enum err_code code,
                              const char *reason)
{
    return read_path(temp_path(&temp, name), max_bytes, code, reason);
}

TEST(file_looks)
{
    bool is_there;
    struct err err;

    begin();
    temp_write(&temp, "a/file", SLICE("x"));
    CHECK(symlink("nowhere", temp_path(&temp, "link")) == 0);
    CHECK_OK(file_look(temp_path(&temp, "a"), &is_there, &err), err);
    CHECK(is_there);
    CHECK_OK(file_look(temp_path(&temp, "link"), &is_there, &err), err);
    CHECK(is_there);
    CHECK_OK(file_look(temp_path(&temp, "b"), &is_there, &err), err);
    CHECK(!is_there);
    CHECK_OK(file_look(temp_path(&temp, "a/file/c"), &is_there, &err), err);
    CHECK(!is_there);
    end();
}

TEST(file_read_gives_the_whole)
{
    begin();
    temp_write(&temp, "file", SLICE("bytes\0and more"));
    CHECK(slice_equal(SLICE("bytes\0and more"), read_temp("file", 100, ERR_OK, "")));
    temp_write(&temp, "empty", SLICE(""));
    CHECK_NUMBER(0, read_temp("empty", 100, ERR_OK, "").len);
    CHECK_NUMBER(0, read_temp("empty", 0, ERR_OK, "").len);
    CHECK(symlink("file", temp_path(&temp, "link")) == 0);
    CHECK_NUMBER(14, read_temp("link", 100, ERR_OK, "").len);
    end();
}

TEST(file_read_is_capped)
{
    begin();
    temp_write(&temp, "file", SLICE("12345"));
    CHECK_TEXT("12345", read_temp("file", 5, ERR_OK, ""));
    read_temp("file", 4, ERR_LIMIT, "5 bytes, at most 4 are allowed");
    end();
}

TEST(file_read_names_what_is_no_file)
{
    begin();
    CHECK(mkdir(temp_path(&temp, "folder"), 0777) == 0);
    CHECK(mkfifo(temp_path(&temp, "fifo"), 0666) == 0);
    CHECK(symlink("fifo", temp_path(&temp, "link")) == 0);
    read_temp("folder", 100, ERR_IO, "is a directory, want a file");
    read_temp("fifo", 100, ERR_IO, "is a FIFO, want a file");
    read_temp("link", 100, ERR_IO, "is a FIFO, want a file");
    read_path("/dev/null", 100, ERR_IO, "is a device, want a file");
    read_path("/dev/zero", 100, ERR_IO, "is a device, want a file");
    end();
}

TEST(file_read_of_a_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    begin();
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", temp.path);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    read_temp("socket", 100, ERR_IO, "No such device or address");
    close(fd);
    end();
}

TEST(file_read_of_what_is_not_there)
{
    begin();
    CHECK(symlink("nothing", temp_path(&temp, "dangling")) == 0);
    CHECK(symlink("loop", temp_path(&temp, "loop")) == 0);
    read_temp("nothing", 100, ERR_IO, "No such file or directory");
    read_temp("dangling", 100, ERR_IO, "No such file or directory");
    read_temp("loop", 100, ERR_IO, "Too many levels of symbolic links");
    read_path("", 100, ERR_IO, "No such file or directory");
    end();
}

TEST(file_read_of_what_may_not_be_read)
{
    begin();
    temp_write(&temp, "file", SLICE("x"));
    CHECK(chmod(temp_path(&temp, "file"), 0) == 0);
    become_nobody();
    read_temp("file", 100, ERR_IO, "Permission denied");
    become_oneself();
    end();
}

TEST(file_read_escapes_the_path)
{
    struct slice bytes;
    struct err err;

    begin();
    CHECK_ERR(ERR_IO, "/no\\x0asuch/file: No such file or directory",
              file_read("/no\nsuch/file", 1, &arena, &bytes, &err), err);
    end();
}

/* Files of /proc say that they are empty; an offset is as good as a file that shrank. */
TEST(file_read_of_what_grows_or_shrinks)
{
    struct slice bytes = SLICE("stale");
    struct err err;
    int fd;

    begin();
    read_path("/proc/self/status", 1 << 16, ERR_IO, "changed while it was being read");
    temp_write(&temp, "file", SLICE("12345"));
    fd = open(temp_path(&temp, "file"), O_RDONLY | O_CLOEXEC);
    CHECK(lseek(fd, 1, SEEK_SET) == 1);
    CHECK_ERR(ERR_IO, "changed while it was being read",
              file_read_fd(fd, 100, &arena, &bytes, &err), err);
    CHECK(bytes.ptr == NULL && bytes.len == 0);
    close(fd);
    end();
}

TEST(file_read_needs_memory)
{
    struct arena none;
    struct slice bytes;
    struct err err;

    begin();
    temp_write(&temp, "file", SLICE("12345"));
    arena_init_fixed(&none, NULL, 0);
    CHECK_ERR(ERR_LIMIT, NULL, file_read(temp_path(&temp, "file"), 100, &none, &bytes, &err), err);
    CHECK(bytes.ptr == NULL);
    end();
}

TEST(file_open_gives_a_descriptor_of_a_regular_file)
{
    struct err err;
    int fd;

    begin();
    temp_write(&temp, "file", SLICE("12345"));
    fd = file_open(temp_path(&temp, "file"), &err);
    CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
    close(fd);
    CHECK(file_open(temp.path, &err) == -1);
    CHECK(slice_ends(slice_text(err.msg), ": is a directory, want a file"));
    end();
}

TEST(file_errno_codes)
{
    CHECK_NUMBER(ERR_LIMIT, file_errno_code(ENOSPC));
    CHECK_NUMBER(ERR_LIMIT, file_errno_code(EDQUOT));
    CHECK_NUMBER(ERR_LIMIT, file_errno_code(EFBIG));
    CHECK_NUMBER(ERR_LIMIT, file_errno_code(ENOMEM));
    CHECK_NUMBER(ERR_IO, file_errno_code(EIO));
    CHECK_NUMBER(ERR_IO, file_errno_code(EACCES));
    CHECK_NUMBER(ERR_IO, file_errno_code(0));
}

TEST(file_write_fd_says_why_it_fails)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct err err;

    CHECK_ERR(ERR_LIMIT, "No space left on device", file_write_fd(full, SLICE("x"), &err), err);
    close(full);
    CHECK_ERR(ERR_IO, "Bad file descriptor", file_write_fd(-1, SLICE("x"), &err), err);
    CHECK_OK(file_write_fd(-1, SLICE(""), &err), err);
}

/* --- file_replace ---------------------------------------------------------------------------- */

static unsigned mode_of(const char *name)
{
    struct stat status = {0};

    CHECK(lstat(temp_path(&temp, name), &status) == 0);
    return (unsigned)status.st_mode & 07777;
}

static void replace(const char *name, const char *bytes)
{
    struct err err;

    CHECK_OK(file_replace(temp_path(&temp, name), 0640, slice_text(bytes), &err), err);
}

static void refuse(const char *path, enum err_code code, const char *reason)
{
    char want[1024];
    struct err err;

    snprintf(want, sizeof want, "%s: %s", path, reason);
    CHECK_ERR(code, want, file_replace(path, 0640, SLICE("new"), &err), err);
}

TEST(file_replace_makes_a_new_file_with_its_mode_less_the_umask)
{
    mode_t mask;

    begin();
    mask = umask(0022);
    replace("file", "new");
    umask(0077);
    replace("other", "new");
    umask(mask);
    CHECK_TEXT("new", temp_read(&temp, "file"));
    CHECK_NUMBER(0640, mode_of("file"));
    CHECK_NUMBER(0600, mode_of("other"));
    CHECK_NUMBER(2, temp_count(&temp));
    end();
}

TEST(file_replace_keeps_the_mode_that_was)
{
    static const unsigned modes[] = {0600, 0444, 0755, 0604};

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        begin();
        temp_write(&temp, "file", SLICE("a longer old text"));
        CHECK(chmod(temp_path(&temp, "file"), modes[i]) == 0);
        replace("file", "new");
        CHECK_TEXT("new", temp_read(&temp, "file"));
        CHECK_NUMBER(modes[i], mode_of("file"));
        CHECK_NUMBER(1, temp_count(&temp));
        end();
    }
}

TEST(file_replace_keeps_the_owner_under_root)
{
    struct stat status;

    if (geteuid() != 0)
        return;
    begin();
    temp_write(&temp, "file", SLICE("old"));
    CHECK(chown(temp_path(&temp, "file"), 12, 34) == 0);
    replace("file", "new");
    CHECK(stat(temp_path(&temp, "file"), &status) == 0);
    CHECK_NUMBER(12, status.st_uid);
    CHECK_NUMBER(34, status.st_gid);
    end();
}

TEST(file_replace_changes_the_file_in_one_step)
{
    struct slice bytes;
    struct err err;
    int fd;

    begin();
    temp_write(&temp, "file", SLICE("old"));
    fd = open(temp_path(&temp, "file"), O_RDONLY | O_CLOEXEC);
    replace("file", "new");
    CHECK_OK(file_read_fd(fd, 100, &arena, &bytes, &err), err);
    CHECK_TEXT("old", bytes);
    close(fd);
    end();
}

TEST(file_replace_follows_links_and_keeps_them)
{
    begin();
    temp_write(&temp, "sub/file", SLICE("old"));
    CHECK(symlink("sub/file", temp_path(&temp, "link")) == 0);
    CHECK(symlink("../link", temp_path(&temp, "sub/again")) == 0);
    replace("sub/again", "new");
    CHECK_TEXT("new", temp_read(&temp, "sub/file"));
    CHECK(readlink(temp_path(&temp, "link"), (char[16]){0}, 16) == 8);
    CHECK(readlink(temp_path(&temp, "sub/again"), (char[16]){0}, 16) == 7);
    CHECK_NUMBER(4, temp_count(&temp));
    end();
}

TEST(file_replace_in_the_current_folder)
{
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct err err;

    begin();
    CHECK(chdir(temp.path) == 0);
    CHECK_OK(file_replace("file", 0600, SLICE("new"), &err), err);
    CHECK_OK(file_replace("file", 0600, SLICE("newer"), &err), err);
    CHECK(fchdir(here) == 0);
    CHECK_TEXT("newer", temp_read(&temp, "file"));
    CHECK_NUMBER(1, temp_count(&temp));
    close(here);
    end();
}

/* The folders above the current one need not be passed through. */
TEST(file_replace_in_the_current_folder_alone)
{
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct err err;

    begin();
    temp_write(&temp, "sub/file", SLICE("old"));
    CHECK(chmod(temp_path(&temp, "sub"), 0777) == 0 && chdir(temp_path(&temp, "sub")) == 0);
    CHECK(chmod(temp.path, 0700) == 0 && (geteuid() != 0 || seteuid(65534) == 0));
    CHECK_OK(file_replace("file", 0600, SLICE("new"), &err), err);
    become_oneself();
    CHECK(fchdir(here) == 0);
    CHECK_TEXT("new", temp_read(&temp, "sub/file"));
    close(here);
    end();
}

TEST(file_replace_refuses_what_is_no_file)
{
    begin();
    CHECK(mkdir(temp_path(&temp, "folder"), 0777) == 0);
    CHECK(mkfifo(temp_path(&temp, "fifo"), 0666) == 0);
    CHECK(symlink("fifo", temp_path(&temp, "link")) == 0);
    CHECK(symlink("nothing", temp_path(&temp, "dangling")) == 0);
    refuse(temp_path(&temp, "folder"), ERR_IO, "is a directory, want a file");
    refuse(temp_path(&temp, "fifo"), ERR_IO, "is a FIFO, want a file");
    refuse(temp_path(&temp, "link"), ERR_IO, "is a FIFO, want a file");
    refuse(temp_path(&temp, "dangling"), ERR_IO, "is a symbolic link that leads nowhere");
    CHECK_NUMBER(4, temp_count(&temp));
    end();
}

/* A device of the test's own: code that is wrong here must not cost the machine its /dev/null. */
TEST(file_replace_refuses_a_device)
{
    begin();
    if (mknod(temp_path(&temp, "device"), S_IFCHR | 0666, makedev(1, 3)) == 0) {
        refuse(temp_path(&temp, "device"), ERR_IO, "is a device, want a file");
        CHECK_NUMBER(1, temp_count(&temp));
    } else {
        test_skip("only root can make devices");
    }
    end();
}

/* As "--output /dev/stdout | other": what the link names is no path. */
TEST(file_replace_refuses_a_pipe_by_its_descriptor)
{
    char path[64];
    int ends[2];

    begin();
    CHECK(pipe(ends) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
    CHECK(symlink(path, temp_path(&temp, "stdout")) == 0);
    refuse(temp_path(&temp, "stdout"), ERR_IO, "is a FIFO, want a file");
    CHECK_NUMBER(1, temp_count(&temp));
    close(ends[0]);
    close(ends[1]);
    end();
}

TEST(file_replace_needs_its_folder)
{
    begin();
    refuse(temp_path(&temp, "nothing/file"), ERR_IO, "its folder: No such file or directory");
    temp_write(&temp, "file", SLICE("old"));
    refuse(temp_path(&temp, "file/x"), ERR_IO, "its folder: Not a directory");
    CHECK_TEXT("old", temp_read(&temp, "file"));
    end();
}

TEST(file_replace_in_a_folder_that_may_not_be_written)
{
    begin();
    temp_write(&temp, "file", SLICE("old"));
    CHECK(chmod(temp_path(&temp, "file"), 0666) == 0);
    become_nobody();
    refuse(temp_path(&temp, "file"), ERR_IO, "a temporary file beside it: Permission denied");
    become_oneself();
    CHECK_TEXT("old", temp_read(&temp, "file"));
    CHECK_NUMBER(1, temp_count(&temp));
    end();
}

/* A limit on the size of files does as well as a full disk. */
TEST(file_replace_on_a_full_disk)
{
    struct rlimit before, small = {1, RLIM_INFINITY};
    void (*handler)(int);

    begin();
    temp_write(&temp, "file", SLICE("old"));
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small.rlim_max = before.rlim_max;
    handler = signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    refuse(temp_path(&temp, "file"), ERR_LIMIT, "File too large");
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    signal(SIGXFSZ, handler);
    CHECK_TEXT("old", temp_read(&temp, "file"));
    CHECK_NUMBER(1, temp_count(&temp));
    end();
}

TEST(file_replace_of_a_name_too_long)
{
    char name[256];
    struct err err;

    begin();
    memset(name, 'x', 255);
    name[255] = '\0';
    CHECK_ERR(ERR_IO, NULL, file_replace(temp_path(&temp, name), 0640, SLICE("new"), &err), err);
    CHECK(slice_ends(slice_text(err.msg), "...: a temporary file beside it: File name too long"));
    CHECK_NUMBER(0, temp_count(&temp));
    end();
}
