#include "bundle/sign/signed_file.h"

#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

struct scene {
    struct temp_folder folder;
    struct arena arena, scratch;
    struct privkey a, b;
    struct signed_file file;
};

#define B_ID "7aaf454474cb014e"
#define VALUE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MEASUREMENTS "csp: gcp\nimage: v2.2.0\nmeasurements:\n  4: " VALUE "\n"

static void open_scene(struct scene *scene)
{
    scene->folder = temp_folder_make();
    arena_init_heap(&scene->arena, (size_t)16 << 20);
    arena_init_heap(&scene->scratch, (size_t)16 << 20);
    scene->a = private_fixture("fixtures/keys/test-only-private-p256.pem");
    scene->b = private_fixture("fixtures/keys/test-only-private-p256-other.pem");
}

static void close_scene(struct scene *scene)
{
    arena_clear(&scene->arena);
    arena_clear(&scene->scratch);
    temp_folder_remove(&scene->folder);
}

static enum err_code open_file(struct scene *scene, const char *name, struct err *err)
{
    const char *path = arena_copy(&scene->arena, slice_text(temp_path(&scene->folder, name)), err);

    return signed_file_open(path, 2, &scene->arena, &scene->scratch, &scene->file, err);
}

static enum err_code add(struct scene *scene, const struct privkey *key, const char *name,
                         struct err *err)
{
    struct signature signature;

    CHECK_OK(signer_sign(key, scene->file.digest, &signature, err), *err);
    return signed_file_add(&scene->file, &key->public, name, &signature, &scene->arena,
                           &scene->scratch, err);
}

TEST(signed_file_of_two_signers)
{
    struct scene scene;
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "measurements/gcp/v2.2.0/measurements.yaml", SLICE(MEASUREMENTS));
    CHECK_OK(open_file(&scene, "measurements/gcp/v2.2.0/measurements.yaml", &err), err);
    CHECK_OK(add(&scene, &scene.a, "a.key", &err), err);
    CHECK_OK(add(&scene, &scene.b, "b.key", &err), err);
    CHECK_NUMBER(4, temp_count(&scene.folder)); /* nothing is written yet */
    CHECK_OK(signed_file_write(&scene.file, &scene.scratch, &err), err);
    CHECK_NUMBER(2, scene.file.count);
    CHECK_TEXT("a.key", slice_text(scene.file.signatures[0].key.name));
    CHECK(scene.file.signatures[0].beside.is_first && !scene.file.signatures[1].beside.is_first);
    CHECK_NUMBER(8, temp_count(&scene.folder));
    CHECK(temp_exists(&scene.folder, "measurements/gcp/v2.2.0/measurements.yaml.sig"));
    CHECK(temp_exists(&scene.folder,
                      "measurements/gcp/v2.2.0/measurements.yaml." B_ID ".sigstore.json"));
    close_scene(&scene);
}

TEST(signed_file_write_is_all_or_nothing)
{
    struct scene scene;
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "doc", SLICE("a document"));
    CHECK_OK(open_file(&scene, "doc", &err), err);
    CHECK_OK(add(&scene, &scene.a, "a.key", &err), err);
    CHECK_OK(add(&scene, &scene.b, "b.key", &err), err);
    CHECK(mkdir(temp_path(&scene.folder, "doc." B_ID ".sigstore.json"), 0777) == 0);
    CHECK(signed_file_write(&scene.file, &scene.scratch, &err) == ERR_IO);
    CHECK_NUMBER(2, temp_count(&scene.folder));
    CHECK(rmdir(temp_path(&scene.folder, "doc." B_ID ".sigstore.json")) == 0);
    CHECK_OK(signed_file_write(&scene.file, &scene.scratch, &err), err);
    CHECK_NUMBER(5, temp_count(&scene.folder));
    signed_file_undo(&scene.file);
    CHECK_NUMBER(1, temp_count(&scene.folder));
    close_scene(&scene);
}

/* More than one piece of a file that is hashed as it streams by. */
TEST(signed_file_of_any_kind_and_size)
{
    static uint8_t bytes[200000];
    uint8_t digest[SHA256_SIZE];
    struct scene scene;
    struct err err;

    open_scene(&scene);
    memset(bytes, 'x', sizeof bytes);
    temp_write(&scene.folder, "image.raw", slice_of(bytes, sizeof bytes));
    sha256_of(slice_of(bytes, sizeof bytes), digest);
    CHECK_OK(open_file(&scene, "image.raw", &err), err);
    CHECK(memcmp(scene.file.digest, digest, sizeof digest) == 0);
    CHECK_NUMBER(0, scene.file.bytes.len);
    CHECK_OK(add(&scene, &scene.a, "a.key", &err), err);
    CHECK_OK(signed_file_write(&scene.file, &scene.scratch, &err), err);
    CHECK_NUMBER(3, temp_count(&scene.folder));
    close_scene(&scene);
}

