/* bundle_load, and bundles in folders: what other tools bring back. */
#include "bundle/archive/bundle_load.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/bundle_world.h"

#define INDEX_HEAD                                                                                 \
    "{\"schemaVersion\":2,\"manifests\":["
#define NO_DIGEST "sha256:0000000000000000000000000000000000000000000000000000000000000000"

struct folder_world {
    struct world_plan world;
    struct world_tar tar;
    struct bundle_files files;
    struct arena arena;
    char texts[8][4096];
    size_t text_count;
};

static void folder_init(struct folder_world *folder, size_t releases, size_t signers)
{
    memset(folder, 0, sizeof *folder);
    world_plan_init(&folder->world, releases, signers);
    world_tar_read(&folder->tar, world_archive(&folder->world));
    folder->files = (struct bundle_files){.ctx = &folder->tar, .open = world_open};
    arena_init_heap(&folder->arena, WORLD_MAX);
}

static void folder_end(struct folder_world *folder)
{
    arena_clear(&folder->arena);
    world_plan_free(&folder->world);
}

static enum err_code open_folder(struct folder_world *folder, struct bundle *bundle,
                                 struct err *err)
{
    arena_clear(&folder->arena);
    return bundle_open_folder(&folder->files, &folder->arena, bundle, err);
}

/* Another blob; out gets its digest as text. */
static void add_blob(struct folder_world *folder, struct slice bytes, char out[OCI_DIGEST_SIZE])
{
    struct tar_member *member = &folder->tar.members[folder->tar.count];
    uint8_t digest[SHA256_SIZE];

    sha256_of(bytes, digest);
    oci_digest_text(digest, out);
    memset(member, 0, sizeof *member);
    oci_blob_name(digest, member->name);
    world_tar_set(&folder->tar, folder->tar.count++, bytes);
}

/* A blob that index.json then lists alone, with that media type. */
static void only_entry(struct folder_world *folder, const char *type, const char *bytes)
{
    char digest[OCI_DIGEST_SIZE];
    char *text = folder->texts[folder->text_count++];

    add_blob(folder, slice_text(bytes), digest);
    snprintf(text, 4096, INDEX_HEAD "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu}]}", type,
             digest, strlen(bytes));
    world_tar_set(&folder->tar, 1, slice_text(text));
}

TEST(bundle_folder_is_read_by_its_contents)
{
    struct folder_world folder;
    struct bundle bundle;
    struct trusted_bundle trusted;
    struct keys keys = {.threshold = 2};
    struct key storage[2];
    struct slice bytes;
    struct err err;

    folder_init(&folder, 2, 2);
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    CHECK_NUMBER(2, bundle.count);
    CHECK(!bundle.missing && !bundle.is_archive);
    world_trust(&keys, &storage[0], &folder.world.keys[0], "a.pub");
    world_trust(&keys, &storage[1], &folder.world.keys[1], "b.pub");
    CHECK_OK(bundle_verify(&bundle, &keys, &folder.arena, &trusted, &err), err);
    CHECK_NUMBER(2, trusted.signers[1].key_count);
    CHECK_OK(bundle_read_bytes(&trusted, &bundle.manifests[0].manifest.layers[0], 100,
                               &folder.arena, &bytes, &err),
             err);
    CHECK_TEXT("{\"list\":[]}\n", bytes);
    folder_end(&folder);
}

