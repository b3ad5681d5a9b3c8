/* What launch gcp is asked, and that no unsigned remote table chooses the image. */
#include "bundle/cli/launch_ask.h"

#include "tests/unit/contents_world.h"
#include "tests/unit/session_world.h"

#define UID_TABLE                                                  \
    "{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\"," \
    "\"gcp\":{\"sev-es\":\"projects/p/global/images/one\"}}"
#define REFERENCE "projects/p/global/images/one"

static struct session_world world;
static struct launch_request request;

static void begin(void)
{
    session_world_begin(&world);
    temp_write(&world.folder, "data", SLICE("user data"));
    session_world_give(&world, OPT_ZONE, "europe-west3-a");
    session_world_give(&world, OPT_MACHINE_TYPE, "n2d-standard-4");
    session_world_give(&world, OPT_LAUNCH_DATA, session_world_path(&world, "data"));
}

static enum err_code run(void)
{
    session_world_open(&world);
    return launch_ask(&world.session, &request, &world.err);
}

TEST(launch_ask_takes_options)
{
    begin();
    session_world_argument(&world, "one");
    session_world_argument(&world, "--labels=a=b");
    session_world_argument(&world, "--tags");
    session_world_argument(&world, "x");
    session_world_give(&world, OPT_CLOUD_IMAGE, REFERENCE);
    CHECK_OK(run(), world.err);
    CHECK_TEXT("one", slice_text(request.name));
    CHECK_TEXT("europe-west3-a", slice_text(request.zone));
    CHECK_TEXT("n2d-standard-4", slice_text(request.machine_type));
    CHECK_TEXT(REFERENCE, slice_text(request.image));
    CHECK_TEXT("user data", request.user_data);
    CHECK(!request.project && !request.type && !request.allow_plain);
    CHECK_NUMBER(3, request.extra_count);
    CHECK_TEXT("--labels=a=b", slice_text(request.extra[0]));
    CHECK_TEXT("x", slice_text(request.extra[2]));
    session_world_give(&world, OPT_PROJECT, "p");
    session_world_give(&world, OPT_CONFIDENTIAL_TYPE, "SEV_SNP");
    session_world_give(&world, OPT_ALLOW_NON_CONFIDENTIAL, "");
    CHECK_OK(run(), world.err);
    CHECK_TEXT("p", slice_text(request.project));
    CHECK_TEXT("SEV_SNP", slice_text(request.type));
    CHECK(request.allow_plain);
    session_world_end(&world);
}

TEST(launch_ask_says_all_that_is_missing)
{
    session_world_begin(&world);
    CHECK_ERR(
        ERR_USAGE,
        "the instance's NAME is missing; --zone is missing; --machine-type is missing; the "
        "image is missing: --image, or a UID; --user-data is missing: without it the instance "
        "has no configuration that was measured",
        run(), world.err);
    session_world_argument(&world, "--tags");
    session_world_argument(&world, "x");
    CHECK_NUMBER(ERR_USAGE, run());
    CHECK(!request.name && request.extra_count == 2);
    session_world_end(&world);
    begin();
    session_world_argument(&world, "one");
    session_world_argument(&world, "v2.2.0");
    session_world_argument(&world, "t\nhree");
    session_world_give(&world, OPT_CLOUD_IMAGE, REFERENCE);
    CHECK_ERR(ERR_USAGE,
              "--image and a UID exclude each other; \"t\\x0ahree\" is one argument too many", run(),
              world.err);
    session_world_end(&world);
}

