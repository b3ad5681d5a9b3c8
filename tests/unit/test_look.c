#include "bundle/verify/look.h"

#include <string.h>

#include "tests/unit/contents_world.h"

static const struct keys none;

static struct look_manifest *look(struct contents_world *world, const struct keys *bundles)
{
    const struct look_keys keys = {.bundles = bundles,
                                   .measurements = &world->measurement_keys,
                                   .tables = &world->table_keys};
    struct look_manifest *manifests;
    struct err err;

    CHECK_OK(look_at(&world->bundle, &keys, &world->world.arena, &manifests, &err), err);
    return manifests;
}

static const struct look_file *find(const struct look_manifest *manifest, const char *title)
{
    for (size_t i = 0; i < manifest->manifest->manifest.layer_count; i++) {
        if (slice_is(manifest->files[i].layer->title, title))
            return &manifest->files[i];
    }
    test_check(false, __FILE__, __LINE__, title);
    return &manifest->files[0];
}

static void begin(struct contents_world *world)
{
    contents_begin(world);
    contents_full(world);
    contents_pack(world);
}

TEST(look_marks_what_was_read)
{
    static struct contents_world world;
    const struct look_manifest *seen;
    const struct look_file *file;

    begin(&world);
    seen = look(&world, &world.bundle_keys);
    CHECK(seen->is_trusted && !seen->problem);
    CHECK_NUMBER(1, seen->signers.key_count);
    file = find(seen, CONTENTS_TABLE);
    CHECK_NUMBER(LOOK_VERIFIED, file->mark);
    CHECK_NUMBER(1, file->table.count);
    CHECK_NUMBER(LOOK_VERIFIED, find(seen, CONTENTS_MEASUREMENTS)->mark);
    CHECK_NUMBER(LOOK_SIGNED, find(seen, CONTENTS_IMAGE)->mark);
    CHECK_NUMBER(LOOK_SIGNED, find(seen, "notes/v2.2.0.txt")->mark);
    contents_end(&world);
}

TEST(look_finds_who_signed)
{
    static struct contents_world world;
    const struct look_manifest *seen;
    const struct look_file *file;

    begin(&world);
    seen = look(&world, &world.bundle_keys);
    file = find(seen, CONTENTS_MEASUREMENTS ".sig");
    CHECK(file->signer == world.measurement_keys.list[0]);
    CHECK(file->document && slice_is(file->document->title, CONTENTS_MEASUREMENTS));
    CHECK(find(seen, CONTENTS_MEASUREMENTS ".sigstore.json")->signer == world.measurement_keys.list[0]);
    CHECK(!find(seen, CONTENTS_TABLE ".sig")->signer); /* no table key is given */
    world_trust(&world.table_keys, &world.storage[2], &world.world.keys[1], "t.pub");
    CHECK(find(look(&world, &world.bundle_keys), CONTENTS_TABLE ".sig")->signer ==
          world.table_keys.list[0]);
    contents_end(&world);
}

/* Without keys, and by other keys, everything is shown and nothing is believed. */
TEST(look_believes_nothing_without_a_valid_signature)
{
    static struct contents_world world;
    struct keys others = {.count = 0};
    struct key storage;

    begin(&world);
    world_trust(&others, &storage, &world.world.keys[1], "other.pub");
    for (int i = 0; i < 2; i++) {
        const struct look_manifest *seen = look(&world, i ? &others : &none);

        CHECK(!seen->is_trusted);
        CHECK((seen->problem != NULL) == (i == 1));
        for (size_t k = 0; k < seen->manifest->manifest.layer_count; k++) {
            CHECK_NUMBER(LOOK_UNVERIFIED, seen->files[k].mark);
            CHECK(!seen->files[k].signer && !seen->files[k].problem);
        }
        CHECK_NUMBER(1, find(seen, CONTENTS_TABLE)->table.count);
    }
    contents_end(&world);
}

static void change(struct contents_world *world, const char *text)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)world->archive.ptr;
    size_t len = strlen(text);

    for (size_t i = 0; i + len < world->archive.len; i++) {
        if (memcmp(bytes + i, text, len) == 0)
            bytes[i] ^= 1;
    }
}

TEST(look_unmarks_what_has_other_bytes)
{
    static struct contents_world world;
    const struct look_manifest *seen;

    begin(&world);
    change(&world, "csp: qemu\nimage");
    change(&world, "{\"ref\":\"-\"");
    seen = look(&world, &world.bundle_keys);
    CHECK(seen->is_trusted);
    CHECK_NUMBER(LOOK_UNVERIFIED, find(seen, CONTENTS_MEASUREMENTS)->mark);
    CHECK(find(seen, CONTENTS_MEASUREMENTS)->problem != NULL);
    CHECK_NUMBER(LOOK_UNVERIFIED, find(seen, CONTENTS_TABLE)->mark);
    CHECK_NUMBER(0, find(seen, CONTENTS_TABLE)->table.count);
    CHECK_NUMBER(LOOK_SIGNED, find(seen, CONTENTS_IMAGE)->mark);
    contents_end(&world);
}

/* What was read and is what is listed stays verified, even if nobody can make sense of it. */
TEST(look_keeps_the_reason)
{
    static struct contents_world world;
    const struct look_file *file;

    contents_begin(&world);
    contents_find(&world, CONTENTS_TABLE)->bytes = SLICE("[]");
    contents_find(&world, CONTENTS_MEASUREMENTS ".sig")->bytes = SLICE("!");
    contents_pack(&world);
    file = find(look(&world, &world.bundle_keys), CONTENTS_TABLE);
    CHECK_NUMBER(LOOK_VERIFIED, file->mark);
    CHECK(file->problem != NULL);
    file = find(look(&world, &world.bundle_keys), CONTENTS_MEASUREMENTS ".sig");
    CHECK_NUMBER(LOOK_VERIFIED, file->mark);
    CHECK(file->problem && !file->signer);
    contents_end(&world);
}
