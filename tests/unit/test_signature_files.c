#include "bundle/sign/signature_files.h"

#include "bundle/sign/signature_write.h"
#include "bundle/sign/signer.h"
#include "resolver/base/heap.h"
#include "resolver/crypto/sha256.h"
#include "tests/unit/private_fixture.h"
#include "tests/unit/temp_folder.h"

#define B_ID "7aaf454474cb014e"
#define DOCUMENT SLICE("the document")

static struct temp_folder folder;
static struct arena arena;
static struct privkey a, b;
static struct keys keys;

static void add_key(const char *path)
{
    struct err err;

    CHECK_OK(keys_add(&keys, test_file(path), path, &arena, &err), err);
}

#define KEY_A "fixtures/keys/good-p256.pem"
#define KEY_B "fixtures/keys/good-p256-other.pem"

static void begin(void)
{
    folder = temp_folder_make();
    arena_init_heap(&arena, (size_t)64 << 20);
    a = private_fixture("fixtures/keys/test-only-private-p256.pem");
    b = private_fixture("fixtures/keys/test-only-private-p256-other.pem");
    keys = (struct keys){0};
}

static void end(void)
{
    arena_clear(&arena);
    temp_folder_remove(&folder);
}

static struct slice sign(const struct privkey *key, struct slice document, bool is_bundle)
{
    uint8_t digest[SHA256_SIZE];
    struct signature signature;
    char memory[SIGNATURE_TEXT_MAX];
    struct buf text;
    struct err err;

    sha256_of(document, digest);
    CHECK_OK(signer_sign(key, digest, &signature, &err), err);
    buf_init_fixed(&text, memory, sizeof memory);
    if (is_bundle)
        signature_write_sigstore(&signature, &key->public, digest, &text);
    else
        signature_write_detached(&signature, &text);
    return slice_of(arena_copy(&arena, buf_slice(&text), &err), text.len);
}

/* Both forms beside the document of that name. */
static void write_signed(const char *name, const char *middle, const struct privkey *key,
                         struct slice document)
{
    char path[100];

    temp_write(&folder, name, document);
    snprintf(path, sizeof path, "%s%s.sig", name, middle);
    temp_write(&folder, path, sign(key, document, false));
    snprintf(path, sizeof path, "%s%s.sigstore.json", name, middle);
    temp_write(&folder, path, sign(key, document, true));
}

static struct signature_files read_files(const char *name)
{
    struct signature_files files;
    struct err err;

    CHECK_OK(signature_files_read(arena_copy(&arena, slice_text(temp_path(&folder, name)), &err),
                                  &arena, &files, &err),
             err);
    return files;
}

TEST(signature_files_are_all_that_are_beside)
{
    struct signature_files files;
    struct err err;

    begin();
    write_signed("d/f", "", &a, DOCUMENT);
    write_signed("d/f", "." B_ID, &b, DOCUMENT);
    temp_write(&folder, "d/f.sig.bak", SLICE("x"));
    temp_write(&folder, "d/f.0123456789abcde.sig", SLICE("x"));
    temp_write(&folder, "d/ff.sig", SLICE("x"));
    files = read_files("d/f");
    CHECK_NUMBER(4, files.count);
    CHECK_TEXT("." B_ID ".sig", slice_text(files.list[0].suffix));
    CHECK_TEXT("." B_ID ".sigstore.json", slice_text(files.list[1].suffix));
    CHECK_TEXT(".sig", slice_text(files.list[2].suffix));
    CHECK_TEXT(".sigstore.json", slice_text(files.list[3].suffix));
    CHECK(slice_equal(temp_read(&folder, "d/f.sig"), files.list[2].bytes));
    CHECK_NUMBER(0, read_files("absent/f").count);
    CHECK_NUMBER(0, read_files("d/none").count);
    CHECK(mkdir(temp_path(&folder, "d/g.sig"), 0700) == 0);
    CHECK_ERR(ERR_IO, NULL, signature_files_read(temp_path(&folder, "d/g"), &arena, &files, &err), err);
    CHECK(files.count == 0 && files.list == NULL);
    CHECK_ERR(ERR_IO, NULL, signature_files_read(temp_path(&folder, "d/f/g"), &arena, &files, &err),
              err);
    end();
}

