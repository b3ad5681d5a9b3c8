#include "bundle/publish/extents.h"

#include "tests/unit/bundle_world.h"
#include "tests/unit/publish_image.h"

#define KIB ((uint64_t)1024)

static void check_extent(const struct extents *extents, size_t number, uint64_t at, uint64_t size)
{
    CHECK_NUMBER(at, extents_get(extents, number).at);
    CHECK_NUMBER(size, extents_get(extents, number).size);
}

TEST(extents_are_whole_blocks_whatever_is_known_of_holes)
{
    for (int with_holes = 0; with_holes < 2; with_holes++) {
        struct publish_image disk = {.size = 1000 * KIB};
        struct image image;
        struct extents extents;
        struct err err;

        publish_add(&disk, 0, 1);
        publish_add(&disk, 64 * KIB, 3);          /* touches the one before */
        publish_add(&disk, 300 * KIB, 30 * KIB);  /* over the edge of a block */
        publish_add(&disk, 999 * KIB, KIB);       /* in the last one, which is shorter */
        image = publish_open(&disk, with_holes);
        CHECK_OK(extents_find(&image, NULL, &extents, &err), err);
        CHECK_NUMBER(3, extents.count);
        CHECK_NUMBER((128 + 128 + 40) * KIB, extents.data_size);
        CHECK_NUMBER(1000 * KIB, extents.image_size);
        check_extent(&extents, 0, 0, 128 * KIB);
        check_extent(&extents, 1, 256 * KIB, 128 * KIB);
        check_extent(&extents, 2, 960 * KIB, 40 * KIB);
        CHECK(disk.read <= (with_holes ? 300 : 1000) * KIB);
        extents_free(&extents);
    }
}

TEST(extents_of_nothing_but_zeros_are_none)
{
    struct publish_image disk = {.size = 128 * KIB};
    struct image image = publish_open(&disk, false);
    struct extents extents;
    struct err err;

    CHECK_OK(extents_find(&image, NULL, &extents, &err), err);
    CHECK_NUMBER(0, extents.count);
    extents_free(&extents);
}

/* 1 TiB with data in one spot: blocks are larger, and little is read. */
TEST(extents_of_huge_images_stay_few)
{
    struct publish_image disk = {.size = (uint64_t)1 << 40};
    struct image image = publish_open(&disk, true);
    struct extents extents;
    struct err err;

    publish_add(&disk, ((uint64_t)1 << 39) + 5, 1);
    CHECK_OK(extents_find(&image, NULL, &extents, &err), err);
    CHECK_NUMBER(1, extents.count);
    check_extent(&extents, 0, (uint64_t)1 << 39, 2048 * KIB);
    extents_free(&extents);
}

static void hash_disk(struct publish_image *disk, uint8_t digest[SHA256_SIZE])
{
    static uint8_t bytes[200 * KIB + 5];
    struct image image = publish_open(disk, false);
    struct err err;

    CHECK_OK(image_read(&image, 0, bytes, sizeof bytes, &err), err);
    sha256_of(slice_of(bytes, sizeof bytes), digest);
}

TEST(extents_hold_the_image_to_what_is_listed)
{
    static const uint64_t places[] = {0, 64 * KIB - 1, 70 * KIB, 200 * KIB + 4};

    for (int with_holes = 0; with_holes < 2; with_holes++) {
        struct publish_image disk = {.size = 200 * KIB + 5};
        struct image image = publish_open(&disk, with_holes);
        uint8_t digest[SHA256_SIZE];
        struct extents extents;
        struct err err;

        publish_add(&disk, 3 * KIB, 1);
        hash_disk(&disk, digest);
        CHECK_OK(extents_find(&image, digest, &extents, &err), err);
        CHECK_NUMBER(1, extents.count);
        check_extent(&extents, 0, 0, 64 * KIB);
        extents_free(&extents);
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            disk.count = 1;
            publish_add(&disk, places[i], 1);
            CHECK_ERR(ERR_CORRUPT, "the raw image has another SHA-256 than is listed",
                      extents_find(&image, digest, &extents, &err), err);
            CHECK(extents.count == 0 && !extents.list.ptr);
        }
    }
}

TEST(extents_pass_on_what_cannot_be_read)
{
    struct publish_image disk = {.size = 256 * KIB, .fail_at = 200 * KIB};
    struct image image = publish_open(&disk, false);
    struct extents extents;
    struct err err;

    CHECK_ERR(ERR_IO, "Input/output error", extents_find(&image, NULL, &extents, &err), err);
    CHECK_NUMBER(0, extents.count);
    extents_free(&extents);
}

TEST(extents_are_sent_with_holes_or_zeros)
{
    for (int with_holes = 0; with_holes < 2; with_holes++) {
        struct publish_image disk = {.size = 400 * KIB};
        struct image image = publish_open(&disk, true);
        struct extents extents;
        struct world_file out;
        struct sink sink;
        struct err err;

        publish_add(&disk, 70 * KIB, KIB);
        publish_add(&disk, 200 * KIB, KIB);
        world_file_init(&out);
        sink = world_sink(&out, with_holes);
        CHECK_OK(extents_find(&image, NULL, &extents, &err), err);
        CHECK_OK(extents_send_all(&image, &extents, 512 * KIB, &sink, &err), err);
        CHECK_NUMBER(512 * KIB, out.bytes.len);
        for (size_t at = 0; at < out.bytes.len; at++) {
            bool is_data = at / KIB == 70 || at / KIB == 200;

            if (out.bytes.ptr[at] != (is_data ? publish_byte(at) : 0)) {
                CHECK_NUMBER(0, at + 1);
                break;
            }
        }
        buf_clear(&out.bytes);
        extents_free(&extents);
    }
}
