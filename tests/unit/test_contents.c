#include "bundle/verify/contents.h"

#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "tests/unit/contents_world.h"

static const struct carried *find(const struct contents_world *world, const char *title)
{
    for (size_t i = 0; i < world->contents.count; i++) {
        if (slice_is(world->contents.list[i].layer->title, title))
            return &world->contents.list[i];
    }
    return NULL;
}

/* Packs what the world has, and the check refuses it with that message. */
static void check_refused(struct contents_world *world, enum err_code code, const char *want)
{
    struct err err;

    contents_pack(world);
    CHECK_ERR(code, want, contents_try(world, &err), err);
    CHECK(world->contents.count == 0 && !world->contents.list);
    contents_end(world);
}

static void check_accepted(struct contents_world *world)
{
    struct err err;

    contents_pack(world);
    CHECK_OK(contents_try(world, &err), err);
    CHECK_NUMBER(world->count, world->contents.count);
}

static void named(struct contents_world *world, size_t key, const char *title, const char *form,
                  char out[200])
{
    char id[KEY_SHORT_ID_SIZE];

    key_short_id(&world->world.keys[key].private.public, id);
    snprintf(out, 200, "%s.%s%s", title, id, form);
}

TEST(contents_are_listed_and_read)
{
    struct contents_world world;
    const struct carried *table, *measurements, *signature, *image;

    contents_begin(&world);
    check_accepted(&world);
    table = find(&world, CONTENTS_TABLE);
    measurements = find(&world, CONTENTS_MEASUREMENTS);
    signature = find(&world, CONTENTS_MEASUREMENTS ".sig");
    image = find(&world, CONTENTS_IMAGE);
    CHECK(table && measurements && signature && image);
    CHECK_NUMBER(1, table->table.count);
    CHECK_NUMBER(0, table->verified.signer_count);
    CHECK_NUMBER(1, measurements->verified.signer_count);
    CHECK(slice_equal(measurements->verified.bytes, measurements->bytes));
    CHECK(measurements->place.csp == CSP_QEMU && measurements->place.layout == LAYOUT_RFC);
    CHECK(signature->place.document == measurements->layer);
    CHECK(signature->bytes.len > 0 && !image->bytes.ptr);
    CHECK_NUMBER(0, world.contents.unsigned_count);
    contents_end(&world);
}

TEST(contents_of_measurements_need_a_valid_signature)
{
    struct contents_world world;

    contents_begin(&world);
    contents_drop(&world, CONTENTS_MEASUREMENTS ".sig");
    check_refused(&world, ERR_NO_KEY, CONTENTS_MEASUREMENTS ": there is no signature");

    contents_begin(&world);
    world.measurement_keys.count = 0;
    check_refused(&world, ERR_NO_KEY, CONTENTS_MEASUREMENTS ": no key given to check it with");

    contents_begin(&world);
    world.measurement_keys.threshold = 2;
    check_refused(&world, ERR_NO_KEY,
                  CONTENTS_MEASUREMENTS ": the threshold is 2 different keys, only 1 is given");

    contents_begin(&world);
    world.measurement_keys.count = 0;
    world_trust(&world.measurement_keys, &world.storage[2], &world.world.keys[1], "other.pub");
    check_refused(&world, ERR_FORGED,
                  CONTENTS_MEASUREMENTS ": measurements.yaml.sig: the signature does not fit "
                                        "this document and key");

    contents_begin(&world);
    contents_find(&world, CONTENTS_MEASUREMENTS)->bytes =
        SLICE("csp: qemu\nimage: v2.2.0\nmeasurements:\n  5: " CONTENTS_VALUE "\n");
    check_refused(&world, ERR_FORGED,
                  CONTENTS_MEASUREMENTS ": measurements.yaml.sig: the signature does not fit "
                                        "this document and key");
}

TEST(contents_count_further_signatures)
{
    struct contents_world world;
    char title[200];

    contents_begin(&world);
    world_trust(&world.measurement_keys, &world.storage[2], &world.world.keys[1], "other.pub");
    world.measurement_keys.threshold = 2;
    named(&world, 1, CONTENTS_MEASUREMENTS, ".sig", title);
    contents_sign(&world, CONTENTS_MEASUREMENTS, title, 1);
    check_accepted(&world);
    CHECK_NUMBER(2, find(&world, CONTENTS_MEASUREMENTS)->verified.signer_count);
    CHECK(find(&world, title)->place.document == find(&world, CONTENTS_MEASUREMENTS)->layer);
    contents_end(&world);
}

