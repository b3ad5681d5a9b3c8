/* A disk against a whole document of measurements: what is said, and what is refused. */
#include "bundle/measure/binding_document.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

#define PCR_4 "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8" /* of good-252 */
#define OTHER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MEASURED(csp, uid, pcr_4) "csp: " csp "\nimage: " uid "\nmeasurements:\n  4: " pcr_4 "\n"
#define SET(variant, pcr_4)                               \
    "{\"csp\":\"QEMU\",\"attestationVariant\":\"" variant \
    "\",\"measurements\":{\"4\":{\"expected\":\"" pcr_4 "\",\"warnOnly\":false}}}"
#define V2(list) "{\"version\":\"v2.2.0\",\"ref\":\"-\",\"stream\":\"stable\",\"list\":[" list "]}"

struct scene {
    struct sparse_image sparse;
    struct image disk;
    struct annotations annotations;
    struct binding_subject subject;
    struct binding binding;
    bool is_recorded;
    char line[1024];
    size_t lines;
    struct err err;
};

static struct scene scene; /* it is large */

static void note(void *ctx, const char *line)
{
    struct scene *to = ctx;

    to->lines++;
    snprintf(to->line, sizeof to->line, "%s", line);
}

static void begin(void)
{
    memset(&scene, 0, sizeof scene);
    CHECK(sparse_open(&scene.sparse, test_file("fixtures/images/good-252.sparse"), &scene.disk));
    scene.subject = (struct binding_subject){.name = "disk.raw",
                                             .disk = &scene.disk,
                                             .annotations = &scene.annotations,
                                             .note = note,
                                             .ctx = &scene};
    CHECK_OK(request_parse(SLICE("v2.2.0"), SLICE("qemu"), SLICE(""), SLICE("qemu-vtpm"),
                           &scene.subject.request, &scene.err),
             scene.err);
}

static enum err_code run(const char *document)
{
    struct verified verified = {.bytes = slice_text(document)};

    scene.lines = 0;
    scene.line[0] = '\0';
    memset(&scene.binding, 0xAA, sizeof scene.binding);
    scene.is_recorded = true;
    return binding_document_check(&scene.subject, &verified, &scene.binding, &scene.is_recorded,
                                  &scene.err);
}

static void check_said(const char *document, enum binding_result result, const char *line)
{
    CHECK_OK(run(document), scene.err);
    CHECK_NUMBER(result, scene.binding.result);
    CHECK_NUMBER(1, scene.lines);
    CHECK_TEXT(line, slice_text(scene.line));
}

static void check_refused(const char *document, enum err_code code, const char *message)
{
    static const struct binding none;

    CHECK_ERR(code, message, run(document), scene.err);
    CHECK_NUMBER(0, scene.lines);
    CHECK(memcmp(&scene.binding, &none, sizeof none) == 0);
}

TEST(binding_document_describes_the_disk)
{
    begin();
    check_said(
        MEASURED("qemu", "v2.2.0", PCR_4), BINDING_EQUAL,
        "disk.raw: PCR 4 of the image are those of the measurements (systemd-stub 252, Secure "
        "Boot off, no boot loader, no phases)");
    CHECK(!scene.is_recorded && scene.binding.registers == 1u << 4);
    CHECK_NUMBER(252, scene.binding.parameters.stub);
}

TEST(binding_document_describes_another_disk)
{
    begin();
    check_refused(MEASURED("qemu", "v2.2.0", OTHER), ERR_FORGED,
                  "disk.raw: is not what the measurements describe; the nearest: PCR 4: the image "
                  "gives " PCR_4 " (UKI EFI/BOOT/BOOTX64.EFI; kernel in .linux; systemd-stub 252, "
                  "Secure Boot off, no boot loader, no phases), the measurements want " OTHER);
}

/* Of several sets that of the image's variant counts. */
TEST(binding_document_takes_the_set_of_the_variant)
{
    begin();
    check_said(
        V2(SET("qemu-tdx", OTHER) "," SET("qemu-vtpm", PCR_4)), BINDING_EQUAL,
        "disk.raw: PCR 4 of the image are those of the measurements (systemd-stub 252, Secure "
        "Boot off, no boot loader, no phases)");
    CHECK_NUMBER(ERR_FORGED, run(V2(SET("qemu-tdx", PCR_4) "," SET("qemu-vtpm", OTHER))));
}

/* Nothing for this image, or more than one thing, and no variant to choose by: that is said. */
TEST(binding_document_may_say_nothing_of_it)
{
    begin();
    CHECK_OK(run(V2(SET("qemu-tdx", OTHER))), scene.err);
    CHECK_NUMBER(BINDING_NOT_DERIVABLE, scene.binding.result);
    CHECK(scene.lines == 1 && !scene.is_recorded && scene.binding.registers == 0);
    CHECK(slice_begins(slice_text(scene.line),
                       "disk.raw: the measurements cannot be compared with the image: "));
    scene.subject.request.variant = SLICE("");
    CHECK_OK(run(V2(SET("qemu-tdx", OTHER) "," SET("qemu-vtpm", PCR_4))), scene.err);
    CHECK_NUMBER(BINDING_NOT_DERIVABLE, scene.binding.result);
    CHECK_NUMBER(1, scene.lines);
}

TEST(binding_document_must_be_of_the_release)
{
    begin();
    CHECK_NUMBER(ERR_FORGED, run(MEASURED("qemu", "v2.3.0", PCR_4)));
    CHECK(slice_begins(slice_text(scene.err.msg), "disk.raw: "));
    CHECK_NUMBER(ERR_FORGED, run(MEASURED("gcp", "v2.2.0", PCR_4)));
    CHECK_NUMBER(ERR_FORMAT, run("csp: qemu\n"));
    CHECK(slice_begins(slice_text(scene.err.msg), "disk.raw: "));
    CHECK(scene.lines == 0 && scene.binding.parameters.stub == 0);
}

/* The recorded way of booting is the only one that counts, and must be whole. */
TEST(binding_document_holds_to_what_is_recorded)
{
    struct annotation list[] = {{SLICE("vnd.sealift.measure.loader"), SLICE("none")},
                                {SLICE("vnd.sealift.measure.secure-boot"), SLICE("off")},
                                {SLICE("vnd.sealift.measure.stub"), SLICE("252")}};

    begin();
    scene.annotations = (struct annotations){list, 3};
    CHECK_OK(run(MEASURED("qemu", "v2.2.0", PCR_4)), scene.err);
    CHECK(scene.is_recorded && scene.binding.result == BINDING_EQUAL);
    list[1].value = SLICE("on");
    CHECK_NUMBER(ERR_FORGED, run(MEASURED("qemu", "v2.2.0", PCR_4)));
    CHECK(slice_begins(slice_text(scene.err.msg),
                       "disk.raw: the recorded way of booting does not fit: PCR 4"));
    list[1].value = SLICE("perhaps");
    CHECK_NUMBER(ERR_FORMAT, run(MEASURED("qemu", "v2.2.0", PCR_4)));
    CHECK(slice_begins(slice_text(scene.err.msg), "disk.raw: annotation vnd.sealift.measure.secure-boot: "));
    CHECK(!scene.is_recorded && scene.lines == 0);
}

TEST(binding_document_of_what_is_no_disk)
{
    struct slice text = SLICE("text");
    struct image image = image_memory(&text);

    begin();
    scene.subject.disk = &image;
    check_said(MEASURED("qemu", "v2.2.0", PCR_4), BINDING_NO_UKI,
               "disk.raw: the image has no UKI, so the measurements cannot be compared with it: no "
               "GPT: not the raw image of a disk");
}