TEST(bundle_folder_without_tags_and_with_other_things)
{
    struct folder_world folder;
    struct bundle bundle;
    char other[OCI_DIGEST_SIZE], manifest[OCI_DIGEST_SIZE];
    struct slice text;
    struct err err;

    folder_init(&folder, 1, 1);
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    text = bundle.manifests[0].text;
    oci_digest_text(bundle.manifests[0].digest, manifest);
    add_blob(&folder, SLICE("{\"artifactType\":\"a/b\"}"), other);
    snprintf(folder.texts[0], sizeof folder.texts[0],
             INDEX_HEAD "{\"mediaType\":\"a/b\",\"digest\":\"" NO_DIGEST "\",\"size\":1},"
                        "{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"digest\":\"%s\",\"size\":22},"
                        "{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"digest\":\"%s\",\"size\":%zu,"
                        "\"platform\":{},\"annotations\":{}}]}",
             other, manifest, text.len);
    world_tar_set(&folder.tar, 1, slice_text(folder.texts[0]));
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    CHECK_NUMBER(1, bundle.count);
    CHECK_NUMBER(0, bundle.manifests[0].signature_count);
    folder_end(&folder);
}

TEST(bundle_folder_with_one_of_two_uids_names_the_other)
{
    struct folder_world folder;
    struct bundle bundle;
    char digest[OCI_DIGEST_SIZE];
    struct err err;

    folder_init(&folder, 2, 1);
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    oci_digest_text(bundle.manifests[1].digest, digest);
    snprintf(folder.texts[0], sizeof folder.texts[0],
             INDEX_HEAD "{\"mediaType\":\"" OCI_TYPE_MANIFEST
                        "\",\"digest\":\"%s\",\"size\":%zu}]}",
             digest, bundle.manifests[1].text.len);
    world_tar_set(&folder.tar, 1, slice_text(folder.texts[0]));
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    CHECK_NUMBER(1, bundle.count);
    CHECK_TEXT("v2.2.0", slice_text(bundle.missing->text));
    folder_end(&folder);
}

TEST(bundle_load_refuses_broken_layouts)
{
    static const struct {
        const char *name, *contents, *message;
    } bad[] = {
        {"oci-layout", "{}", "oci-layout: imageLayoutVersion: missing, want \"1.0.0\""},
        {"oci-layout", "x", NULL},
        {"index.json", "{}", "index.json: manifests: have nothing, want a list"},
        {"index.json", "{\"manifests\":{}}", "index.json: manifests: have a map, want a list"},
        {"index.json", INDEX_HEAD "1]}", "index.json: entry: have a number, want a map"},
        {"index.json", INDEX_HEAD "{\"x\":1}]}", "index.json: entry: x: is not expected here"},
        {"index.json",
         INDEX_HEAD "{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"digest\":\"" NO_DIGEST
                    "\",\"size\":1}]}",
         "index.json: " NO_DIGEST ": is missing"},
    };
    struct folder_world folder;
    struct bundle bundle;
    struct world_tar whole;
    struct err err;

    folder_init(&folder, 1, 1);
    whole = folder.tar;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        folder.tar = whole;
        world_tar_set(&folder.tar, world_tar_find(&whole, bad[i].name),
                      slice_text(bad[i].contents));
        CHECK(open_folder(&folder, &bundle, &err) != ERR_OK);
        CHECK_ERR(err.code, bad[i].message, err.code, err);
        CHECK(!bundle.manifests);
    }
    folder.tar = whole;
    world_tar_remove(&folder.tar, 0);
    CHECK_ERR(ERR_FORMAT, "oci-layout: is missing: this is no OCI layout",
              open_folder(&folder, &bundle, &err), err);
    folder_end(&folder);
}

TEST(bundle_load_checks_what_it_opens)
{
    struct folder_world folder;
    struct bundle bundle;
    struct slice text;
    char name[OCI_BLOB_NAME_SIZE], digest[OCI_DIGEST_SIZE], message[300];
    uint8_t *bytes;
    size_t number;
    struct err err;

    folder_init(&folder, 1, 1);
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    oci_blob_name(bundle.manifests[0].digest, name);
    oci_digest_text(bundle.manifests[0].digest, digest);
    number = world_tar_find(&folder.tar, name);
    text = folder.tar.contents[number];
    world_tar_set(&folder.tar, number, slice_part(text, 0, text.len - 1));
    snprintf(message, sizeof message, "index.json: %s: has %zu bytes, want %zu", digest,
             text.len - 1, text.len);
    CHECK_ERR(ERR_CORRUPT, message, open_folder(&folder, &bundle, &err), err);
    bytes = (uint8_t *)arena_copy(&folder.world.arena, text, &err);
    bytes[5] ^= 1;
    world_tar_set(&folder.tar, number, slice_of(bytes, text.len));
    CHECK_ERR(ERR_CORRUPT, NULL, open_folder(&folder, &bundle, &err), err);
    snprintf(message, sizeof message, "index.json: %s: its bytes have the digest sha256:", digest);
    CHECK(strncmp(err.msg, message, strlen(message)) == 0);
    folder_end(&folder);
}

