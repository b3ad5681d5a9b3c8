/* What table publish writes, in which order, and that a second run changes nothing. */
#include "tests/unit/table_publish_world.h"

static struct table_publish_world world;

static enum err_code publish(void)
{
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    return table_publish_put(&world.work, &world.session.err);
}

static void begin(void)
{
    table_publish_begin(&world);
    table_publish_give(&world, OPT_MEASUREMENTS, "gcp=", "m.yaml");
    table_publish_give(&world, OPT_RAW_IMAGE, "qemu=", "d.raw");
    session_world_give(&world.session, OPT_KEY, PUBLISH_KEY);
}

static bool has(const char *name)
{
    return table_publish_has(&world, name);
}

TEST(table_publish_put_writes_all_layouts_and_lists)
{
    size_t count;

    begin();
    CHECK_OK(publish(), world.session.err);
    CHECK(has(PUBLISHED_RFC) && has(PUBLISHED_V1) && has(PUBLISHED_V2) && has(PUBLISHED_LATEST));
    CHECK(has(PUBLISHED_MEASURED) && has(PUBLISHED_MEASURED ".sig"));
    CHECK_TEXT("the image of a disk", temp_read(&world.session.folder, "repo/" PUBLISHED_IMAGE));
    CHECK_TEXT(PUBLISH_MEASURED, temp_read(&world.session.folder, "repo/" PUBLISHED_MEASURED));
    CHECK(slice_equal(temp_read(&world.session.folder, "m.yaml.sig"),
                      temp_read(&world.session.folder, "repo/" PUBLISHED_MEASURED ".sig")));
    count = temp_count(&world.session.folder);
    CHECK_OK(publish(), world.session.err);
    CHECK_NUMBER(count, temp_count(&world.session.folder));
    table_publish_end(&world);
}

/* A lookup sees the table last, and lists name only what is there: where one cannot be written, nothing
 * that leads to it is. */
TEST(table_publish_put_ends_at_what_cannot_be_written)
{
    begin();
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    temp_write(&world.session.folder, "repo/" PUBLISHED_V1 "/in-the-way", SLICE(""));
    CHECK(table_publish_put(&world.work, &world.session.err) != ERR_OK);
    CHECK(has(PUBLISHED_IMAGE) && has(PUBLISHED_MEASURED) && has(PUBLISHED_V2));
    CHECK(!has(PUBLISHED_RFC) && !has(PUBLISHED_LATEST));
    table_publish_end(&world);
}

TEST(table_publish_put_follows_no_link_that_came_in_between)
{
    begin();
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    CHECK(mkdir(temp_path(&world.session.folder, "elsewhere"), 0755) == 0);
    CHECK(symlink("../elsewhere", temp_path(&world.session.folder, "repo/measurements")) == 0);
    CHECK_NUMBER(ERR_POLICY, table_publish_put(&world.work, &world.session.err));
    CHECK(!has(PUBLISHED_V2) && !temp_exists(&world.session.folder, "elsewhere/gcp"));
    table_publish_end(&world);
}

/* With the signatures that it has, byte for byte, in its own layout alone. */
TEST(table_publish_put_copies_a_signed_table)
{
    table_publish_begin(&world);
    table_publish_sign(&world, "t.json", ".sig", 0);
    session_world_give(&world.session, OPT_TABLE_KEY, PUBLISH_KEY);
    CHECK_OK(publish(), world.session.err);
    CHECK_TEXT(PUBLISH_TABLE, temp_read(&world.session.folder, "repo/" PUBLISHED_V1));
    CHECK(slice_equal(temp_read(&world.session.folder, "t.json.sig"),
                      temp_read(&world.session.folder, "repo/" PUBLISHED_V1 ".sig")));
    CHECK(!has(PUBLISHED_RFC) && !has(PUBLISHED_V2) && has(PUBLISHED_LATEST));
    table_publish_end(&world);
}

TEST(table_publish_put_signs_every_layout)
{
    table_publish_begin(&world);
    session_world_give(&world.session, OPT_TABLE_SIGN_KEY, PUBLISH_SIGN_KEY);
    CHECK_OK(publish(), world.session.err);
    CHECK(has(PUBLISHED_RFC ".sig") && has(PUBLISHED_V1 ".sig") && has(PUBLISHED_V2 ".sig"));
    CHECK(!temp_exists(&world.session.folder, "t.json.sig"));
    table_publish_end(&world);
}