TEST(launch_ask_reads_user_data)
{
    static uint8_t large[4 * LAUNCH_USER_DATA_MAX + 1];
    char message[ERR_MESSAGE_MAX];

    begin();
    session_world_argument(&world, "one");
    session_world_give(&world, OPT_CLOUD_IMAGE, REFERENCE);
    CHECK(remove(temp_path(&world.folder, "data")) == 0);
    CHECK_NUMBER(ERR_IO, run());
    snprintf(message, sizeof message, "%s/data: ", world.folder.path);
    CHECK(slice_begins(slice_text(world.err.msg), message));
    temp_write(&world.folder, "data", slice_of(large, sizeof large));
    CHECK_NUMBER(ERR_LIMIT, run());
    temp_write(&world.folder, "data", slice_of(large, sizeof large - 1));
    CHECK_OK(run(), world.err); /* launch_plan says what is too much */
    session_world_end(&world);
}

/* The user's own file, which nobody else can change. */
TEST(launch_ask_takes_a_local_table)
{
    begin();
    session_world_argument(&world, "one");
    session_world_argument(&world, "v2.2.0");
    temp_write(&world.folder, "tables/v2.2.0.json", SLICE(UID_TABLE));
    session_world_give(&world, OPT_TABLE_DIR, session_world_path(&world, "tables"));
    CHECK_OK(run(), world.err);
    CHECK_TEXT(REFERENCE, slice_text(request.image));
    temp_write(&world.folder, "tables/v2.2.0.json",
               SLICE("{\"ref\":\"-\",\"stream\":\"stable\",\"version\":\"v2.2.0\",\"aws\":{}}"));
    CHECK_NUMBER(ERR_NOT_FOUND, run());
    CHECK(strstr(world.err.msg, "/tables/v2.2.0.json: ") && !request.image);
    session_world_end(&world);
}

/* A table of a repository with, or without, the signature that a key demands. */
static void begin_repository(bool is_signed)
{
    static struct contents_world contents;
    struct bundle_item *signature;

    begin();
    session_world_argument(&world, "one");
    session_world_argument(&world, "v2.2.0");
    contents_begin(&contents);
    contents_find(&contents, CONTENTS_TABLE)->bytes = SLICE(UID_TABLE);
    signature = contents_sign(&contents, CONTENTS_TABLE, CONTENTS_TABLE ".sig", 0);
    temp_write(&world.folder, "repo/" CONTENTS_TABLE, SLICE(UID_TABLE));
    if (is_signed)
        temp_write(&world.folder, "repo/" CONTENTS_TABLE ".sig", signature->bytes);
    contents_end(&contents);
    temp_write(&world.folder, "tables/other", SLICE(""));
    session_world_give(&world, OPT_TABLE_DIR, session_world_path(&world, "tables"));
    session_world_give(&world, OPT_REPOSITORY, session_world_path(&world, "repo"));
}

TEST(launch_ask_takes_no_unsigned_table_of_a_repository)
{
    char message[ERR_MESSAGE_MAX];

    begin_repository(false);
    snprintf(message, sizeof message,
             "%s/repo/" CONTENTS_TABLE
             ": is not signed, and whoever can change it could choose the "
             "image that gets the user data: give --table-key, or the image by --image",
             world.folder.path);
    CHECK_ERR(ERR_POLICY, message, run(), world.err);
    CHECK(!request.image);
    session_world_give(&world, OPT_TABLE_KEY, "fixtures/keys/good-p256.pem");
    CHECK_NUMBER(ERR_NO_KEY, run());
    CHECK(!request.image);
    session_world_end(&world);
}

/* Signed by somebody is not enough: it must be by a key that is given. */
TEST(launch_ask_takes_a_signed_table_of_a_repository)
{
    begin_repository(true);
    CHECK_NUMBER(ERR_POLICY, run());
    session_world_give(&world, OPT_TABLE_KEY, "fixtures/keys/good-p256-other.pem");
    CHECK_NUMBER(ERR_FORGED, run());
    CHECK(!request.image);
    session_world_take_back(&world, OPT_TABLE_KEY);
    session_world_give(&world, OPT_TABLE_KEY, "fixtures/keys/good-p256.pem");
    CHECK_OK(run(), world.err);
    CHECK_TEXT(REFERENCE, slice_text(request.image));
    session_world_end(&world);
}