/* What a blob says that is listed as a manifest or an index, and is none. */
TEST(bundle_load_refuses_broken_manifests_and_signatures)
{
#define MANIFEST_HEAD "{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_MANIFEST "\","
    static const struct {
        const char *type, *bytes, *message;
    } bad[] = {
        {OCI_TYPE_MANIFEST, "x", "line 1, column 1:"},
        {OCI_TYPE_MANIFEST, "{\"artifactType\":\"application/vnd.sealift.bundle.v1\"}",
         "schemaVersion: want 2"},
        {OCI_TYPE_MANIFEST,
         MANIFEST_HEAD "\"layers\":[{\"mediaType\":\"" "application/vnd.dev.cosign.simplesigning.v1"
                       "+json\"}]}",
         "layer 1: descriptor: digest: missing, want a string"},
        {OCI_TYPE_MANIFEST,
         MANIFEST_HEAD "\"layers\":[{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json"
                       "\",\"digest\":\"" NO_DIGEST "\",\"size\":1}]}",
         NO_DIGEST ": is missing"},
        {OCI_TYPE_INDEX, "{}", "manifests: have nothing, want a list"},
    };
    struct folder_world folder;
    struct bundle bundle;
    struct err err;

    folder_init(&folder, 1, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        only_entry(&folder, bad[i].type, bad[i].bytes);
        CHECK(open_folder(&folder, &bundle, &err) != ERR_OK);
        CHECK(strncmp(err.msg, "index.json: sha256:", 19) == 0);
        CHECK(strstr(err.msg, bad[i].message) != NULL);
    }
    folder_end(&folder);
}

/* More files than struct world_tar holds. */
struct many {
    struct {
        char name[OCI_BLOB_NAME_SIZE];
        struct slice bytes;
    } list[2048];
    size_t count;
};

static enum err_code open_many(void *ctx, const char *name, struct bundle_file *file,
                               struct err *err)
{
    struct many *many = ctx;

    for (size_t i = 0; i < many->count; i++) {
        if (strcmp(many->list[i].name, name) == 0) {
            file->image = image_memory(&many->list[i].bytes);
            return ERR_OK;
        }
    }
    return err_set(err, ERR_NOT_FOUND, "is not there");
}

static void add_named(struct many *many, const char *name, struct slice bytes)
{
    snprintf(many->list[many->count].name, OCI_BLOB_NAME_SIZE, "%s", name);
    many->list[many->count++].bytes = bytes;
}

static void add_many(struct many *many, const uint8_t digest[SHA256_SIZE], struct slice bytes)
{
    char name[OCI_BLOB_NAME_SIZE];

    oci_blob_name(digest, name);
    add_named(many, name, bytes);
}

static enum err_code load_many(struct many *many, struct err *err)
{
    const struct bundle_files files = {.ctx = many, .open = open_many};
    struct loaded loaded;
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, WORLD_MAX);
    rc = bundle_load(&files, &arena, &loaded, err);
    arena_clear(&arena);
    return rc;
}

/* An index of so many manifests of other artifacts. */
static enum err_code load_entries(unsigned count, struct err *err)
{
    static struct many many;
    struct arena arena;
    struct buf index;
    enum err_code rc;

