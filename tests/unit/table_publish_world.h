/*
 * table_publish_world.h - one run of table publish: files that are given, a repository "repo", and
 * keys[0] of contents_world.h, which signs.
 *
 *     table_publish_begin(&world);         t.json, m.yaml and m.yaml.sig, d.raw; an empty repo/
 *     CHECK_OK(table_publish_run_plan(&world), world.session.err);
 *     CHECK_OK(table_publish_put(&world.work, &world.session.err), world.session.err);
 *     table_publish_end(&world);
 */
#ifndef SEALIFT_TESTS_TABLE_PUBLISH_WORLD_H
#define SEALIFT_TESTS_TABLE_PUBLISH_WORLD_H

#include "bundle/cli/table_publish_work.h"
#include "tests/unit/contents_world.h"
#include "tests/unit/session_world.h"

#define PUBLISH_TABLE                                              \
    "{\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\"," \
    "\"gcp\":{\"sev-es\":\"projects/p/global/images/one\"},"       \
    "\"qemu\":\"https://cdn.example/q.raw\"}"
#define PUBLISH_MEASURED "csp: gcp\nimage: v2.2.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n"
#define PUBLISH_KEY "fixtures/keys/good-p256.pem" /* the public part of keys[0] */
#define PUBLISH_SIGN_KEY "fixtures/private-keys/good-p256.pem"

/* Below repo/. */
#define PUBLISHED_RFC "images/v2.2.0.json"
#define PUBLISHED_V1 "constellation/v1/ref/-/stream/stable/v2.2.0/image/info.json"
#define PUBLISHED_V2 "constellation/v2/ref/-/stream/stable/v2.2.0/image/info.json"
#define PUBLISHED_MEASURED "measurements/gcp/v2.2.0/measurements.yaml"
#define PUBLISHED_IMAGE \
    "constellation/v1/ref/-/stream/stable/v2.2.0/image/csp/qemu/qemu-vtpm/image.raw"
#define PUBLISHED_LATEST "constellation/v1/ref/-/stream/stable/versions/latest/image.json"

struct table_publish_world {
    struct session_world session;
    struct contents_world contents; /* for its keys */
    struct table_publish_work work;
};

/* The signature of a file by keys[key], as NAME and the suffix. */
static inline void table_publish_sign(struct table_publish_world *world, const char *name,
                                      const char *suffix, size_t key)
{
    struct slice bytes = temp_read(&world->session.folder, name);
    char path[256];

    snprintf(path, sizeof path, "%s%s", name, suffix);
    temp_write(
        &world->session.folder, path,
        contents_signature(&world->contents, &world->contents.world.keys[key], bytes, false));
}

/* An option with the path of a file after `before` ("gcp="). */
static inline void table_publish_give(struct table_publish_world *world, enum option option,
                                      const char *before, const char *name)
{
    char value[TEMP_PATH_MAX + 32];

    snprintf(value, sizeof value, "%s%s", before, temp_path(&world->session.folder, name));
    session_world_give(&world->session, option,
                       arena_copy(&world->session.arena, slice_text(value), &world->session.err));
}

static inline void table_publish_begin(struct table_publish_world *world)
{
    struct session_world *session = &world->session;

    memset(world, 0, sizeof *world);
    session_world_begin(session);
    contents_begin(&world->contents);
    temp_write(&session->folder, "t.json", SLICE(PUBLISH_TABLE));
    temp_write(&session->folder, "m.yaml", SLICE(PUBLISH_MEASURED));
    table_publish_sign(world, "m.yaml", ".sig", 0);
    temp_write(&session->folder, "d.raw", SLICE("the image of a disk"));
    CHECK(mkdir(temp_path(&session->folder, "repo"), 0755) == 0);
    session_world_argument(session, session_world_path(session, "repo"));
    table_publish_give(world, OPT_TABLE, "", "t.json");
    session->invocation.given[OPT_QUIET] = 1;
}

static inline void table_publish_forget(struct table_publish_world *world)
{
    if (!world->work.invocation)
        return;
    repository_close(&world->work.repository);
    sign_keys_wipe(&world->work.sign_keys);
    session_close(&world->work.session);
    arena_clear(&world->work.arena);
    memset(&world->work, 0, sizeof world->work);
}

/* The plan of what is given now; an earlier one is forgotten. */
static inline enum err_code table_publish_run_plan(struct table_publish_world *world)
{
    struct table_publish_work *work = &world->work;
    struct err *err = &world->session.err;

    table_publish_forget(world);
    work->invocation = &world->session.invocation;
    work->repository = (struct repository){.fd = -1, .hidden = -1, .lock = -1};
    arena_init_heap(&work->arena, TABLE_FILE_MEMORY_MAX);
    CHECK_OK(session_open(&work->session, work->invocation, err), *err);
    return table_publish_plan(work, err);
}

static inline void table_publish_end(struct table_publish_world *world)
{
    table_publish_forget(world);
    contents_end(&world->contents);
    session_world_end(&world->session);
}

static inline bool table_publish_has(struct table_publish_world *world, const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "repo/%s", name);
    return temp_exists(&world->session.folder, path);
}

#endif
