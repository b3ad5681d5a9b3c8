#include "bundle/cli/table_publish_files.h"

#include "resolver/base/heap.h"
#include "resolver/source/file.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static struct arena arena;

static void begin(void)
{
    folder = temp_folder_make();
    arena_init_heap(&arena, (size_t)16 << 20);
}

static void end(void)
{
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

/* err's message begins with the path of name. */
static void check_named(const char *name, const char *rest, const struct err *err)
{
    char want[TEMP_PATH_MAX + 200];

    snprintf(want, sizeof want, "%s%s", temp_path(&folder, name), rest);
    CHECK_TEXT(want, slice_text(err->msg));
}

TEST(publish_files_looks)
{
    bool is_there;
    struct err err;

    begin();
    temp_write(&folder, "a/file", SLICE("x"));
    CHECK_OK(table_publish_look_for_folder(temp_path(&folder, "a/any"), &is_there, &err), err);
    CHECK(is_there);
    CHECK_OK(table_publish_look_for_folder(temp_path(&folder, "b/any"), &is_there, &err), err);
    CHECK(!is_there);
    CHECK_OK(table_publish_look_for_folder("any", &is_there, &err), err);
    CHECK(is_there);
    CHECK_OK(table_publish_look_for_folder("/any", &is_there, &err), err);
    CHECK(is_there);
    end();
}

/* A name that is too long is no absence. */
TEST(publish_files_tells_what_fails_from_what_is_absent)
{
    char name[TEMP_PATH_MAX - 100];
    bool is_there;
    struct err err;

    begin();
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    CHECK_ERR(ERR_IO, NULL, file_look(temp_path(&folder, name), &is_there, &err), err);
    CHECK(!is_there);
    CHECK(strstr(err.msg, ": File name too long") != NULL);
    memcpy(name + sizeof name - 3, "/f", 2);
    CHECK_ERR(ERR_IO, NULL,
              table_publish_look_for_folder(temp_path(&folder, name), &is_there, &err), err);
    CHECK_ERR(ERR_IO, NULL, table_publish_clean(temp_path(&folder, name), &err), err);
    end();
}

TEST(publish_files_makes_folders)
{
    struct err err;

    begin();
    CHECK_OK(table_publish_folders(temp_path(&folder, "a/b/c/file"), &err), err);
    CHECK(temp_exists(&folder, "a/b/c"));
    CHECK(!temp_exists(&folder, "a/b/c/file"));
    CHECK_OK(table_publish_folders(temp_path(&folder, "a/b/d/file"), &err), err);
    CHECK(temp_exists(&folder, "a/b/d"));
    temp_write(&folder, "file", SLICE("x"));
    CHECK_ERR(ERR_IO, NULL, table_publish_folders(temp_path(&folder, "file/b/c"), &err), err);
    check_named("file/b", ": Not a directory", &err);
    end();
}

TEST(publish_files_removes_leftovers_of_that_name_alone)
{
    static const char *const gone[] = {"r/t.json.~aB3xYz", "r/t.json.sig.~000000",
                                       "r/t.json.0123456789abcdef.sig.~zzzzzz"};
    static const char *const kept[] = {"r/t.json",         "r/t.json.backup",  "r/t.json.~aB3xY",
                                       "r/t.json.~aB3xYz1", "r/t.json.~aB3xY~", "r/t.json~aB3xYz0",
                                       "r/u.json.~aB3xYz", "r/.~aB3xYz",       "r/t.jso.~aB3xYz"};
    struct err err;

    begin();
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        temp_write(&folder, gone[i], SLICE("x"));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        temp_write(&folder, kept[i], SLICE("x"));
    CHECK_OK(table_publish_clean(temp_path(&folder, "r/t.json"), &err), err);
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        CHECK(!temp_exists(&folder, gone[i]));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        CHECK(temp_exists(&folder, kept[i]));
    CHECK_OK(table_publish_clean(temp_path(&folder, "absent/t.json"), &err), err);
    end();
}

#define OTHER_CONTENTS \
    ": is there with other contents, and those of a version do not change (remove it first, or " \
    "publish another version)"

TEST(publish_files_never_replaces_a_document)
{
    bool is_new, is_same;
    struct err err;

    begin();
    CHECK_OK(table_publish_check_document(temp_path(&folder, "a/f"), SLICE("one"), &arena, &is_same,
                                          &err),
             err);
    CHECK(!is_same);
    CHECK_OK(table_publish_document(temp_path(&folder, "a/f"), SLICE("one"), &arena, &is_new, &err),
             err);
    CHECK(is_new);
    CHECK_OK(table_publish_document(temp_path(&folder, "a/f"), SLICE("one"), &arena, &is_new, &err),
             err);
    CHECK(!is_new);
    CHECK_OK(table_publish_check_document(temp_path(&folder, "a/f"), SLICE("one"), &arena, &is_same,
                                          &err),
             err);
    CHECK(is_same);
    CHECK_ERR(
        ERR_POLICY, NULL,
        table_publish_document(temp_path(&folder, "a/f"), SLICE("two"), &arena, &is_new, &err),
        err);
    check_named("a/f", OTHER_CONTENTS, &err);
    CHECK(!is_new);
    CHECK_TEXT("one", temp_read(&folder, "a/f"));
    end();
}

/* Also one that is larger than what may be read. */
TEST(publish_files_refuses_a_larger_document)
{
    static uint8_t large[100000];
    bool is_same;
    struct err err;

    begin();
    memset(large, 'x', sizeof large);
    temp_write(&folder, "f", slice_of(large, sizeof large));
    CHECK_ERR(
        ERR_POLICY, NULL,
        table_publish_check_document(temp_path(&folder, "f"), SLICE("x"), &arena, &is_same, &err),
        err);
    check_named("f", OTHER_CONTENTS, &err);
    CHECK(mkdir(temp_path(&folder, "d"), 0700) == 0);
    CHECK_ERR(
        ERR_IO, NULL,
        table_publish_check_document(temp_path(&folder, "d"), SLICE("x"), &arena, &is_same, &err),
        err);
    end();
}

/* Refuses a copy that begins with "bad", as if that were another image than was looked at before. */
static enum err_code judge(void *ctx, int copy, struct err *err)
{
    size_t *calls = ctx;
    char begin[3];

    ++*calls;
    if (pread(copy, begin, 3, 0) == 3 && memcmp(begin, "bad", 3) == 0)
        return err_set(err, ERR_FORGED, "is another image");
    return ERR_OK;
}

static size_t judged;

static enum err_code put_image(const char *to, bool *is_new, struct err *err)
{
    const struct table_publish_judge with = {&judged, judge};

    return table_publish_image(temp_path(&folder, "disk"), temp_path(&folder, to), &with, &arena,
                               is_new, err);
}

/* What gets the name is what was judged, not what the file had before. */
TEST(publish_files_judges_the_copy)
{
    bool is_new;
    struct err err;

    begin();
    judged = 0;
    temp_write(&folder, "disk", SLICE("bad image"));
    CHECK_ERR(ERR_FORGED, NULL, put_image("a/image.raw", &is_new, &err), err);
    check_named("a/image.raw", ": is another image", &err);
    CHECK(!is_new);
    CHECK_NUMBER(2, temp_count(&folder)); /* the disk and the folder */
    temp_write(&folder, "disk", SLICE("good image"));
    CHECK_OK(put_image("a/image.raw", &is_new, &err), err);
    CHECK(is_new);
    CHECK_OK(put_image("a/image.raw", &is_new, &err), err);
    CHECK_NUMBER(2, judged); /* one that is there stays, and is no copy */
    end();
}

TEST(publish_files_copies_an_image_with_its_holes)
{
    struct stat status;
    bool is_new;
    struct err err;

    begin();
    temp_write(&folder, "disk", SLICE("begin"));
    CHECK(truncate(temp_path(&folder, "disk"), (off_t)8 << 20) == 0);
    CHECK_OK(put_image("a/b/image.raw", &is_new, &err), err);
    CHECK(is_new);
    CHECK(stat(temp_path(&folder, "a/b/image.raw"), &status) == 0);
    CHECK_NUMBER(8 << 20, status.st_size);
    CHECK(status.st_blocks < 1000);
    CHECK_NUMBER(0644, status.st_mode & 07777);
    CHECK(slice_equal(temp_read(&folder, "disk"), temp_read(&folder, "a/b/image.raw")));
    CHECK_OK(put_image("a/b/image.raw", &is_new, &err), err);
    CHECK(!is_new);
    CHECK_NUMBER(4, temp_count(&folder));
    end();
}

TEST(publish_files_never_replaces_an_image)
{
    bool is_new;
    struct err err;

    begin();
    temp_write(&folder, "disk", SLICE("same size"));
    temp_write(&folder, "there", SLICE("SAME size"));
    temp_write(&folder, "short", SLICE("same"));
    CHECK_ERR(ERR_POLICY, NULL, put_image("there", &is_new, &err), err);
    check_named("there", OTHER_CONTENTS, &err);
    CHECK_TEXT("SAME size", temp_read(&folder, "there"));
    CHECK_ERR(ERR_POLICY, NULL, put_image("short", &is_new, &err), err);
    CHECK(mkdir(temp_path(&folder, "folder"), 0700) == 0);
    CHECK_ERR(ERR_IO, NULL, put_image("folder", &is_new, &err), err);
    CHECK(!is_new);
    CHECK_OK(table_publish_check_image(temp_path(&folder, "disk"), &err), err);
    CHECK_ERR(ERR_IO, NULL, table_publish_check_image(temp_path(&folder, "folder"), &err), err);
    CHECK_ERR(ERR_IO, NULL, table_publish_check_image(temp_path(&folder, "absent"), &err), err);
    end();
}
