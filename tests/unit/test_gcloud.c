#include "bundle/publish/gcloud.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "tests/unit/temp_folder.h"

struct world {
    struct temp_folder folder;
    struct arena arena;
    struct gcloud gcloud;
    struct gcloud_result result;
};

static char *const environment[] = {"PATH=/usr/bin:/bin", "CLOUDSDK_CORE_DISABLE_PROMPTS=0", NULL};

/* A gcloud that is this shell script. */
static enum err_code run_script(struct world *world, const char *script, unsigned timeout_ms,
                                struct err *err)
{
    const char *argv[] = {"gcloud", "one", "two words", NULL};
    char text[1024];
    enum err_code rc;

    world->folder = temp_folder_make();
    arena_init_heap(&world->arena, 1 << 20);
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    temp_write(&world->folder, "gcloud", slice_text(text));
    CHECK(chmod(temp_path(&world->folder, "gcloud"), 0755) == 0);
    rc = gcloud_find(NULL, world->folder.path, environment, &world->arena, &world->gcloud, err);
    CHECK_NUMBER(ERR_OK, rc);
    world->gcloud.timeout_ms = timeout_ms;
    return gcloud_run(&world->gcloud, argv, &world->result, err);
}

static void end_world(struct world *world)
{
    gcloud_result_free(&world->result);
    arena_clear(&world->arena);
    temp_folder_remove(&world->folder);
}

TEST(gcloud_gets_words_and_settings)
{
    struct world world;
    struct err err;

    CHECK_OK(run_script(&world, "echo \"$# $1,$2,$CLOUDSDK_CORE_DISABLE_PROMPTS,"
                        "$CLOUDSDK_STORAGE_PARALLEL_COMPOSITE_UPLOAD_ENABLED\"; cat; echo oops >&2; exit 3",
                        LONG_MS, &err), err);
    CHECK_TEXT("2 one,two words,1,False\n", buf_slice(&world.result.output));
    CHECK_TEXT("oops\n", buf_slice(&world.result.errors));
    CHECK_NUMBER(3, world.result.exit_status);
    CHECK_NUMBER(GCLOUD_FAILED, world.result.verdict);
    CHECK_ERR(ERR_TOOL, "gcloud: failed with status 3 (it says: oops)",
              gcloud_refuse(&world.result, &err), err);
    end_world(&world);
}

/* Whether nobody has the pipe open for writing any more, or soon. */
static bool is_deserted(int pipe)
{
    char byte;

    for (int tries = 0; tries < 2000; tries++) {
        if (read(pipe, &byte, 1) == 0)
            return true;
        usleep(10000);
    }
    return false;
}

TEST(gcloud_is_stopped_with_its_children)
{
    struct temp_folder folder = temp_folder_make();
    char script[TEMP_PATH_MAX + 100];
    struct world world;
    struct err err;
    int pipe;

    CHECK(mkfifo(temp_path(&folder, "pipe"), 0600) == 0);
    pipe = open(temp_path(&folder, "pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    snprintf(script, sizeof script, "exec 3>%s; sleep 60 >&- 2>&- & sleep 60", temp_path(&folder, "pipe"));
    CHECK_ERR(ERR_TOOL,
              "gcloud: no end after 0 s: it was stopped; look whether it has done anything before "
              "trying again",
              run_script(&world, script, 300, &err), err);
    CHECK(is_deserted(pipe));
    CHECK(world.result.verdict != GCLOUD_OK);
    close(pipe);
    temp_folder_remove(&folder);
    end_world(&world);
}

TEST(gcloud_that_talks_without_end_is_stopped)
{
    struct world world;
    struct err err;

    CHECK_ERR(ERR_TOOL, "gcloud: more than 4194304 bytes of output",
              run_script(&world, "yes", LONG_MS, &err), err);
    end_world(&world);
    CHECK_OK(run_script(&world, "head -c 300000 /dev/zero >&2; echo x", LONG_MS, &err), err);
    CHECK(world.result.errors.len <= GCLOUD_ERRORS_MAX);
    CHECK_TEXT("x\n", buf_slice(&world.result.output));
    end_world(&world);
}

TEST(gcloud_that_dies_is_no_answer)
{
    struct world world;
    struct err err;

    CHECK_ERR(ERR_TOOL, "gcloud: ended by signal 9; look whether it has done anything before trying again",
              run_script(&world, "kill -9 $$", LONG_MS, &err), err);
    CHECK_NUMBER(GCLOUD_FAILED, world.result.verdict);
    end_world(&world);
}

TEST(gcloud_must_be_there)
{
    struct gcloud gcloud = {"/nowhere/gcloud", environment, 1000};
    const char *argv[] = {"gcloud", NULL};
    struct gcloud_result result;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_ERR(ERR_TOOL, "gcloud /nowhere/gcloud: No such file or directory",
              gcloud_run(&gcloud, argv, &result, &err), err);
    gcloud_result_free(&result);
    CHECK_ERR(ERR_TOOL, "gcloud /x: No such file or directory",
              gcloud_find("/x", "/usr/bin", environment, &arena, &gcloud, &err), err);
    CHECK_ERR(ERR_TOOL, "gcloud is not installed: it is not in PATH, and --gcloud is not given",
              gcloud_find(NULL, "/nowhere::/proc", environment, &arena, &gcloud, &err), err);
    CHECK_NUMBER(ERR_TOOL, gcloud_find(NULL, NULL, environment, &arena, &gcloud, &err));
    arena_clear(&arena);
}

/* As when a service is started with it ignored: children then leave no status behind. */
TEST(gcloud_ends_with_its_status_where_ends_of_children_are_ignored)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before, after;
    struct world world;
    struct err err;

    CHECK(sigaction(SIGCHLD, &ignored, &before) == 0);
    CHECK_OK(run_script(&world, "echo x; exit 3", LONG_MS, &err), err);
    CHECK_NUMBER(3, world.result.exit_status);
    CHECK_NUMBER(GCLOUD_FAILED, world.result.verdict);
    CHECK(sigaction(SIGCHLD, &before, &after) == 0 && after.sa_handler == SIG_IGN);
    end_world(&world);
}
