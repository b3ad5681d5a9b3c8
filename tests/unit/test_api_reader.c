#include <stdlib.h>

#include "bundle/archive/bundle_reader.h"
#include "bundle/archive/bundle_writer.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "tests/unit/api_world.h"

static uint8_t memory[API_MEMORY], archive[API_ARCHIVE_MAX], taken[API_ARCHIVE_MAX];

/* A bundle that is open. */
struct opened {
    struct api_world world;
    struct api_bytes in;
    struct sealift_input input;
    struct sealift_bytes pem;
    struct sealift_keys keys;
    struct sealift_bundle *bundle;
    struct sealift_trusted_bundle *trusted;
    const struct sealift_bundle_member *members;
    size_t count;
    struct sealift_error error;
    struct api_bytes out;
    struct sealift_sink sink;
};

static int reopen(struct opened *opened)
{
    opened->in.calls = 0;
    opened->input = (struct sealift_input){&opened->in, opened->in.size, api_read};
    return sealift_bundle_open(&opened->input, memory, sizeof memory, &opened->bundle,
                               &opened->error);
}

static void opened_init(struct opened *opened)
{
    memset(opened, 0, sizeof *opened);
    api_world_init(&opened->world, memory, archive);
    CHECK_NUMBER(SEALIFT_OK, api_world_write(&opened->world, sizeof memory));
    opened->in = (struct api_bytes){.bytes = archive, .size = (size_t)opened->world.size};
    CHECK_NUMBER(SEALIFT_OK, reopen(opened));
    opened->pem = api_file("fixtures/keys/good-p256.pem");
    opened->keys = (struct sealift_keys){.pem = &opened->pem, .count = 1};
    opened->members = sealift_bundle_members(opened->bundle, &opened->count);
    opened->out = (struct api_bytes){.bytes = taken, .max = sizeof taken};
    opened->sink = (struct sealift_sink){&opened->out, api_take, api_skip};
}

static int verify(struct opened *opened)
{
    return sealift_bundle_verify(opened->bundle, &opened->keys, &opened->trusted, &opened->error);
}

static int read_stored(struct opened *opened, size_t member)
{
    opened->out.size = 0;
    opened->out.calls = 0;
    return sealift_bundle_read(opened->trusted, member, &opened->sink, &opened->error);
}

static int read_image(struct opened *opened, size_t member, unsigned threads)
{
    opened->out.size = 0;
    opened->out.calls = 0;
    return sealift_bundle_read_image(opened->trusted, member, threads, &opened->sink,
                                     &opened->error);
}

static void check_failed(const struct opened *opened, int want, const char *message, int have)
{
    CHECK_NUMBER(want, have);
    CHECK_NUMBER(want, opened->error.status);
    CHECK_TEXT(message, slice_text(opened->error.message));
}

TEST(api_reader_lists_members)
{
    const struct sealift_bundle_member *image;
    struct opened opened;

    opened_init(&opened);
    CHECK_NUMBER(3, opened.count);
    CHECK_TEXT(API_TABLE, slice_text(opened.members[0].title));
    CHECK_TEXT("v2.2.0", slice_text(opened.members[0].uid));
    CHECK_TEXT("application/vnd.sealift.table.v1+json", slice_text(opened.members[0].media_type));
    CHECK_NUMBER(SEALIFT_BUNDLE_TABLE, opened.members[0].kind);
    CHECK_NUMBER(18, opened.members[0].size);
    CHECK(!opened.members[0].is_unsigned && opened.members[1].is_unsigned);
    CHECK_NUMBER(SEALIFT_BUNDLE_OTHER, opened.members[1].kind);
    CHECK_TEXT("", slice_text(opened.members[1].csp));
    CHECK_NUMBER(0, opened.members[1].raw_size);
    image = &opened.members[2];
    CHECK_TEXT("images/v2.2.0/gcp-gcp-sev-es.raw.zst", slice_text(image->title));
    CHECK_TEXT("gcp", slice_text(image->csp));
    CHECK_TEXT("gcp-sev-es", slice_text(image->variant));
    CHECK_NUMBER(SEALIFT_BUNDLE_IMAGE_ZSTD, image->kind);
    CHECK_NUMBER(API_DISK_SIZE, image->raw_size);
    CHECK_NUMBER(16384, image->frame_size);
    CHECK(image->size > 0 && image->size < image->raw_size);
    CHECK(memcmp(image->digest, image->raw_digest, SEALIFT_DIGEST_SIZE) != 0);
}

