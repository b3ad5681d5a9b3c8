#include "bundle/sign/beside.h"

#include "bundle/sign/signature_write.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

/* Two signers of one document, "doc", in a folder. */
struct scene {
    struct temp_folder folder;
    struct arena arena;
    struct privkey a, b;
    uint8_t digest[SHA256_SIZE];
    const char *path;
    char path_memory[TEMP_PATH_MAX];
};

#define A_ID "e7c143f3b8d09586"
#define B_ID "7aaf454474cb014e"

static void set_document(struct scene *scene, const char *text)
{
    temp_write(&scene->folder, "doc", slice_text(text));
    sha256_of(slice_text(text), scene->digest);
}

static void open_scene(struct scene *scene)
{
    scene->folder = temp_folder_make();
    arena_init_heap(&scene->arena, (size_t)16 << 20);
    scene->a = private_fixture("fixtures/keys/test-only-private-p256.pem");
    scene->b = private_fixture("fixtures/keys/test-only-private-p256-other.pem");
    snprintf(scene->path_memory, sizeof scene->path_memory, "%s/doc", scene->folder.path);
    scene->path = scene->path_memory;
    set_document(scene, "first contents");
}

static void close_scene(struct scene *scene)
{
    arena_clear(&scene->arena);
    temp_folder_remove(&scene->folder);
}

static struct beside choose(struct scene *scene, const struct privkey *key, bool first_is_taken)
{
    struct beside beside;
    struct err err;

    CHECK_OK(beside_choose(scene->path, scene->digest, &key->public, first_is_taken,
                           &scene->arena, &beside, &err), err);
    return beside;
}

/* Signs as the verb does; the names must be as wanted ("" or a key's id). */
static void sign(struct scene *scene, const struct privkey *key, const char *middle)
{
    struct beside beside = choose(scene, key, false);
    struct signature signature;
    char want[TEMP_PATH_MAX];
    struct err err;

    snprintf(want, sizeof want, "%s%s.sig", scene->path, middle);
    CHECK_TEXT(want, slice_text(beside.sig.path));
    snprintf(want, sizeof want, "%s%s.sigstore.json", scene->path, middle);
    CHECK_TEXT(want, slice_text(beside.bundle.path));
    CHECK(beside.is_first == (middle[0] == '\0'));
    CHECK_OK(signer_sign(key, scene->digest, &signature, &err), err);
    CHECK_OK(beside_write(&beside, &signature, &key->public, scene->digest, &scene->arena, &err),
             err);
}

static void check_valid(struct scene *scene, const char *name, const struct privkey *key)
{
    struct signature signature;
    struct err err;

    CHECK_OK(signature_parse(temp_read(&scene->folder, name), &scene->arena, &signature, &err),
             err);
    CHECK_OK(signature_check(&signature, &key->public, scene->digest, &err), err);
}

TEST(beside_gives_the_first_names_to_the_first_signer)
{
    struct scene scene;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    sign(&scene, &scene.b, "." B_ID);
    sign(&scene, &scene.a, "");
    sign(&scene, &scene.b, "." B_ID);
    CHECK_NUMBER(5, temp_count(&scene.folder));
    check_valid(&scene, "doc.sig", &scene.a);
    check_valid(&scene, "doc.sigstore.json", &scene.a);
    check_valid(&scene, "doc." B_ID ".sig", &scene.b);
    check_valid(&scene, "doc." B_ID ".sigstore.json", &scene.b);
    close_scene(&scene);
}

TEST(beside_keeps_names_when_the_document_changes)
{
    struct scene scene;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    sign(&scene, &scene.b, "." B_ID);
    set_document(&scene, "other contents");
    CHECK(choose(&scene, &scene.b, false).is_stale);
    sign(&scene, &scene.b, "." B_ID);
    CHECK(!choose(&scene, &scene.a, false).is_stale);
    sign(&scene, &scene.a, "");
    CHECK(!choose(&scene, &scene.b, false).is_stale);
    CHECK_NUMBER(5, temp_count(&scene.folder));
    check_valid(&scene, "doc.sig", &scene.a);
    check_valid(&scene, "doc.sigstore.json", &scene.a);
    check_valid(&scene, "doc." B_ID ".sig", &scene.b);
    close_scene(&scene);
}

