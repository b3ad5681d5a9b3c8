#include "bundle/import/repository.h"

#include <string.h>
#include <sys/wait.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

#define MEMORY ((size_t)1 << 20)

static struct temp_folder folder;
static struct repository repository;
static struct arena arena;

static void begin(void)
{
    struct err err;

    folder = temp_folder_make();
    arena_init_heap(&arena, MEMORY);
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
}

static void end(void)
{
    repository_close(&repository);
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

/* The message without the folder's own, which differs each time. */
static const char *rest(const struct err *err)
{
    size_t len = strlen(folder.path);

    return strncmp(err->msg, folder.path, len) == 0 ? err->msg + len : err->msg;
}

#define CHECK_REST(code, text, call, err)      \
    do {                                       \
        CHECK_NUMBER(code, (call));            \
        CHECK_TEXT(text, slice_text(rest(&(err)))); \
    } while (0)

TEST(repository_undo_removes_what_was_made)
{
    struct repository second;
    struct err err;

    begin();
    CHECK_NUMBER(ERR_IO, repository_open(temp_path(&folder, "repo"), &second, &err));
    CHECK(temp_exists(&folder, "repo/.sealift/lock")); /* what failed has not made it */
    repository_undo(&repository);
    CHECK(!temp_exists(&folder, "repo"));
    CHECK(repository.fd == -1 && repository.hidden == -1 && repository.lock == -1);
    end();
}

TEST(repository_undo_leaves_what_was_there)
{
    struct err err;

    begin();
    repository_close(&repository);
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
    repository_undo(&repository);
    CHECK(temp_exists(&folder, "repo/.sealift/lock"));
    CHECK(remove(temp_path(&folder, "repo/.sealift/lock")) == 0);
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
    repository_undo(&repository);
    CHECK(temp_exists(&folder, "repo/.sealift") && !temp_exists(&folder, "repo/.sealift/lock"));
    CHECK(remove(temp_path(&folder, "repo/.sealift")) == 0);
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
    repository_undo(&repository);
    CHECK(temp_exists(&folder, "repo") && !temp_exists(&folder, "repo/.sealift"));
    end();
}

TEST(repository_undo_leaves_what_came_in)
{
    begin();
    temp_write(&folder, "repo/.sealift/staged", SLICE("x"));
    repository_undo(&repository);
    CHECK(temp_exists(&folder, "repo/.sealift/staged"));
    CHECK(!temp_exists(&folder, "repo/.sealift/lock"));
    end();
}

/* An import that fails takes its lock away while another one is about to take it. */
TEST(repository_lock_that_was_removed_locks_nothing)
{
    enum { ROUNDS = 300 };
    struct err err;
    pid_t other;
    int status, wrong = 0;

    folder = temp_folder_make();
    other = fork();
    for (int i = 0; i < ROUNDS; i++) {
        enum err_code rc = repository_open(temp_path(&folder, "repo"), &repository, &err);

        if (rc != ERR_OK) {
            wrong += strstr(err.msg, "another import") == NULL;
            continue;
        }
        wrong += !temp_exists(&folder, "repo/.sealift/lock");
        repository_undo(&repository);
    }
    if (other == 0)
        _exit(wrong != 0);
    CHECK_NUMBER(0, wrong);
    CHECK(waitpid(other, &status, 0) == other && status == 0);
    temp_folder_remove(&folder);
}

TEST(repository_is_made_and_locked)
{
    struct repository second;
    char want[128];
    struct err err;

    begin();
    CHECK(temp_exists(&folder, "repo/.sealift/lock"));
    snprintf(want, sizeof want, "/repo/.sealift/lock: another import or table publish is at work in this repository, "
             "process %ld: wait for its end", (long)getpid());
    CHECK_REST(ERR_IO, want, repository_open(temp_path(&folder, "repo"), &second, &err), err);
    CHECK(second.fd == -1 && second.hidden == -1 && second.lock == -1);
    repository_close(&repository);
    CHECK_OK(repository_open(temp_path(&folder, "repo"), &repository, &err), err);
    end();
}

TEST(repository_is_refused_where_it_cannot_be_trusted)
{
    struct repository other;
    struct err err;

    begin();
    CHECK_REST(ERR_IO, "/no/repo: No such file or directory",
               repository_open(temp_path(&folder, "no/repo"), &other, &err), err);
    temp_write(&folder, "file", SLICE(""));
    CHECK_REST(ERR_IO, "/file: Not a directory",
               repository_open(temp_path(&folder, "file"), &other, &err), err);
    CHECK(mkdir(temp_path(&folder, "open"), 0755) == 0 &&
          mkdir(temp_path(&folder, "open/.sealift"), 0755) == 0 &&
          chmod(temp_path(&folder, "open/.sealift"), 0775) == 0);
    CHECK_REST(ERR_POLICY, "/open/.sealift: others than its owner can write it (mode 775, want 755)",
               repository_open(temp_path(&folder, "open"), &other, &err), err);
    CHECK(mkdir(temp_path(&folder, "link"), 0755) == 0 &&
          symlink("../open", temp_path(&folder, "link/.sealift")) == 0);
    CHECK_NUMBER(ERR_IO, repository_open(temp_path(&folder, "link"), &other, &err));
    if (geteuid() == 0) {
        CHECK(mkdir(temp_path(&folder, "theirs"), 0755) == 0 &&
              chown(temp_path(&folder, "theirs"), 4321, 4321) == 0);
        CHECK_REST(ERR_POLICY, "/theirs: belongs to another user (uid 4321, this is 0): work as that "
                   "user", repository_open(temp_path(&folder, "theirs"), &other, &err), err);
    }
    end();
}

TEST(repository_reads_what_is_there)
{
    static const uint8_t want[SHA256_SIZE] = {0xba, 0x78, 0x16, 0xbf};
    struct repository_file file;
    struct err err;
    int fd;

    begin();
    temp_write(&folder, "repo/a/b/file", SLICE("abc"));
    CHECK_OK(repository_read(&repository, "a/b/file", 3, &arena, &file, &err), err);
    CHECK(file.is_there && file.size == 3);
    CHECK_TEXT("abc", file.bytes);
    CHECK_REST(ERR_LIMIT, "/repo/a/b/file: 3 bytes, at most 2 are allowed",
               repository_read(&repository, "a/b/file", 2, &arena, &file, &err), err);
    CHECK_OK(repository_read(&repository, "a/none/file", 3, &arena, &file, &err), err);
    CHECK(!file.is_there);
    CHECK_OK(repository_digest(&repository, "a/b/file", 3, &file, &err), err);
    CHECK(file.is_there && memcmp(file.digest, want, 4) == 0);
    CHECK_OK(repository_digest(&repository, "a/b/file", 4, &file, &err), err);
    CHECK(file.is_there && file.size == 3 && file.digest[0] == 0);
    CHECK_OK(repository_digest(&repository, "a/b/none", 3, &file, &err), err);
    CHECK(!file.is_there);
    CHECK_OK(repository_open_file(&repository, "a/b/none", &fd, &err), err);
    CHECK(fd == -1);
    end();
}

TEST(repository_follows_no_link)
{
    static const char want[] = ": a part of it is a symbolic link or a file, and neither is gone through";
    char message[256];
    struct repository_file file;
    const char *last;
    struct err err;
    int fd;

    begin();
    temp_write(&folder, "repo/a/file", SLICE("abc"));
    CHECK(symlink("a", temp_path(&folder, "repo/inside")) == 0);
    CHECK(symlink("file", temp_path(&folder, "repo/a/link")) == 0);
    snprintf(message, sizeof message, "/repo/inside/file%s", want);
    CHECK_REST(ERR_POLICY, message,
               repository_read(&repository, "inside/file", 3, &arena, &file, &err), err);
    CHECK_NUMBER(ERR_POLICY, repository_folder(&repository, "inside/file", true, &fd, &last, &err));
    CHECK(fd == -1);
    CHECK_NUMBER(ERR_POLICY, repository_read(&repository, "a/link", 3, &arena, &file, &err));
    CHECK_NUMBER(ERR_POLICY, repository_folder(&repository, "a/file/x", true, &fd, &last, &err));
    CHECK_REST(ERR_POLICY, "/repo/a: is there and is no file",
               repository_read(&repository, "a", 3, &arena, &file, &err), err);
    CHECK_NUMBER(ERR_BUG, repository_folder(&repository, "../x", true, &fd, &last, &err));
    CHECK_NUMBER(ERR_BUG, repository_folder(&repository, "a/../../x", true, &fd, &last, &err));
    CHECK_NUMBER(ERR_BUG, repository_folder(&repository, "/x", true, &fd, &last, &err));
    CHECK_NUMBER(ERR_BUG, repository_folder(&repository, "a/./x", true, &fd, &last, &err));
    CHECK(fd == -1);
    end();
}

TEST(repository_makes_folders)
{
    const char *last;
    struct err err;
    int fd;

    begin();
    CHECK_OK(repository_folder(&repository, "x/y/z", false, &fd, &last, &err), err);
    CHECK(fd == -1 && !temp_exists(&folder, "repo/x"));
    CHECK_OK(repository_folder(&repository, "x/y/z", true, &fd, &last, &err), err);
    CHECK(fd >= 0 && temp_exists(&folder, "repo/x/y"));
    CHECK_TEXT("z", slice_text(last));
    close(fd);
    CHECK_OK(repository_folder(&repository, "z", false, &fd, &last, &err), err);
    CHECK(fd >= 0);
    close(fd);
    end();
}

static enum err_code count_entry(void *ctx, const char *entry, struct err *err)
{
    int *count = ctx;

    ++*count;
    return strcmp(entry, "stop") == 0 ? err_set(err, ERR_LIMIT, "stop") : ERR_OK;
}

TEST(repository_lists_the_folder_of_a_file)
{
    struct err err;
    int count = 0;

    begin();
    temp_write(&folder, "repo/a/one", SLICE(""));
    temp_write(&folder, "repo/a/two", SLICE(""));
    CHECK_OK(repository_siblings(&repository, "a/one", count_entry, &count, &err), err);
    CHECK_NUMBER(2, count);
    CHECK_OK(repository_siblings(&repository, "b/one", count_entry, &count, &err), err);
    CHECK_NUMBER(2, count);
    temp_write(&folder, "repo/c/stop", SLICE(""));
    CHECK_REST(ERR_LIMIT, "/repo/c/x: stop",
               repository_siblings(&repository, "c/x", count_entry, &count, &err), err);
    end();
}
