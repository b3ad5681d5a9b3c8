/* What table publish refuses before anything is written. */
#include "tests/unit/table_publish_world.h"

static struct table_publish_world world;

static void check_refused(enum err_code code, const char *message)
{
    char want[ERR_MESSAGE_MAX];
    size_t before = temp_count(&world.session.folder);

    snprintf(want, sizeof want, "%s/%s", world.session.folder.path, message);
    CHECK_ERR(code, want, table_publish_run_plan(&world), world.session.err);
    repository_undo(&world.work.repository);
    CHECK_NUMBER(before, temp_count(&world.session.folder));
}

TEST(table_publish_plan_finds_a_place_for_everything)
{
    table_publish_begin(&world);
    table_publish_give(&world, OPT_MEASUREMENTS, "gcp=", "m.yaml");
    table_publish_give(&world, OPT_RAW_IMAGE, "qemu=", "d.raw");
    session_world_give(&world.session, OPT_KEY, PUBLISH_KEY);
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    for (int layout = 0; layout < LAYOUT_COUNT; layout++)
        CHECK(world.work.takes[layout]);
    CHECK(world.work.image_count == 1 && world.work.measurements_count == 1);
    CHECK(slice_ends(slice_text(world.work.images[0].path), "/repo/" PUBLISHED_IMAGE));
    CHECK(slice_ends(slice_text(world.work.measurements[0].path), "/repo/" PUBLISHED_MEASURED));
    CHECK_NUMBER(1, world.work.measurements[0].verified.signer_count);
    CHECK(!table_publish_has(&world, PUBLISHED_RFC) && !table_publish_has(&world, "constellation"));
    table_publish_end(&world);
}

TEST(table_publish_plan_wants_a_folder_and_one_table)
{
    table_publish_begin(&world);
    world.session.invocation.arguments[0] = session_world_path(&world.session, "absent");
    check_refused(ERR_IO, "absent: want the folder of a repository (mkdir makes an empty one)");
    world.session.invocation.arguments[0] = session_world_path(&world.session, "repo");
    session_world_take_back(&world.session, OPT_TABLE);
    CHECK_ERR(ERR_USAGE, "want one --table FILE", table_publish_run_plan(&world),
              world.session.err);
    table_publish_give(&world, OPT_TABLE, "", "t.json");
    temp_write(&world.session.folder, "t.json", SLICE("{\"aws\":{\"eu-central-1\":\"ami-1\"}}"));
    check_refused(ERR_POLICY, "t.json: the table carries no ref, stream and version");
    table_publish_end(&world);
}

TEST(table_publish_plan_wants_measurements_that_are_signed)
{
    table_publish_begin(&world);
    table_publish_give(&world, OPT_MEASUREMENTS, "gcp=", "m.yaml");
    session_world_give(&world.session, OPT_KEY, "fixtures/keys/good-p256-other.pem");
    CHECK_NUMBER(ERR_FORGED, table_publish_run_plan(&world));
    CHECK(strstr(world.session.err.msg, "/m.yaml: "));
    CHECK(remove(temp_path(&world.session.folder, "m.yaml.sig")) == 0);
    check_refused(ERR_NO_KEY,
                  "m.yaml: has no signature beside it, and nobody could use it: sign it first");
    table_publish_end(&world);
}

/* They must be of the table's version, and of the csp that is said. */
TEST(table_publish_plan_wants_measurements_of_this_version)
{
    table_publish_begin(&world);
    table_publish_give(&world, OPT_MEASUREMENTS, "qemu=", "m.yaml");
    CHECK_NUMBER(ERR_FORGED, table_publish_run_plan(&world));
    CHECK(strstr(world.session.err.msg, "/m.yaml: "));
    session_world_take_back(&world.session, OPT_MEASUREMENTS);
    temp_write(&world.session.folder, "m.yaml",
               SLICE("csp: gcp\nimage: v2.3.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n"));
    table_publish_sign(&world, "m.yaml", ".sig", 0);
    table_publish_give(&world, OPT_MEASUREMENTS, "gcp=", "m.yaml");
    CHECK_NUMBER(ERR_FORGED, table_publish_run_plan(&world));
    CHECK(!table_publish_has(&world, "measurements"));
    table_publish_end(&world);
}

/* Signed bytes cannot be converted: they go into their own layout, or are signed anew. */
TEST(table_publish_plan_copies_a_signed_table)
{
    table_publish_begin(&world);
    table_publish_sign(&world, "t.json", ".sig", 0);
    session_world_give(&world.session, OPT_TABLE_KEY, PUBLISH_KEY);
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    CHECK(table_publish_is_copied(&world.work));
    CHECK(world.work.takes[LAYOUT_V1] && !world.work.takes[LAYOUT_RFC] &&
          !world.work.takes[LAYOUT_V2]);
    temp_write(&world.session.folder, "repo/" PUBLISHED_RFC, SLICE(PUBLISH_TABLE));
    check_refused(ERR_POLICY,
                  "repo/" PUBLISHED_RFC
                  ": an older table is there and would be found in place of this one, which "
                  "cannot go there: layout rfc: the signature holds for layout v1 alone "
                  "(give --table-sign-key)");
    session_world_give(&world.session, OPT_TABLE_SIGN_KEY, PUBLISH_SIGN_KEY);
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    CHECK(!table_publish_is_copied(&world.work) && world.work.takes[LAYOUT_RFC]);
    session_world_take_back(&world.session, OPT_TABLE_KEY);
    session_world_give(&world.session, OPT_TABLE_KEY, "fixtures/keys/good-p256-other.pem");
    CHECK_NUMBER(ERR_FORGED, table_publish_run_plan(&world));
    table_publish_end(&world);
}

