/* From a plan to manifests: their order, what is refused, and the room for the front. */
#include "bundle/archive/bundle_plan.h"

#include "tests/unit/bundle_world.h"

static enum err_code check_plan(const struct world_plan *world, struct err *err)
{
    struct arena arena;
    uint64_t size;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = bundle_plan_check(&world->plan, &arena, &size, err);
    CHECK(rc == ERR_OK || size == 0);
    arena_clear(&arena);
    return rc;
}

TEST(bundle_plan_refusals)
{
    struct world_plan world;
    struct annotation many[ANNOTATIONS_MAX + 1];
    struct err err;

    world_plan_init(&world, 2, 1);
    CHECK_OK(check_plan(&world, &err), err);
    world.plan.release_count = 0;
    CHECK_ERR(ERR_FORMAT, "0 uids, a bundle has 1 to 64", check_plan(&world, &err), err);
    world.plan.release_count = 65;
    CHECK_ERR(ERR_FORMAT, "65 uids, a bundle has 1 to 64", check_plan(&world, &err), err);
    world.plan.release_count = 2;
    world.plan.signer_count = BUNDLE_SIGNERS_MAX + 1;
    CHECK_ERR(ERR_FORMAT, "33 signing keys, at most 32 are possible", check_plan(&world, &err),
              err);
    world.plan.signer_count = 2;
    world.signers[1] = world.signers[0];
    CHECK_ERR(ERR_FORMAT, "signing keys 1 and 2 are the same", check_plan(&world, &err), err);
    world.plan.signer_count = 1;
    for (size_t i = 0; i <= ANNOTATIONS_MAX; i++)
        many[i] = (struct annotation){SLICE("a"), SLICE("b")};
    world.plan.others = (struct annotations){many, ANNOTATIONS_MAX + 1};
    CHECK_ERR(ERR_FORMAT, "65 annotations, at most 64 are possible", check_plan(&world, &err), err);
    world.plan.others.count = 2;
    CHECK_ERR(ERR_FORMAT,
              "the manifest of v2.2.0: line 1: the key \"a\" stands here again, first on line 1",
              check_plan(&world, &err), err);
    world.plan.others.count = 0;
    world.items[0][1].others = (struct annotations){many, ANNOTATIONS_MAX + 1};
    CHECK_ERR(ERR_FORMAT,
              "measurements/qemu/v2.2.0/measurements.yaml: 65 annotations, at most 64 are possible",
              check_plan(&world, &err), err);
    world.items[0][1].others.count = 0;
    world.images[1].size = 0;
    CHECK_ERR(ERR_FORMAT, "images/qemu/v2.3.0/disk.raw.zst: an image of 0 bytes",
              check_plan(&world, &err), err);
    world.images[1].size = OCI_SIZE_MAX + 1ull;
    CHECK_ERR(ERR_FORMAT, "images/qemu/v2.3.0/disk.raw.zst: an image of 2305843009213693952 bytes",
              check_plan(&world, &err), err);
    world.images[1].size = WORLD_IMAGE_SIZE;
    world.items[1][1].title = SLICE("../x.yaml");
    CHECK_ERR(ERR_FORMAT,
              "the manifest of v2.3.0: layer 1: title \"../x.yaml\": a part that ends in a dot",
              check_plan(&world, &err), err);
    world.items[1][1].title = SLICE("Images/v2.2.0.yaml");
    world.items[1][2].title = SLICE("images/V2.2.0.json.sig");
    world.items[1][3].title = SLICE("images/qemu/V2.2.0/disk.raw.zst");
    CHECK_ERR(ERR_FORMAT,
              "titles \"images/qemu/V2.2.0/disk.raw.zst\" and "
              "\"images/qemu/v2.2.0/disk.raw.zst\" differ in case alone",
              check_plan(&world, &err), err);
    world.items[1][3].title = world.items[0][3].title;
    CHECK_ERR(ERR_FORMAT,
              "titles \"images/qemu/v2.2.0/disk.raw.zst\" and "
              "\"images/qemu/v2.2.0/disk.raw.zst\" are one title with two contents",
              check_plan(&world, &err), err);
    world.items[1][3].raw = world.items[0][3].raw;
    CHECK_OK(check_plan(&world, &err), err);
    world.releases[1].uid = world.releases[0].uid;
    CHECK(check_plan(&world, &err) == ERR_FORMAT);
    world_plan_free(&world);
}

static enum err_code draft(struct world_plan *world, struct drafted *drafted, struct err *err)
{
    return bundle_plan_draft(&world->plan, &world->arena, drafted, err);
}

/* By uid, and the layers of each as manifest.h orders them, whatever the plan's order. */
TEST(bundle_plan_puts_everything_in_order)
{
    struct bundle_release releases[2];
    struct bundle_item items[4];
    struct world_plan world;
    struct drafted drafted;
    struct err err;

    world_plan_init(&world, 2, 1);
    for (size_t i = 0; i < 4; i++)
        items[i] = world.items[0][3 - i];
    world.releases[0].items = items;
    releases[0] = world.releases[1];
    releases[1] = world.releases[0];
    world.plan.releases = releases;
    CHECK_OK(draft(&world, &drafted, &err), err);
    CHECK_NUMBER(2, drafted.count);
    CHECK_TEXT("v2.2.0", slice_text(drafted.manifests[0].manifest.uid.text));
    CHECK_TEXT("v2.3.0", slice_text(drafted.manifests[1].manifest.uid.text));
    for (size_t i = 0; i < 4; i++) {
        const struct layer *layer = &drafted.manifests[0].manifest.layers[i];

        CHECK(slice_equal(layer->title, drafted.items[0][i]->title));
        CHECK(i == 0 || layer_compare(layer - 1, layer) < 0);
    }
    CHECK(drafted.items[0][3] == &items[0]); /* the image comes last */
    world_plan_free(&world);
}