TEST(contents_marked_unsigned_pass_and_stay_marked)
{
    struct contents_world world;
    char title[200];

    contents_begin(&world);
    contents_drop(&world, CONTENTS_MEASUREMENTS ".sig");
    contents_find(&world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    check_accepted(&world);
    CHECK_NUMBER(1, world.contents.unsigned_count);
    CHECK_NUMBER(0, find(&world, CONTENTS_MEASUREMENTS)->verified.signer_count);
    CHECK(!find(&world, CONTENTS_MEASUREMENTS)->verified.bytes.ptr);
    contents_end(&world);

    /* Another's signature does no harm, and a good one is seen. */
    contents_begin(&world);
    contents_find(&world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    world.measurement_keys.count = 0;
    world_trust(&world.measurement_keys, &world.storage[2], &world.world.keys[1], "other.pub");
    check_accepted(&world);
    CHECK_NUMBER(0, find(&world, CONTENTS_MEASUREMENTS)->verified.signer_count);
    contents_end(&world);

    contents_begin(&world);
    contents_find(&world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    check_accepted(&world);
    CHECK_NUMBER(1, world.contents.unsigned_count);
    CHECK_NUMBER(1, find(&world, CONTENTS_MEASUREMENTS)->verified.signer_count);
    contents_end(&world);

    /* A false one in the name of a given key does. */
    contents_begin(&world);
    contents_drop(&world, CONTENTS_MEASUREMENTS ".sig");
    contents_find(&world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    named(&world, 0, CONTENTS_MEASUREMENTS, ".sig", title);
    contents_sign(&world, CONTENTS_MEASUREMENTS, title, 1);
    contents_pack(&world);
    CHECK_NUMBER(ERR_FORGED, contents_try(&world, &(struct err){0}));
    contents_end(&world);

    /* And of the version it must be in any case. */
    contents_begin(&world);
    contents_drop(&world, CONTENTS_MEASUREMENTS ".sig");
    contents_find(&world, CONTENTS_MEASUREMENTS)->is_unsigned = true;
    contents_find(&world, CONTENTS_MEASUREMENTS)->bytes =
        SLICE("csp: qemu\nimage: v2.3.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n");
    check_refused(&world, ERR_FORGED,
                  CONTENTS_MEASUREMENTS ": the contents are of v2.3.0 and belong at "
                                        "measurements/qemu/v2.3.0/measurements.yaml, not at "
                                        "measurements/qemu/v2.2.0/measurements.yaml");
}

TEST(contents_of_measurements_are_of_their_title)
{
    static const char *const texts[] = {
        "csp: gcp\nimage: v2.2.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n",
        "csp: qemu\nimage: v2.3.0\nmeasurements:\n  4: " CONTENTS_VALUE "\n",
        "csp: qemu\nimage: v2.2.0\nmeasurements:\n  4: 00\n",
        "csp: qemu\nimage: v2.2.0\nmeasurements: [\n",
    };
    static const enum err_code codes[] = {ERR_FORGED, ERR_FORGED, ERR_FORMAT, ERR_FORMAT};

    for (size_t i = 0; i < 4; i++) {
        struct contents_world world;
        struct err err;

        contents_begin(&world);
        contents_drop(&world, CONTENTS_MEASUREMENTS ".sig");
        contents_find(&world, CONTENTS_MEASUREMENTS)->bytes = slice_text(texts[i]);
        contents_sign(&world, CONTENTS_MEASUREMENTS, CONTENTS_MEASUREMENTS ".sig", 0);
        contents_pack(&world);
        CHECK_NUMBER(codes[i], contents_try(&world, &err));
        contents_end(&world);
    }
}

TEST(contents_of_tables)
{
    struct contents_world world;

    contents_begin(&world);
    contents_find(&world, CONTENTS_TABLE)->bytes = SLICE("{\"qemu\":");
    contents_pack(&world);
    CHECK_NUMBER(ERR_FORMAT, contents_try(&world, &(struct err){0}));
    contents_end(&world);

    contents_begin(&world);
    contents_find(&world, CONTENTS_TABLE)->bytes =
        SLICE("{\"version\":\"v2.3.0\",\"gcp\":\"image\"}");
    contents_pack(&world);
    CHECK_NUMBER(ERR_FORGED, contents_try(&world, &(struct err){0}));
    contents_end(&world);

    contents_begin(&world);
    world_trust(&world.table_keys, &world.storage[2], &world.world.keys[1], "t.pub");
    check_refused(&world, ERR_NO_KEY, CONTENTS_TABLE ": there is no signature");

    contents_begin(&world);
    world_trust(&world.table_keys, &world.storage[2], &world.world.keys[1], "t.pub");
    contents_find(&world, CONTENTS_TABLE)->is_unsigned = true;
    check_refused(&world, ERR_NO_KEY, CONTENTS_TABLE ": there is no signature");

    contents_begin(&world);
    world_trust(&world.table_keys, &world.storage[2], &world.world.keys[1], "t.pub");
    contents_sign(&world, CONTENTS_TABLE, CONTENTS_TABLE ".sig", 0);
    check_refused(&world, ERR_FORGED,
                  CONTENTS_TABLE ": v2.2.0.json.sig: the signature does not fit this document "
                                 "and key");

    contents_begin(&world);
    world_trust(&world.table_keys, &world.storage[2], &world.world.keys[1], "t.pub");
    contents_sign(&world, CONTENTS_TABLE, CONTENTS_TABLE ".sig", 1);
    check_accepted(&world);
    CHECK_NUMBER(1, find(&world, CONTENTS_TABLE)->verified.signer_count);
    contents_end(&world);

    contents_begin(&world);
    world_trust(&world.table_keys, &world.storage[2], &world.world.keys[1], "t.pub");
    contents_find(&world, CONTENTS_TABLE)->bytes = SLICE("{\"gcp\":\"image\"}");
    contents_sign(&world, CONTENTS_TABLE, CONTENTS_TABLE ".sig", 1);
    check_refused(&world, ERR_POLICY,
                  CONTENTS_TABLE ": a signed table must carry ref, stream and version: without "
                                 "them its signature would fit any version");
}

TEST(contents_refuse_malformed_signatures)
{
    struct contents_world world;

    contents_begin(&world);
    contents_add(&world, LAYER_SIGNATURE, CONTENTS_TABLE ".sig", SLICE("not base64!"));
    contents_pack(&world);
    CHECK_NUMBER(ERR_FORMAT, contents_try(&world, &(struct err){0}));
    contents_end(&world);

    contents_begin(&world);
    contents_add(&world, LAYER_SIGNATURE, "notes.txt.sig",
                 contents_signature(&world, &world.world.keys[0], SLICE("x"), false));
    check_refused(&world, ERR_FORMAT,
                  "notes.txt.sig: is a signature of a file that v2.2.0 does not carry");
}

TEST(contents_check_signatures_of_other_files)
{
    struct contents_world world;
    char title[200];

    contents_begin(&world);
    contents_add(&world, LAYER_OTHER, "notes.txt", SLICE("read me\n"));
    contents_sign(&world, "notes.txt", "notes.txt.sig", 0);
    check_accepted(&world);
    CHECK_NUMBER(1, find(&world, "notes.txt")->verified.signer_count);
    contents_end(&world);

    contents_begin(&world);
    contents_add(&world, LAYER_OTHER, "notes.txt", SLICE("read me\n"));
    contents_sign(&world, "notes.txt", "notes.txt.sig", 1);
    check_accepted(&world);
    CHECK_NUMBER(0, find(&world, "notes.txt")->verified.signer_count);
    contents_end(&world);

    contents_begin(&world);
    contents_add(&world, LAYER_OTHER, "notes.txt", SLICE("read me\n"));
    named(&world, 0, "notes.txt", ".sig", title);
    contents_sign(&world, "notes.txt", title, 1);
    contents_pack(&world);
    CHECK_NUMBER(ERR_FORGED, contents_try(&world, &(struct err){0}));
    contents_end(&world);
}

TEST(contents_check_signatures_of_raw_images)
{
    struct contents_world world;

    contents_begin(&world);
    contents_add(
        &world, LAYER_SIGNATURE, "images/v2.2.0/qemu-qemu-vtpm.raw.sig",
        contents_signature(&world, &world.world.keys[0], world.world.image_bytes[0], true));
    check_accepted(&world);
    CHECK_NUMBER(1, find(&world, CONTENTS_IMAGE)->verified.signer_count);
    CHECK(find(&world, CONTENTS_IMAGE)->is_raw_signed);
    contents_end(&world);
    contents_begin(&world);
    check_accepted(&world);
    CHECK(!find(&world, CONTENTS_IMAGE)->is_raw_signed);
    contents_end(&world);
}

TEST(contents_of_the_fixtures_are_what_is_packed_today)
{
    static struct sparse_image sparse;
    struct contents_world world;

    if (ZSTD_versionNumber() != 10507) {
        test_skip("the bundles were packed by zstd 1.5.7");
        return;
    }
    contents_begin(&world);
    contents_full(&world);
    contents_pack(&world);
    CHECK(slice_equal(test_file("fixtures/bundles/good-contents.tar"), world.archive));
    contents_end(&world);
    contents_begin(&world);
    contents_old(&world);
    contents_pack(&world);
    CHECK(slice_equal(test_file("fixtures/bundles/good-unsigned-expired.tar"), world.archive));
    contents_end(&world);
    contents_begin(&world);
    contents_bound(&world, &sparse);
    contents_pack(&world);
    CHECK(slice_equal(test_file("fixtures/bundles/bad-binding.tar"), world.archive));
    contents_end(&world);
}