TEST(beside_keeps_own_names_when_the_first_are_free)
{
    struct scene scene;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    sign(&scene, &scene.b, "." B_ID);
    unlink(temp_path(&scene.folder, "doc.sig"));
    unlink(temp_path(&scene.folder, "doc.sigstore.json"));
    sign(&scene, &scene.b, "." B_ID);
    unlink(temp_path(&scene.folder, "doc." B_ID ".sig"));
    sign(&scene, &scene.b, "." B_ID);
    unlink(temp_path(&scene.folder, "doc." B_ID ".sigstore.json"));
    sign(&scene, &scene.b, "." B_ID);
    sign(&scene, &scene.a, "");
    close_scene(&scene);
}

TEST(beside_takes_the_first_names_of_one_form)
{
    struct scene scene;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    unlink(temp_path(&scene.folder, "doc.sigstore.json"));
    sign(&scene, &scene.b, "." B_ID);
    sign(&scene, &scene.a, "");
    unlink(temp_path(&scene.folder, "doc.sig"));
    sign(&scene, &scene.b, "." B_ID);
    sign(&scene, &scene.a, "");
    CHECK_NUMBER(5, temp_count(&scene.folder));
    close_scene(&scene);
}

/* NAME.sig by one and NAME.sigstore.json by the other: neither key has the first names. */
TEST(beside_leaves_first_names_of_two_keys)
{
    struct scene scene;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    sign(&scene, &scene.b, "." B_ID);
    CHECK(rename(temp_path(&scene.folder, "doc." B_ID ".sig"),
                 temp_path(&scene.folder, "doc.sig")) == 0);
    unlink(temp_path(&scene.folder, "doc." B_ID ".sigstore.json"));
    sign(&scene, &scene.a, "." A_ID);
    sign(&scene, &scene.b, "." B_ID);
    check_valid(&scene, "doc.sig", &scene.b);
    check_valid(&scene, "doc.sigstore.json", &scene.a);
    close_scene(&scene);
}

/* A .sig of older contents that no bundle explains could be anyone's. */
TEST(beside_leaves_a_signature_that_it_cannot_place)
{
    struct scene scene;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    unlink(temp_path(&scene.folder, "doc.sigstore.json"));
    set_document(&scene, "other contents");
    CHECK(!choose(&scene, &scene.a, false).is_stale);
    sign(&scene, &scene.a, "." A_ID);
    close_scene(&scene);
}

TEST(beside_leaves_the_first_names_that_are_taken)
{
    struct scene scene;

    open_scene(&scene);
    CHECK(choose(&scene, &scene.a, false).is_first);
    CHECK(!choose(&scene, &scene.a, true).is_first);
    sign(&scene, &scene.a, "");
    CHECK(choose(&scene, &scene.a, true).is_first);
    close_scene(&scene);
}

static void check_broken(struct scene *scene, const char *name, const char *text,
                         const char *reason)
{
    struct beside beside = {.sig = {.path = "x"}};
    char want[TEMP_PATH_MAX + 128];
    struct err err;

    temp_write(&scene->folder, name, slice_text(text));
    snprintf(want, sizeof want, "a broken signature is in the way (repair or remove it): %s/%s: %s",
             scene->folder.path, name, reason);
    CHECK_ERR(ERR_FORMAT, want,
              beside_choose(scene->path, scene->digest, &scene->a.public, false, &scene->arena,
                            &beside, &err), err);
    CHECK(!beside.sig.path && !beside.bundle.path && !beside.is_first);
    unlink(temp_path(&scene->folder, name));
}

TEST(beside_refuses_what_would_break_every_check)
{
    struct scene scene;

    open_scene(&scene);
    check_broken(&scene, "doc.sig", "", "the signature is empty");
    check_broken(&scene, "doc.sig", "*",
                 "offset 0: \"*\" is not a base64 character");
    check_broken(&scene, "doc.sigstore.json", "{}",
                 "have neither mediaType (a Sigstore bundle) nor base64Signature (cosign 2)");
    close_scene(&scene);
}

