#include "bundle/cli/gcloud_options.h"

#include "tests/unit/session_world.h"

static struct session_world world;

static enum err_code timeout(const char *text, unsigned *timeout_ms)
{
    memset(&world, 0, sizeof world);
    *timeout_ms = 99;
    if (text)
        session_world_give(&world, OPT_GCLOUD_TIMEOUT, text);
    return gcloud_options_timeout(&world.invocation, timeout_ms, &world.err);
}

TEST(gcloud_options_have_a_timeout)
{
    static const struct {
        const char *text;
        unsigned timeout_ms;
    } good[] = {{NULL, 600000}, {"1", 1000}, {"36000", 36000000}};
    static const char *const bad[] = {"0", "36001", "-1", "1.5", "1s", "", " 1", "4294967297"};
    unsigned timeout_ms;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK_OK(timeout(good[i].text, &timeout_ms), world.err);
        CHECK_NUMBER(good[i].timeout_ms, timeout_ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char message[ERR_MESSAGE_MAX];

        snprintf(message, sizeof message, "--gcloud-timeout \"%s\": want a number from 1 to 36000",
                 bad[i]);
        CHECK_ERR(ERR_USAGE, message, timeout(bad[i], &timeout_ms), world.err);
        CHECK_NUMBER(0, timeout_ms);
    }
}

/* The program that is given; else that of PATH. */
TEST(gcloud_options_find_the_program)
{
    char *before = getenv("PATH");
    struct gcloud gcloud;

    session_world_begin(&world);
    temp_write(&world.folder, "bin/gcloud", SLICE("#!/bin/sh\n"));
    temp_write(&world.folder, "mine", SLICE("#!/bin/sh\n"));
    CHECK(chmod(temp_path(&world.folder, "bin/gcloud"), 0755) == 0);
    CHECK(chmod(temp_path(&world.folder, "mine"), 0755) == 0);
    before = before ? strdup(before) : NULL;
    setenv("PATH", session_world_path(&world, "bin"), 1);
    CHECK_OK(gcloud_options_find(&world.invocation, &world.arena, &gcloud, &world.err), world.err);
    CHECK_TEXT(temp_path(&world.folder, "bin/gcloud"), slice_text(gcloud.path));
    session_world_give(&world, OPT_GCLOUD, session_world_path(&world, "mine"));
    CHECK_OK(gcloud_options_find(&world.invocation, &world.arena, &gcloud, &world.err), world.err);
    CHECK_TEXT(temp_path(&world.folder, "mine"), slice_text(gcloud.path));
    session_world_take_back(&world, OPT_GCLOUD);
    setenv("PATH", session_world_path(&world, "nothing"), 1);
    CHECK_NUMBER(ERR_TOOL,
                 gcloud_options_find(&world.invocation, &world.arena, &gcloud, &world.err));
    if (before)
        setenv("PATH", before, 1);
    free(before);
    session_world_end(&world);
}
