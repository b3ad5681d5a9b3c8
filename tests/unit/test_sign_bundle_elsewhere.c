/* A bundle signed by a key that is elsewhere: what is to be signed, and what is attached. */
#include "bundle/cli/sign_bundle_elsewhere.h"

#include "resolver/base/hex.h"
#include "tests/unit/contents_world.h"
#include "tests/unit/session_world.h"

#define FORMS 2

static struct session_world world;
static struct contents_world contents;
static struct buf out;

/* A bundle "b.tar" that keys[0] has signed; keys[1] is elsewhere. */
static void begin(void)
{
    session_world_begin(&world);
    contents_begin(&contents);
    contents_pack(&contents);
    temp_write(&world.folder, "b.tar", contents.archive);
    session_world_argument(&world, session_world_path(&world, "b.tar"));
    buf_init_heap(&out, WORLD_MAX);
    world.invocation.out = &out;
}

static void end(void)
{
    buf_clear(&out);
    contents_end(&contents);
    session_world_end(&world);
}

static enum err_code prepare(void)
{
    buf_clear(&out);
    return sign_bundle_prepare(&world.invocation, &world.arena, &world.err);
}

/* What prepare prints, as bytes; how many there are. */
static size_t digests(uint8_t list[FORMS][SHA256_SIZE])
{
    struct slice rest = buf_slice(&out);
    size_t count = 0;

    for (; rest.len > 0 && count < FORMS; count++)
        CHECK(hex_decode(slice_cut(&rest, '\n'), list[count], SHA256_SIZE));
    CHECK_NUMBER(0, rest.len);
    return count;
}

/* The signature of a digest by keys[key], in a file that is then given by --attach. */
static void sign_and_give(const char *name, const uint8_t digest[SHA256_SIZE], size_t key)
{
    uint8_t memory[SIGNATURE_TEXT_MAX];
    struct signature signature;
    struct buf text;

    buf_init_fixed(&text, memory, sizeof memory);
    CHECK_OK(signer_sign(&contents.world.keys[key].private, digest, &signature, &world.err),
             world.err);
    signature_write_detached(&signature, &text);
    temp_write(&world.folder, name, buf_slice(&text));
    session_world_give(&world, OPT_ATTACH, session_world_path(&world, name));
}

static enum err_code attach(size_t key)
{
    session_world_give(&world, OPT_KEY, "elsewhere.pub");
    return sign_bundle_attach(&world.invocation, &contents.world.keys[key].private.public,
                              &world.arena, &world.err);
}

static bool is_unchanged(void)
{
    return slice_equal(contents.archive, temp_read(&world.folder, "b.tar"));
}

/* The bundle as it is now, trusted by keys[key]: how many signatures its manifest has. */
static size_t count_signatures(size_t key)
{
    struct slice archive = temp_read(&world.folder, "b.tar");
    struct image image = image_memory(&archive);
    struct trusted_bundle trusted;
    struct keys keys = {0};
    struct bundle bundle;
    struct key storage;

    world_trust(&keys, &storage, &contents.world.keys[key], "k.pub");
    CHECK_OK(bundle_open_archive(&image, &world.arena, &bundle, &world.err), world.err);
    CHECK_OK(bundle_verify(&bundle, &keys, &world.arena, &trusted, &world.err), world.err);
    return bundle.manifests[0].signature_count;
}

TEST(sign_bundle_elsewhere_is_as_if_it_were_here)
{
    uint8_t list[FORMS][SHA256_SIZE];

    begin();
    CHECK_OK(prepare(), world.err);
    CHECK_NUMBER(FORMS, digests(list));
    CHECK(is_unchanged() && memcmp(list[0], list[1], SHA256_SIZE) != 0);
    CHECK_NUMBER(FORMS, count_signatures(0));
    sign_and_give("second.sig", list[1], 1); /* in any order */
    sign_and_give("first.sig", list[0], 1);
    CHECK_OK(attach(1), world.err);
    CHECK_NUMBER(2 * FORMS, count_signatures(0));
    CHECK_NUMBER(2 * FORMS, count_signatures(1));
    end();
}

