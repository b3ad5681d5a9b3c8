/* What a session makes of options, config and environment: the question, the sources, the keys. */
#include "resolver/cli/session.h"

#include "tests/unit/session_world.h"

#define KEYS "fixtures/keys/"
#define A KEYS "good-p256.pem"
#define B KEYS "good-p256-other.pem"
#define CONFIG                                                                                \
    "version: v4\nimage: v2.2.0\nname: c\nprovider:\n  gcp:\n    project: p\n    region: r\n" \
    "    zone: z\nattestation:\n  gcpSEVES:\n    measurements:\n      4: \""                  \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\n"

static struct session_world world;

static void begin(void)
{
    session_world_begin(&world);
    unsetenv("SEALIFT_REPOSITORY");
}

static enum err_code sources(bool with_local)
{
    session_world_open(&world);
    return session_sources(&world.session, with_local, &world.err);
}

static void check_repository(const char *want)
{
    CHECK_OK(sources(false), world.err);
    CHECK_TEXT(want, slice_text(world.session.finder.repository->base));
    CHECK(!world.session.finder.local);
}

TEST(session_asks_what_options_say)
{
    struct request request;

    begin();
    session_world_open(&world);
    CHECK_ERR(ERR_USAGE, "no version given: name a uid, or a --config with an image",
              session_request(&world.session, &request, &world.err), world.err);
    CHECK(!request.uid.text[0]);
    session_world_argument(&world, "stream/debug/v2.3.0");
    session_world_give(&world, OPT_CSP, "aws");
    session_world_give(&world, OPT_REGION, "eu-central-1");
    session_world_open(&world);
    CHECK_OK(session_request(&world.session, &request, &world.err), world.err);
    CHECK_TEXT("stream/debug/v2.3.0", slice_text(request.uid.text));
    CHECK(request.csp == CSP_AWS);
    CHECK_TEXT("eu-central-1", request.region);
    session_world_give(&world, OPT_CSP, "moon");
    session_world_open(&world);
    CHECK_NUMBER(ERR_USAGE, session_request(&world.session, &request, &world.err));
    session_world_end(&world);
}

/* Options come before what the config says. */
TEST(session_asks_what_the_config_says)
{
    struct request request;

    begin();
    temp_write(&world.folder, "c.yaml", SLICE(CONFIG));
    session_world_give(&world, OPT_CONFIG, session_world_path(&world, "c.yaml"));
    session_world_open(&world);
    CHECK_OK(session_request(&world.session, &request, &world.err), world.err);
    CHECK_TEXT("v2.2.0", slice_text(request.uid.text));
    CHECK(request.csp == CSP_GCP);
    CHECK_TEXT(CONFIG, world.session.config_bytes);
    session_world_argument(&world, "v2.9.0");
    session_world_open(&world);
    CHECK_OK(session_request(&world.session, &request, &world.err), world.err);
    CHECK_TEXT("v2.9.0", slice_text(request.uid.text));
    CHECK(request.csp == CSP_GCP);
    session_world_end(&world);
}

TEST(session_takes_the_repository_of_the_config)
{
    begin();
    setenv("SEALIFT_REPOSITORY", "https://environment.example", 1);
    temp_write(&world.folder, "c.yaml", SLICE("repository: https://config.example\n" CONFIG));
    session_world_give(&world, OPT_CONFIG, session_world_path(&world, "c.yaml"));
    check_repository("https://config.example");
    session_world_give(&world, OPT_REPOSITORY, "https://option.example");
    check_repository("https://option.example");
    unsetenv("SEALIFT_REPOSITORY");
    session_world_end(&world);
}

/* What is wrong with a csp is said before anything about the config. */
TEST(session_reads_no_config_for_a_csp_that_is_not_known)
{
    struct request request;

    begin();
    session_world_give(&world, OPT_CONFIG, session_world_path(&world, "absent"));
    session_world_give(&world, OPT_CSP, "moon");
    session_world_argument(&world, "v2.2.0");
    session_world_open(&world);
    CHECK_NUMBER(ERR_USAGE, session_request(&world.session, &request, &world.err));
    CHECK(strstr(world.err.msg, "moon"));
    session_world_end(&world);
}

TEST(session_names_the_config)
{
    begin();
    temp_write(&world.folder, "c.yaml", SLICE("image: [\n"));
    session_world_give(&world, OPT_CONFIG, session_world_path(&world, "c.yaml"));
    CHECK_NUMBER(ERR_FORMAT, session_open(&world.session, &world.invocation, &world.err));
    CHECK(strstr(world.err.msg, "/c.yaml: line "));
    session_close(&world.session);
    session_world_give(&world, OPT_CONFIG, session_world_path(&world, "absent"));
    CHECK_NUMBER(ERR_IO, session_open(&world.session, &world.invocation, &world.err));
    CHECK(strstr(world.err.msg, "/absent: "));
    session_world_end(&world);
}

TEST(session_takes_the_repository_that_is_named)
{
    begin();
    check_repository("https://cdn.confidential.cloud");
    setenv("SEALIFT_REPOSITORY", "", 1);
    check_repository("https://cdn.confidential.cloud");
    setenv("SEALIFT_REPOSITORY", "https://site.example/x/", 1);
    check_repository("https://site.example/x");
    session_world_give(&world, OPT_REPOSITORY, "some/folder/");
    check_repository("some/folder");
    session_world_give(&world, OPT_REPOSITORY, "/");
    check_repository("/");
    session_world_give(&world, OPT_REPOSITORY, "some//");
    check_repository("some//");
    session_world_give(&world, OPT_REPOSITORY, "file:///srv/r");
    check_repository("/srv/r");
    session_world_give(&world, OPT_REPOSITORY, "a/b://c");
    check_repository("a/b://c");
    session_world_give(&world, OPT_REPOSITORY, "file://srv/r");
    CHECK_ERR(ERR_USAGE, "repository file://srv/r: want file:// and an absolute path",
              sources(false), world.err);
    session_world_give(&world, OPT_REPOSITORY, "ftp://site.example");
    CHECK_ERR(ERR_USAGE,
              "repository ftp://site.example: want a directory, file://, http:// or https://",
              sources(false), world.err);
    unsetenv("SEALIFT_REPOSITORY");
    session_world_end(&world);
}

