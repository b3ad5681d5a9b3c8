#include "bundle/archive/bundle_reader.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_world.h"

/* A bundle that is open, and trusted by the first key. */
struct opened {
    struct world_plan world;
    uint8_t *bytes; /* the archive, to be written to */
    struct slice archive;
    struct image image;
    struct arena arena;
    struct bundle bundle;
    struct keys keys;
    struct key storage[2];
    struct trusted_bundle trusted;
};

static void opened_init(struct opened *opened, size_t releases, size_t signers)
{
    struct slice made;
    struct err err;

    memset(opened, 0, sizeof *opened);
    world_plan_init(&opened->world, releases, signers);
    made = world_archive(&opened->world);
    opened->bytes = (uint8_t *)arena_copy(&opened->world.arena, made, &err);
    opened->archive = slice_of(opened->bytes, made.len);
    opened->image = image_memory(&opened->archive);
    arena_init_heap(&opened->arena, WORLD_MAX);
    CHECK_OK(bundle_open_archive(&opened->image, &opened->arena, &opened->bundle, &err), err);
    world_trust(&opened->keys, &opened->storage[0], &opened->world.keys[0], "a.pub");
    if (signers)
        CHECK_OK(bundle_verify(&opened->bundle, &opened->keys, &opened->arena, &opened->trusted,
                               &err),
                 err);
}

static void opened_end(struct opened *opened)
{
    arena_clear(&opened->arena);
    world_plan_free(&opened->world);
}

static const struct layer *layer_of(const struct opened *opened, size_t number)
{
    return &opened->bundle.manifests[0].manifest.layers[number];
}

TEST(bundle_verify_judges_every_manifest)
{
    struct opened opened;
    struct err err;

    opened_init(&opened, 2, 1);
    CHECK_NUMBER(1, opened.trusted.signers[0].key_count);
    CHECK_NUMBER(1, opened.trusted.signers[1].key_count);
    CHECK(opened.trusted.bundle == &opened.bundle);
    opened.bundle.manifests[1].signature_count = 0;
    CHECK_ERR(ERR_NO_KEY, "v2.3.0: is not signed",
              bundle_verify(&opened.bundle, &opened.keys, &opened.arena, &opened.trusted, &err),
              err);
    CHECK(!opened.trusted.bundle);
    opened_end(&opened);
}

TEST(bundle_verify_refuses_what_nobody_signed)
{
    struct opened opened;
    struct err err;

    opened_init(&opened, 1, 0);
    CHECK_ERR(ERR_NO_KEY, "v2.2.0: is not signed",
              bundle_verify(&opened.bundle, &opened.keys, &opened.arena, &opened.trusted, &err),
              err);
    opened.keys.count = 0;
    CHECK_ERR(ERR_NO_KEY, "v2.2.0: no bundle key given to check it with",
              bundle_verify(&opened.bundle, &opened.keys, &opened.arena, &opened.trusted, &err),
              err);
    opened_end(&opened);
}

TEST(bundle_read_gives_what_was_packed)
{
    struct opened opened;
    struct world_file out;
    struct sink sink;
    struct slice bytes;
    struct err err;

    opened_init(&opened, 1, 1);
    CHECK_OK(bundle_read_bytes(&opened.trusted, layer_of(&opened, 1), 100, &opened.arena, &bytes,
                               &err),
             err);
    CHECK_TEXT("measurements: {}\n", bytes);
    CHECK_ERR(ERR_LIMIT, NULL,
              bundle_read_bytes(&opened.trusted, layer_of(&opened, 1), 10, &opened.arena, &bytes,
                                &err),
              err);
    CHECK(strstr(err.msg, ": 17 bytes, at most 10 are read") && bytes.len == 0);
    world_file_init(&out);
    sink = world_sink(&out, false);
    CHECK_OK(bundle_read_stored(&opened.trusted, layer_of(&opened, 2), &sink, &err), err);
    CHECK_TEXT("MEUCIQ==", buf_slice(&out.bytes));
    buf_clear(&out.bytes);
    for (int is_deep = 0; is_deep < 2; is_deep++) {
        const struct frames_settings settings = {.threads = 2};

        CHECK_OK(bundle_read_image(&opened.trusted, layer_of(&opened, 3), is_deep, &settings,
                                   &sink, &err),
                 err);
        CHECK(slice_equal(opened.world.image_bytes[0], buf_slice(&out.bytes)));
        buf_clear(&out.bytes);
    }
    CHECK_ERR(ERR_BUG, "no image is wanted of it",
              bundle_read_image(&opened.trusted, layer_of(&opened, 0), false, NULL, &sink, &err),
              err);
    opened_end(&opened);
}

