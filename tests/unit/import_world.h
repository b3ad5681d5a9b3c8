/*
 * import_world.h - one import in the middle of its steps: a bundle that is trusted, and a repository that
 * is open, with nothing placed yet.
 *
 *     import_world_begin(&world);      the bundle of contents_world.h, to be changed
 *     import_world_open(&world);       packed, checked; the repository is open
 *     CHECK_OK(import_files(&world.work, &world.err), world.err);
 *     import_world_stage(&world);      the staging folder is there, empty
 *     CHECK_OK(import_stage(&world.work, &world.err), world.err);
 *     import_world_end(&world);
 */
#ifndef SEALIFT_TESTS_IMPORT_WORLD_H
#define SEALIFT_TESTS_IMPORT_WORLD_H

#include <stdio.h>

#include "bundle/import/import_work.h"
#include "tests/unit/contents_world.h"
#include "tests/unit/temp_folder.h"

#define IMPORT_WORLD_RAW "images/v2.2.0/qemu-qemu-vtpm.raw"
#define IMPORT_WORLD_NOW 1700000000 /* 2023-11-14T22:13:20Z */

/* What the user hears of meanwhile: the last text, and bytes done. */
struct import_heard {
    char warning[ERR_MESSAGE_MAX], note[ERR_MESSAGE_MAX];
    size_t warnings, notes, calls, backwards;
    uint64_t done, total;
};

struct import_world {
    struct contents_world contents;
    struct import_heard heard;
    struct temp_folder folder; /* the repository is "repo" in it */
    struct repository repository;
    struct import_settings settings;
    struct import_result result;
    struct import_work work;
    uint8_t digest[SHA256_SIZE];
    struct err err;
};

static inline void import_world_warn(void *ctx, const char *text)
{
    struct import_heard *heard = ctx;

    heard->warnings++;
    snprintf(heard->warning, sizeof heard->warning, "%s", text);
}

static inline void import_world_note(void *ctx, const char *text)
{
    struct import_heard *heard = ctx;

    heard->notes++;
    snprintf(heard->note, sizeof heard->note, "%s", text);
}

static inline void import_world_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct import_heard *heard = ctx;

    heard->calls++;
    heard->backwards += done < heard->done;
    heard->done = done;
    heard->total = total;
}

static inline void import_world_begin(struct import_world *world)
{
    memset(world, 0, sizeof *world);
    world->work.staging.fd = -1;
    world->folder = temp_folder_make();
    contents_begin(&world->contents);
}

static inline void import_world_open(struct import_world *world)
{
    struct contents_world *contents = &world->contents;
    char path[TEMP_PATH_MAX];

    contents_pack(contents);
    CHECK_OK(contents_try(contents, &world->err), world->err);
    snprintf(path, sizeof path, "%s/repo", world->folder.path);
    CHECK_OK(repository_open(arena_copy(&contents->world.arena, slice_text(path), &world->err),
                             &world->repository, &world->err),
             world->err);
    world->digest[0] = 1;
    world->settings = (struct import_settings){.trusted = &contents->trusted,
                                               .contents = &contents->contents,
                                               .digest = world->digest,
                                               .now = IMPORT_WORLD_NOW,
                                               .receipt_time = IMPORT_WORLD_NOW,
                                               .program = "sealift test",
                                               .listener = {.ctx = &world->heard,
                                                            .warn = import_world_warn,
                                                            .note = import_world_note,
                                                            .progress = import_world_progress}};
    world->work = (struct import_work){.settings = &world->settings,
                                       .repository = &world->repository,
                                       .arena = &contents->world.arena,
                                       .result = &world->result,
                                       .staging = {.fd = -1}};
}

/* The staging folder, in place of the one of an earlier call. */
static inline void import_world_stage(struct import_world *world)
{
    staging_close(&world->work.staging);
    CHECK_OK(staging_init(&world->work.staging, &world->repository, world->digest,
                          &world->result.was_interrupted, &world->err),
             world->err);
    CHECK_OK(staging_make(&world->work.staging, &world->err), world->err);
    world->result.was_interrupted = false;
}

/* "PATH/repo" and the text, as messages begin. */
static inline const char *import_world_message(const struct import_world *world, const char *text)
{
    static char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s/repo%s", world->folder.path, text);
    return message;
}

/* Forgets what has been placed. */
static inline void import_world_again(struct import_world *world)
{
    memset(&world->result, 0, sizeof world->result);
}

/* The placement of that name; a failed check and one of zeros when there is none. */
static inline const struct placement *import_world_find(const struct import_world *world,
                                                        const char *name)
{
    static const struct placement none;

    for (size_t i = 0; i < world->result.placements.count; i++) {
        if (strcmp(world->result.placements.list[i].name, name) == 0)
            return &world->result.placements.list[i];
    }
    test_check(false, __FILE__, __LINE__, name);
    return &none;
}

/* What of the bundle has that title. */
static inline const struct carried *import_world_carried(const struct import_world *world,
                                                         const char *title)
{
    const struct contents *contents = &world->contents.contents;

    for (size_t i = 0; i < contents->count; i++) {
        if (slice_is(contents->list[i].layer->title, title))
            return &contents->list[i];
    }
    test_check(false, __FILE__, __LINE__, title);
    return &contents->list[0];
}

static inline void import_world_end(struct import_world *world)
{
    staging_close(&world->work.staging);
    repository_close(&world->repository);
    contents_end(&world->contents);
    temp_folder_remove(&world->folder);
}

#endif
