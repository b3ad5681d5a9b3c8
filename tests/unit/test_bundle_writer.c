/* bundle_writer and bundle_plan. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_world.h"

TEST(bundle_writer_gives_the_same_bytes_whatever_the_order)
{
    struct world_plan world, other;
    struct bundle_item item;
    struct bundle_release release;
    struct slice a, b;

    world_plan_init(&world, 2, 2);
    world_plan_init(&other, 2, 2);
    a = world_archive(&world);
    release = other.releases[0];
    other.releases[0] = other.releases[1];
    other.releases[1] = release;
    item = other.items[0][0];
    other.items[0][0] = other.items[0][3];
    other.items[0][3] = item;
    other.plan.settings.threads = 3;
    b = world_archive(&other);
    CHECK(slice_equal(a, b));
    world_plan_free(&world);
    world_plan_free(&other);
}

TEST(bundle_writer_keeps_room_for_signatures)
{
    struct world_plan world;
    struct slice archive;
    struct image image;
    struct bundle bundle;
    struct err err;

    for (size_t signers = 0; signers <= 2; signers++) {
        world_plan_init(&world, 1, signers);
        archive = world_archive(&world);
        image = image_memory(&archive);
        CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &err), err);
        CHECK(bundle.room >= BUNDLE_ROOM && bundle.room < BUNDLE_ROOM + 2048);
        world_plan_free(&world);
    }
}

TEST(bundle_writer_stores_equal_things_once)
{
    struct world_plan world;
    struct world_tar tar;
    struct slice archive;
    size_t blobs;

    world_plan_init(&world, 2, 0);
    archive = world_archive(&world);
    world_tar_read(&tar, archive);
    /* Table, measurements and signature are the same in both releases. */
    CHECK_NUMBER(2 + 3 + 3 + 2 + 8, tar.count);
    blobs = tar.count;
    /* The same image by another struct, then by the same one, then of a raw kind as well. */
    world.image_bytes[1] = world.image_bytes[0];
    world_tar_read(&tar, world_archive(&world));
    CHECK_NUMBER(blobs - 1, tar.count);
    world.items[1][3].raw = &world.images[0];
    world_tar_read(&tar, world_archive(&world));
    CHECK_NUMBER(blobs - 1, tar.count);
    world.items[1][3].kind = LAYER_IMAGE_RAW;
    world.items[1][3].title = SLICE("images/qemu/v2.3.0/disk.raw");
    world_tar_read(&tar, world_archive(&world));
    CHECK_NUMBER(blobs, tar.count);
    world_plan_free(&world);
}

TEST(bundle_writer_forgets_a_blob_that_was_there_and_writes_over_it)
{
    static uint8_t zeros[WORLD_IMAGE_SIZE];
    struct slice copy = {NULL, 0}, last = slice_of(zeros, sizeof zeros);
    struct image copy_image = image_memory(&copy), last_image = image_memory(&last);
    struct world_plan world;
    struct world_tar tar;
    struct slice archive;
    struct image image;
    struct bundle bundle;
    struct err err;

    /* Titles decide the order: a, b (the same as a, and so taken back), c over the bytes of b, with
     * zeros where b had some. */
    world_plan_init(&world, 1, 0);
    copy = world.image_bytes[0];
    copy_image.size = copy.len;
    zeros[WORLD_IMAGE_SIZE - 1] = 1;
    for (size_t i = 2; i < 5; i++) {
        world.items[0][i] = world.items[0][3];
        world.items[0][i].kind = LAYER_IMAGE_RAW;
    }
    world.items[0][2].title = SLICE("a.raw");
    world.items[0][3].title = SLICE("b.raw");
    world.items[0][4].title = SLICE("c.raw");
    world.items[0][3].raw = &copy_image;
    world.items[0][4].raw = &last_image;
    world.releases[0].item_count = 5;
    archive = world_archive(&world);
    image = image_memory(&archive);
    CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &err), err);
    world_tar_read(&tar, archive);
    CHECK_NUMBER(2 + 2 + 2 + 2 + 5, tar.count);
    CHECK(slice_equal(world.image_bytes[0], tar.contents[6]));
    CHECK(slice_equal(last, tar.contents[7]));
    world_plan_free(&world);
}

TEST(bundle_writer_puts_time_into_manifests_and_headers)
{
    struct world_plan world;
    struct slice archive;
    struct image image;
    struct bundle bundle;
    struct err err;

    world_plan_init(&world, 1, 0);
    world.plan.created = 1700000000;
    world.plan.best_before = 1800000000;
    archive = world_archive(&world);
    image = image_memory(&archive);
    CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &err), err);
    CHECK_NUMBER(1700000000, bundle.layout.time);
    CHECK_NUMBER(1800000000, bundle.manifests[0].manifest.best_before);
    CHECK_NUMBER(1700000000, bundle.entries[3].time);
    world_plan_free(&world);
}

TEST(bundle_writer_says_what_it_wrote)
{
    struct world_plan world;
    struct bundle_written written;
    struct world_file file;
    struct output output = world_output(&file);
    uint64_t size_max;
    struct err err;

    world_plan_init(&world, 2, 1);
    world_file_init(&file);
    CHECK_OK(bundle_plan_check(&world.plan, &world.arena, &size_max, &err), err);
    CHECK_OK(bundle_write(&world.plan, &output, &world.arena, &written, &err), err);
    CHECK_NUMBER(2, written.count);
    CHECK_NUMBER(2, written.manifests[0].signature_count);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, written.manifests[0].manifest.layers[3].image.raw_size);
    CHECK(written.size <= size_max);
    /* Images cannot become larger than that. */
    CHECK(size_max - written.size < 2 * (2 * WORLD_IMAGE_SIZE));
    buf_clear(&file.bytes);
    world_plan_free(&world);
}

TEST(bundle_writer_fails_at_every_write)
{
    struct world_plan world;
    struct bundle_written written;
    struct world_file file;
    struct output output = world_output(&file);
    size_t fails = 0;
    enum err_code rc;
    struct err err;

    world_plan_init(&world, 1, 1);
    do {
        world_file_init(&file);
        file.fail_at = ++fails;
        rc = bundle_write(&world.plan, &output, &world.arena, &written, &err);
        CHECK(rc == ERR_OK || (rc == ERR_LIMIT && !written.manifests));
        buf_clear(&file.bytes);
    } while (rc != ERR_OK);
    CHECK_NUMBER(40, fails);
    world_plan_free(&world);
}

static enum err_code fail_to_sign(void *ctx, const uint8_t digest[SHA256_SIZE],
                                  struct signature *signature, struct err *err)
{
    int *calls = ctx;

    (void)digest;
    memset(signature, 0, sizeof *signature);
    signature->len = 8;
    return --*calls ? ERR_OK : err_set(err, ERR_IO, "the card was pulled");
}

TEST(bundle_writer_hands_on_what_signers_say)
{
    struct world_plan world;
    struct bundle_written written;
    struct world_file file;
    struct output output = world_output(&file);
    struct err err;

    world_plan_init(&world, 1, 1);
    world.signers[0].sign = fail_to_sign;
    for (int i = 1; i <= 2; i++) {
        int calls = i;

        world_file_init(&file);
        world.signers[0].ctx = &calls;
        CHECK_ERR(ERR_IO, "the card was pulled",
                  bundle_write(&world.plan, &output, &world.arena, &written, &err), err);
        buf_clear(&file.bytes);
    }
    world_plan_free(&world);
}
