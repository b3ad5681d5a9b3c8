#include "resolver/source/folder.h"

#include <errno.h>
#include <limits.h>

#include "resolver/base/buf.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static struct err err;

struct seen {
    size_t count, stop_at; /* 0: never */
    char names[16][16];
};

static enum err_code see(void *ctx, const char *name, struct err *error)
{
    struct seen *seen = ctx;

    snprintf(seen->names[seen->count++ % 16], 16, "%s", name);
    return seen->count == seen->stop_at ? err_set(error, ERR_POLICY, "enough") : ERR_OK;
}

static bool has(const struct seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->count && i < 16; i++) {
        if (strcmp(seen->names[i], name) == 0)
            return true;
    }
    return false;
}

TEST(folder_visits_every_entry_and_may_be_visited_again)
{
    int fd;

    folder = temp_folder_make();
    temp_write(&folder, "a", SLICE(""));
    temp_write(&folder, ".hidden", SLICE(""));
    temp_write(&folder, "sub/below", SLICE(""));
    fd = folder_open(folder.path);
    CHECK(fd >= 0);
    for (int twice = 0; twice < 2; twice++) {
        struct seen seen = {0};

        CHECK_OK(folder_visit(fd, see, &seen, &err), err);
        CHECK_NUMBER(3, seen.count);
        CHECK(has(&seen, "a") && has(&seen, ".hidden") && has(&seen, "sub"));
    }
    CHECK(close(fd) == 0);
    temp_folder_remove(&folder);
}

TEST(folder_stops_where_visit_says_so)
{
    struct seen seen = {.stop_at = 2};
    int fd;

    folder = temp_folder_make();
    temp_write(&folder, "a", SLICE(""));
    temp_write(&folder, "b", SLICE(""));
    temp_write(&folder, "c", SLICE(""));
    fd = folder_open(folder.path);
    CHECK_ERR(ERR_POLICY, "enough", folder_visit(fd, see, &seen, &err), err);
    CHECK_NUMBER(2, seen.count);
    close(fd);
    temp_folder_remove(&folder);
}

/* What visit does to the folder through the descriptor. */
static enum err_code take_away(void *ctx, const char *name, struct err *error)
{
    (void)error;
    CHECK(unlinkat(*(const int *)ctx, name, 0) == 0);
    errno = EIO; /* is not taken for readdir's */
    return ERR_OK;
}

TEST(folder_may_change_meanwhile)
{
    int fd;

    folder = temp_folder_make();
    temp_write(&folder, "a", SLICE(""));
    temp_write(&folder, "b", SLICE(""));
    fd = folder_open(folder.path);
    CHECK_OK(folder_visit(fd, take_away, &fd, &err), err);
    CHECK_NUMBER(0, temp_count(&folder));
    close(fd);
    temp_folder_remove(&folder);
}

TEST(folder_says_what_cannot_be_listed)
{
    struct seen seen = {0};
    int fd;

    folder = temp_folder_make();
    temp_write(&folder, "file", SLICE(""));
    CHECK(folder_open(temp_path(&folder, "none")) < 0 && errno == ENOENT);
    CHECK(folder_open(temp_path(&folder, "file")) < 0 && errno == ENOTDIR);
    CHECK_ERR(ERR_IO, "Bad file descriptor", folder_visit(-1, see, &seen, &err), err);
    fd = open(temp_path(&folder, "file"), O_RDONLY | O_CLOEXEC);
    CHECK_ERR(ERR_IO, "Not a directory", folder_visit(fd, see, &seen, &err), err);
    close(fd);
    CHECK_NUMBER(0, seen.count);
    temp_folder_remove(&folder);
}

static bool is_same(int fd, const char *path)
{
    struct stat a, b;
    bool answer = fd >= 0 && fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
                  a.st_dev == b.st_dev;

    if (fd >= 0)
        close(fd);
    return answer;
}

TEST(folder_of_a_path_is_the_one_it_lies_in)
{
    static char far[PATH_MAX + 8];

    folder = temp_folder_make();
    CHECK(is_same(folder_open_of(temp_path(&folder, "file that is not there")), folder.path));
    CHECK(is_same(folder_open_of("name"), "."));
    CHECK(is_same(folder_open_of("/name"), "/"));
    CHECK(folder_open_of(temp_path(&folder, "none/file")) < 0 && errno == ENOENT);
    memset(far, '/', sizeof far - 1); /* cut off, it would be the root */
    CHECK(folder_open_of(far) < 0 && errno == ENAMETOOLONG);
    temp_folder_remove(&folder);
}