    many.count = 0;
    arena_init_heap(&arena, WORLD_MAX);
    buf_init_heap(&index, WORLD_MAX);
    buf_add_text(&index, INDEX_HEAD);
    for (unsigned i = 0; i < count; i++) {
        char text[32], digest[OCI_DIGEST_SIZE];
        uint8_t number[SHA256_SIZE];
        struct slice bytes;

        snprintf(text, sizeof text, "{\"n\":%u}", i);
        bytes = slice_text(arena_copy(&arena, slice_text(text), err));
        sha256_of(bytes, number);
        add_many(&many, number, bytes);
        oci_digest_text(number, digest);
        buf_add_format(&index, "%s{\"mediaType\":\"" OCI_TYPE_MANIFEST
                               "\",\"digest\":\"%s\",\"size\":%zu}",
                       i ? "," : "", digest, bytes.len);
    }
    buf_add_text(&index, "]}");
    add_named(&many, "oci-layout", SLICE(OCI_LAYOUT_TEXT));
    add_named(&many, "index.json", buf_slice(&index));
    rc = load_many(&many, err);
    buf_clear(&index);
    arena_clear(&arena);
    return rc;
}

TEST(bundle_load_limits_entries)
{
    struct err err;

    CHECK_OK(load_entries(INDEX_ENTRIES_MAX, &err), err);
    CHECK_ERR(ERR_FORMAT, "index.json: more than 1024 entries",
              load_entries(INDEX_ENTRIES_MAX + 1, &err), err);
}

TEST(bundle_load_limits_the_index)
{
    static uint8_t blanks[INDEX_FILE_MAX + 1];
    struct folder_world folder;
    struct bundle bundle;
    char digest[OCI_DIGEST_SIZE], *nested;
    struct err err;

    folder_init(&folder, 1, 1);
    world_tar_set(&folder.tar, 1, slice_of(blanks, sizeof blanks));
    CHECK_ERR(ERR_LIMIT, "index.json: 16777217 bytes, at most 16777216 are read",
              open_folder(&folder, &bundle, &err), err);
    nested = folder.texts[0];
    snprintf(nested, 4096, "{\"manifests\":[]}");
    for (size_t i = 1; i < 4; i++) {
        size_t len = strlen(nested);

        add_blob(&folder, slice_text(nested), digest);
        nested = folder.texts[i];
        snprintf(nested, 4096, INDEX_HEAD "{\"mediaType\":\"" OCI_TYPE_INDEX
                                          "\",\"digest\":\"%s\",\"size\":%zu}]}", digest, len);
        world_tar_set(&folder.tar, 1, slice_text(nested));
        CHECK(open_folder(&folder, &bundle, &err) == ERR_FORMAT);
        CHECK((strstr(err.msg, "an index in an index in an index") != NULL) == (i > 1));
    }
    folder_end(&folder);
}

/* A bundle with so many signatures. */
static enum err_code load_signatures(size_t count, struct err *err)
{
    static struct many many;
    struct folder_world folder;
    struct manifest_signature *signatures;
    struct signed_manifest manifest;
    struct bundle bundle;
    struct front front;
    enum err_code rc;

    many.count = 0;
    folder_init(&folder, 1, 1);
    CHECK_OK(bundle_open_folder(&folder.files, &folder.world.arena, &bundle, err), *err);
    manifest = bundle.manifests[0];
    signatures = arena_array(&folder.world.arena, count, sizeof *signatures, err);
    for (size_t i = 0; i < count; i++) {
        signatures[i].form = SIGNING_SIGSTORE;
        signatures[i].signature.len = 2;
        signatures[i].signature.bytes[0] = (uint8_t)i;
    }
    manifest.signatures = signatures;
    manifest.signature_count = count;
    CHECK_OK(front_make(&manifest, 1, &folder.world.arena, &front, err), *err);
    for (size_t i = 0; i < front.count; i++)
        add_many(&many, front.blobs[i].digest, front.blobs[i].bytes);
    add_named(&many, "oci-layout", SLICE(OCI_LAYOUT_TEXT));
    add_named(&many, "index.json", front.index);
    rc = load_many(&many, err);
    folder_end(&folder);
    return rc;
}

