#include "bundle/pack/pack_output.h"

#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static struct pack_output output;
static struct err err;

static void begin(void)
{
    folder = temp_folder_make();
}

static void end(void)
{
    pack_output_close(&output);
    temp_folder_remove(&folder);
}

static enum err_code open_as(const char *name)
{
    return pack_output_open(temp_path(&folder, name), &output, &err);
}

static void check_refused(enum err_code code, const char *name, const char *culprit, const char *why)
{
    char want[ERR_MESSAGE_MAX];

    snprintf(want, sizeof want, "%s: %s", temp_path(&folder, culprit), why);
    CHECK_ERR(code, want, open_as(name), err);
    pack_output_close(&output);
}

static enum err_code put(struct output *out, const char *text)
{
    return out->write(out->ctx, 0, slice_text(text), &err);
}

/* --- one file --- */

TEST(pack_output_is_there_when_it_is_complete)
{
    struct output out;
    struct image image;
    uint8_t bytes[4];

    begin();
    temp_write(&folder, "b.tar", SLICE("before"));
    CHECK_OK(open_as("b.tar"), err);
    out = pack_output_file(&output);
    CHECK_OK(put(&out, "text"), err);
    CHECK_TEXT("before", temp_read(&folder, "b.tar"));
    CHECK_TEXT("text", temp_read(&folder, "b.tar.part"));
    CHECK_OK(pack_output_image(&output, 0, 4, &image, &err), err);
    CHECK_OK(image_read(&image, 0, bytes, 4, &err), err);
    CHECK(image.size == 4 && memcmp(bytes, "text", 4) == 0);
    CHECK_OK(pack_output_commit(&output, 0, &err), err);
    CHECK_TEXT("text", temp_read(&folder, "b.tar"));
    CHECK(!temp_exists(&folder, "b.tar.part"));
    end();
    pack_output_close(&output); /* twice is once */
}

TEST(pack_output_that_is_not_committed_is_gone)
{
    struct output out;

    begin();
    temp_write(&folder, "b.tar", SLICE("before"));
    CHECK_OK(open_as("b.tar"), err);
    out = pack_output_file(&output);
    CHECK_OK(put(&out, "text"), err);
    pack_output_close(&output);
    CHECK_TEXT("before", temp_read(&folder, "b.tar"));
    CHECK_NUMBER(1, temp_count(&folder));
    end();
}

TEST(pack_output_takes_over_what_was_interrupted)
{
    begin();
    temp_write(&folder, "b.tar.part", SLICE("half"));
    CHECK_OK(open_as("b.tar"), err);
    CHECK_NUMBER(0, temp_read(&folder, "b.tar.part").len);
    end();
}

TEST(pack_output_follows_a_link_to_a_file)
{
    begin();
    temp_write(&folder, "far/real.tar", SLICE("before"));
    CHECK(symlink("far/real.tar", temp_path(&folder, "b.tar")) == 0);
    CHECK_OK(open_as("b.tar"), err);
    CHECK(temp_exists(&folder, "far/real.tar.part"));
    CHECK_OK(pack_output_commit(&output, 0, &err), err);
    CHECK_NUMBER(0, temp_read(&folder, "far/real.tar").len);
    CHECK(temp_exists(&folder, "b.tar"));
    CHECK(symlink("nowhere", temp_path(&folder, "c.tar")) == 0);
    pack_output_close(&output);
    check_refused(ERR_IO, "c.tar", "c.tar", "is a symbolic link that leads nowhere");
    end();
}

TEST(pack_output_refuses_what_is_no_file)
{
    begin();
    CHECK_NUMBER(ERR_USAGE, pack_output_open("-", &output, &err));
    CHECK(slice_begins(slice_text(err.msg), "--output -: a bundle is written to a file"));
    CHECK(mkdir(temp_path(&folder, "folder"), 0700) == 0);
    CHECK(mkfifo(temp_path(&folder, "pipe"), 0600) == 0);
    check_refused(ERR_POLICY, "folder", "folder", "is a directory: a bundle is written to a file");
    check_refused(ERR_POLICY, "pipe", "pipe", "is a pipe: a bundle is written to a file");
    check_refused(ERR_USAGE, "none/", "none/", "names a folder, want a file");
    check_refused(ERR_IO, "none/b.tar", "none/b.tar", "its folder: No such file or directory");
    CHECK_NUMBER(2, temp_count(&folder));
    end();
}

TEST(pack_output_refuses_a_partial_file_of_others)
{
    int fd;

    begin();
    temp_write(&folder, "mine", SLICE("mine"));
    CHECK(symlink("mine", temp_path(&folder, "a.tar.part")) == 0);
    check_refused(ERR_POLICY, "a.tar", "a.tar.part", "is in the way: it is a symbolic link; remove it");
    CHECK(link(temp_path(&folder, "mine"), temp_path(&folder, "b.tar.part")) == 0);
    check_refused(ERR_POLICY, "b.tar", "b.tar.part", "is in the way: it has several names; remove it");
    CHECK(mkfifo(temp_path(&folder, "c.tar.part"), 0600) == 0);
    check_refused(ERR_POLICY, "c.tar", "c.tar.part", "is in the way: it is no regular file; remove it");
    temp_write(&folder, "d.tar.part", SLICE("half"));
    fd = open(temp_path(&folder, "d.tar.part"), O_RDWR | O_CLOEXEC);
    CHECK(flock(fd, LOCK_EX) == 0);
    check_refused(ERR_IO, "d.tar", "d.tar.part", "another run is writing to it");
    close(fd);
    CHECK_TEXT("mine", temp_read(&folder, "mine"));
    CHECK_TEXT("half", temp_read(&folder, "d.tar.part"));
    if (geteuid() == 0) {
        CHECK(chown(temp_path(&folder, "d.tar.part"), 65534, 65534) == 0);
        check_refused(ERR_POLICY, "d.tar", "d.tar.part",
                      "is in the way: it belongs to another user; remove it");
        CHECK_TEXT("half", temp_read(&folder, "d.tar.part"));
    }
    end();
}

TEST(pack_output_asks_for_room)
{
    begin();
    CHECK_OK(open_as("b.tar"), err);
    CHECK_OK(pack_output_check_space(&output, 0, &err), err);
    CHECK_NUMBER(ERR_LIMIT, pack_output_check_space(&output, UINT64_MAX, &err));
    CHECK(strstr(err.msg, "b.tar: no space: the bundle can take up to 18446744073709551615 bytes, ") != NULL);
    end();
}

/* --- parts --- */

/* FILE.part is their lock, and goes when they are there, or not to be. */
TEST(pack_output_of_parts_is_locked)
{
    struct part_store store;
    struct output out;

    for (int is_whole = 0; is_whole < 2; is_whole++) {
        begin();
        CHECK_OK(open_as("b.tar"), err);
        store = pack_output_parts(&output);
        CHECK_OK(store.write(store.ctx, 1, &out, &err), err);
        CHECK_OK(put(&out, "one"), err);
        CHECK(temp_exists(&folder, "b.tar.part") && temp_exists(&folder, "b.tar.001.part"));
        if (is_whole) {
            CHECK_OK(pack_output_commit(&output, 1, &err), err);
            CHECK_TEXT("one", temp_read(&folder, "b.tar.001-of-001"));
        }
        pack_output_close(&output);
        CHECK_NUMBER(is_whole, temp_count(&folder));
        end();
    }
}
