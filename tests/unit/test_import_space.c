/* How much import_space asks for: what is not in the file system yet, without holes. */
#include <sys/statvfs.h>

#include "tests/unit/import_world.h"

#define MIB ((uint64_t)1 << 20)
#define OVERHEAD MIB
/* Of the image of bundle_world.h in frames of 4096 bytes the frames 3 to 13 are zeros. */
#define IMAGE_DATA ((uint64_t)WORLD_IMAGE_SIZE - 11 * 4096)

static struct import_world world;

static void begin(void)
{
    import_world_begin(&world);
    import_world_open(&world);
}

static struct placement *add(uint64_t size, enum placement_action action)
{
    struct placement *placement =
        placement_add(&world.result.placements, world.work.arena, &world.err);

    placement->name = "x";
    placement->size = size;
    placement->action = action;
    return placement;
}

static void add_image(void)
{
    const struct carried *carried = import_world_carried(&world, CONTENTS_IMAGE);
    struct placement *placement = add(WORLD_IMAGE_SIZE, PLACEMENT_ADD);

    placement->layer = carried->layer;
    placement->is_unpacked = true;
}

/* The note, of which the free space may have changed meanwhile. */
static void check_needed(uint64_t mib)
{
    char want[ERR_MESSAGE_MAX];

    snprintf(want, sizeof want, "%s/repo: %llu MiB are needed, ", world.folder.path,
             (unsigned long long)mib);
    world.heard.notes = 0;
    CHECK_OK(import_space(&world.work, &world.err), world.err);
    CHECK_NUMBER(1, world.heard.notes);
    CHECK(slice_begins(slice_text(world.heard.note), want));
    CHECK(slice_ends(slice_text(world.heard.note), " MiB are free"));
    import_world_again(&world);
}

/* To the byte, as what is needed is rounded up to whole MiB. */
TEST(import_space_counts_files_in_blocks)
{
    begin();
    check_needed(1);
    add(1, PLACEMENT_ADD);
    check_needed(2);
    add(MIB - 4096, PLACEMENT_ADD);
    add(4096, PLACEMENT_REPLACE);
    check_needed(2);
    add(MIB - 4096, PLACEMENT_ADD);
    add(4097, PLACEMENT_REPLACE);
    check_needed(3);
    add(MIB - 4095, PLACEMENT_ADD);
    add(4096, PLACEMENT_REPLACE);
    check_needed(3);
    for (int i = 0; i < 256; i++)
        add(1, PLACEMENT_ADD);
    check_needed(2);
    for (int i = 0; i < 257; i++)
        add(1, PLACEMENT_ADD);
    check_needed(3);
    import_world_end(&world);
}

TEST(import_space_counts_what_is_written_alone)
{
    begin();
    add(1000 * MIB, PLACEMENT_KEEP);
    add(1000 * MIB, PLACEMENT_REMOVE);
    check_needed(1);
    import_world_end(&world);
}

/* With a filler, as the image alone is less than a MiB: its data and no more. */
TEST(import_space_counts_no_holes)
{
    const uint64_t filler = MIB - 28672;

    begin();
    CHECK_NUMBER(24944, IMAGE_DATA);
    add_image();
    add(filler, PLACEMENT_ADD);
    check_needed(2);
    add_image();
    add(filler + 4096, PLACEMENT_ADD);
    check_needed(3);
    import_world_end(&world);
}

TEST(import_space_counts_all_images)
{
    begin();
    for (int i = 0; i < 42; i++) /* 42 * 24944 is 928 under a MiB */
        add_image();
    check_needed(2);
    for (int i = 0; i < 43; i++)
        add_image();
    check_needed(3);
    import_world_end(&world);
}

/* Frames that are as long as those of zeros: 17 whole ones, of which 6 are zeros, and the last. */
TEST(import_space_knows_zeros_from_what_only_looks_like_them)
{
    uint8_t *bytes;

    import_world_begin(&world);
    bytes = (uint8_t *)(uintptr_t)world.contents.world.image_bytes[0].ptr;
    memset(bytes, 0, 6 * 4096);
    memset(bytes + 6 * 4096, 'x', WORLD_IMAGE_SIZE - 6 * 4096);
    import_world_open(&world);
    for (int i = 0; i < 23; i++) /* 23 * 45424 is 3824 under a MiB */
        add_image();
    check_needed(2);
    for (int i = 0; i < 24; i++)
        add_image();
    check_needed(3);
    import_world_end(&world);
}

/* About as much as the file system says; somebody else may be writing, too. */
TEST(import_space_says_what_is_free)
{
    struct statvfs status;
    const char *free_text;
    uint64_t have, want;

    begin();
    CHECK_OK(import_space(&world.work, &world.err), world.err);
    CHECK(statvfs(world.folder.path, &status) == 0);
    free_text = strstr(world.heard.note, "needed, ");
    have = free_text ? strtoull(free_text + strlen("needed, "), NULL, 10) : 0;
    want = (uint64_t)status.f_bavail * status.f_frsize / MIB;
    CHECK(have > want / 2 && have < 2 * want);
    import_world_end(&world);
}

TEST(import_space_is_refused_before_anything_is_written)
{
    char want[ERR_MESSAGE_MAX];

    begin();
    add((uint64_t)1 << 60, PLACEMENT_ADD);
    snprintf(want, sizeof want, "%s/repo: 1099511627777 MiB are needed, ", world.folder.path);
    CHECK_NUMBER(ERR_LIMIT, import_space(&world.work, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg), want));
    CHECK(slice_ends(slice_text(world.err.msg), " MiB are free"));
    CHECK_NUMBER(0, world.heard.notes);
    import_world_end(&world);
}

/* A frame that is none is no hole; that it is none shows when the bytes are used. */
TEST(import_space_takes_what_it_cannot_read_for_data)
{
    uint8_t *bytes;
    size_t changed = 0;

    begin();
    bytes = (uint8_t *)(uintptr_t)world.contents.archive.ptr;
    for (size_t i = 0; i + 4 < world.contents.archive.len; i++) {
        if (memcmp(bytes + i, "\x28\xb5\x2f\xfd", 4) == 0) {
            bytes[i] ^= 1;
            changed++;
        }
    }
    CHECK_NUMBER(18, changed);
    for (int i = 0; i < 14; i++) /* 14 * 70000 is 68576 under a MiB */
        add_image();
    check_needed(2);
    for (int i = 0; i < 15; i++)
        add_image();
    check_needed(3);
    import_world_end(&world);
}

TEST(import_space_names_the_image_that_is_corrupt)
{
    struct layer *layer;

    begin();
    add_image();
    layer = (struct layer *)(uintptr_t)world.result.placements.list[0].layer;
    layer->image.stored_size++;
    CHECK_NUMBER(ERR_CORRUPT, import_space(&world.work, &world.err));
    CHECK(slice_begins(slice_text(world.err.msg), CONTENTS_IMAGE ": has "));
    layer->image.stored_size--;
    layer->image.raw_size++;
    CHECK_ERR(ERR_CORRUPT, CONTENTS_IMAGE ": seek table: frame 17: 368 raw bytes, want 369",
              import_space(&world.work, &world.err), world.err);
    CHECK_NUMBER(0, world.heard.notes);
    import_world_end(&world);
}
