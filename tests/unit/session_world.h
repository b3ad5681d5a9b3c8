/*
 * session_world.h - a command line without a program: options and arguments, and the session of a verb.
 *
 *     session_world_begin(&world);
 *     session_world_give(&world, OPT_KEY, "fixtures/keys/good-p256.pem");
 *     session_world_argument(&world, session_world_path(&world, "b.tar"));
 *     session_world_open(&world);
 *     ... &world.session ...
 *     session_world_end(&world);
 *
 * HOME and SEALIFT_KEYS are set to folders in the world's own, so that no key of this machine is found:
 * "home" and, if session_world_keys is called, "keys".
 */
#ifndef SEALIFT_TESTS_SESSION_WORLD_H
#define SEALIFT_TESTS_SESSION_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/cli/session.h"
#include "tests/unit/temp_folder.h"

#define SESSION_WORLD_VALUES 8 /* of one option */

struct session_world {
    struct temp_folder folder;
    struct arena arena;
    struct invocation invocation;
    const char *values[OPTION_COUNT][SESSION_WORLD_VALUES];
    struct session session;
    struct err err;
    const char *home; /* as it was */
};

/* Lives as long as the world. */
static inline const char *session_world_path(struct session_world *world, const char *name)
{
    return arena_copy(&world->arena, slice_text(temp_path(&world->folder, name)), &world->err);
}

static inline void session_world_begin(struct session_world *world)
{
    memset(world, 0, sizeof *world);
    world->folder = temp_folder_make();
    arena_init_heap(&world->arena, (size_t)64 << 20);
    world->invocation.program = "sealift";
    if (getenv("HOME"))
        world->home = arena_copy(&world->arena, slice_text(getenv("HOME")), &world->err);
    setenv("HOME", session_world_path(world, "home"), 1);
    unsetenv("SEALIFT_KEYS");
}

static inline void session_world_give(struct session_world *world, enum option option,
                                      const char *value)
{
    struct invocation *invocation = &world->invocation;

    CHECK(invocation->given[option] < SESSION_WORLD_VALUES);
    world->values[option][invocation->given[option]++] = value;
    invocation->values[option] = value;
    invocation->repeated[option] = world->values[option];
}

static inline void session_world_take_back(struct session_world *world, enum option option)
{
    world->invocation.given[option] = 0;
    world->invocation.values[option] = NULL;
}

static inline void session_world_argument(struct session_world *world, const char *argument)
{
    world->invocation.arguments[world->invocation.argument_count++] = argument;
}

/* A public key of fixtures/keys in the default folder of a purpose. */
static inline void session_world_keys(struct session_world *world, const char *purpose,
                                      const char *name)
{
    char from[128], to[128];

    snprintf(from, sizeof from, "fixtures/keys/%s", name);
    snprintf(to, sizeof to, "keys/%s/%s", purpose, name);
    temp_write(&world->folder, to, test_file(from));
    chmod(temp_path(&world->folder, "keys"), 0755);
    snprintf(to, sizeof to, "keys/%s", purpose);
    chmod(temp_path(&world->folder, to), 0755);
    setenv("SEALIFT_KEYS", session_world_path(world, "keys"), 1);
}

/* Also one that is open already: with the options as they are now. */
static inline void session_world_open(struct session_world *world)
{
    if (world->session.invocation)
        session_close(&world->session);
    CHECK_OK(session_open(&world->session, &world->invocation, &world->err), world->err);
}

/* What standard error gets from now on, until session_world_heard gives it. */
static inline int session_world_listen(struct session_world *world)
{
    int before = dup(STDERR_FILENO);
    int file = open(session_world_path(world, "stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    CHECK(before >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    close(file);
    return before;
}

static inline struct slice session_world_heard(struct session_world *world, int before)
{
    CHECK(dup2(before, STDERR_FILENO) >= 0);
    close(before);
    return temp_read(&world->folder, "stderr");
}

static inline void session_world_end(struct session_world *world)
{
    if (world->session.invocation)
        session_close(&world->session);
    unsetenv("SEALIFT_KEYS");
    world->home ? setenv("HOME", world->home, 1) : unsetenv("HOME");
    arena_clear(&world->arena);
    temp_folder_remove(&world->folder);
}

#endif
