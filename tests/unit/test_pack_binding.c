#include "bundle/pack/pack_binding.h"

#include <stdio.h>
#include <string.h>

#include "bundle/measure/binding_annotations.h"
#include "tests/unit/pack_world.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/temp_folder.h"

#define PCR_4 "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8" /* of good-252 */
#define MEASURED(csp, pcr4) "csp: " csp "\nimage: v2.2.0\nmeasurements:\n  4: " pcr4 "\n"
#define GCP_MEASUREMENTS "measurements/gcp/v2.2.0/measurements.yaml"
#define TITLE "images/v2.2.0/qemu-qemu-vtpm.raw.zst"

static struct sparse_image sparse; /* large */
static struct pack_world world;
static struct pack_raws raws;
static struct temp_folder folder;
static char heard[1024];
static size_t notes;

static void hear(void *ctx, const char *text)
{
    (void)ctx;
    notes++;
    snprintf(heard, sizeof heard, "%s", text);
}

/* The disk of good-252 as a file. */
static void write_disk(void)
{
    struct image disk;
    int fd = open(temp_path(&folder, "disk.raw"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    CHECK(sparse_open(&sparse, test_file("fixtures/images/good-252.sparse"), &disk));
    CHECK(fd >= 0 && ftruncate(fd, (off_t)disk.size) == 0);
    for (size_t i = 0; i < sparse.count; i++)
        CHECK(pwrite(fd, sparse.pieces[i].bytes.ptr, sparse.pieces[i].bytes.len,
                     (off_t)sparse.pieces[i].at) == (ssize_t)sparse.pieces[i].bytes.len);
    CHECK(close(fd) == 0);
}

static void add_image(const char *name)
{
    struct bundle_item item = {.kind = LAYER_IMAGE_ZSTD,
                               .title = SLICE(TITLE),
                               .csp = CSP_QEMU,
                               .variant = SLICE("qemu-vtpm")};
    const struct pack_info info = {.place = "disk.raw"};
    struct pack_raw *raw;

    CHECK_OK(pack_raws_file(&raws, temp_path(&folder, name), &raw, &world.err), world.err);
    item.raw = &raw->image;
    CHECK_OK(pack_release_add(&world.release, &item, &info, &world.arena, &world.err), world.err);
}

/* pair: who signs; -1: nobody */
static void add_measurements(const char *title, enum csp csp, const char *text, int pair)
{
    const struct pack_document document = {.kind = LAYER_MEASUREMENTS_YAML,
                                           .title = title,
                                           .name = title,
                                           .place = title,
                                           .source = &world.memory.source,
                                           .csp = csp,
                                           .bytes = slice_text(text)};
    char name[128];

    snprintf(name, sizeof name, "%s.sig", title);
    if (pair >= 0)
        memory_put(&world.memory, arena_copy(&world.arena, slice_text(name), &world.err),
                   pack_world_signature(&world, (size_t)pair, slice_text(text), false));
    CHECK_OK(pack_document_add(&document, &world.policy, &world.release, &world.arena, &world.err),
             world.err);
}

static void begin(void)
{
    pack_world_begin(&world);
    pack_world_trust(&world, &world.keys, 0);
    world.policy.allow_unsigned = true;
    raws = (struct pack_raws){.arena = &world.arena};
    folder = temp_folder_make();
    write_disk();
    notes = 0;
}

static void end(void)
{
    pack_raws_close(&raws);
    temp_folder_remove(&folder);
    pack_world_end(&world);
}

static enum err_code check(void)
{
    const struct pack_listener listener = {.note = hear};

    return pack_binding_check(&world.release, &listener, &world.arena, &world.err);
}

static bool is_recorded(void)
{
    const struct bundle_item *image = &world.release.items[pack_world_item(&world, TITLE)];
    struct binding_parameters parameters;
    bool answer = false;

    CHECK_OK(binding_annotations_read(&image->others, &answer, &parameters, &world.err), world.err);
    return answer;
}

TEST(pack_binding_records_how_an_image_was_found_equal)
{
    size_t count;

    begin();
    add_image("disk.raw");
    add_measurements(PACK_MEASUREMENTS, CSP_QEMU, MEASURED("qemu", PCR_4), 0);
    CHECK(pack_binding_has(&world.release, 0) && !pack_binding_has(&world.release, 1));
    CHECK_OK(check(), world.err);
    CHECK_NUMBER(1, notes);
    CHECK(slice_begins(slice_text(heard), "disk.raw: "));
    CHECK(is_recorded());
    count = world.release.items[0].others.count;
    CHECK_OK(check(), world.err); /* once is enough */
    CHECK_NUMBER(count, world.release.items[0].others.count);
    end();
}

TEST(pack_binding_refuses_another_image)
{
    begin();
    add_image("disk.raw");
    add_measurements(PACK_MEASUREMENTS, CSP_QEMU, MEASURED("qemu", PACK_VALUE), 0);
    CHECK_NUMBER(ERR_FORGED, check());
    CHECK(slice_begins(slice_text(world.err.msg), "disk.raw: "));
    CHECK(!is_recorded());
    end();
}

/* Those of another cloud, and those that nobody signed. */
TEST(pack_binding_compares_with_signed_measurements_of_the_csp)
{
    begin();
    add_image("disk.raw");
    add_measurements(GCP_MEASUREMENTS, CSP_GCP, MEASURED("gcp", PACK_VALUE), 0);
    add_measurements(PACK_MEASUREMENTS, CSP_QEMU, MEASURED("qemu", PACK_VALUE), -1);
    CHECK(!pack_binding_has(&world.release, 0));
    CHECK_OK(check(), world.err);
    CHECK(notes == 0 && !is_recorded());
    end();
}

TEST(pack_binding_says_so_where_nothing_can_be_compared)
{
    begin();
    temp_write(&folder, "text.raw", SLICE("not a disk that boots"));
    add_image("text.raw");
    add_measurements(PACK_MEASUREMENTS, CSP_QEMU, MEASURED("qemu", PCR_4), 0);
    CHECK_OK(check(), world.err);
    CHECK(notes == 1 && !is_recorded());
    end();
}

/* It can be read once only: pack_stored.h. */
TEST(pack_binding_leaves_streamed_images)
{
    begin();
    add_image("disk.raw");
    world.release.infos[0].is_streamed = true;
    add_measurements(PACK_MEASUREMENTS, CSP_QEMU, MEASURED("qemu", PACK_VALUE), 0);
    CHECK(pack_binding_has(&world.release, 0));
    CHECK_OK(check(), world.err);
    CHECK_NUMBER(0, notes);
    end();
}

/* Reading here is not the reading that is shown as progress. */
TEST(pack_binding_does_not_count_as_packing)
{
    begin();
    add_image("disk.raw");
    add_measurements(PACK_MEASUREMENTS, CSP_QEMU, MEASURED("qemu", PCR_4), 0);
    CHECK_OK(check(), world.err);
    CHECK(raws.reading == NULL && raws.read_now == 0);
    end();
}