TEST(bundle_read_keeps_holes_of_raw_images)
{
    struct opened opened;
    struct world_file out;
    struct sink sink;
    struct err err;
    struct world_plan world;
    struct slice archive;
    struct image image;
    struct bundle bundle;
    struct trusted_bundle trusted;

    memset(&opened, 0, sizeof opened);
    world_plan_init(&world, 1, 1);
    world.items[0][3].kind = LAYER_IMAGE_RAW;
    world.items[0][3].title = SLICE("disk.raw");
    archive = world_archive(&world);
    image = image_memory(&archive);
    world_trust(&opened.keys, &opened.storage[0], &world.keys[0], "a.pub");
    CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &err), err);
    CHECK_OK(bundle_verify(&bundle, &opened.keys, &world.arena, &trusted, &err), err);
    for (int with_holes = 0; with_holes < 2; with_holes++) {
        world_file_init(&out);
        sink = world_sink(&out, with_holes);
        CHECK_OK(bundle_read_image(&trusted, &bundle.manifests[0].manifest.layers[3], true, NULL,
                                   &sink, &err),
                 err);
        CHECK(slice_equal(world.image_bytes[0], buf_slice(&out.bytes)));
        buf_clear(&out.bytes);
    }
    world_plan_free(&world);
}

/* Damages a byte of a layer, and looks what reading it says. */
static void check_damage(struct opened *opened, size_t number, bool as_image)
{
    const struct layer *layer = layer_of(opened, number);
    const struct bundle_entry *entry = NULL;
    char name[OCI_BLOB_NAME_SIZE], message[300];
    struct slice bytes;
    struct err err;

    oci_blob_name(layer->blob.digest, name);
    for (size_t i = 0; i < opened->bundle.entry_count; i++) {
        if (slice_is(opened->bundle.entries[i].name, name))
            entry = &opened->bundle.entries[i];
    }
    for (uint64_t at = 0; at < entry->size; at += 1 + entry->size / 50) {
        opened->bytes[entry->at + at] ^= 0x10;
        CHECK(bundle_read_stored(&opened->trusted, layer, NULL, &err) == ERR_CORRUPT);
        snprintf(message, sizeof message, "%.*s: its bytes have the digest sha256:",
                 (int)layer->title.len, (const char *)layer->title.ptr);
        CHECK(strncmp(err.msg, message, strlen(message)) == 0);
        CHECK(strstr(err.msg, ", another than is listed") != NULL);
        if (as_image) {
            CHECK(bundle_read_image(&opened->trusted, layer, false, &(struct frames_settings){0},
                                    NULL, &err) == ERR_CORRUPT);
        } else {
            CHECK(bundle_read_bytes(&opened->trusted, layer, 1000, &opened->arena, &bytes,
                                    &err) == ERR_CORRUPT);
            CHECK(bytes.len == 0);
        }
        opened->bytes[entry->at + at] ^= 0x10;
    }
}

TEST(bundle_read_refuses_damaged_layers)
{
    struct opened opened;

    opened_init(&opened, 1, 1);
    check_damage(&opened, 0, false);
    check_damage(&opened, 2, false);
    check_damage(&opened, 3, true);
    opened_end(&opened);
}

TEST(bundle_read_names_what_is_missing_or_of_another_size)
{
    struct opened opened;
    struct world_tar tar;
    struct bundle_files files = {.ctx = &tar, .open = world_open};
    const struct layer *layer;
    size_t number;
    char name[OCI_BLOB_NAME_SIZE], message[300];
    struct err err;

    opened_init(&opened, 1, 1);
    world_tar_read(&tar, opened.archive);
    CHECK_OK(bundle_open_folder(&files, &opened.arena, &opened.bundle, &err), err);
    CHECK_OK(bundle_verify(&opened.bundle, &opened.keys, &opened.arena, &opened.trusted, &err),
             err);
    layer = layer_of(&opened, 3);
    oci_blob_name(layer->blob.digest, name);
    number = world_tar_find(&tar, name);
    world_tar_set(&tar, number, slice_part(tar.contents[number], 0, 100));
    snprintf(message, sizeof message,
             "images/qemu/v2.2.0/disk.raw.zst: %s: has 100 bytes, want %llu", name,
             (unsigned long long)layer->blob.size);
    CHECK_ERR(ERR_CORRUPT, message, bundle_read_stored(&opened.trusted, layer, NULL, &err), err);
    world_tar_remove(&tar, number);
    snprintf(message, sizeof message, "images/qemu/v2.2.0/disk.raw.zst: %s: is missing", name);
    CHECK_ERR(ERR_CORRUPT, message, bundle_read_stored(&opened.trusted, layer, NULL, &err), err);
    CHECK_ERR(ERR_CORRUPT, message,
              bundle_read_image(&opened.trusted, layer, false, NULL, NULL, &err), err);
    CHECK_ERR(ERR_FORMAT, "is a folder: signatures are attached to archives",
              bundle_attach(&opened.bundle, opened.bundle.manifests, &opened.arena,
                            &opened.archive, &err),
              err);
    opened_end(&opened);
}