TEST(api_reader_lists_releases)
{
    const struct sealift_bundle_release *releases;
    struct opened opened;
    size_t count;

    opened_init(&opened);
    releases = sealift_bundle_releases(opened.bundle, &count);
    CHECK_NUMBER(1, count);
    CHECK_TEXT("v2.2.0", slice_text(releases[0].uid));
    CHECK_TEXT("libsealift-bundle " SEALIFT_VERSION, slice_text(releases[0].program));
    CHECK_NUMBER(0, releases[0].created);
    CHECK_NUMBER(0, releases[0].best_before);
    CHECK_NUMBER(0, releases[0].signers.count);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    CHECK_NUMBER(1, releases[0].signers.count);
    CHECK_NUMBER(0, releases[0].signers.index[0]);
    CHECK_NUMBER(0, releases[0].other_signatures);
}

TEST(api_reader_tells_states)
{
    struct opened opened;

    opened_init(&opened);
    for (size_t i = 0; i < opened.count; i++)
        CHECK_NUMBER(SEALIFT_BUNDLE_UNVERIFIED, opened.members[i].state);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    CHECK(sealift_bundle_of(opened.trusted) == opened.bundle);
    for (size_t i = 0; i < opened.count; i++)
        CHECK_NUMBER(SEALIFT_BUNDLE_SIGNED, opened.members[i].state);
    CHECK_NUMBER(SEALIFT_OK, read_stored(&opened, 1));
    CHECK_NUMBER(SEALIFT_BUNDLE_SIGNED, opened.members[0].state);
    CHECK_NUMBER(SEALIFT_BUNDLE_VERIFIED, opened.members[1].state);
}

TEST(api_reader_reads_members)
{
    struct opened opened;

    opened_init(&opened);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    CHECK_NUMBER(SEALIFT_OK, read_stored(&opened, 1));
    CHECK_TEXT("notes\n", slice_of(taken, opened.out.size));
    CHECK_NUMBER(SEALIFT_OK, read_stored(&opened, 2));
    CHECK_NUMBER(opened.members[2].size, opened.out.size);
    CHECK_NUMBER(SEALIFT_OK, sealift_bundle_read(opened.trusted, 2, NULL, &opened.error));
}

TEST(api_reader_reads_images)
{
    struct opened opened;

    opened_init(&opened);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    for (unsigned threads = 0; threads < 3; threads++) {
        CHECK_NUMBER(SEALIFT_OK, read_image(&opened, 2, threads));
        CHECK_NUMBER(API_DISK_SIZE, opened.out.size);
        CHECK(memcmp(taken, opened.world.disk, API_DISK_SIZE) == 0);
    }
    CHECK_NUMBER(3 * 3, opened.out.skips);
    opened.sink.skip = NULL;
    CHECK_NUMBER(SEALIFT_OK, read_image(&opened, 2, 0));
    CHECK(opened.out.size == API_DISK_SIZE && memcmp(taken, opened.world.disk, API_DISK_SIZE) == 0);
    CHECK_NUMBER(SEALIFT_OK, sealift_bundle_read_image(opened.trusted, 2, 0, NULL, &opened.error));
}

TEST(api_reader_refuses_what_is_no_such_member)
{
    struct opened opened;

    opened_init(&opened);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    check_failed(&opened, SEALIFT_USAGE, "member 3: there are 3", read_stored(&opened, 3));
    check_failed(&opened, SEALIFT_USAGE, "member 3: there are 3", read_image(&opened, 3, 0));
    check_failed(&opened, SEALIFT_USAGE, API_NOTES ": is no image", read_image(&opened, 1, 0));
    CHECK_NUMBER(SEALIFT_BUNDLE_SIGNED, opened.members[1].state);
}

