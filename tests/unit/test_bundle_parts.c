/* Parts of a split archive, put together. */
#include "bundle/archive/bundle_parts.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/parts_world.h"

static enum err_code open_parts(struct parts_world *world, size_t count, struct bundle_parts *parts,
                                struct err *err)
{
    return bundle_parts_open(world->given, count, &world->world.arena, parts, err);
}

TEST(bundle_parts_give_the_archive_in_any_order)
{
    struct parts_world world;
    struct bundle_part_file file;
    struct bundle_parts parts;
    struct bundle bundle;
    struct slice archive;
    uint8_t *read;
    struct err err;

    parts_init(&world, 1);
    archive = world_archive(&world.world);
    file = world.given[0];
    world.given[0] = world.given[3];
    world.given[3] = file;
    CHECK_OK(open_parts(&world, world.count, &parts, &err), err);
    CHECK_NUMBER(archive.len, parts.image.size);
    read = arena_alloc(&world.world.arena, archive.len, &err);
    CHECK_OK(image_read(&parts.image, 0, read, archive.len, &err), err);
    CHECK(memcmp(read, archive.ptr, archive.len) == 0);
    CHECK_OK(image_read(&parts.image, WORLD_BODY - 1, read, 2, &err), err);
    CHECK(memcmp(read, archive.ptr + WORLD_BODY - 1, 2) == 0);
    CHECK_OK(bundle_open_archive(&parts.image, &world.world.arena, &bundle, &err), err);
    CHECK_OK(bundle_parts_find(&parts, &err), err);
    parts_end(&world);
}

TEST(bundle_parts_can_be_checked_alone)
{
    struct parts_world world;
    struct bundle_part part;
    struct bundle_signers signers;
    struct err err;

    parts_init(&world, 2);
    for (uint32_t i = 0; i < world.count; i++) {
        CHECK(bundle_parts_is(&world.given[i].image));
        CHECK_OK(bundle_parts_read(&world.given[i].image, &world.world.arena, &part, &err), err);
        CHECK_NUMBER(i + 1, part.number);
        CHECK_NUMBER(2, part.signature_count);
        CHECK_OK(bundle_part_trust(&part, &world.keys, &signers, &err), err);
        CHECK_NUMBER(1, signers.unknown);
        CHECK_OK(bundle_parts_check(&world.given[i].image, &part, &err), err);
        world.files[i].bytes.ptr[world.files[i].bytes.len - 1] ^= 1;
        CHECK(bundle_parts_check(&world.given[i].image, &part, &err) == ERR_CORRUPT);
    }
    parts_end(&world);
}

TEST(bundle_parts_names_the_damaged_ones)
{
    struct parts_world world;
    struct bundle_parts parts;
    char message[200];
    struct err err;

    parts_init(&world, 1);
    CHECK_OK(open_parts(&world, world.count, &parts, &err), err);
    world.files[1].bytes.ptr[BUNDLE_PART_HEADER] ^= 1;
    snprintf(message, sizeof message, "p2: part 2 of %u is damaged: copy it again", world.count);
    CHECK_ERR(ERR_CORRUPT, message, bundle_parts_find(&parts, &err), err);
    for (size_t i = 3; i < 6; i++)
        world.files[i].bytes.ptr[BUNDLE_PART_HEADER + 5] ^= 1;
    snprintf(message, sizeof message, "parts 2, 4-6 of %u are damaged: copy them again", world.count);
    CHECK_ERR(ERR_CORRUPT, message, bundle_parts_find(&parts, &err), err);
    world.bytes[0].len--;
    CHECK(bundle_parts_find(&parts, &err) == ERR_CORRUPT);
    CHECK(strncmp(err.msg, "p1: ends at byte ", 17) == 0);
    CHECK(image_read(&parts.image, 0, &(uint8_t){0}, 1, &err) == ERR_OK);
    world.bytes[1].len = BUNDLE_PART_HEADER;
    CHECK_ERR(ERR_CORRUPT, "p2: ends at byte 65536",
              image_read(&parts.image, WORLD_BODY, &(uint8_t){0}, 1, &err), err);
    parts_end(&world);
}

TEST(bundle_parts_names_the_missing_ones)
{
    struct parts_world world;
    struct bundle_parts parts;
    struct bundle_part_file all[WORLD_PARTS_MAX];
    char message[200];
    struct err err;

    parts_init(&world, 1);
    memcpy(all, world.given, sizeof all);
    snprintf(message, sizeof message, "part %u of %u is missing", world.count, world.count);
    CHECK_ERR(ERR_CORRUPT, message, open_parts(&world, world.count - 1, &parts, &err), err);
    CHECK(!parts.image.read);
    world.given[0] = all[2];
    snprintf(message, sizeof message, "parts 1-2, 4-%u of %u are missing", world.count,
             world.count);
    CHECK_ERR(ERR_CORRUPT, message, open_parts(&world, 1, &parts, &err), err);
    world.given[1] = all[0];
    world.given[2] = all[5];
    snprintf(message, sizeof message, "parts 2, 4-5, 7-%u of %u are missing", world.count,
             world.count);
    CHECK_ERR(ERR_CORRUPT, message, open_parts(&world, 3, &parts, &err), err);
    world.given[2] = all[0];
    CHECK_ERR(ERR_FORMAT, "p1: is part 1, and so is p1", open_parts(&world, 3, &parts, &err), err);
    CHECK_ERR(ERR_USAGE, "no part is given", open_parts(&world, 0, &parts, &err), err);
    parts_end(&world);
}

TEST(bundle_parts_of_two_archives_do_not_mix)
{
    struct parts_world world, other;
    struct bundle_parts parts;
    struct err err;

    parts_init(&world, 1);
    parts_init(&other, 0);
    world.given[4] = other.given[4];
    CHECK_ERR(ERR_FORMAT, "p5: is part 5 of another archive",
              open_parts(&world, world.count, &parts, &err), err);
    parts_end(&world);
    parts_end(&other);
}

TEST(bundle_parts_read_refuses_other_files)
{
    struct parts_world world;
    struct slice text = SLICE("no part at all");
    struct image image = image_memory(&text);
    struct bundle_part part;
    char message[200];
    struct err err;

    parts_init(&world, 1);
    CHECK(!bundle_parts_is(&image));
    CHECK_ERR(ERR_FORMAT, "is no part of a split archive",
              bundle_parts_read(&image, &world.world.arena, &part, &err), err);
    text = slice_part(world.bytes[0], 0, 100);
    image.size = 100;
    CHECK_ERR(ERR_CORRUPT, "cut off within the header",
              bundle_parts_read(&image, &world.world.arena, &part, &err), err);
    text = slice_part(world.bytes[0], 0, BUNDLE_PART_HEADER + WORLD_BODY - 1);
    image.size = text.len;
    snprintf(message, sizeof message, "part 1 of %u: has 73727 bytes, want 73728", world.count);
    CHECK_ERR(ERR_CORRUPT, message, bundle_parts_read(&image, &world.world.arena, &part, &err),
              err);
    CHECK_NUMBER(0, part.number);
    text = slice_of((uint8_t[70000]){0}, 70000);
    image.size = text.len;
    CHECK_ERR(ERR_FORMAT, "is no part of a split archive",
              bundle_parts_read(&image, &world.world.arena, &part, &err), err);
    parts_end(&world);
}
