#include "bundle/publish/gcp_archive.h"

#include "tests/unit/bundle_world.h"
#include "tests/unit/publish_image.h"

TEST(gcp_archive_pads_to_whole_gib_and_is_the_same_every_time)
{
    struct world_file files[2];
    struct gcp_archive_facts facts;

    for (unsigned i = 0; i < 2; i++) {
        struct publish_image disk = {.size = ((uint64_t)1 << 30) + 512};
        struct image image;
        struct sink sink;
        struct err err;

        publish_add(&disk, 1000, 3000);
        publish_add(&disk, (uint64_t)1 << 30, 512);
        image = publish_open(&disk, true);
        world_file_init(&files[i]);
        sink = world_sink(&files[i], false);
        CHECK_OK(gcp_archive_write(&image, NULL, 1 + 2 * i, &sink, &facts, &err), err);
        CHECK_NUMBER((uint64_t)2 << 30, facts.disk_size);
        CHECK_NUMBER((64 << 10) + 512, facts.data_size);
    }
    CHECK(slice_equal(buf_slice(&files[0].bytes), buf_slice(&files[1].bytes)));
    buf_clear(&files[0].bytes);
    buf_clear(&files[1].bytes);
}

TEST(gcp_archive_passes_on_errors)
{
    struct publish_image disk = {.size = 0};
    struct image image = publish_open(&disk, true);
    struct gcp_archive_facts facts;
    struct world_file out;
    struct sink sink;
    struct err err;

    world_file_init(&out);
    sink = world_sink(&out, false);
    CHECK_ERR(ERR_FORMAT, "is empty, want a disk image",
              gcp_archive_write(&image, NULL, 1, &sink, &facts, &err), err);
    image.size = GCP_DISK_MAX + 512;
    CHECK_ERR(ERR_LIMIT, NULL, gcp_archive_write(&image, NULL, 1, &sink, &facts, &err), err);
    disk.size = image.size = 1 << 20;
    publish_add(&disk, 0, 1 << 20);
    disk.fail_at = 1 << 19;
    CHECK_ERR(ERR_IO, "Input/output error", gcp_archive_write(&image, NULL, 1, &sink, &facts, &err), err);
    CHECK_NUMBER(0, facts.disk_size);
    CHECK_NUMBER(0, out.bytes.len);
    disk.fail_at = 0;
    out.fail_at = 2;
    CHECK_ERR(ERR_LIMIT, NULL, gcp_archive_write(&image, NULL, 1, &sink, &facts, &err), err);
    buf_clear(&out.bytes);
}
