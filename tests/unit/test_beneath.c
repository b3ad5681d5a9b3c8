/* Both ways to open, openat2 and step by step, must answer alike. */
#include "resolver/source/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>

#include "tests/unit/temp_folder.h"

static struct temp_folder temp;
static int root;

static void link_to(const char *target, const char *name)
{
    CHECK(symlink(target, temp_path(&temp, name)) == 0);
}

static void begin(void)
{
    temp = temp_folder_make();
    temp_write(&temp, "outside/secret", SLICE("secret"));
    temp_write(&temp, "root/file", SLICE("file"));
    temp_write(&temp, "root/sub/deep", SLICE("deep"));
    root = open(temp_path(&temp, "root"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(root >= 0);
}

static void end(void)
{
    close(root);
    temp_folder_remove(&temp);
}

typedef int open_fn(int root, const char *name, int flags);

static open_fn *const ways[] = {beneath_open, beneath_open_stepwise};

/* Whether fd is open on the file at path. */
static bool is_file(int fd, const char *path)
{
    struct stat have, want;

    return fstat(fd, &have) == 0 && stat(path, &want) == 0 && have.st_ino == want.st_ino &&
           have.st_dev == want.st_dev;
}

/* want: the path of what is opened, or NULL for a failure with that errno. */
static void check_flags(const char *name, int flags, const char *want, int want_errno)
{
    for (size_t i = 0; i < 2; i++) {
        bool is_right;
        int fd;

        errno = 0;
        fd = ways[i](root, name, flags);
        is_right = want ? fd >= 0 && is_file(fd, temp_path(&temp, want))
                        : fd == -1 && errno == want_errno;
        if (!is_right)
            printf("%s, way %zu: descriptor %d, %s\n", name, i, fd, strerror(errno));
        CHECK(is_right);
        CHECK(fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC));
        if (fd >= 0)
            close(fd);
    }
}

static void check(const char *name, const char *want, int want_errno)
{
    check_flags(name, O_RDONLY | O_NONBLOCK, want, want_errno);
}

TEST(beneath_opens_files_and_folders)
{
    begin();
    check("file", "root/file", 0);
    check("sub", "root/sub", 0);
    check("sub/deep", "root/sub/deep", 0);
    check(".", "root", 0);
    check("./sub/./deep", "root/sub/deep", 0);
    check("sub//deep", "root/sub/deep", 0);
    check("sub/", "root/sub", 0);
    check_flags("sub", O_RDONLY | O_DIRECTORY, "root/sub", 0);
    end();
}

TEST(beneath_says_what_is_absent)
{
    char name[NAME_MAX + 2];

    begin();
    check("", NULL, ENOENT);
    check("nothing", NULL, ENOENT);
    check("sub/nothing", NULL, ENOENT);
    check("nothing/deep", NULL, ENOENT);
    check("file/x", NULL, ENOTDIR);
    check("file/", NULL, ENOTDIR);
    check("file/.", NULL, ENOTDIR);
    check_flags("file", O_RDONLY | O_DIRECTORY, NULL, ENOTDIR);
    memset(name, 'x', sizeof name);
    name[NAME_MAX + 1] = '\0';
    check(name, NULL, ENAMETOOLONG);
    end();
}

TEST(beneath_never_goes_above_the_root)
{
    begin();
    check("..", NULL, EXDEV);
    check("../", NULL, EXDEV);
    check("../root/file", NULL, EXDEV);
    check("../outside/secret", NULL, EXDEV);
    check("sub/../..", NULL, EXDEV);
    check("sub/../../outside/secret", NULL, EXDEV);
    check("/etc/passwd", NULL, EXDEV);
    check("/", NULL, EXDEV);
    check("sub/..", "root", 0);
    check("sub/../file", "root/file", 0);
    check("sub/../sub/../sub/deep", "root/sub/deep", 0);
    end();
}

TEST(beneath_follows_links_that_stay_inside)
{
    begin();
    link_to("file", "root/in");
    link_to("sub", "root/in-sub");
    link_to("sub/", "root/in-sub-slash");
    link_to("../file", "root/sub/up");
    link_to("..", "root/sub/up-dir");
    link_to(".", "root/dot");
    link_to("sub/..", "root/sub-up");
    link_to("in-sub/up-dir/in", "root/chain");
    check("in", "root/file", 0);
    check("in-sub", "root/sub", 0);
    check("in-sub/deep", "root/sub/deep", 0);
    check("in-sub-slash", "root/sub", 0);
    check("in-sub-slash/deep", "root/sub/deep", 0);
    check("sub/up", "root/file", 0);
    check("sub/up-dir", "root", 0);
    check("sub/up-dir/file", "root/file", 0);
    check("dot", "root", 0);
    check("dot/dot/file", "root/file", 0);
    check("sub-up", "root", 0);
    check("chain", "root/file", 0);
    end();
}

/* How mounted configuration maps look. */
TEST(beneath_follows_the_links_of_a_configuration_map)
{
    begin();
    temp_write(&temp, "root/..2024_01_01/v2.2.0.json", SLICE("{}"));
    link_to("..2024_01_01", "root/..data");
    link_to("..data/v2.2.0.json", "root/v2.2.0.json");
    check("v2.2.0.json", "root/..2024_01_01/v2.2.0.json", 0);
    end();
}

TEST(beneath_refuses_links_that_lead_out)
{
    char absolute[TEMP_PATH_MAX];

    begin();
    snprintf(absolute, sizeof absolute, "%s/root/file", temp.path);
    link_to("../outside/secret", "root/out");
    link_to("../outside", "root/out-dir");
    link_to("../../outside/secret", "root/sub/out");
    link_to("../root/file", "root/out-and-in");
    link_to("..", "root/up");
    link_to("sub/../..", "root/sub-up-up");
    link_to(absolute, "root/absolute");
    link_to("/", "root/slash");
    link_to("out", "root/to-out");
    check("out", NULL, EXDEV);
    check("out-dir/secret", NULL, EXDEV);
    check("out-dir", NULL, EXDEV);
    check("sub/out", NULL, EXDEV);
    check("out-and-in", NULL, EXDEV);
    check("up", NULL, EXDEV);
    check("up/root/file", NULL, EXDEV);
    check_flags("up", O_RDONLY | O_DIRECTORY, NULL, EXDEV);
    check("sub-up-up", NULL, EXDEV);
    check("absolute", NULL, EXDEV);
    check("slash", NULL, EXDEV);
    check("slash/etc/passwd", NULL, EXDEV);
    check("to-out", NULL, EXDEV);
    end();
}

TEST(beneath_ends_in_links_that_lead_nowhere)
{
    begin();
    link_to("nothing", "root/dangling");
    link_to("file/", "root/file-slash");
    link_to("file/x", "root/below-file");
    check("dangling", NULL, ENOENT);
    check("dangling/x", NULL, ENOENT);
    check("file-slash", NULL, ENOTDIR);
    check("below-file", NULL, ENOTDIR);
    end();
}

TEST(beneath_ends_in_loops)
{
    begin();
    link_to("loop", "root/loop");
    link_to("b", "root/a");
    link_to("./a", "root/b");
    link_to("grow/x", "root/grow");
    check("loop", NULL, ELOOP);
    check("loop/x", NULL, ELOOP);
    check("a", NULL, ELOOP);
    check("grow", NULL, ELOOP);
    end();
}

TEST(beneath_follows_forty_links)
{
    char from[32], to[32];

    begin();
    link_to("file", "root/l1");
    for (int i = 2; i <= BENEATH_LINKS_MAX + 1; i++) {
        snprintf(from, sizeof from, "root/l%d", i);
        snprintf(to, sizeof to, "l%d", i - 1);
        link_to(to, from);
    }
    check("l40", "root/file", 0);
    check("l41", NULL, ELOOP);
    end();
}

TEST(beneath_does_not_follow_with_nofollow)
{
    begin();
    link_to("file", "root/in");
    link_to("nothing", "root/dangling");
    link_to("sub", "root/in-sub");
    check_flags("in", O_RDONLY | O_NOFOLLOW, NULL, ELOOP);
    check_flags("dangling", O_RDONLY | O_NOFOLLOW, NULL, ELOOP);
    check_flags("in-sub/deep", O_RDONLY | O_NOFOLLOW, "root/sub/deep", 0);
    check_flags("file", O_PATH | O_NOFOLLOW, "root/file", 0);
    for (size_t i = 0; i < 2; i++) {
        int fd = ways[i](root, "dangling", O_PATH | O_NOFOLLOW);
        struct stat status;

        CHECK(fd >= 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode));
        close(fd);
    }
    end();
}