static void check_refused(struct scene *scene, const char *name, enum err_code code,
                          const char *reason)
{
    char want[TEMP_PATH_MAX + 256];
    struct signed_file zeros;
    struct err err;

    memset(&zeros, 0, sizeof zeros);
    memset(&scene->file, 1, sizeof scene->file);
    snprintf(want, sizeof want, "%s/%s: %s", scene->folder.path, name, reason);
    CHECK_ERR(code, want, open_file(scene, name, &err), err);
    CHECK(memcmp(&zeros, &scene->file, sizeof zeros) == 0);
}

TEST(signed_file_open_refuses)
{
    struct scene scene;

    open_scene(&scene);
    temp_write(&scene.folder, "images/v2.2.0.json", SLICE("{\"aws\":{\"r\":\"ami\"}}"));
    temp_write(&scene.folder, "measurements.yaml", SLICE("csp: gcp\n"));
    check_refused(&scene, "images/v2.2.0.json", ERR_POLICY,
                  "the table carries no version: signed, it could pass for another version; add "
                  "ref, stream and version");
    check_refused(&scene, "measurements.yaml", ERR_FORMAT,
                  "measurements: image: missing, want a string");
    check_refused(&scene, "images", ERR_IO, "is a directory, want a file");
    check_refused(&scene, "none", ERR_IO, "No such file or directory");
    check_refused(&scene, "none/x", ERR_IO, "No such file or directory");
    CHECK(mkfifo(temp_path(&scene.folder, "fifo"), 0600) == 0);
    check_refused(&scene, "fifo", ERR_IO, "is a FIFO, want a file");
    close_scene(&scene);
}

/* The folders that a name stands in count, not those that the path shows. */
TEST(signed_file_open_resolves_the_folder)
{
    struct scene scene;
    char here[TEMP_PATH_MAX];
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "images/x.json", SLICE("no table"));
    CHECK(symlink("images", temp_path(&scene.folder, "elsewhere")) == 0);
    CHECK(open_file(&scene, "elsewhere/x.json", &err) == ERR_FORMAT);
    CHECK(open_file(&scene, "images/../images/./x.json", &err) == ERR_FORMAT);
    CHECK(open_file(&scene, "images//x.json", &err) == ERR_FORMAT);
    CHECK(getcwd(here, sizeof here) != NULL);
    CHECK(chdir(temp_path(&scene.folder, "images")) == 0);
    CHECK(signed_file_open("x.json", 1, &scene.arena, &scene.scratch, &scene.file, &err) ==
          ERR_FORMAT);
    CHECK_TEXT("x.json: lookup table: line 1, column 1: have \"no\", want a value",
               slice_text(err.msg));
    CHECK(chdir(here) == 0);
    temp_write(&scene.folder, "target", SLICE("no table"));
    CHECK(symlink("../target", temp_path(&scene.folder, "images/y.json")) == 0);
    CHECK(open_file(&scene, "images/y.json", &err) == ERR_FORMAT);
    close_scene(&scene);
}

TEST(signed_file_add_checks_the_signature)
{
    struct scene scene;
    struct signature signature;
    uint8_t other[SHA256_SIZE] = {1};
    char want[TEMP_PATH_MAX];
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "doc", SLICE("a document"));
    CHECK_OK(open_file(&scene, "doc", &err), err);
    CHECK_OK(signer_sign(&scene.a, other, &signature, &err), err);
    snprintf(want, sizeof want, "%s/doc: the signature does not fit this document and key",
             scene.folder.path);
    CHECK_ERR(ERR_FORGED, want,
              signed_file_add(&scene.file, &scene.a.public, "a", &signature, &scene.arena,
                              &scene.scratch, &err), err);
    CHECK_NUMBER(0, scene.file.count);
    close_scene(&scene);
}

TEST(signed_file_add_reads_the_measurements)
{
    struct scene scene;
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "measurements.yaml",
               SLICE("csp: gcp\nimage: v2.2.0\nmeasurements:\n  24: " VALUE "\n"));
    CHECK_OK(open_file(&scene, "measurements.yaml", &err), err);
    CHECK(add(&scene, &scene.a, "a.key", &err) == ERR_FORMAT);
    CHECK(slice_ends(slice_text(err.msg),
                     "/measurements.yaml: line 4: register \"24\": want a number from 0 to 23"));
    CHECK_NUMBER(0, scene.file.count);
    close_scene(&scene);
}

TEST(signed_file_add_has_room_for_so_many)
{
    struct scene scene;
    struct err err;

    open_scene(&scene);
    temp_write(&scene.folder, "doc", SLICE("a document"));
    CHECK_OK(open_file(&scene, "doc", &err), err);
    CHECK_OK(add(&scene, &scene.a, "a", &err), err);
    CHECK_OK(add(&scene, &scene.b, "b", &err), err);
    CHECK_ERR(ERR_BUG, "more than 2 signatures", add(&scene, &scene.b, "b", &err), err);
    close_scene(&scene);
}
