#include "bundle/cli/table_publish_list.h"

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

static struct temp_folder folder;
static struct arena arena;
static struct table_publish_list list;

static enum err_code plan(const char *uid_text, struct err *err)
{
    const char *path = arena_copy(&arena, slice_text(temp_path(&folder, "l/image.json")), err);
    struct uid uid;

    CHECK_OK(uid_parse(slice_text(uid_text), &uid, err), *err);
    return table_publish_list_plan(VERSION_LIST_LATEST, &uid, path, &arena, &list, err);
}

static bool put(void)
{
    bool is_new;
    struct err err;

    CHECK_OK(table_publish_list_put(&list, &is_new, &err), err);
    return is_new;
}

static void check_latest(const char *version)
{
    char want[200];

    snprintf(want, sizeof want,
             "{\n  \"ref\": \"-\",\n  \"stream\": \"stable\",\n  \"kind\": \"image\",\n"
             "  \"version\": \"%s\"\n}\n",
             version);
    CHECK_TEXT(want, temp_read(&folder, "l/image.json"));
}

TEST(table_publish_list_writes_what_has_changed)
{
    struct err err;

    folder = temp_folder_make();
    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_OK(plan("v1.1.0", &err), err);
    CHECK(!temp_exists(&folder, "l"));
    CHECK(put());
    check_latest("v1.1.0");
    CHECK_OK(plan("v1.0.0", &err), err);
    CHECK(!put());
    check_latest("v1.1.0");
    CHECK_OK(plan("v1.2.0", &err), err);
    temp_write(&folder, "l/image.json.~aB3xYz", SLICE("x"));
    CHECK(put());
    check_latest("v1.2.0");
    CHECK_NUMBER(2, temp_count(&folder));
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

TEST(table_publish_list_refuses_what_is_no_list)
{
    char want[TEMP_PATH_MAX + 100];
    struct err err;

    folder = temp_folder_make();
    arena_init_heap(&arena, (size_t)1 << 20);
    temp_write(&folder, "l/image.json", SLICE("[]"));
    snprintf(want, sizeof want, "%s: have a list, want an object", temp_path(&folder, "l/image.json"));
    CHECK_ERR(ERR_FORMAT, want, plan("v1.1.0", &err), err);
    CHECK(list.path == NULL && list.after.len == 0);
    CHECK(unlink(temp_path(&folder, "l/image.json")) == 0 &&
          mkdir(temp_path(&folder, "l/image.json"), 0700) == 0);
    CHECK_ERR(ERR_IO, NULL, plan("v1.1.0", &err), err);
    arena_clear(&arena);
    temp_folder_remove(&folder);
}
