#include "bundle/cli/sign_elsewhere.h"

#include <string.h>

#include "bundle/sign/signature_write.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/test.h"

struct scene {
    struct temp_folder folder;
    struct arena arena;
    struct privkey key;
    uint8_t digest[SHA256_SIZE];
    struct signature want;
};

static void open_scene(struct scene *scene, const char *key_path)
{
    struct err err;

    scene->folder = temp_folder_make();
    arena_init_heap(&scene->arena, (size_t)1 << 20);
    scene->key = private_fixture(key_path);
    memset(scene->digest, 5, sizeof scene->digest);
    CHECK_OK(signer_sign(&scene->key, scene->digest, &scene->want, &err), err);
}

static void close_scene(struct scene *scene)
{
    arena_clear(&scene->arena);
    temp_folder_remove(&scene->folder);
}

static void check_taken(struct scene *scene, struct slice bytes)
{
    struct signature have;
    struct err err;

    temp_write(&scene->folder, "sig", bytes);
    CHECK_OK(sign_attach_read(temp_path(&scene->folder, "sig"), &scene->key.public, &scene->arena,
                              &have, &err), err);
    CHECK_NUMBER(SIGNATURE_DETACHED, have.form);
    CHECK(slice_equal(slice_of(have.bytes, have.len),
                      slice_of(scene->want.bytes, scene->want.len)));
    CHECK_OK(signature_check(&have, &scene->key.public, scene->digest, &err), err);
}

static void check_forms(const char *key_path)
{
    char memory[SIGNATURE_TEXT_MAX];
    struct scene scene;
    struct buf text;

    open_scene(&scene, key_path);
    check_taken(&scene, slice_of(scene.want.bytes, scene.want.len));
    buf_init_fixed(&text, memory, sizeof memory);
    signature_write_detached(&scene.want, &text);
    check_taken(&scene, buf_slice(&text));
    buf_add_byte(&text, '\n');
    check_taken(&scene, buf_slice(&text));
    buf_clear(&text);
    signature_write_sigstore(&scene.want, &scene.key.public, scene.digest, &text);
    check_taken(&scene, buf_slice(&text));
    close_scene(&scene);
}

TEST(sign_attach_takes_every_form)
{
    check_forms("fixtures/keys/test-only-private-p256.pem");
    check_forms("fixtures/keys/test-only-private-p384.pem");
    check_forms("fixtures/keys/test-only-private-rsa2048.pem");
    check_forms("fixtures/keys/test-only-private-rsa3070.pem");
    check_forms("fixtures/keys/test-only-private-rsa4096.pem");
}

/* The INTEGER at *at, as size bytes; *at moves past it. */
static void take_number(const uint8_t **at, uint8_t *out, size_t size)
{
    const uint8_t *bytes = *at + 2;
    size_t len = (*at)[1];

    *at += 2 + len;
    if (len > size) {
        bytes++;
        len--;
    }
    memset(out, 0, size - len);
    memcpy(out + size - len, bytes, len);
}

static void check_r_and_s(const char *key_path)
{
    char memory[SIGNATURE_TEXT_MAX];
    struct scene scene;
    uint8_t rs[96];
    const uint8_t *at;
    struct buf text;
    size_t size;

    open_scene(&scene, key_path);
    size = scene.key.public.bits / 8;
    at = scene.want.bytes + 2;
    take_number(&at, rs, size);
    take_number(&at, rs + size, size);
    check_taken(&scene, slice_of(rs, 2 * size));
    buf_init_fixed(&text, memory, sizeof memory);
    memcpy(scene.want.bytes, rs, 2 * size);
    scene.want.len = 2 * size;
    signature_write_detached(&scene.want, &text);
    signature_set_ecdsa(slice_of(rs, 2 * size), &scene.want);
    check_taken(&scene, buf_slice(&text));
    close_scene(&scene);
}

TEST(sign_attach_takes_r_and_s_of_pkcs11)
{
    check_r_and_s("fixtures/keys/test-only-private-p256.pem");
    check_r_and_s("fixtures/keys/test-only-private-p384.pem");
}

static void check_refused(struct scene *scene, struct slice bytes, enum err_code code,
                          const char *reason)
{
    struct signature have, zeros;
    char want[TEMP_PATH_MAX + 128];
    struct err err;

    memset(&zeros, 0, sizeof zeros);
    memset(&have, 1, sizeof have);
    temp_write(&scene->folder, "sig", bytes);
    snprintf(want, sizeof want, "%s/sig: %s", scene->folder.path, reason);
    CHECK_ERR(code, want,
              sign_attach_read(temp_path(&scene->folder, "sig"), &scene->key.public,
                               &scene->arena, &have, &err), err);
    CHECK(memcmp(&have, &zeros, sizeof have) == 0);
}

/* Raw bytes are taken as they are; signature_check then says what is wrong with them. */
TEST(sign_attach_of_another_kind_of_key)
{
    struct signature have;
    struct scene scene;
    struct err err;

    open_scene(&scene, "fixtures/keys/test-only-private-p256.pem");
    temp_write(&scene.folder, "sig", slice_of(scene.want.bytes, scene.want.len));
    scene.key = private_fixture("fixtures/keys/test-only-private-rsa2048.pem");
    CHECK_OK(sign_attach_read(temp_path(&scene.folder, "sig"), &scene.key.public, &scene.arena,
                              &have, &err), err);
    CHECK_NUMBER(scene.want.len, have.len);
    CHECK(signature_check(&have, &scene.key.public, scene.digest, &err) == ERR_FORGED);
    close_scene(&scene);
}

TEST(sign_attach_refuses)
{
    static const uint8_t large[SIGNATURE_MAX + 1] = {0x30};
    struct scene scene;

    open_scene(&scene, "fixtures/keys/test-only-private-p256.pem");
    check_refused(&scene, SLICE(""), ERR_FORMAT, "the signature is empty");
    check_refused(&scene, slice_of(large, sizeof large), ERR_FORMAT,
                  "513 bytes: longer than any signature");
    check_refused(&scene, SLICE("MEU"), ERR_FORMAT,
                  "offset 3: the base64 text ends in the middle (padding missing, or cut off)");
    check_refused(&scene, SLICE("{}"), ERR_FORMAT,
                  "have neither mediaType (a Sigstore bundle) nor base64Signature (cosign 2)");
    close_scene(&scene);
}

TEST(sign_attach_of_no_file)
{
    struct signature have;
    struct scene scene;
    struct err err;

    open_scene(&scene, "fixtures/keys/test-only-private-p256.pem");
    CHECK(sign_attach_read(temp_path(&scene.folder, "none"), &scene.key.public, &scene.arena,
                           &have, &err) == ERR_IO);
    CHECK_NUMBER(0, have.len);
    close_scene(&scene);
}