TEST(bundle_peek_needs_no_signature)
{
    struct opened opened;
    struct slice bytes;
    struct err err;

    opened_init(&opened, 1, 0);
    CHECK_OK(bundle_peek(&opened.bundle, layer_of(&opened, 0), 100, &opened.arena, &bytes, &err),
             err);
    CHECK_TEXT("{\"list\":[]}\n", bytes);
    opened_end(&opened);
}

/* Attaches a signature by the second key. */
static void attach(struct opened *opened, struct err *err)
{
    struct signed_manifest manifest = opened->bundle.manifests[0];
    struct manifest_signature signatures[8];
    struct slice area;

    memcpy(signatures, manifest.signatures,
           manifest.signature_count * sizeof *manifest.signatures);
    manifest.signatures = signatures;
    CHECK_OK(bundle_sign(&manifest, &opened->world.keys[1].signer, err), *err);
    CHECK_OK(bundle_attach(&opened->bundle, &manifest, &opened->arena, &area, err), *err);
    CHECK_NUMBER(opened->bundle.area_size, area.len);
    memcpy(opened->bytes, area.ptr, area.len);
}

TEST(bundle_attach_signs_in_place)
{
    struct opened opened;
    uint64_t room;
    struct err err;

    for (size_t signers = 0; signers < 2; signers++) {
        opened_init(&opened, 1, signers);
        room = opened.bundle.room;
        attach(&opened, &err);
        CHECK_OK(bundle_open_archive(&opened.image, &opened.arena, &opened.bundle, &err), err);
        CHECK_NUMBER(2 * (signers + 1), opened.bundle.manifests[0].signature_count);
        CHECK(opened.bundle.room < room);
        world_trust(&opened.keys, &opened.storage[1], &opened.world.keys[1], "b.pub");
        opened.keys.threshold = signers + 1;
        CHECK_OK(bundle_verify(&opened.bundle, &opened.keys, &opened.arena, &opened.trusted, &err),
                 err);
        CHECK_NUMBER(signers + 1, opened.trusted.signers[0].key_count);
        opened_end(&opened);
    }
}

TEST(bundle_attach_says_when_the_room_is_too_small)
{
    struct opened opened;
    struct manifest_signature signatures[120];
    struct signed_manifest manifest;
    struct slice area;
    struct err err;

    opened_init(&opened, 1, 0);
    manifest = opened.bundle.manifests[0];
    manifest.signatures = signatures;
    memset(signatures, 0, sizeof signatures);
    for (size_t i = 0; i < 120; i++) {
        signatures[i].form = SIGNING_SIGSTORE;
        signatures[i].signature.len = 70;
        signatures[i].signature.bytes[0] = (uint8_t)i;
    }
    manifest.signature_count = 10;
    CHECK_OK(bundle_attach(&opened.bundle, &manifest, &opened.arena, &area, &err), err);
    manifest.signature_count = 120;
    CHECK_ERR(ERR_LIMIT, NULL,
              bundle_attach(&opened.bundle, &manifest, &opened.arena, &area, &err), err);
    CHECK(strncmp(err.msg, "no room at the start of the archive: ", 37) == 0 && area.len == 0);
    opened_end(&opened);
}

TEST(bundle_reader_works_in_a_megabyte)
{
    static uint8_t memory[1 << 20];
    struct opened opened;
    struct trusted_bundle trusted;
    struct bundle bundle;
    struct arena arena;
    struct slice bytes;
    struct err err;

    opened_init(&opened, 2, 2);
    arena_init_fixed(&arena, memory, sizeof memory - (64 << 10));
    CHECK_OK(bundle_open_archive(&opened.image, &arena, &bundle, &err), err);
    CHECK_OK(bundle_verify(&bundle, &opened.keys, &arena, &trusted, &err), err);
    CHECK_OK(bundle_read_bytes(&trusted, &bundle.manifests[1].manifest.layers[0], 1000, &arena,
                               &bytes, &err),
             err);
    CHECK(arena.block_used < (512 << 10));
    opened_end(&opened);
}

TEST(bundle_reader_says_when_memory_is_short)
{
    static uint8_t memory[1 << 20];
    struct opened opened;
    struct bundle bundle;
    struct arena arena;
    enum err_code rc = ERR_LIMIT;
    struct err err;

    opened_init(&opened, 1, 1);
    for (size_t size = 0; rc != ERR_OK && size < sizeof memory; size += 1999) {
        arena_init_fixed(&arena, memory, size);
        rc = bundle_open_archive(&opened.image, &arena, &bundle, &err);
        CHECK(rc == ERR_OK || (rc == ERR_LIMIT && !bundle.manifests));
    }
    CHECK(rc == ERR_OK);
    opened_end(&opened);
}