TEST(signature_files_have_a_limit)
{
    struct signature_files files;
    char name[40];
    struct err err;

    begin();
    for (unsigned i = 0; i < SIGNATURE_FILES_MAX; i++) {
        snprintf(name, sizeof name, "f.%016x.sig", i);
        temp_write(&folder, name, SLICE("x"));
    }
    CHECK_NUMBER(SIGNATURE_FILES_MAX, read_files("f").count);
    temp_write(&folder, "f.sig", SLICE("x"));
    CHECK_ERR(ERR_LIMIT, NULL, signature_files_read(temp_path(&folder, "f"), &arena, &files, &err), err);
    end();
}

TEST(signature_files_are_checked_without_keys_by_their_digest)
{
    struct signature_files files;
    struct err err;

    begin();
    write_signed("f", "", &a, DOCUMENT);
    files = read_files("f");
    CHECK_OK(signature_files_check(&files, DOCUMENT, &arena, &err), err);
    CHECK_ERR(ERR_FORGED, NULL, signature_files_check(&files, SLICE("other"), &arena, &err), err);
    CHECK(strstr(err.msg, "/f.sigstore.json: is the signature of other contents: the digest in it is") !=
          NULL);
    CHECK(unlink(temp_path(&folder, "f.sigstore.json")) == 0);
    files = read_files("f");
    CHECK_OK(signature_files_check(&files, SLICE("other"), &arena, &err), err);
    temp_write(&folder, "f.sig", SLICE("!"));
    files = read_files("f");
    CHECK_ERR(ERR_FORMAT, NULL, signature_files_check(&files, DOCUMENT, &arena, &err), err);
    end();
}

static enum err_code verify(struct slice document, size_t *signers, size_t *others, struct err *err)
{
    struct signature_files files = read_files("f");
    struct verified verified;
    enum err_code rc =
        signature_files_verify(&files, document, &keys, &arena, &verified, others, err);

    *signers = verified.signer_count;
    return rc;
}

TEST(signature_files_are_verified_with_keys)
{
    size_t signers, others;
    struct err err;

    begin();
    write_signed("f", "", &a, DOCUMENT);
    write_signed("f", "." B_ID, &b, DOCUMENT);
    add_key(KEY_A);
    CHECK_OK(verify(DOCUMENT, &signers, &others, &err), err);
    CHECK(signers == 1 && others == 2);
    add_key(KEY_B);
    CHECK_OK(verify(DOCUMENT, &signers, &others, &err), err);
    CHECK(signers == 2 && others == 0);
    CHECK_ERR(ERR_FORGED, NULL, verify(SLICE("other"), &signers, &others, &err), err);
    CHECK(signers == 0);
    temp_write(&folder, "f." B_ID ".sig", sign(&a, DOCUMENT, false));
    CHECK_ERR(ERR_FORGED, NULL, verify(DOCUMENT, &signers, &others, &err), err);
    end();
}

/* --- The place ---------------------------------------------------------------------------------- */

/* The files of f go to p. there: what p holds; document: what it is to hold; signers: with which keys. */
static enum err_code check_place(struct slice there, struct slice document, bool with_keys,
                                 struct err *err)
{
    struct signature_files files = read_files("f");
    struct verified verified = {0};
    struct signature_place place = {.there = there, .document = document, .verified = &verified};
    size_t others;

    place.path = arena_copy(&arena, slice_text(temp_path(&folder, "p")), err);
    if (with_keys)
        CHECK_OK(signature_files_verify(&files, document, &keys, &arena, &verified, &others, err), *err);
    return signature_files_check_place(&files, &place, &arena, err);
}

static void check_refused(const char *reason, struct slice there, struct slice document,
                          bool with_keys)
{
    struct err err;

    CHECK_ERR(ERR_POLICY, NULL, check_place(there, document, with_keys, &err), err);
    CHECK(strstr(err.msg, reason) != NULL);
}

#define NOTHING slice_of(NULL, 0)

