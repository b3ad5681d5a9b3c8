#include "resolver/source/part_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char folder[64], path[80];
static struct part_files files;
static struct err err;

static void open_files(void)
{
    snprintf(folder, sizeof folder, "/tmp/sealift-files-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/image", folder);
    CHECK_OK(part_files_init(&files, path, &err), err);
}

static void end_files(void)
{
    part_files_remove(&files);
    unlink(path);
    CHECK(rmdir(folder) == 0);
}

static void put(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

TEST(part_files_have_names)
{
    CHECK_OK(part_files_init(&files, "dir/x", &err), err);
    CHECK_TEXT("dir/x", slice_text(files.path));
    CHECK_TEXT("dir/x.part", slice_text(files.part));
    CHECK_TEXT("dir/x.part", slice_text(files.shown.text));
    CHECK_TEXT("dir/x.part.json", slice_text(files.state));
    CHECK_TEXT("dir/x.part.json.new", slice_text(files.state_new));
}

TEST(part_files_refuse_paths)
{
    char longest[PATH_MAX + 1];

    CHECK_ERR(ERR_USAGE, "\"\": not the name of a file to download to",
              part_files_init(&files, "", &err), err);
    CHECK_ERR(ERR_USAGE, "\"a/\": not the name of a file to download to",
              part_files_init(&files, "a/", &err), err);
    memset(longest, 'a', sizeof longest);
    longest[PATH_MAX - 15] = '\0';
    CHECK_OK(part_files_init(&files, longest, &err), err);
    longest[PATH_MAX - 15] = 'a';
    longest[PATH_MAX - 14] = '\0';
    CHECK(part_files_init(&files, longest, &err) == ERR_USAGE);
    CHECK_ERR(ERR_IO, "/dev/null: exists and is not a regular file",
              part_files_init(&files, "/dev/null", &err), err);
    CHECK_ERR(ERR_IO, "/tmp: exists and is not a regular file",
              part_files_init(&files, "/tmp", &err), err);
}

TEST(part_files_save_and_load)
{
    static struct part_state state, read;
    const char *why = NULL;

    open_files();
    CHECK(!part_files_load(&files, &read, &why));
    CHECK_TEXT("there is no state beside it", slice_text(why));
    part_state_init(&state, SLICE("http://h/"));
    state.mark.length = 7;
    CHECK_OK(part_files_save(&files, &state, &err), err);
    CHECK(part_files_load(&files, &read, &why));
    CHECK(memcmp(&state, &read, sizeof state) == 0);
    CHECK(access(files.state_new, F_OK) != 0);
    if (geteuid() == 0) {
        CHECK(chown(files.state, 65534, 65534) == 0);
        CHECK(!part_files_load(&files, &read, &why));
        CHECK(chown(files.state, 0, 0) == 0);
    }
    put(files.state, "{");
    CHECK(!part_files_load(&files, &read, &why));
    CHECK_TEXT("the state beside it is damaged", slice_text(why));
    end_files();
}

TEST(part_files_say_what_cannot_be_written)
{
    static struct part_state state;
    char want[PATH_MAX + 100];

    open_files();
    part_state_init(&state, SLICE("http://h/"));
    CHECK(mkdir(files.state_new, 0700) == 0);
    snprintf(want, sizeof want, "%s: cannot be opened: Is a directory", files.state_new);
    CHECK_ERR(ERR_IO, want, part_files_save(&files, &state, &err), err);
    CHECK(rmdir(files.state_new) == 0);
    CHECK(mkdir(files.state, 0700) == 0);
    snprintf(want, sizeof want, "%s: cannot be replaced: Is a directory", files.state);
    CHECK_ERR(ERR_IO, want, part_files_save(&files, &state, &err), err);
    CHECK(rmdir(files.state) == 0);
    snprintf(want, sizeof want, "%s: cannot be replaced: No such file or directory", path);
    CHECK_ERR(ERR_IO, want, part_files_finish(&files, &err), err);
    end_files();
}

TEST(part_files_become_the_file)
{
    struct stat status;

    open_files();
    put(path, "old");
    put(files.part, "new one");
    put(files.state, "{}");
    put(files.state_new, "{");
    CHECK_OK(part_files_finish(&files, &err), err);
    CHECK(stat(path, &status) == 0 && status.st_size == 7);
    CHECK(access(files.part, F_OK) != 0 && access(files.state, F_OK) != 0);
    CHECK(access(files.state_new, F_OK) != 0);
    end_files();
}

TEST(part_files_become_it_in_the_current_folder)
{
    char before[PATH_MAX];

    open_files();
    CHECK(getcwd(before, sizeof before) && chdir(folder) == 0);
    CHECK_OK(part_files_init(&files, "image", &err), err);
    put("image.part", "x");
    CHECK_OK(part_files_finish(&files, &err), err);
    CHECK(access("image", F_OK) == 0);
    CHECK(chdir(before) == 0);
    CHECK_OK(part_files_init(&files, path, &err), err);
    end_files();
}