TEST(api_reader_wants_the_right_key)
{
    struct opened opened;
    struct sealift_trusted_bundle *before;

    opened_init(&opened);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    before = opened.trusted;
    opened.pem = api_file("fixtures/keys/good-p256-other.pem");
    CHECK_NUMBER(SEALIFT_FORGED, verify(&opened));
    CHECK(!opened.trusted && !sealift_bundle_of(before));
    CHECK_NUMBER(SEALIFT_BUNDLE_UNVERIFIED, opened.members[0].state);
    check_failed(&opened, SEALIFT_NO_KEY, "the bundle is not trusted any more",
                 sealift_bundle_read(before, 0, NULL, &opened.error));
    check_failed(&opened, SEALIFT_NO_KEY, "the bundle is not trusted any more",
                 sealift_bundle_read_image(before, 2, 0, NULL, &opened.error));
    opened.keys.count = 0;
    check_failed(&opened, SEALIFT_NO_KEY, "v2.2.0: no bundle key given to check it with",
                 verify(&opened));
    CHECK_NUMBER(SEALIFT_NO_KEY,
                 sealift_bundle_verify(opened.bundle, NULL, &opened.trusted, &opened.error));
}

TEST(api_reader_counts_keys)
{
    const struct sealift_bundle_release *release;
    struct sealift_bytes pems[2];
    struct opened opened;
    size_t count;

    opened_init(&opened);
    pems[0] = api_file("fixtures/keys/good-p256-other.pem");
    pems[1] = opened.pem;
    opened.keys = (struct sealift_keys){.pem = pems, .count = 2};
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    release = sealift_bundle_releases(opened.bundle, &count);
    CHECK(release->signers.count == 1 && release->signers.index[0] == 1);
    opened.keys.threshold = 2;
    CHECK_NUMBER(SEALIFT_NO_KEY, verify(&opened));
    CHECK_NUMBER(0, release->signers.count);
    pems[0] = (struct sealift_bytes){"no key", 6};
    CHECK_NUMBER(SEALIFT_FORMAT, verify(&opened));
    CHECK(strncmp(opened.error.message, "key 0: ", 7) == 0);
}

TEST(api_reader_verifies_as_often_as_wanted)
{
    struct opened opened;

    opened_init(&opened);
    for (int i = 0; i < 100; i++)
        CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    CHECK_NUMBER(SEALIFT_OK, read_image(&opened, 2, 0));
}

static enum err_code sign(void *ctx, const uint8_t digest[SHA256_SIZE], struct signature *signature,
                          struct err *err)
{
    return signer_sign(ctx, digest, signature, err);
}

/* Bytes that change after the bundle was opened are found when they are used. */
TEST(api_reader_refuses_every_changed_byte_of_a_member)
{
    struct opened opened;
    size_t begin = 0;

    opened_init(&opened);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    CHECK_NUMBER(SEALIFT_OK, read_stored(&opened, 2));
    while (memcmp(archive + begin, taken, opened.out.size) != 0)
        begin++;
    for (size_t i = 0; i < opened.members[2].size; i += 97) {
        archive[begin + i] ^= 1;
        CHECK_NUMBER(SEALIFT_CORRUPT, read_stored(&opened, 2));
        CHECK_NUMBER(SEALIFT_CORRUPT, read_image(&opened, 2, 0));
        CHECK(opened.out.size <= API_DISK_SIZE);
        archive[begin + i] ^= 1;
    }
    CHECK_NUMBER(SEALIFT_OK, read_image(&opened, 2, 0));
}

/* Signs the manifest anew, with another digest of the raw image in it. */
static void forge_raw_digest(struct opened *opened)
{
    struct slice bytes = slice_of(archive, opened->in.size), area;
    struct image image = image_memory(&bytes);
    struct signed_manifest *manifest;
    struct bundle bundle;
    struct privkey key;
    struct bundle_signer signer = {.ctx = &key, .key = &key.public, .sign = sign};
    struct arena arena;
    struct buf text;
    struct err err;

    CHECK_OK(privkey_parse(test_file("fixtures/private-keys/good-p256.pem"), &key, &err), err);
    arena_init_heap(&arena, API_ARCHIVE_MAX);
    buf_init_heap(&text, MANIFEST_SIZE_MAX);
    CHECK_OK(bundle_open_archive(&image, &arena, &bundle, &err), err);
    manifest = &bundle.manifests[0];
    manifest->manifest.layers[2].image.raw_digest[0] ^= 1;
    manifest_write(&manifest->manifest, &text);
    manifest->text = buf_slice(&text);
    sha256_of(manifest->text, manifest->digest);
    manifest->signature_count = 0;
    CHECK_OK(bundle_sign(manifest, &signer, &err), err);
    CHECK_OK(bundle_attach(&bundle, bundle.manifests, &arena, &area, &err), err);
    memcpy(archive, area.ptr, area.len);
    buf_clear(&text);
    arena_clear(&arena);
}

