#include <stdlib.h>

#include "bundle/archive/bundle_reader.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "tests/unit/api_world.h"

static uint8_t memory[API_MEMORY], archive[API_ARCHIVE_MAX], before[API_ARCHIVE_MAX];

static void check_refused(struct api_world *world, int status, const char *message)
{
    world->size = 1;
    CHECK_NUMBER(status, api_world_write(world, API_MEMORY));
    CHECK_NUMBER(status, world->error.status);
    CHECK_TEXT(message, slice_text(world->error.message));
    CHECK_NUMBER(0, world->size);
    CHECK_NUMBER(0, world->out.size);
}

static void check_opens(const struct api_world *world, size_t signatures)
{
    struct slice bytes = slice_of(world->archive, (size_t)world->size);
    struct image image = image_memory(&bytes);
    struct bundle bundle;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, API_MEMORY);
    CHECK_OK(bundle_open_archive(&image, &arena, &bundle, &err), err);
    CHECK_NUMBER(2 * signatures, bundle.manifests[0].signature_count);
    arena_clear(&arena);
}

TEST(api_writer_gives_the_same_bytes)
{
    struct api_world world;
    struct sealift_bundle_item first;
    uint64_t size;

    api_world_init(&world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    CHECK_NUMBER(world.size, world.out.size);
    size = world.size;
    memcpy(before, archive, sizeof archive);
    first = world.items[0];
    for (int i = 0; i < 2; i++)
        world.items[i] = world.items[i + 1];
    world.items[2] = first;
    for (unsigned threads = 0; threads < 3; threads++) {
        memset(archive, 0, sizeof archive);
        world.plan.threads = threads;
        CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
        CHECK_NUMBER(size, world.size);
        CHECK(memcmp(before, archive, sizeof archive) == 0);
    }
    check_opens(&world, 1);
}

TEST(api_writer_carries_what_the_plan_says)
{
    struct api_world world;
    struct slice bytes;

    api_world_init(&world, memory, archive);
    world.plan.created = 1700000000;
    world.plan.best_before = 1800000000;
    world.plan.program = "tester 1";
    world.plan.signer_count = 0;
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    check_opens(&world, 0);
    bytes = slice_of(archive, (size_t)world.size);
    CHECK(memmem(bytes.ptr, bytes.len, "2023-11-14T22:13:20Z", 20));
    CHECK(memmem(bytes.ptr, bytes.len, "2027-01-15T08:00:00Z", 20));
    CHECK(memmem(bytes.ptr, bytes.len, "\"tester 1\"", 10));
}

TEST(api_writer_reads_documents_from_inputs)
{
    struct api_bytes notes = {.bytes = (uint8_t *)"notes\n", .size = 6};
    const struct sealift_input input = {&notes, 6, api_read};
    struct api_world world;

    api_world_init(&world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    memcpy(before, archive, sizeof archive);
    world.items[1].bytes = (struct sealift_bytes){NULL, 0};
    world.items[1].input = &input;
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    CHECK(memcmp(before, archive, sizeof archive) == 0);
}

TEST(api_writer_takes_one_input_as_document_and_image)
{
    struct api_world world;
    size_t before_size;

    api_world_init(&world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    before_size = (size_t)world.size;
    world.items[1].bytes = (struct sealift_bytes){NULL, 0};
    world.items[1].input = &world.input;
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    CHECK(world.size > before_size + 69000 && world.size < before_size + 72000);
}

TEST(api_writer_reads_a_shared_image_once)
{
    struct api_world world;
    int reads;

    api_world_init(&world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    reads = world.disk_bytes.calls;
    world.items[3] = world.items[2];
    world.items[3].csp = "qemu";
    world.items[3].variant = "qemu-vtpm";
    world.plan.item_count = 4;
    world.disk_bytes.calls = 0;
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    CHECK_NUMBER(reads, world.disk_bytes.calls);
}

TEST(api_writer_takes_several_uids)
{
    struct api_world world;
    struct slice bytes;

    api_world_init(&world, memory, archive);
    world.items[3] = world.items[0];
    world.items[3].uid = "v2.1.0";
    world.items[3].title = "images/v2.1.0.json";
    world.plan.item_count = 4;
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    bytes = slice_of(archive, (size_t)world.size);
    CHECK(memmem(bytes.ptr, bytes.len, "\"vnd.sealift.uids\":\"v2.1.0 v2.2.0\"", 34));
}

TEST(api_writer_refuses_items)
{
    struct api_world world;

    api_world_init(&world, memory, archive);
    world.plan.item_count = 0;
    check_refused(&world, SEALIFT_FORMAT, "0 uids, a bundle has 1 to 64");
    world.plan.item_count = 3;
    world.plan.level = 20;
    check_refused(&world, SEALIFT_USAGE, "level 20 is none of 1 to 19");
    world.plan.level = 0;
    world.items[2].csp = "azur";
    check_refused(&world, SEALIFT_USAGE,
                  "item 2: csp \"azur\" is none of aws, azure, gcp, openstack, qemu");
    api_items_init(&world);
    world.items[2].bytes = (struct sealift_bytes){"x", 1};
    check_refused(&world, SEALIFT_USAGE, "item 2: an image is given as input, and as nothing else");
    api_items_init(&world);
    world.items[2].input = NULL;
    check_refused(&world, SEALIFT_USAGE, "item 2: an image is given as input, and as nothing else");
    api_items_init(&world);
    world.items[0].input = &world.input;
    check_refused(&world, SEALIFT_USAGE, API_TABLE ": its contents are given as bytes or as input");
    world.items[0].bytes = (struct sealift_bytes){NULL, 0};
    world.items[0].input = NULL;
    check_refused(&world, SEALIFT_USAGE, API_TABLE ": its contents are given as bytes or as input");
    api_items_init(&world);
    world.items[0].title = NULL;
    check_refused(&world, SEALIFT_USAGE, "item 0: it has no title");
    api_items_init(&world);
    world.items[1].media_type = NULL;
    check_refused(&world, SEALIFT_USAGE, API_NOTES ": it has no media type");
    api_items_init(&world);
    world.items[1].kind = (enum sealift_bundle_kind)7;
    check_refused(&world, SEALIFT_USAGE, API_NOTES ": there is no kind 7");
}

TEST(api_writer_refuses_large_documents)
{
    struct api_world world;

    api_world_init(&world, memory, archive);
    world.items[1].bytes = (struct sealift_bytes){NULL, 0};
    world.items[1].input = &world.input;
    world.input.size = (16 << 20) + 1;
    check_refused(&world, SEALIFT_LIMIT,
                  API_NOTES ": 16777217 bytes, at most 16777216 are possible");
}

TEST(api_writer_refuses_places)
{
    struct api_world world;

    api_world_init(&world, memory, archive);
    world.items[0].title = "images/v2.2.1.json";
    check_refused(&world, SEALIFT_FORMAT,
                  "images/v2.2.1.json: the lookup table of v2.2.0 belongs at images/v2.2.0.json");
    api_items_init(&world);
    world.items[1].title = "../notes";
    CHECK_NUMBER(SEALIFT_FORMAT, api_world_write(&world, API_MEMORY));
    api_items_init(&world);
    world.items[1].uid = "2.2";
    CHECK_NUMBER(SEALIFT_FORMAT, api_world_write(&world, API_MEMORY));
    CHECK_NUMBER(0, world.out.size);
}

TEST(api_writer_refuses_keys)
{
    struct api_world world;

    api_world_init(&world, memory, archive);
    world.signers[0].pem = api_file("fixtures/keys/good-p256.pem");
    CHECK_NUMBER(SEALIFT_FORMAT, api_world_write(&world, API_MEMORY));
    CHECK(strncmp(world.error.message, "signer 0: ", 10) == 0);
    world.signers[0].pem = api_file("fixtures/private-keys/good-p256.pem");
    world.signers[1] = world.signers[0];
    world.plan.signer_count = 2;
    check_refused(&world, SEALIFT_FORMAT, "signing keys 1 and 2 are the same");
    world.plan.signer_count = 33;
    check_refused(&world, SEALIFT_LIMIT, "33 signers, at most 32 are possible");
}

/* A signer of the caller's: it counts, and spoils what it is told to. */
struct elsewhere {
    struct privkey key;
    int calls, status;
    size_t spoilt, len;
};

static int sign(void *context, const uint8_t digest[SEALIFT_DIGEST_SIZE], uint8_t *signature,
                size_t *size)
{
    struct elsewhere *elsewhere = context;
    struct signature made;
    struct err err;

    elsewhere->calls++;
    CHECK_OK(signer_sign(&elsewhere->key, digest, &made, &err), err);
    memcpy(signature, made.bytes, made.len);
    *size = elsewhere->len ? elsewhere->len : made.len;
    if (elsewhere->spoilt)
        signature[made.len - 1] ^= 1;
    return elsewhere->status;
}

TEST(api_writer_signs_elsewhere)
{
    struct elsewhere elsewhere = {.calls = 0};
    struct api_world world;
    struct err err;

    api_world_init(&world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    memcpy(before, archive, sizeof archive);
    CHECK_OK(privkey_parse(test_file("fixtures/private-keys/good-p256.pem"), &elsewhere.key, &err),
             err);
    world.signers[0] = (struct sealift_bundle_signer){
        .pem = api_file("fixtures/keys/good-p256.pem"), .context = &elsewhere, .sign = sign};
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    CHECK_NUMBER(2, elsewhere.calls);
    CHECK(memcmp(before, archive, sizeof archive) == 0);
    world.out.size = 0;
    elsewhere.status = 5;
    check_refused(&world, SEALIFT_IO, "the caller's signer failed with 5");
    elsewhere.status = 0;
    elsewhere.spoilt = 1;
    check_refused(&world, SEALIFT_FORMAT, "the signer's key does not validate its signature");
    elsewhere.len = 513;
    check_refused(&world, SEALIFT_FORMAT, "a signature of 513 bytes");
}

TEST(api_writer_wipes_private_keys)
{
    struct api_world world;
    struct privkey key;
    struct slice secret;
    struct err err;

    CHECK_OK(privkey_parse(test_file("fixtures/private-keys/good-p256.pem"), &key, &err), err);
    secret = privkey_bytes(&key, key.scalar);
    api_world_init(&world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&world, API_MEMORY));
    CHECK(!memmem(memory, sizeof memory, secret.ptr, secret.len));
    world.out.fail_at = 1;
    CHECK_NUMBER(SEALIFT_IO, api_world_write(&world, API_MEMORY));
    CHECK(!memmem(memory, sizeof memory, secret.ptr, secret.len));
}

/* Every call of the output, and of the input, fails once. */
TEST(api_writer_names_failed_callbacks)
{
    struct api_world world;
    int last = 0;

    api_world_init(&world, memory, archive);
    do {
        world.out.size = 0;
        world.out.fail_at = ++last;
        if (api_world_write(&world, API_MEMORY) == SEALIFT_OK)
            break;
        CHECK_NUMBER(SEALIFT_IO, world.error.status);
        CHECK(strstr(world.error.message, "the caller's output failed with 7"));
        CHECK_NUMBER(0, world.size);
    } while (last < 1000);
    CHECK(last > 10 && last < 1000);
    world.disk_bytes.calls = 0;
    world.disk_bytes.fail_at = 1;
    CHECK_NUMBER(SEALIFT_IO, api_world_write(&world, API_MEMORY));
    CHECK_TEXT("images/v2.2.0/gcp-gcp-sev-es.raw.zst: the caller's input failed with 7",
               slice_text(world.error.message));
}

TEST(api_writer_takes_the_memory_it_is_given)
{
    struct api_world world;
    size_t size;

    api_world_init(&world, memory, archive);
    for (size = 0; size < API_MEMORY; size += 2003) {
        world.memory = malloc(size ? size : 1);
        int status = api_world_write(&world, size);

        free(world.memory);
        if (status == SEALIFT_OK)
            break;
        CHECK_NUMBER(SEALIFT_LIMIT, status);
    }
    CHECK(size > 64 << 10 && size < 320 << 10);
}
