#include "bundle/cli/gcp_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static const struct invocation plain = {.program = "test"};

static void check_name(const char *given, const char *cache, const char *home, const char *want)
{
    struct invocation invocation = {.program = "test"};
    const char *path;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    invocation.values[OPT_WORK_DIR] = given;
    cache ? setenv("XDG_CACHE_HOME", cache, 1) : unsetenv("XDG_CACHE_HOME");
    home ? setenv("HOME", home, 1) : unsetenv("HOME");
    CHECK_NUMBER(want ? ERR_OK : ERR_USAGE, gcp_folder_name(&invocation, &arena, &path, &err));
    if (want)
        CHECK_TEXT(want, slice_text(path));
    else
        CHECK(!path);
    arena_clear(&arena);
}

TEST(gcp_folder_has_a_name)
{
    const char *home = getenv("HOME");
    char kept[4096];

    snprintf(kept, sizeof kept, "%s", home ? home : "");
    check_name("w", "/c", "/h", "w");
    check_name(NULL, "/c", "/h", "/c/sealift/publish");
    check_name(NULL, "not/from/the/root", "/h", "/h/.cache/sealift/publish");
    check_name(NULL, NULL, "/h", "/h/.cache/sealift/publish");
    check_name(NULL, NULL, "h", NULL);
    check_name(NULL, NULL, NULL, NULL);
    check_name("", "/c", "/h", NULL);
    home ? setenv("HOME", kept, 1) : unsetenv("HOME");
}

/* Made with those above it, for this user alone; what a killed run left half written goes, and nothing else. */
TEST(gcp_folder_is_made_and_cleaned)
{
    struct temp_folder temp = temp_folder_make();
    struct gcp_folder folder;
    struct stat status;
    char path[512];
    struct err err;

    snprintf(path, sizeof path, "%s", temp_path(&temp, "a/b"));
    CHECK_OK(gcp_folder_open(path, &folder, &err), err);
    CHECK(stat(path, &status) == 0);
    CHECK_NUMBER(0700, status.st_mode & 0777);
    gcp_folder_close(&folder);
    gcp_folder_close(&folder);
    temp_write(&temp, "a/b/x.tar.gz", SLICE("1"));
    temp_write(&temp, "a/b/x.tar.gz.sealift-part", SLICE("2"));
    temp_write(&temp, "a/b/p-x.making", SLICE("3"));
    CHECK_OK(gcp_folder_open(path, &folder, &err), err);
    CHECK(temp_exists(&temp, "a/b/x.tar.gz") && temp_exists(&temp, "a/b/p-x.making"));
    CHECK(!temp_exists(&temp, "a/b/x.tar.gz.sealift-part"));
    gcp_folder_close(&folder);
    temp_folder_remove(&temp);
}

TEST(gcp_folder_is_of_one_run_at_a_time)
{
    struct temp_folder temp = temp_folder_make();
    struct gcp_folder first, second;
    char path[512];
    struct err err;

    snprintf(path, sizeof path, "%s", temp_path(&temp, "w"));
    CHECK_OK(gcp_folder_open(path, &first, &err), err);
    CHECK_NUMBER(ERR_IO, gcp_folder_open(path, &second, &err));
    CHECK(strstr(err.msg, "w: another publish is at work there: wait for it, or give another --work-dir"));
    CHECK_NUMBER(-1, second.lock);
    gcp_folder_close(&first);
    CHECK_OK(gcp_folder_open(path, &second, &err), err);
    gcp_folder_close(&second);
    temp_folder_remove(&temp);
}

/* What others may write is not believed: neither the folder nor a record in it. */
TEST(gcp_folder_must_be_ours)
{
    struct temp_folder temp = temp_folder_make();
    struct gcp_record record = {.has_archive = true, .archive_size = 7}, read;
    struct gcp_folder folder;
    struct arena arena;
    char path[512];
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    temp_write(&temp, "file", SLICE("x"));
    snprintf(path, sizeof path, "%s", temp_path(&temp, "w"));
    CHECK_OK(gcp_folder_open(path, &folder, &err), err);
    CHECK(!gcp_folder_record(path, "r.json", &arena, &read));
    CHECK_OK(gcp_folder_keep(path, "r.json", &record, &err), err);
    CHECK(gcp_folder_record(path, "r.json", &arena, &read));
    CHECK_NUMBER(7, read.archive_size);
    gcp_folder_close(&folder);
    CHECK(chmod(path, 0720) == 0);
    CHECK(!gcp_folder_record(path, "r.json", &arena, &read));
    CHECK_NUMBER(0, read.archive_size);
    CHECK_NUMBER(ERR_POLICY, gcp_folder_open(path, &folder, &err));
    CHECK(chmod(path, 0702) == 0);
    CHECK_NUMBER(ERR_POLICY, gcp_folder_open(path, &folder, &err));
    CHECK_NUMBER(-1, folder.lock);
    CHECK(chmod(path, 0755) == 0);
    CHECK_OK(gcp_folder_open(path, &folder, &err), err);
    gcp_folder_close(&folder);
    temp_write(&temp, "w/r.json", SLICE("{\"imageSha256\": 1}"));
    CHECK(!gcp_folder_record(path, "r.json", &arena, &read));
    CHECK_NUMBER(ERR_POLICY, gcp_folder_open(temp_path(&temp, "file"), &folder, &err));
    arena_clear(&arena);
    temp_folder_remove(&temp);
}

TEST(gcp_folder_keeps_texts)
{
    struct temp_folder temp = temp_folder_make();
    struct arena arena;
    struct slice text;
    struct err err;

    arena_init_heap(&arena, 1 << 16);
    CHECK_OK(gcp_folder_text(temp_path(&temp, "note"), &arena, &text, &err), err);
    CHECK_NUMBER(0, text.len);
    temp_write(&temp, "note", SLICE("7 gs://b/o\n"));
    CHECK_OK(gcp_folder_text(temp_path(&temp, "note"), &arena, &text, &err), err);
    CHECK_TEXT("7 gs://b/o\n", text);
    CHECK_NUMBER(ERR_IO, gcp_folder_text(temp.path, &arena, &text, &err));
    gcp_folder_remove(&plain, temp_path(&temp, "note"));
    gcp_folder_remove(&plain, temp_path(&temp, "note")); /* is not there: nothing to say */
    CHECK(!temp_exists(&temp, "note"));
    arena_clear(&arena);
    temp_folder_remove(&temp);
}
