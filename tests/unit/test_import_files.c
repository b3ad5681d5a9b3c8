#include <string.h>

#include "tests/unit/import_world.h"

static struct import_world world;

static void check_refused(enum err_code code, const char *want)
{
    char message[ERR_MESSAGE_MAX];

    snprintf(message, sizeof message, "%s/repo%s", world.folder.path, want);
    CHECK_ERR(code, message, import_files(&world.work, &world.err), world.err);
}

TEST(import_files_are_all_but_tables)
{
    import_world_begin(&world);
    contents_full(&world.contents);
    import_world_open(&world);
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    CHECK_NUMBER(5, world.result.placements.count);
    CHECK_NUMBER(PLACE_IMAGE, import_world_find(&world, IMPORT_WORLD_RAW)->kind);
    CHECK_NUMBER(PLACE_MEASUREMENTS, import_world_find(&world, CONTENTS_MEASUREMENTS)->kind);
    CHECK_NUMBER(PLACE_SIGNATURE, import_world_find(&world, CONTENTS_MEASUREMENTS ".sig")->kind);
    CHECK_NUMBER(PLACE_SIGNATURE,
                 import_world_find(&world, CONTENTS_MEASUREMENTS ".sigstore.json")->kind);
    CHECK_NUMBER(PLACE_OTHER, import_world_find(&world, "notes/v2.2.0.txt")->kind);
    for (size_t i = 0; i < world.result.placements.count; i++) {
        const struct placement *placement = &world.result.placements.list[i];

        CHECK(placement->action == PLACEMENT_ADD && placement->layer && placement->manifest);
    }
    import_world_end(&world);
}

TEST(import_files_describe_the_raw_image)
{
    const struct placement *image;
    uint8_t digest[SHA256_SIZE];

    import_world_begin(&world);
    import_world_open(&world);
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    image = import_world_find(&world, IMPORT_WORLD_RAW);
    sha256_of(world.contents.world.image_bytes[0], digest);
    CHECK(image->is_unpacked && image->size == WORLD_IMAGE_SIZE);
    CHECK(memcmp(digest, image->digest, SHA256_SIZE) == 0);
    import_world_again(&world);
    world.settings.keep_compressed = true;
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    image = import_world_find(&world, CONTENTS_IMAGE);
    CHECK(!image->is_unpacked && image->size == image->layer->blob.size);
    CHECK(memcmp(image->layer->blob.digest, image->digest, SHA256_SIZE) == 0);
    import_world_end(&world);
}

TEST(import_files_leaves_what_is_there_and_equal)
{
    import_world_begin(&world);
    import_world_open(&world);
    temp_write(&world.folder, "repo/" IMPORT_WORLD_RAW, world.contents.world.image_bytes[0]);
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    CHECK_NUMBER(PLACEMENT_KEEP, import_world_find(&world, IMPORT_WORLD_RAW)->action);
    CHECK_NUMBER(PLACEMENT_ADD, import_world_find(&world, CONTENTS_MEASUREMENTS)->action);
    import_world_end(&world);
}

/* Of another size, and of the same with one byte changed. */
TEST(import_files_refuses_or_replaces_other_contents)
{
    struct slice bytes;
    char other[256];

    import_world_begin(&world);
    import_world_open(&world);
    bytes = contents_find(&world.contents, CONTENTS_MEASUREMENTS)->bytes;
    memcpy(other, bytes.ptr, bytes.len);
    other[bytes.len - 2] ^= 1;
    temp_write(&world.folder, "repo/" IMPORT_WORLD_RAW, SLICE("mine"));
    temp_write(&world.folder, "repo/" CONTENTS_MEASUREMENTS, slice_of(other, bytes.len));
    check_refused(ERR_POLICY,
                  ": other contents are there than the bundle's: " CONTENTS_MEASUREMENTS
                  ", " IMPORT_WORLD_RAW "; --replace takes the bundle's");
    import_world_again(&world);
    world.settings.replace = true;
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, IMPORT_WORLD_RAW)->action);
    CHECK_NUMBER(PLACEMENT_REPLACE, import_world_find(&world, CONTENTS_MEASUREMENTS)->action);
    CHECK_NUMBER(PLACEMENT_ADD, import_world_find(&world, CONTENTS_MEASUREMENTS ".sig")->action);
    import_world_end(&world);
}

TEST(import_files_names_as_many_as_a_message_holds)
{
    static char paths[8][80];

    import_world_begin(&world);
    for (size_t i = 0; i < 8; i++) {
        snprintf(paths[i], sizeof paths[i],
                 "repo/notes/%zu-a-name-that-is-neither-long-nor-short.txt", i);
        contents_add(&world.contents, LAYER_OTHER, paths[i] + strlen("repo/"), SLICE("theirs"));
    }
    import_world_open(&world);
    for (size_t i = 0; i < 8; i++)
        temp_write(&world.folder, paths[i], SLICE("mine"));
    CHECK_NUMBER(ERR_POLICY, import_files(&world.work, &world.err));
    CHECK(strstr(world.err.msg, "bundle's: notes/0-a-name") != NULL);
    CHECK(strstr(world.err.msg, "notes/7-a-name") == NULL);
    CHECK(strstr(world.err.msg, ", and more; --replace takes the bundle's") != NULL);
    import_world_end(&world);
}

TEST(import_files_follows_no_link)
{
    import_world_begin(&world);
    import_world_open(&world);
    temp_write(&world.folder, "elsewhere", world.contents.world.image_bytes[0]);
    temp_write(&world.folder, "repo/images/v2.2.0/x", SLICE(""));
    CHECK(symlink("../../../elsewhere", temp_path(&world.folder, "repo/" IMPORT_WORLD_RAW)) == 0);
    CHECK_NUMBER(ERR_POLICY, import_files(&world.work, &world.err));
    import_world_end(&world);
}

/* Two manifests that carry the same file. */
TEST(import_files_places_a_title_once)
{
    struct contents contents;
    struct carried twice[2];

    import_world_begin(&world);
    import_world_open(&world);
    twice[0] = twice[1] = *import_world_carried(&world, CONTENTS_MEASUREMENTS);
    contents = (struct contents){.list = twice, .count = 2};
    world.settings.contents = &contents;
    CHECK_OK(import_files(&world.work, &world.err), world.err);
    CHECK_NUMBER(1, world.result.placements.count);
    import_world_end(&world);
}

TEST(import_compare_says_what_differs)
{
    struct placement placement = {.name = "a", .size = 2};
    bool differs = true;

    import_world_begin(&world);
    import_world_open(&world);
    sha256_of(SLICE("ab"), placement.digest);
    CHECK_OK(import_compare(&world.work, &placement, true, &differs, &world.err), world.err);
    CHECK(!differs && placement.action == PLACEMENT_ADD);
    temp_write(&world.folder, "repo/a", SLICE("ab"));
    CHECK_OK(import_compare(&world.work, &placement, true, &differs, &world.err), world.err);
    CHECK(!differs && placement.action == PLACEMENT_KEEP);
    temp_write(&world.folder, "repo/a", SLICE("ac"));
    CHECK_OK(import_compare(&world.work, &placement, true, &differs, &world.err), world.err);
    CHECK(differs && placement.action == PLACEMENT_REPLACE);
    CHECK_OK(import_compare(&world.work, &placement, false, &differs, &world.err), world.err);
    CHECK(differs && placement.action == PLACEMENT_KEEP);
    import_world_end(&world);
}
