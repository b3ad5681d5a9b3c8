/* What pack is asked, judged without looking at files; both sides of each limit. */
#include "bundle/cli/pack_options.h"

#include "bundle/archive/bundle_part.h"
#include "bundle/archive/timestamp.h"
#include "tests/unit/session_world.h"

#define NOW 1700000000 /* 2023-11-14T22:13:20Z */

static struct session_world world;
static struct pack_options options;

static void begin(void)
{
    session_world_begin(&world);
    session_world_give(&world, OPT_BUNDLE, "b.tar");
}

static enum err_code run_at(int64_t now, const char *source_date_epoch)
{
    memset(&options, 0xAA, sizeof options);
    return pack_options_read(&world.invocation, now, source_date_epoch, &world.arena, &options,
                             &world.err);
}

static enum err_code run(void)
{
    return run_at(NOW, NULL);
}

/* One option more, for this once. */
static void check_refused(enum option option, const char *value, const char *message)
{
    session_world_give(&world, option, value);
    CHECK_ERR(ERR_USAGE, message, run(), world.err);
    session_world_take_back(&world, option);
}

TEST(pack_options_have_defaults)
{
    begin();
    CHECK_OK(run(), world.err);
    CHECK_TEXT("b.tar", slice_text(options.output));
    CHECK(options.uid_count == 0 && options.image_count == 0 && options.extra_count == 0);
    CHECK(!options.csps.are_named && !options.has_documents && options.body_size == 0);
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++)
        CHECK(options.csps.wants[csp]);
    CHECK(options.level == 0 && options.threads == 0 && options.annotations.count == 0);
    CHECK(options.created == NOW && options.is_created_now);
    CHECK(options.best_before == MANIFEST_TIME_NONE);
    session_world_take_back(&world, OPT_BUNDLE);
    CHECK_ERR(ERR_USAGE, "where to write the bundle is missing: give --output FILE", run(),
              world.err);
    session_world_end(&world);
}

TEST(pack_options_take_each_version_once)
{
    static char uids[MANIFEST_UIDS_MAX + 1][16];

    begin();
    session_world_argument(&world, "v2.3.0");
    session_world_argument(&world, "v2.2.0");
    session_world_argument(&world, "ref/-/stream/stable/v2.3.0");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(2, options.uid_count);
    CHECK_TEXT("v2.3.0", slice_text(options.uids[0].text)); /* in the order given */
    session_world_argument(&world, "x");
    CHECK_NUMBER(ERR_FORMAT, run());
    world.invocation.argument_count = 0;
    for (size_t i = 0; i <= MANIFEST_UIDS_MAX; i++) {
        snprintf(uids[i], sizeof uids[i], "v1.%zu.0", i);
        session_world_argument(&world, uids[i]);
    }
    CHECK_ERR(ERR_USAGE, "65 versions, at most 64 fit into a bundle", run(), world.err);
    world.invocation.argument_count--;
    CHECK_OK(run(), world.err);
    session_world_end(&world);
}

TEST(pack_options_choose_csps)
{
    begin();
    session_world_give(&world, OPT_CSPS, "gcp");
    session_world_give(&world, OPT_CSPS, "AWS");
    CHECK_OK(run(), world.err);
    CHECK(options.csps.are_named);
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++)
        CHECK(options.csps.wants[csp] == (csp == CSP_GCP || csp == CSP_AWS));
    check_refused(OPT_CSPS, "moon",
                  "--csp \"moon\": want one of: aws, azure, gcp, openstack, qemu");
    session_world_end(&world);
}

TEST(pack_options_limit_numbers)
{
    static const char *const levels[] = {"0",  "20", "-1",  "",
                                         "3x", " 3", "1.5", "99999999999999999999"};
    char message[ERR_MESSAGE_MAX];

    begin();
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        snprintf(message, sizeof message, "--level \"%s\": want a number from 1 to 19", levels[i]);
        check_refused(OPT_LEVEL, levels[i], message);
    }
    check_refused(OPT_THREADS, "0", "--threads \"0\": want a number from 1 to 32");
    check_refused(OPT_THREADS, "33", "--threads \"33\": want a number from 1 to 32");
    check_refused(OPT_SPLIT, "64K", "--split: parts of 65536 bytes, want 69632 at least");
    session_world_give(&world, OPT_LEVEL, "19");
    session_world_give(&world, OPT_THREADS, "32");
    session_world_give(&world, OPT_SPLIT, "68K");
    CHECK_OK(run(), world.err);
    CHECK(options.level == 19 && options.threads == 32);
    CHECK_NUMBER(4096, options.body_size);
    session_world_give(&world, OPT_LEVEL, "1");
    session_world_give(&world, OPT_THREADS, "1");
    CHECK_OK(run(), world.err);
    CHECK(options.level == 1 && options.threads == 1);
    session_world_end(&world);
}