TEST(beneath_creates_below_alone)
{
    begin();
    link_to("../outside/new", "root/out");
    check_flags("out", O_WRONLY | O_CREAT, NULL, EXDEV);
    CHECK(!temp_exists(&temp, "outside/new"));
    for (size_t i = 0; i < 2; i++) {
        int fd = ways[i](root, "sub/new", O_WRONLY | O_CREAT | O_EXCL);

        CHECK(fd >= 0 && is_file(fd, temp_path(&temp, "root/sub/new")));
        close(fd);
        check_flags("sub/new", O_WRONLY | O_CREAT | O_EXCL, NULL, EEXIST);
        CHECK(unlink(temp_path(&temp, "root/sub/new")) == 0);
    }
    end();
}

/* A folder on the way need not be listed, only passed through. */
TEST(beneath_passes_through_folders_that_cannot_be_listed)
{
    begin();
    CHECK(chmod(temp.path, 0755) == 0 && chmod(temp_path(&temp, "root/sub"), 0711) == 0);
    CHECK(geteuid() != 0 || seteuid(65534) == 0);
    check("sub/deep", "root/sub/deep", 0);
    CHECK(getuid() != 0 || seteuid(0) == 0);
    end();
}

static size_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

TEST(beneath_leaves_no_descriptors_behind)
{
    size_t before;

    begin();
    link_to("../..", "root/sub/out");
    link_to("loop", "root/loop");
    before = count_descriptors();
    for (int i = 0; i < 20; i++) {
        check("sub/deep", "root/sub/deep", 0);
        check("sub/nothing", NULL, ENOENT);
        check("sub/out", NULL, EXDEV);
        check("sub/../loop", NULL, ELOOP);
    }
    CHECK_NUMBER(before, count_descriptors());
    end();
}

