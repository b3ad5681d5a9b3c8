/* A bundle's image against the bundle's measurements: a disk with a UKI, and one that is none. */
#include "bundle/verify/image_binding.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/contents_world.h"

#define PCR_4 "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8"
#define OTHERS_VALUE "ffffffffffff111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8"
#define MEASURED(csp, pcr4) "csp: " csp "\nimage: v2.2.0\nmeasurements:\n  4: " pcr4 "\n"
#define V2_MEASUREMENTS "constellation/v2/ref/-/stream/stable/v2.2.0/image/measurements.json"
#define GCP_MEASUREMENTS "measurements/gcp/v2.2.0/measurements.yaml"

struct binding_world {
    struct sparse_image sparse;
    struct contents_world world;
    char lines[2048];
    size_t count;
    struct err err;
};

static struct binding_world shared; /* it is large */

static void listen(void *ctx, const char *line)
{
    struct binding_world *world = ctx;
    size_t len = strlen(world->lines);

    world->count++;
    snprintf(world->lines + len, sizeof world->lines - len, "%s\n", line);
}

static void begin(void)
{
    memset(&shared, 0, sizeof shared);
    contents_begin(&shared.world);
    contents_bound(&shared.world, &shared.sparse);
}

/* Measurements with that text, signed. */
static void measured(struct slice text)
{
    contents_find(&shared.world, CONTENTS_MEASUREMENTS)->bytes = text;
    contents_drop(&shared.world, CONTENTS_MEASUREMENTS ".sig");
    contents_sign(&shared.world, CONTENTS_MEASUREMENTS, CONTENTS_MEASUREMENTS ".sig", 0);
}

static enum err_code check(void)
{
    const struct binding_listener listener = {.note = listen, .ctx = &shared};

    contents_pack(&shared.world);
    CHECK_OK(contents_try(&shared.world, &shared.err), shared.err);
    return image_binding_check_all(&shared.world.trusted, &shared.world.contents, &listener,
                                   &shared.err);
}

static void end(void)
{
    contents_end(&shared.world);
}

TEST(image_binding_says_which_registers_are_equal)
{
    begin();
    measured(SLICE(MEASURED("qemu", PCR_4)));
    CHECK_OK(check(), shared.err);
    CHECK_TEXT(CONTENTS_IMAGE ": PCR 4 of the image are those of the measurements (systemd-stub 252, "
                              "Secure Boot off, no boot loader, no phases)\n",
               slice_text(shared.lines));
    end();
}

TEST(image_binding_refuses_another_image)
{
    begin();
    CHECK_ERR(ERR_FORGED, CONTENTS_IMAGE ": is not what the measurements describe; the nearest: PCR 4: "
                "the image gives " PCR_4 " (UKI EFI/BOOT/BOOTX64.EFI; kernel in .linux; systemd-stub "
                "252, Secure Boot off, no boot loader, no phases), the measurements want " CONTENTS_VALUE,
                check(), shared.err);
    CHECK_NUMBER(0, shared.count);
    end();
}

TEST(image_binding_holds_to_recorded_parameters)
{
    struct annotation list[] = {
        {SLICE("vnd.sealift.measure.loader"), SLICE("none")},
        {SLICE("vnd.sealift.measure.secure-boot"), SLICE("on")},
        {SLICE("vnd.sealift.measure.stub"), SLICE("252")},
    };

    begin();
    measured(SLICE(MEASURED("qemu", PCR_4)));
    contents_find(&shared.world, CONTENTS_IMAGE)->others = (struct annotations){list, 3};
    CHECK_NUMBER(ERR_FORGED, check());
    CHECK(strstr(shared.err.msg, CONTENTS_IMAGE ": the recorded way of booting does not fit: PCR 4"));
    end();
}

TEST(image_binding_of_a_disk_without_uki_is_a_note)
{
    memset(&shared, 0, sizeof shared);
    contents_begin(&shared.world);
    CHECK_OK(check(), shared.err);
    CHECK_TEXT(CONTENTS_IMAGE ": the image has no UKI, so the measurements cannot be compared with it: "
                              "no GPT: not the raw image of a disk\n",
               slice_text(shared.lines));
    end();
}

TEST(image_binding_of_a_stored_raw_image)
{
    struct bundle_item *image;

    begin();
    measured(SLICE(MEASURED("qemu", PCR_4)));
    image = contents_find(&shared.world, CONTENTS_IMAGE);
    image->kind = LAYER_IMAGE_RAW;
    image->title = SLICE("images/v2.2.0/qemu-qemu-vtpm.raw");
    CHECK_OK(check(), shared.err);
    CHECK_NUMBER(1, shared.count);
    end();
}

TEST(image_binding_takes_no_unsigned_measurements)
{
    begin();
    contents_drop(&shared.world, CONTENTS_MEASUREMENTS ".sig");
    contents_find(&shared.world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    CHECK_OK(check(), shared.err);
    CHECK_NUMBER(0, shared.count);
    end();
}

TEST(image_binding_takes_no_measurements_of_another_csp)
{
    begin();
    measured(SLICE(MEASURED("qemu", PCR_4)));
    contents_add(&shared.world, LAYER_MEASUREMENTS_YAML, GCP_MEASUREMENTS,
                 SLICE(MEASURED("gcp", OTHERS_VALUE)));
    contents_sign(&shared.world, GCP_MEASUREMENTS, GCP_MEASUREMENTS ".sig", 0);
    CHECK_OK(check(), shared.err);
    CHECK_NUMBER(1, shared.count);
    end();
}

TEST(image_binding_says_when_a_document_has_nothing_of_the_csp)
{
    begin();
    contents_drop(&shared.world, CONTENTS_MEASUREMENTS ".sig");
    contents_drop(&shared.world, CONTENTS_MEASUREMENTS);
    contents_add(&shared.world, LAYER_MEASUREMENTS_JSON, V2_MEASUREMENTS,
                 SLICE("{\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[{\"csp\":"
                       "\"GCP\",\"attestationVariant\":\"gcp-sev-es\",\"measurements\":{\"4\":"
                       "{\"expected\":\"" OTHERS_VALUE "\",\"warnOnly\":false}}}]}\n"));
    contents_sign(&shared.world, V2_MEASUREMENTS, V2_MEASUREMENTS ".sig", 0);
    CHECK_OK(check(), shared.err);
    CHECK_NUMBER(1, shared.count);
    CHECK(strstr(shared.lines, CONTENTS_IMAGE ": the measurements cannot be compared with the image: "));
    end();
}