TEST(beside_refuses_what_is_no_file)
{
    struct scene scene;
    struct beside beside;
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "doc.sig/x", SLICE(""));
    CHECK(beside_choose(scene.path, scene.digest, &scene.a.public, false, &scene.arena, &beside,
                        &err) == ERR_IO);
    CHECK(slice_ends(slice_text(err.msg), "/doc.sig: is a directory, want a file"));
    close_scene(&scene);
}

TEST(beside_write_says_where_it_fails)
{
    struct scene scene;
    struct signature signature;
    struct beside beside;
    struct err err;

    open_scene(&scene);
    beside = choose(&scene, &scene.a, false);
    CHECK_OK(signer_sign(&scene.a, scene.digest, &signature, &err), err);
    CHECK(mkdir(temp_path(&scene.folder, "doc.sigstore.json"), 0777) == 0);
    CHECK(beside_write(&beside, &signature, &scene.a.public, scene.digest, &scene.arena, &err) ==
          ERR_IO);
    CHECK(slice_ends(slice_text(err.msg), "/doc.sigstore.json: is a directory, want a file"));
    CHECK(!temp_exists(&scene.folder, "doc.sig"));
    close_scene(&scene);
}

TEST(beside_undo_puts_back_what_was_there)
{
    struct scene scene;
    struct signature signature;
    struct beside beside;
    struct slice sig, bundle;
    struct err err;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    sig = temp_read(&scene.folder, "doc.sig");
    bundle = temp_read(&scene.folder, "doc.sigstore.json");
    set_document(&scene, "other contents");
    beside = choose(&scene, &scene.a, false);
    CHECK_OK(signer_sign(&scene.a, scene.digest, &signature, &err), err);
    CHECK_OK(beside_write(&beside, &signature, &scene.a.public, scene.digest, &scene.arena, &err),
             err);
    CHECK(!slice_equal(temp_read(&scene.folder, "doc.sig"), sig));
    beside_undo(&beside);
    CHECK(slice_equal(temp_read(&scene.folder, "doc.sig"), sig));
    CHECK(slice_equal(temp_read(&scene.folder, "doc.sigstore.json"), bundle));
    beside = choose(&scene, &scene.b, false);
    CHECK_OK(signer_sign(&scene.b, scene.digest, &signature, &err), err);
    CHECK_OK(beside_write(&beside, &signature, &scene.b.public, scene.digest, &scene.arena, &err),
             err);
    CHECK_NUMBER(5, temp_count(&scene.folder));
    beside_undo(&beside);
    CHECK_NUMBER(3, temp_count(&scene.folder));
    close_scene(&scene);
}

/* What reading back is there for: here a signature by another key. */
TEST(beside_write_reads_back)
{
    struct scene scene;
    struct signature signature;
    struct beside beside;
    char want[TEMP_PATH_MAX];
    struct err err;

    open_scene(&scene);
    CHECK_OK(signer_sign(&scene.b, scene.digest, &signature, &err), err);
    beside = choose(&scene, &scene.a, false);
    snprintf(want, sizeof want,
             "%s.sig: reading back what was written: the signature does not fit this document and "
             "key", scene.path);
    CHECK_ERR(ERR_FORGED, want,
              beside_write(&beside, &signature, &scene.a.public, scene.digest, &scene.arena, &err),
              err);
    CHECK_NUMBER(1, temp_count(&scene.folder));
    close_scene(&scene);
}

TEST(beside_files_can_be_read_by_all)
{
    struct scene scene;
    struct stat status;

    open_scene(&scene);
    sign(&scene, &scene.a, "");
    CHECK(stat(temp_path(&scene.folder, "doc.sig"), &status) == 0);
    CHECK_NUMBER(0644, status.st_mode & 07777);
    CHECK(temp_read(&scene.folder, "doc.sig").len == 96 ||
          temp_read(&scene.folder, "doc.sig").len == 92);
    close_scene(&scene);
}