TEST(beneath_has_a_greatest_depth_step_by_step)
{
    char name[256] = "root";
    int fd;

    begin();
    for (int i = 0; i <= BENEATH_DEPTH_MAX; i++)
        memcpy(name + 4 + 2 * i, "/d", 3);
    for (char *slash = name + 4; slash; slash = strchr(slash + 1, '/')) {
        char folder[256];

        snprintf(folder, sizeof folder, "%.*s/d", (int)(slash - name), name);
        CHECK(mkdir(temp_path(&temp, folder), 0777) == 0);
    }
    errno = 0;
    CHECK(beneath_open_stepwise(root, name + 5, O_RDONLY) == -1 && errno == ELOOP);
    name[strlen(name) - 2] = '\0';
    fd = beneath_open_stepwise(root, name + 5, O_RDONLY);
    CHECK(fd >= 0);
    close(fd);
    end();
}

/* "././.../file", that many characters in all. */
static const char *long_name(size_t len)
{
    static char name[8192];

    for (size_t i = 0; i < len; i++)
        name[i] = i % 2 ? '/' : '.';
    memcpy(name + len - 4, "file", 5);
    return name;
}

TEST(beneath_takes_names_up_to_the_systems_limit)
{
    begin();
    check(long_name(PATH_MAX - 2), "root/file", 0);
    check(long_name(PATH_MAX), NULL, ENAMETOOLONG);
    end();
}