TEST(api_reader_checks_the_raw_digest)
{
    struct opened opened;

    opened_init(&opened);
    forge_raw_digest(&opened);
    CHECK_NUMBER(SEALIFT_OK, reopen(&opened));
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    CHECK_NUMBER(SEALIFT_OK, read_stored(&opened, 2));
    CHECK_NUMBER(SEALIFT_CORRUPT, read_image(&opened, 2, 0));
    CHECK(strstr(opened.error.message, "the decompressed bytes have SHA-256 "));
}

TEST(api_reader_refuses_damaged_archives)
{
    struct opened opened;

    opened_init(&opened);
    archive[3] ^= 1;
    CHECK_NUMBER(SEALIFT_FORMAT, reopen(&opened));
    CHECK(!opened.bundle);
    archive[3] ^= 1;
    opened.in.size = 100;
    archive[0] ^= 1;
    check_failed(&opened, SEALIFT_FORMAT,
                 "not a bundle: 100 bytes that do not begin as an archive does", reopen(&opened));
    archive[0] ^= 1;
    opened.in.size = (size_t)opened.world.size - 512;
    CHECK(reopen(&opened) == SEALIFT_FORMAT || opened.error.status == SEALIFT_CORRUPT);
}

TEST(api_reader_names_failed_callbacks)
{
    struct opened opened;

    opened_init(&opened);
    CHECK_NUMBER(SEALIFT_OK, verify(&opened));
    opened.out.fail_at = 1;
    check_failed(&opened, SEALIFT_IO, API_NOTES ": the caller's sink failed with 7",
                 read_stored(&opened, 1));
    CHECK_NUMBER(SEALIFT_BUNDLE_SIGNED, opened.members[1].state);
    opened.out.fail_at = 2; /* the hole */
    check_failed(&opened, SEALIFT_IO,
                 "images/v2.2.0/gcp-gcp-sev-es.raw.zst: the caller's sink failed with 7",
                 read_image(&opened, 2, 0));
    opened.in.fail_at = opened.in.calls + 1;
    check_failed(&opened, SEALIFT_IO, API_NOTES ": the caller's input failed with 7",
                 read_stored(&opened, 1));
}

/* Every read of opening fails once; then it opens. */
TEST(api_reader_opens_or_says_why)
{
    struct opened opened;
    int status, tries = 0;

    opened_init(&opened);
    do {
        opened.in.fail_at = ++tries;
        status = reopen(&opened);
        CHECK(status == SEALIFT_OK || (status == SEALIFT_IO && !opened.bundle));
    } while (status != SEALIFT_OK && tries < 1000);
    CHECK(tries > 10 && tries < 1000);
}

/* With too little memory there is an error, and nothing is written past what was given. */
TEST(api_reader_takes_the_memory_it_is_given)
{
    size_t size, step = 1009;
    struct opened opened;

    opened_init(&opened);
    for (size = 0; size < sizeof memory; size += step) {
        uint8_t *small = malloc(size ? size : 1);
        int status = sealift_bundle_open(&opened.input, small, size, &opened.bundle, &opened.error);

        if (status == SEALIFT_OK)
            status = verify(&opened);
        else
            CHECK(!opened.bundle);
        for (int i = 0; status == SEALIFT_OK && i < 20; i++)
            CHECK_NUMBER(SEALIFT_OK, verify(&opened)); /* in the memory of the first time */
        if (status == SEALIFT_OK)
            CHECK_NUMBER(SEALIFT_OK, read_image(&opened, 2, 0));
        free(small);
        if (status == SEALIFT_OK)
            break;
        CHECK_NUMBER(SEALIFT_LIMIT, status);
    }
    CHECK(size > 64 << 10 && size < 512 << 10);
}