TEST(session_has_a_local_folder_and_a_layout)
{
    begin();
    CHECK_OK(sources(true), world.err);
    CHECK_TEXT(".", slice_text(world.session.finder.local->base));
    CHECK_NUMBER(-1, world.session.finder.layout);
    session_world_give(&world, OPT_TABLE_DIR, "tables");
    session_world_give(&world, OPT_LAYOUT, "v1");
    CHECK_OK(sources(true), world.err);
    CHECK_TEXT("tables", slice_text(world.session.finder.local->base));
    CHECK_NUMBER(LAYOUT_V1, world.session.finder.layout);
    session_world_give(&world, OPT_LAYOUT, "v9");
    CHECK_ERR(ERR_USAGE, "--layout \"v9\": want rfc, v1 or v2", sources(true), world.err);
    session_world_end(&world);
}

static enum err_code read_keys(void)
{
    session_world_open(&world);
    return session_keys(&world.session, &world.err);
}

static enum err_code read_table_keys(void)
{
    session_world_open(&world);
    return session_table_keys(&world.session, &world.err);
}

/* What is given replaces the default set, and each purpose has its own. */
TEST(session_reads_the_keys_of_a_purpose)
{
    begin();
    CHECK_OK(read_keys(), world.err);
    CHECK_NUMBER(0, world.session.keys.count);
    session_world_keys(&world, "measurements", "good-p256.pem");
    session_world_keys(&world, "tables", "good-p384.pem");
    CHECK_OK(read_keys(), world.err);
    CHECK(world.session.keys.count == 1 && world.session.table_keys.count == 0);
    CHECK(slice_ends(slice_text(world.session.keys.list[0]->name), "/measurements/good-p256.pem"));
    CHECK_OK(read_table_keys(), world.err);
    CHECK(world.session.table_keys.count == 1 && world.session.keys.count == 0);
    CHECK(slice_ends(slice_text(world.session.table_keys.list[0]->name), "/tables/good-p384.pem"));
    session_world_give(&world, OPT_KEY, B);
    CHECK_OK(read_keys(), world.err);
    CHECK_NUMBER(1, world.session.keys.count);
    CHECK_TEXT(B, slice_text(world.session.keys.list[0]->name));
    CHECK_OK(read_table_keys(), world.err);
    CHECK(slice_ends(slice_text(world.session.table_keys.list[0]->name), "/tables/good-p384.pem"));
    session_world_give(&world, OPT_TABLE_KEY, A);
    CHECK_OK(read_table_keys(), world.err);
    CHECK_NUMBER(1, world.session.table_keys.count);
    CHECK_TEXT(A, slice_text(world.session.table_keys.list[0]->name));
    session_world_end(&world);
}

TEST(session_reads_a_threshold)
{
    static const char *const bad[] = {"0", "", "-1", "x", "2x", "1.0", "18446744073709551617",
                                      "+1"};
    char number[16], message[ERR_MESSAGE_MAX];

    begin();
    session_world_give(&world, OPT_KEY, A);
    CHECK_OK(read_keys(), world.err);
    CHECK_NUMBER(0, world.session.keys.threshold);
    snprintf(number, sizeof number, "%d", KEYS_MAX);
    session_world_give(&world, OPT_THRESHOLD, number);
    CHECK_OK(read_keys(), world.err);
    CHECK_NUMBER(KEYS_MAX, world.session.keys.threshold);
    snprintf(number, sizeof number, "%d", KEYS_MAX + 1);
    CHECK_NUMBER(ERR_USAGE, read_keys());
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        session_world_take_back(&world, OPT_THRESHOLD);
        session_world_give(&world, OPT_THRESHOLD, bad[i]);
        snprintf(message, sizeof message, "--threshold \"%s\": want a number from 1 to %d", bad[i],
                 KEYS_MAX);
        CHECK_ERR(ERR_USAGE, message, read_keys(), world.err);
        CHECK_ERR(ERR_USAGE, message, read_table_keys(), world.err);
    }
    session_world_take_back(&world, OPT_THRESHOLD);
    session_world_give(&world, OPT_THRESHOLD, "1");
    CHECK_ERR(ERR_NO_KEY, "--threshold is given, but no key of tables: add --table-key",
              read_table_keys(), world.err);
    session_world_end(&world);
}

/* Terraform's list of keys, beside those of options. */
TEST(session_reads_the_keys_that_terraform_names)
{
    begin();
    session_world_open(&world);
    world.session.question.keys = SLICE(A "," B);
    CHECK_OK(session_keys(&world.session, &world.err), world.err);
    CHECK_NUMBER(2, world.session.keys.count);
    CHECK_TEXT(B, slice_text(world.session.keys.list[1]->name));
    session_world_open(&world);
    world.session.question.keys = SLICE(A ",," B);
    CHECK_ERR(ERR_USAGE, "keys \"" A ",," B "\": an empty path in it",
              session_keys(&world.session, &world.err), world.err);
    session_world_open(&world);
    world.session.question.keys = SLICE("absent.pem");
    CHECK_NUMBER(ERR_IO, session_keys(&world.session, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg), "absent.pem: "));
    session_world_end(&world);
}