TEST(signature_files_may_take_an_empty_place)
{
    struct err err;

    begin();
    write_signed("f", "", &a, DOCUMENT);
    CHECK_OK(check_place(NOTHING, DOCUMENT, false, &err), err);
    /* What a run that was broken off has left, whatever it is by. */
    temp_write(&folder, "p.sig", sign(&b, DOCUMENT, false));
    CHECK_OK(check_place(NOTHING, DOCUMENT, false, &err), err);
    temp_write(&folder, "p." B_ID ".sig", sign(&b, DOCUMENT, false));
    check_refused("/p." B_ID ".sig: would be left behind", NOTHING, DOCUMENT, false);
    end();
}

TEST(signature_files_leave_another_signers)
{
    struct err err;

    begin();
    write_signed("f", "", &a, DOCUMENT);
    write_signed("p", "", &b, DOCUMENT);
    add_key(KEY_A);
    check_refused("/p.sig: is by none of the keys that signed what is published, and would be lost: copy",
                  DOCUMENT, DOCUMENT, true);
    check_refused("/p.sig: is another signature than the one beside what is published", DOCUMENT,
                  DOCUMENT, false);
    check_refused("/p.sig: is by none of the keys that signed what is published, and would be lost: let",
                  SLICE("older"), DOCUMENT, true);
    /* The key is given, but did not sign what is published. */
    add_key(KEY_B);
    check_refused("/p.sig: is by none", DOCUMENT, DOCUMENT, true);
    write_signed("p", "", &a, DOCUMENT);
    write_signed("p", "." B_ID, &b, DOCUMENT);
    CHECK_OK(check_place(DOCUMENT, DOCUMENT, true, &err), err);
    end();
}

TEST(signature_files_replace_the_same_signers)
{
    struct err err;

    begin();
    add_key(KEY_A);
    write_signed("f", "", &a, DOCUMENT);
    write_signed("p", "", &a, SLICE("older"));
    CHECK_OK(check_place(SLICE("older"), DOCUMENT, true, &err), err);
    check_refused("/p.sig: is another signature", SLICE("older"), DOCUMENT, false);
    /* It is not of the document that is there: whose it is cannot be told. */
    check_refused("/p.sig: is by none", SLICE("oldest"), DOCUMENT, true);
    temp_write(&folder, "p.sig", SLICE("!"));
    check_refused("/p.sig: is by none", SLICE("older"), DOCUMENT, true);
    end();
}

/* A slot with a key's id is that key's own. */
TEST(signature_files_replace_those_of_a_keys_slot)
{
    struct err err;

    begin();
    write_signed("f", "." B_ID, &b, DOCUMENT);
    write_signed("p", "." B_ID, &b, SLICE("older"));
    CHECK_OK(check_place(DOCUMENT, DOCUMENT, false, &err), err);
    CHECK_OK(check_place(SLICE("older"), DOCUMENT, false, &err), err);
    end();
}

TEST(signature_files_leave_no_other_form_behind)
{
    struct err err;

    begin();
    add_key(KEY_A);
    write_signed("f", "", &a, DOCUMENT);
    write_signed("p", "", &a, DOCUMENT);
    CHECK(unlink(temp_path(&folder, "f.sigstore.json")) == 0);
    temp_write(&folder, "p.sig", temp_read(&folder, "f.sig"));
    CHECK_OK(check_place(DOCUMENT, DOCUMENT, true, &err), err); /* its slot does not change */
    check_refused("/p.sigstore.json: would be left behind", SLICE("older"), DOCUMENT, false);
    CHECK(unlink(temp_path(&folder, "p.sig")) == 0);
    check_refused("/p.sigstore.json: would be left behind", DOCUMENT, DOCUMENT, true);
    end();
}

TEST(signature_files_are_written_as_they_were_read)
{
    struct signature_files files;
    struct err err;

    begin();
    write_signed("f", "", &a, DOCUMENT);
    write_signed("f", "." B_ID, &b, DOCUMENT);
    files = read_files("f");
    temp_write(&folder, "f.sig", SLICE("changed meanwhile"));
    CHECK_OK(signature_files_write(&files, temp_path(&folder, "p"), &err), err);
    CHECK(slice_equal(files.list[2].bytes, temp_read(&folder, "p.sig")));
    CHECK(slice_equal(files.list[0].bytes, temp_read(&folder, "p." B_ID ".sig")));
    CHECK_NUMBER(5 + 4, temp_count(&folder));
    CHECK_ERR(ERR_IO, NULL, signature_files_write(&files, temp_path(&folder, "absent/p"), &err), err);
    end();
}
