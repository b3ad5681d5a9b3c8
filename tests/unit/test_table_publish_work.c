/* Paths below the repository, and what is there already. */
#include "tests/unit/table_publish_world.h"

static struct table_publish_world world;

static void begin(void)
{
    table_publish_begin(&world);
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
}

static void check_path(const char *want, const char *have)
{
    char path[TEMP_PATH_MAX];

    snprintf(path, sizeof path, "%s/repo/%s", world.session.folder.path, want);
    CHECK_TEXT(path, slice_text(have));
}

TEST(table_publish_work_has_paths)
{
    struct table_publish_work *work = &world.work;
    struct arena before;
    unsigned char little[16];

    begin();
    check_path("a/b", table_publish_path(work, "a/b", &world.session.err));
    check_path(PUBLISHED_RFC, table_publish_table_path(work, LAYOUT_RFC, &world.session.err));
    check_path(PUBLISHED_V1, table_publish_table_path(work, LAYOUT_V1, &world.session.err));
    check_path(PUBLISHED_V2, table_publish_table_path(work, LAYOUT_V2, &world.session.err));
    before = work->arena;
    arena_init_fixed(&work->arena, little, sizeof little);
    CHECK(!table_publish_path(work, "a/b", &world.session.err));
    CHECK_NUMBER(ERR_LIMIT, world.session.err.code);
    work->arena = before;
    table_publish_end(&world);
}

TEST(table_publish_work_may_write_where_no_link_leads)
{
    struct table_publish_work *work = &world.work;
    const char *path;

    begin();
    path = table_publish_path(work, "images/x", &world.session.err);
    CHECK_OK(table_publish_may_write(work, path, &world.session.err), world.session.err);
    CHECK(symlink("/tmp", temp_path(&world.session.folder, "repo/images")) == 0);
    CHECK_NUMBER(ERR_POLICY, table_publish_may_write(work, path, &world.session.err));
    table_publish_end(&world);
}

/* The path and the new document, whether a table is there or not. */
TEST(table_publish_work_knows_what_is_there)
{
    struct table_publish_work *work = &world.work;
    struct table_file there;

    begin();
    CHECK_OK(table_publish_there(work, LAYOUT_RFC, &there, &world.session.err), world.session.err);
    CHECK(!there.is_there && there.bytes.len == 0 && there.document.has_uid);
    check_path(PUBLISHED_RFC, there.path);
    temp_write(&world.session.folder, "repo/" PUBLISHED_RFC, SLICE("{\"aws\":{}}"));
    CHECK_OK(table_publish_there(work, LAYOUT_RFC, &there, &world.session.err), world.session.err);
    CHECK(there.is_there && there.document.has_uid); /* the new one, not that of the file */
    CHECK_TEXT("{\"aws\":{}}", there.bytes);
    check_path(PUBLISHED_RFC, there.path);
    temp_write(&world.session.folder, "repo/" PUBLISHED_RFC, SLICE("{"));
    CHECK_NUMBER(ERR_FORMAT, table_publish_there(work, LAYOUT_RFC, &there, &world.session.err));
    table_publish_end(&world);
}

TEST(table_publish_work_is_copied_when_it_is_signed_and_no_key_is_given)
{
    struct table_publish_work work = {.signatures = {.count = 1}};

    CHECK(table_publish_is_copied(&work));
    work.sign_keys.count = 1;
    CHECK(!table_publish_is_copied(&work));
    work.signatures.count = 0;
    CHECK(!table_publish_is_copied(&work));
    work.sign_keys.count = 0;
    CHECK(!table_publish_is_copied(&work));
}