TEST(bundle_plan_hands_on_what_the_plan_says)
{
    struct annotation others[] = {{SLICE("note"), SLICE("x")}};
    const struct manifest *manifest;
    uint8_t digest[SHA256_SIZE];
    struct manifest again;
    struct world_plan world;
    struct drafted drafted;
    struct err err;

    world_plan_init(&world, 2, 1);
    world.plan.created = 1709164800;
    world.plan.best_before = 1735689600;
    world.plan.others = (struct annotations){others, 1};
    world.items[0][0].others = (struct annotations){others, 1};
    CHECK_OK(draft(&world, &drafted, &err), err);
    for (size_t i = 0; i < 2; i++) {
        sha256_of(drafted.manifests[i].text, digest);
        CHECK(memcmp(digest, drafted.manifests[i].digest, SHA256_SIZE) == 0);
        CHECK_NUMBER(0, drafted.manifests[i].signature_count);
        CHECK_OK(manifest_parse(drafted.manifests[i].text, &world.arena, &again, &err), err);
        CHECK(again.created == 1709164800 && again.best_before == 1735689600);
        CHECK(again.uid_count == 2 && again.others.count == 1);
        CHECK_TEXT("sealift test", again.program);
    }
    manifest = &drafted.manifests[0].manifest;
    CHECK_NUMBER(1, manifest->layers[0].others.count);
    CHECK(manifest->layers[3].csp == CSP_QEMU && manifest->layers[3].image.frame_size == 4096);
    CHECK_TEXT("qemu-vtpm", manifest->layers[3].variant);
    /* As large as a size can be, so that the room suffices for what it will be. */
    CHECK_NUMBER(OCI_SIZE_MAX, manifest->layers[3].blob.size);
    CHECK_NUMBER(WORLD_IMAGE_SIZE, manifest->layers[3].image.raw_size);
    CHECK(drafted.manifests[1].manifest.layers[1].is_unsigned);
    world.plan.frame_size = 0;
    CHECK_OK(draft(&world, &drafted, &err), err);
    CHECK_NUMBER(FRAMES_RAW_SIZE, drafted.manifests[0].manifest.layers[3].image.frame_size);
    world_plan_free(&world);
}

TEST(bundle_plan_settles_what_has_become_known)
{
    struct world_plan world;
    struct drafted drafted;
    struct layer *image;
    struct slice before;
    struct err err;

    world_plan_init(&world, 1, 1);
    CHECK_OK(draft(&world, &drafted, &err), err);
    before = drafted.manifests[0].text;
    image = &drafted.manifests[0].manifest.layers[3];
    image->blob.size = 5;
    CHECK_OK(bundle_plan_settle(&drafted, &world.arena, &err), err);
    CHECK(drafted.manifests[0].text.len < before.len);
    CHECK(memmem(drafted.manifests[0].text.ptr, drafted.manifests[0].text.len, "\"size\":5,", 9));
    image->image.raw_size = 0;
    CHECK_ERR(ERR_FORMAT,
              "the manifest of v2.2.0: layer 4: vnd.sealift.raw.size: 0, an image is not empty",
              bundle_plan_settle(&drafted, &world.arena, &err), err);
    world_plan_free(&world);
}

/* With signatures as they are made, by keys of each kind, the front is no larger than was reserved. */
TEST(bundle_plan_reserves_room_for_the_longest_signatures)
{
    static const char *const names[] = {"p256", "p256-other", "p384", "rsa2048", "rsa4096"};

    for (size_t count = 0; count <= sizeof names / sizeof names[0]; count++) {
        struct world_key keys[5];
        struct bundle_signer signers[5];
        struct bundle_written written;
        struct world_plan world;
        struct bundle bundle;
        struct drafted drafted;
        struct world_file file;
        struct output output = world_output(&file);
        struct slice bytes;
        struct image image;
        struct err err;

        world_plan_init(&world, 2, 1);
        for (size_t i = 0; i < count; i++) {
            world_key_read(&keys[i], names[i]);
            signers[i] = keys[i].signer;
        }
        world.plan.signers = signers;
        world.plan.signer_count = count;
        CHECK_OK(draft(&world, &drafted, &err), err);
        world_file_init(&file);
        CHECK_OK(bundle_write(&world.plan, &output, &world.arena, &written, &err), err);
        bytes = buf_slice(&file.bytes);
        image = image_memory(&bytes);
        CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &err), err);
        CHECK_NUMBER(drafted.area_size, bundle.area_size);
        CHECK_NUMBER(2 * count, bundle.manifests[0].signature_count);
        /* What is left is what is kept for more signatures, and what these were shorter. */
        CHECK(bundle.room >= BUNDLE_ROOM && bundle.room <= BUNDLE_ROOM + 1024);
        buf_clear(&file.bytes);
        world_plan_free(&world);
    }
}

TEST(bundle_plan_says_when_memory_is_short)
{
    static uint8_t memory[512 << 10];
    struct world_plan world;
    enum err_code rc = ERR_LIMIT;
    struct err err;

    world_plan_init(&world, 2, 1);
    for (size_t size = 0; rc == ERR_LIMIT && size < sizeof memory; size += 1777) {
        struct drafted drafted;
        struct arena arena;

        arena_init_fixed(&arena, memory, size);
        rc = bundle_plan_draft(&world.plan, &arena, &drafted, &err);
    }
    CHECK_OK(rc, err);
    world_plan_free(&world);
}
