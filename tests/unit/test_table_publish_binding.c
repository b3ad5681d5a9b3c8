#include "bundle/cli/table_publish_binding.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/temp_folder.h"

#define PCR_4 "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8"
#define OTHERS_VALUE "ffffffffffff111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8"
#define MEASURED(csp, pcr4) SLICE("csp: " csp "\nimage: v2.2.0\nmeasurements:\n  4: " pcr4 "\n")

struct scene {
    struct temp_folder folder;
    struct sparse_image sparse;
    struct invocation invocation;
    struct uid uid;
    struct table_publish_item image, measurements[2];
    struct err err;
};

static struct scene scene; /* it is large */

static void set(size_t i, enum csp csp, struct slice text)
{
    scene.measurements[i] = (struct table_publish_item){
        .csp = csp, .layout = LAYOUT_RFC, .verified = {.bytes = text, .signer_count = 1}};
}

/* The disk of good-252 as a file, and the measurements of it. */
static void begin(void)
{
    struct arena arena;
    struct image disk;
    uint8_t *bytes;

    memset(&scene, 0, sizeof scene);
    scene.folder = temp_folder_make();
    scene.invocation.program = "test";
    CHECK(sparse_open(&scene.sparse, test_file("fixtures/images/good-252.sparse"), &disk));
    arena_init_heap(&arena, (size_t)16 << 20);
    bytes = arena_alloc(&arena, (size_t)disk.size, &scene.err);
    CHECK_OK(image_read(&disk, 0, bytes, (size_t)disk.size, &scene.err), scene.err);
    temp_write(&scene.folder, "disk.raw", slice_of(bytes, (size_t)disk.size));
    arena_clear(&arena);
    CHECK_OK(uid_parse(SLICE("v2.2.0"), &scene.uid, &scene.err), scene.err);
    scene.image = (struct table_publish_item){.csp = CSP_GCP,
                                              .from = temp_path(&scene.folder, "disk.raw")};
    set(0, CSP_GCP, MEASURED("gcp", PCR_4));
    set(1, CSP_AWS, MEASURED("aws", OTHERS_VALUE));
}

static void end(void)
{
    temp_folder_remove(&scene.folder);
}

static enum err_code check(void)
{
    const struct table_publish_measured measured = {&scene.invocation, &scene.uid,
                                                    scene.measurements, 2};

    return table_publish_binding_check(&measured, &scene.image, &scene.err);
}

TEST(table_publish_binding_compares_those_of_its_cloud)
{
    begin();
    CHECK_OK(check(), scene.err);
    set(0, CSP_GCP, MEASURED("gcp", OTHERS_VALUE));
    CHECK_NUMBER(ERR_FORGED, check());
    CHECK(strstr(scene.err.msg, "disk.raw: "));
    CHECK(strstr(scene.err.msg, "the measurements want " OTHERS_VALUE));
    set(0, CSP_GCP, MEASURED("gcp", PCR_4));
    set(1, CSP_GCP, MEASURED("gcp", OTHERS_VALUE)); /* all of them, not the first alone */
    CHECK_NUMBER(ERR_FORGED, check());
    end();
}

/* Without a signature by a key that was given, measurements say nothing. */
TEST(table_publish_binding_passes_over_what_is_not_signed)
{
    begin();
    set(0, CSP_GCP, MEASURED("gcp", OTHERS_VALUE));
    scene.measurements[0].verified.signer_count = 0;
    CHECK_OK(check(), scene.err);
    scene.measurements[0] = (struct table_publish_item){.csp = CSP_GCP};
    CHECK_OK(check(), scene.err);
    end();
}

TEST(table_publish_binding_names_a_file_that_is_not_there)
{
    begin();
    scene.image.from = temp_path(&scene.folder, "none.raw");
    CHECK_NUMBER(ERR_IO, check());
    CHECK(strstr(scene.err.msg, "none.raw: "));
    end();
}

/* Of a copy, what counts is the open file; its name is that of the image. */
TEST(table_publish_binding_checks_a_copy)
{
    struct table_publish_copying copying = {
        {&scene.invocation, &scene.uid, scene.measurements, 2}, &scene.image};
    int copy;

    begin();
    copy = open(scene.image.from, O_RDONLY);
    scene.image.from = "other.raw";
    CHECK_OK(table_publish_binding_check_copy(&copying, copy, &scene.err), scene.err);
    set(0, CSP_GCP, MEASURED("gcp", OTHERS_VALUE));
    CHECK_NUMBER(ERR_FORGED, table_publish_binding_check_copy(&copying, copy, &scene.err));
    CHECK(strncmp(scene.err.msg, "other.raw: ", 11) == 0);
    close(copy);
    end();
}
