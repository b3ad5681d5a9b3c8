/*
 * import_world.h - one import in the middle of its steps: a bundle that is trusted, and a repository that
 * is open, with nothing placed yet.
 *
 *     import_world_begin(&world);      the bundle of contents_world.h, to be changed
 *     import_world_open(&world);       packed, checked; the repository is open
 *     CHECK_OK(import_files(&world.work, &world.err), world.err);
 *     import_world_end(&world);
 */
#ifndef SEALIFT_TESTS_IMPORT_WORLD_H
#define SEALIFT_TESTS_IMPORT_WORLD_H

#include "bundle/import/import_work.h"
#include "tests/unit/contents_world.h"
#include "tests/unit/temp_folder.h"

#define IMPORT_WORLD_RAW "images/v2.2.0/qemu-qemu-vtpm.raw"
#define IMPORT_WORLD_NOW 1700000000 /* 2023-11-14T22:13:20Z */

struct import_world {
    struct contents_world contents;
    struct temp_folder folder; /* the repository is "repo" in it */
    struct repository repository;
    struct import_settings settings;
    struct import_result result;
    struct import_work work;
    uint8_t digest[SHA256_SIZE];
    struct err err;
};

static inline void import_world_begin(struct import_world *world)
{
    memset(world, 0, sizeof *world);
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
                                               .program = "sealift test"};
    world->work = (struct import_work){.settings = &world->settings,
                                       .repository = &world->repository,
                                       .arena = &contents->world.arena,
                                       .result = &world->result};
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
    repository_close(&world->repository);
    contents_end(&world->contents);
    temp_folder_remove(&world->folder);
}

#endif