TEST(pack_options_take_the_time_that_is_given)
{
    static const char *const bad[] = {"x", "-1", "1.5", "253402300800", "99999999999999999999"};
    char message[ERR_MESSAGE_MAX];

    begin();
    CHECK_OK(run_at(NOW, "0"), world.err);
    CHECK(options.created == 0 && !options.is_created_now);
    CHECK_OK(run_at(NOW, "253402300799"), world.err);
    CHECK_NUMBER(TIMESTAMP_MAX, options.created);
    CHECK_OK(run_at(NOW, ""), world.err);
    CHECK(options.created == NOW && options.is_created_now);
    CHECK_OK(run_at(-5, NULL), world.err);
    CHECK_NUMBER(0, options.created);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(message, sizeof message, "SOURCE_DATE_EPOCH \"%s\": want seconds since 1970",
                 bad[i]);
        CHECK_ERR(ERR_USAGE, message, run_at(NOW, bad[i]), world.err);
    }
    session_world_end(&world);
}

/* A day counts to its end; what has passed when it is made is refused. */
TEST(pack_options_have_a_best_before_date)
{
    static const char *const bad[] = {"2024",     "2024-13-01", "2024-02-30",
                                      "tomorrow", "2024-1-01",  "2024-11-05 23:59:59"};
    char message[ERR_MESSAGE_MAX];

    begin();
    session_world_give(&world, OPT_BEST_BEFORE, "2024-11-05");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1730851199, options.best_before);
    session_world_give(&world, OPT_BEST_BEFORE, "2024-11-05T00:00:00Z");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1730764800, options.best_before);
    CHECK_OK(run_at(1730764799, NULL), world.err);
    CHECK_ERR(ERR_USAGE,
              "--best-before 2024-11-05T00:00:00Z: the bundle would have expired already",
              run_at(1730764800, NULL), world.err);
    CHECK_NUMBER(ERR_USAGE, run_at(0, "1730764800"));
    session_world_take_back(&world, OPT_BEST_BEFORE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(message, sizeof message,
                 "--best-before \"%s\": want 2026-12-31 or 2026-12-31T23:59:59Z", bad[i]);
        check_refused(OPT_BEST_BEFORE, bad[i], message);
    }
    session_world_end(&world);
}

TEST(pack_options_take_annotations_by_key)
{
    begin();
    session_world_give(&world, OPT_ANNOTATION, "z=1");
    session_world_give(&world, OPT_ANNOTATION, "a=x=y");
    session_world_give(&world, OPT_ANNOTATION, "m=");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(3, options.annotations.count);
    CHECK_TEXT("a", options.annotations.list[0].key);
    CHECK_TEXT("x=y", options.annotations.list[0].value);
    CHECK_TEXT("m", options.annotations.list[1].key);
    CHECK_TEXT("", options.annotations.list[1].value);
    CHECK_TEXT("z", options.annotations.list[2].key);
    session_world_give(&world, OPT_ANNOTATION, "m=again");
    CHECK_ERR(ERR_USAGE, "--annotation: the key \"m\" is given twice", run(), world.err);
    session_world_take_back(&world, OPT_ANNOTATION);
    check_refused(OPT_ANNOTATION, "a", "--annotation \"a\": want KEY=VALUE");
    check_refused(OPT_ANNOTATION, "=a", "--annotation \"=a\": want KEY=VALUE");
    check_refused(OPT_ANNOTATION, "vnd.sealift.uid=v1.0.0",
                  "--annotation: vnd.sealift.uid: keys of vnd.sealift are not for users");
    session_world_end(&world);
}

TEST(pack_options_take_files)
{
    begin();
    temp_write(&world.folder, "x.txt", SLICE("notes"));
    session_world_give(&world, OPT_RAW_IMAGE, "gcp/sev-es=d.raw");
    CHECK_OK(run(), world.err);
    CHECK_NUMBER(1, options.image_count);
    session_world_give(&world, OPT_NO_IMAGES, "");
    CHECK_ERR(ERR_USAGE, "--image and --no-images exclude each other", run(), world.err);
    session_world_take_back(&world, OPT_RAW_IMAGE);
    CHECK_OK(run(), world.err);
    session_world_give(&world, OPT_TABLE, "t.json");
    CHECK_OK(run(), world.err);
    CHECK(options.has_documents);
    session_world_take_back(&world, OPT_TABLE);
    session_world_give(&world, OPT_MEASUREMENTS, "gcp=m.yaml");
    CHECK_OK(run(), world.err);
    CHECK(options.has_documents && options.extra_count == 0);
    session_world_end(&world);
}