TEST(bundle_load_limits_signatures)
{
    struct err err;

    CHECK_OK(load_signatures(SIGNATURES_MAX, &err), err);
    CHECK_ERR(ERR_FORMAT, "v2.2.0: 129 signatures, at most 128 are read",
              load_signatures(SIGNATURES_MAX + 1, &err), err);
}

TEST(bundle_load_refuses_two_manifests_of_one_uid)
{
    struct folder_world folder;
    struct world_plan other;
    struct world_tar tar;
    struct bundle bundle;
    char digests[2][OCI_DIGEST_SIZE];
    size_t sizes[2];
    struct err err;

    folder_init(&folder, 1, 0);
    CHECK_OK(open_folder(&folder, &bundle, &err), err);
    oci_digest_text(bundle.manifests[0].digest, digests[0]);
    sizes[0] = bundle.manifests[0].text.len;
    world_plan_init(&other, 1, 0);
    other.plan.program = "another";
    world_tar_read(&tar, world_archive(&other));
    sizes[1] = tar.contents[2].len;
    add_blob(&folder, tar.contents[2], digests[1]);
    snprintf(folder.texts[0], sizeof folder.texts[0],
             INDEX_HEAD "{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"digest\":\"%s\",\"size\":%zu},"
                        "{\"mediaType\":\"" OCI_TYPE_MANIFEST "\",\"digest\":\"%s\",\"size\":%zu}]}",
             digests[0], sizes[0], digests[1], sizes[1]);
    world_tar_set(&folder.tar, 1, slice_text(folder.texts[0]));
    CHECK_ERR(ERR_FORMAT, "two manifests for v2.2.0", open_folder(&folder, &bundle, &err), err);
    world_plan_free(&other);
    folder_end(&folder);
}

TEST(bundle_load_limits_manifests)
{
    static struct many many;
    struct folder_world folder;
    struct bundle bundle;
    struct buf index;
    struct err err;

    many.count = 0;
    folder_init(&folder, 1, 0);
    buf_init_heap(&index, WORLD_MAX);
    CHECK_OK(bundle_open_folder(&folder.files, &folder.world.arena, &bundle, &err), err);
    buf_add_text(&index, INDEX_HEAD);
    for (unsigned i = 0; i <= MANIFEST_UIDS_MAX; i++) {
        struct manifest manifest = bundle.manifests[0].manifest;
        char program[32], digest[OCI_DIGEST_SIZE];
        uint8_t number[SHA256_SIZE];
        struct buf text;
        struct slice bytes;

        snprintf(program, sizeof program, "program %u", i);
        manifest.program = slice_text(program);
        buf_init_heap(&text, WORLD_MAX);
        manifest_write(&manifest, &text);
        bytes = slice_of(arena_copy(&folder.world.arena, buf_slice(&text), &err), text.len);
        buf_clear(&text);
        sha256_of(bytes, number);
        add_many(&many, number, bytes);
        oci_digest_text(number, digest);
        buf_add_format(&index, "%s{\"mediaType\":\"" OCI_TYPE_MANIFEST
                               "\",\"digest\":\"%s\",\"size\":%zu}",
                       i ? "," : "", digest, bytes.len);
    }
    buf_add_text(&index, "]}");
    add_named(&many, "oci-layout", SLICE(OCI_LAYOUT_TEXT));
    add_named(&many, "index.json", buf_slice(&index));
    CHECK(load_many(&many, &err) == ERR_FORMAT);
    CHECK(strstr(err.msg, ": more than 64 manifests") != NULL);
    buf_clear(&index);
    folder_end(&folder);
}
