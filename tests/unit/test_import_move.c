/* What import_move makes of a repository: in the order of placements, and syncing what came before. */
#include "tests/unit/import_world.h"

static struct import_world world;

static void begin(void)
{
    import_world_begin(&world);
    import_world_open(&world);
    import_world_stage(&world);
}

static void add(enum placement_kind kind, const char *name, enum placement_action action)
{
    struct placements *placements = &world.result.placements;
    struct placement *placement =
        placement_add_bytes(placements, kind, name, slice_text(name), world.work.arena, &world.err);

    placement->action = action;
    if (action == PLACEMENT_ADD || action == PLACEMENT_REPLACE)
        CHECK_OK(
            staging_put(&world.work.staging, placements->count - 1, slice_text(name), &world.err),
            world.err);
}

static void check_file(const char *name, const char *want)
{
    char path[128];

    snprintf(path, sizeof path, "repo/%s", name);
    if (want)
        CHECK_TEXT(want, temp_read(&world.folder, path));
    else
        CHECK(!temp_exists(&world.folder, path));
}

TEST(import_move_does_what_placements_say)
{
    begin();
    temp_write(&world.folder, "repo/a/kept", SLICE("mine"));
    temp_write(&world.folder, "repo/a/replaced", SLICE("mine"));
    temp_write(&world.folder, "repo/a/removed", SLICE("mine"));
    add(PLACE_IMAGE, "a/b/c/deep", PLACEMENT_ADD);
    add(PLACE_IMAGE, "a/kept", PLACEMENT_KEEP);
    add(PLACE_IMAGE, "a/replaced", PLACEMENT_REPLACE);
    add(PLACE_OTHER, "a/removed", PLACEMENT_REMOVE);
    add(PLACE_OTHER, "a/was never there", PLACEMENT_REMOVE);
    add(PLACE_OTHER, "ab/c", PLACEMENT_ADD);
    add(PLACE_OTHER, "top", PLACEMENT_ADD);
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    check_file("a/b/c/deep", "a/b/c/deep");
    check_file("a/kept", "mine");
    check_file("a/replaced", "a/replaced");
    check_file("a/removed", NULL);
    check_file("ab/c", "ab/c");
    check_file("top", "top");
    for (const char *number = "0\0002\0005\0006\0"; *number; number += 2) {
        char path[128];

        snprintf(path, sizeof path, ".sealift/%s/%s", world.work.staging.name, number);
        check_file(path, NULL);
    }
    import_world_end(&world);
}

/* Names of one length in folders whose names begin alike, one after the other. */
TEST(import_move_tells_folders_apart)
{
    static const char *const names[] = {"a/x",  "b/x", "a/y", "b/y", "ab/x",
                                        "a/ab", "x",   "y",   "a/z"};

    begin();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        add(PLACE_OTHER, names[i], PLACEMENT_ADD);
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_file(names[i], names[i]);
    import_world_end(&world);
}

/* Where one cannot be moved, those before it are in place and those after it are not. */
TEST(import_move_ends_at_the_first_that_fails)
{
    begin();
    temp_write(&world.folder, "repo/b/folder/x", SLICE("in the way"));
    add(PLACE_IMAGE, "a", PLACEMENT_ADD);
    add(PLACE_OTHER, "b/folder", PLACEMENT_ADD);
    add(PLACE_TABLE, "c", PLACEMENT_ADD);
    CHECK_ERR(ERR_IO, import_world_message(&world, "/b/folder: Is a directory"),
              import_move(&world.work, &world.err), world.err);
    check_file("a", "a");
    check_file("b/folder/x", "in the way");
    check_file("c", NULL);
    import_world_end(&world);
}

TEST(import_move_does_not_remove_folders)
{
    begin();
    temp_write(&world.folder, "repo/b/folder/x", SLICE("in the way"));
    add(PLACE_OTHER, "b/folder", PLACEMENT_REMOVE);
    CHECK_ERR(ERR_IO, import_world_message(&world, "/b/folder: Is a directory"),
              import_move(&world.work, &world.err), world.err);
    import_world_end(&world);
}

TEST(import_move_follows_no_link)
{
    begin();
    temp_write(&world.folder, "elsewhere/x", SLICE("mine"));
    CHECK(symlink("../elsewhere", temp_path(&world.folder, "repo/link")) == 0);
    add(PLACE_OTHER, "link/x", PLACEMENT_ADD);
    CHECK_NUMBER(ERR_POLICY, import_move(&world.work, &world.err));
    CHECK_TEXT("mine", temp_read(&world.folder, "elsewhere/x"));
    import_world_end(&world);
}

/* A file that is kept is not looked at, unless an earlier run may have left its folder unsynced. */
TEST(import_move_enters_folders_of_kept_files_after_an_interruption)
{
    begin();
    add(PLACE_IMAGE, "gone/kept", PLACEMENT_KEEP);
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    check_file("gone", NULL);
    world.result.was_interrupted = true;
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    CHECK(temp_exists(&world.folder, "repo/gone"));
    check_file("gone/kept", NULL);
    import_world_end(&world);
}

TEST(import_move_of_nothing)
{
    begin();
    CHECK_OK(import_move(&world.work, &world.err), world.err);
    import_world_end(&world);
}