static bool has_printed(const char *text)
{
    return memmem(out.ptr, out.len, text, strlen(text)) != NULL;
}

TEST(sign_bundle_elsewhere_says_what_is_to_be_signed)
{
    begin();
    session_world_give(&world, OPT_JSON, "");
    CHECK_OK(prepare(), world.err);
    CHECK(slice_begins(buf_slice(&out), "{\"file\":\"") && slice_ends(buf_slice(&out), "}\n"));
    CHECK(has_printed("{\"uid\":\"v2.2.0\",\"form\":\"simple-signing\",\"sha256\":\""));
    CHECK(has_printed("{\"uid\":\"v2.2.0\",\"form\":\"sigstore\",\"sha256\":\""));
    CHECK(has_printed("\"text\":\"DSSEv1 "));
    CHECK(is_unchanged());
    end();
}

TEST(sign_bundle_elsewhere_wants_all_signatures)
{
    uint8_t list[FORMS][SHA256_SIZE];
    char message[ERR_MESSAGE_MAX], hex[2 * SHA256_SIZE + 1];

    begin();
    CHECK_OK(prepare(), world.err);
    CHECK_NUMBER(FORMS, digests(list));
    sign_and_give("first.sig", list[0], 1);
    hex_encode(list[1], SHA256_SIZE, hex);
    snprintf(
        message, sizeof message,
        "v2.2.0: the signature of %s is missing (sigstore): --attach all that --prepare prints",
        hex);
    CHECK_NUMBER(ERR_NO_KEY, attach(1));
    CHECK(strstr(world.err.msg, message));
    CHECK(is_unchanged());
    end();
}

/* By another key than the one that is named, or of something else. */
TEST(sign_bundle_elsewhere_refuses_other_signatures)
{
    static const uint8_t other[SHA256_SIZE] = {1};
    uint8_t list[FORMS][SHA256_SIZE];
    char message[ERR_MESSAGE_MAX];

    for (int is_other_key = 0; is_other_key < 2; is_other_key++) {
        begin();
        CHECK_OK(prepare(), world.err);
        CHECK_NUMBER(FORMS, digests(list));
        sign_and_give("first.sig", list[0], 1);
        sign_and_give("second.sig", is_other_key ? list[1] : other, is_other_key ? 0 : 1);
        snprintf(message, sizeof message,
                 "%s/second.sig: is not by the key of --key, or not of what --prepare prints",
                 world.folder.path);
        CHECK_ERR(ERR_FORGED, message, attach(1), world.err);
        CHECK(is_unchanged());
        end();
    }
}

/* What was prepared of another state of the bundle fits nothing any more. */
TEST(sign_bundle_elsewhere_is_of_this_bundle)
{
    uint8_t list[FORMS][SHA256_SIZE];

    begin();
    CHECK_OK(prepare(), world.err);
    CHECK_NUMBER(FORMS, digests(list));
    sign_and_give("first.sig", list[0], 1);
    sign_and_give("second.sig", list[1], 1);
    contents_end(&contents);
    contents_begin(&contents);
    contents_find(&contents, CONTENTS_IMAGE)->variant = SLICE("qemu-tdx");
    contents_pack(&contents);
    temp_write(&world.folder, "b.tar", contents.archive);
    CHECK_NUMBER(ERR_FORGED, attach(1));
    CHECK(is_unchanged());
    end();
}

TEST(sign_bundle_elsewhere_is_for_whole_archives)
{
    begin();
    temp_write(&world.folder, "b.tar", test_file("fixtures/bundles/good-part-header.bin"));
    CHECK_NUMBER(ERR_USAGE, prepare());
    CHECK(strstr(world.err.msg, "/b.tar: "));
    CHECK_NUMBER(0, out.len);
    temp_write(&world.folder, "b.tar", SLICE("no bundle"));
    CHECK(prepare() != ERR_OK && out.len == 0);
    end();
}