/* A table that was signed by someone else is not replaced by one that nobody signed. */
TEST(table_publish_plan_leaves_no_signature_behind)
{
    table_publish_begin(&world);
    temp_write(&world.session.folder, "repo/" PUBLISHED_RFC,
               SLICE("{\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\"}"));
    table_publish_sign(&world, "repo/" PUBLISHED_RFC, ".sig", 1);
    CHECK_NUMBER(ERR_POLICY, table_publish_run_plan(&world));
    CHECK(strstr(world.session.err.msg, "/" PUBLISHED_RFC ": is signed (v2.2.0.json.sig)"));
    table_publish_end(&world);
}

/* All that is in the way is found before anything is written. */
TEST(table_publish_plan_looks_at_all_that_is_there)
{
    table_publish_begin(&world);
    table_publish_give(&world, OPT_MEASUREMENTS, "gcp=", "m.yaml");
    temp_write(&world.session.folder, "repo/" PUBLISHED_MEASURED, SLICE("of somebody else"));
    CHECK_NUMBER(ERR_POLICY, table_publish_run_plan(&world));
    CHECK(strstr(world.session.err.msg, "/repo/" PUBLISHED_MEASURED ": "));
    CHECK(remove(temp_path(&world.session.folder, "repo/" PUBLISHED_MEASURED)) == 0);
    temp_write(&world.session.folder, "repo/" PUBLISHED_LATEST, SLICE("{"));
    CHECK_NUMBER(ERR_FORMAT, table_publish_run_plan(&world));
    CHECK(strstr(world.session.err.msg, "/repo/" PUBLISHED_LATEST ": "));
    table_publish_end(&world);
}

TEST(table_publish_plan_opens_images)
{
    table_publish_begin(&world);
    table_publish_give(&world, OPT_RAW_IMAGE, "qemu=", "absent.raw");
    CHECK_NUMBER(ERR_IO, table_publish_run_plan(&world));
    CHECK(strstr(world.session.err.msg, "/absent.raw: "));
    table_publish_end(&world);
}

/* The disk of a fixture as a file, with its holes. */
static void write_disk(const char *name)
{
    static struct sparse_image sparse;
    struct image disk;
    int fd;

    CHECK(sparse_open(&sparse, test_file("fixtures/images/good-252.sparse"), &disk));
    fd = open(temp_path(&world.session.folder, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)disk.size) == 0);
    for (size_t i = 0; i < sparse.count; i++) {
        struct slice bytes = sparse.pieces[i].bytes;

        CHECK(pwrite(fd, bytes.ptr, bytes.len, (off_t)sparse.pieces[i].at) == (ssize_t)bytes.len);
    }
    close(fd);
}

/* An image that is not the one that the measurements beside it describe. */
TEST(table_publish_plan_compares_images_with_measurements)
{
    table_publish_begin(&world);
    write_disk("disk.raw");
    temp_write(&world.session.folder, "q.yaml",
               SLICE("csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n"));
    table_publish_sign(&world, "q.yaml", ".sig", 0);
    session_world_give(&world.session, OPT_KEY, PUBLISH_KEY);
    table_publish_give(&world, OPT_RAW_IMAGE, "qemu=", "disk.raw");
    table_publish_give(&world, OPT_MEASUREMENTS, "qemu=", "q.yaml");
    CHECK_NUMBER(ERR_FORGED, table_publish_run_plan(&world));
    CHECK(
        strstr(world.session.err.msg, "is not what the measurements describe; the nearest: PCR 4"));
    CHECK(!table_publish_has(&world, "constellation"));
    table_publish_end(&world);
}

TEST(table_publish_plan_follows_no_link)
{
    table_publish_begin(&world);
    CHECK(mkdir(temp_path(&world.session.folder, "elsewhere"), 0755) == 0);
    CHECK(symlink("../elsewhere", temp_path(&world.session.folder, "repo/images")) == 0);
    CHECK_NUMBER(ERR_POLICY, table_publish_run_plan(&world));
    table_publish_end(&world);
}

TEST(table_publish_plan_is_for_one_at_a_time)
{
    struct repository other;

    table_publish_begin(&world);
    CHECK_OK(
        repository_open(session_world_path(&world.session, "repo"), &other, &world.session.err),
        world.session.err);
    CHECK_NUMBER(ERR_IO, table_publish_run_plan(&world));
    repository_close(&other);
    CHECK_OK(table_publish_run_plan(&world), world.session.err);
    table_publish_end(&world);
}
