#include "bundle/pack/pack_stored.h"

#include <string.h>

#include "tests/unit/contents_world.h"

#define PCR_4 "a4c8ebefe74b111e5fb216fe3cfaf5a5c4c6417248f9d5521edc29d93e7b96f8" /* of good-252 */
#define MEASURED(pcr4) "csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: " pcr4 "\n"

static struct sparse_image sparse; /* large */
static struct contents_world contents;
static struct pack_info infos[CONTENTS_ITEMS];
static struct pack_release release;
static struct verified verified;
static size_t notes;
static struct err err;

static void hear(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
    notes++;
}

/* An archive with the disk of good-252, whose image came over the network. */
static void begin(const char *measurements)
{
    struct evidence evidence;
    size_t image, measured;

    notes = 0;
    memset(infos, 0, sizeof infos);
    contents_begin(&contents);
    contents_bound(&contents, &sparse);
    contents_find(&contents, CONTENTS_MEASUREMENTS)->bytes = slice_text(measurements);
    contents_drop(&contents, CONTENTS_MEASUREMENTS ".sig");
    evidence = (struct evidence){
        .name = "m.yaml.sig",
        .bytes = contents_sign(&contents, CONTENTS_MEASUREMENTS, CONTENTS_MEASUREMENTS ".sig", 0)->bytes};
    CHECK_OK(verify_bytes(slice_text(measurements), &evidence, 1, &contents.measurement_keys,
                          &contents.world.arena, &verified, &err),
             err);
    contents_pack(&contents);
    image = (size_t)(contents_find(&contents, CONTENTS_IMAGE) - contents.items);
    measured = (size_t)(contents_find(&contents, CONTENTS_MEASUREMENTS) - contents.items);
    infos[image] = (struct pack_info){.place = "https://cdn.example/disk.raw", .is_streamed = true};
    infos[measured] = (struct pack_info){.place = "m.yaml", .verified = &verified, .csp = CSP_QEMU};
    release = (struct pack_release){.uid = contents.world.releases[0].uid,
                                    .items = contents.items,
                                    .infos = infos,
                                    .count = contents.count};
}

static enum err_code check(void)
{
    const struct pack_listener listener = {.note = hear};

    return pack_stored_check(&release, 1, &contents.image, &listener, &err);
}

TEST(pack_stored_compares_what_is_in_the_archive)
{
    begin(MEASURED(PCR_4));
    CHECK(pack_stored_has(&release, 1));
    CHECK_OK(check(), err);
    CHECK_NUMBER(1, notes);
    CHECK_NUMBER(0, contents_find(&contents, CONTENTS_IMAGE)->others.count); /* too late to record */
    contents_end(&contents);
}

TEST(pack_stored_refuses_another_image)
{
    begin(MEASURED(CONTENTS_VALUE));
    CHECK_NUMBER(ERR_FORGED, check());
    CHECK(slice_begins(slice_text(err.msg), "https://cdn.example/disk.raw: "));
    contents_end(&contents);
}

TEST(pack_stored_has_nothing_to_do_without_such_images)
{
    begin(MEASURED(CONTENTS_VALUE));
    for (size_t i = 0; i < release.count; i++)
        infos[i].is_streamed = false;
    CHECK(!pack_stored_has(&release, 1));
    CHECK_OK(check(), err);
    for (size_t i = 0; i < release.count; i++) {
        infos[i].is_streamed = true;
        infos[i].verified = NULL;
    }
    CHECK(!pack_stored_has(&release, 1) && !pack_stored_has(&release, 0));
    CHECK_OK(check(), err);
    CHECK_NUMBER(0, notes);
    contents_end(&contents);
}

TEST(pack_stored_notices_what_did_not_come_back)
{
    begin(MEASURED(PCR_4));
    contents.archive.len -= 4096;
    contents.image = image_memory(&contents.archive);
    CHECK(check() != ERR_OK);
    CHECK_NUMBER(0, notes);
    contents_end(&contents);
    begin(MEASURED(PCR_4));
    contents_find(&contents, CONTENTS_IMAGE)->title = SLICE("images/v2.2.0/other.raw.zst");
    CHECK_ERR(ERR_BUG, "images/v2.2.0/other.raw.zst: is not in the archive", check(), err);
    contents_end(&contents);
}
