#include "bundle/sign/signature_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/crypto/sha256.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define MODE 0644

static enum err_code add_path(const char *path, struct err *err)
{
    return err_add(err, "%s", quote_bare(slice_text(path)).text);
}

bool signature_files_is_name(const char *name, const char *document)
{
    size_t len = strlen(document);
    const char *rest = name + len;

    if (strncmp(name, document, len) != 0 || *rest != '.')
        return false;
    if (strspn(rest + 1, "0123456789abcdef") == KEY_SHORT_ID_SIZE - 1 &&
        rest[KEY_SHORT_ID_SIZE] == '.')
        rest += KEY_SHORT_ID_SIZE;
    return strcmp(rest, ".sig") == 0 || strcmp(rest, ".sigstore.json") == 0;
}

/* --- Reading ------------------------------------------------------------------------------------ */

static enum err_code add_file(const char *path, const char *suffix, struct arena *arena,
                              struct signature_files *files, struct err *err)
{
    char name[PATH_MAX];
    struct signature_file file = {0};

    if (files->count == SIGNATURE_FILES_MAX)
        return err_set(err, ERR_LIMIT, "has more than %d signature files", SIGNATURE_FILES_MAX);
    if (snprintf(name, sizeof name, "%s%s", path, suffix) >= (int)sizeof name)
        return err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
    file.path = arena_copy(arena, slice_text(name), err);
    if (!file.path)
        return err->code;
    file.suffix = file.path + strlen(path);
    files->list[files->count++] = file;
    return ERR_OK;
}

struct listing {
    const char *path; /* of the document */
    struct arena *arena;
    struct signature_files *files;
};

/* Without the file's bytes. */
static enum err_code take_name(void *ctx, const char *name, struct err *err)
{
    const struct listing *listing = ctx;
    const char *document = path_last(listing->path);

    if (!signature_files_is_name(name, document))
        return ERR_OK;
    return add_file(listing->path, name + strlen(document), listing->arena, listing->files, err);
}

static enum err_code list_beside(const char *path, struct arena *arena,
                                 struct signature_files *files, struct err *err)
{
    struct listing listing = {path, arena, files};
    size_t len = (size_t)(path_last(path) - path);
    const char *name = len ? arena_copy(arena, slice_of(path, len), err) : ".";
    enum err_code rc;
    int folder;

    files->list = arena_array(arena, SIGNATURE_FILES_MAX, sizeof *files->list, err);
    if (!name || !files->list)
        return err->code;
    folder = folder_open(name);
    if (folder < 0 && errno == ENOENT)
        return ERR_OK;
    if (folder < 0)
        return err_set(err, ERR_IO, "its folder: %s", strerror(errno));
    rc = folder_visit(folder, take_name, &listing, err);
    close(folder);
    return rc;
}

static int compare_files(const void *a, const void *b)
{
    const struct signature_file *left = a, *right = b;

    return strcmp(left->suffix, right->suffix);
}

static enum err_code read_files(struct signature_files *files, struct arena *arena,
                                struct err *err)
{
    for (size_t i = 0; i < files->count; i++) {
        struct signature_file *file = &files->list[i];

        if (file_read(file->path, SIGNATURE_FILE_MAX, arena, &file->bytes, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

enum err_code signature_files_read(const char *path, struct arena *arena,
                                   struct signature_files *files, struct err *err)
{
    enum err_code rc;

    memset(files, 0, sizeof *files);
    rc = list_beside(path, arena, files, err);
    if (rc != ERR_OK)
        add_path(path, err);
    if (rc == ERR_OK) {
        qsort(files->list, files->count, sizeof *files->list, compare_files);
        rc = read_files(files, arena, err);
    }
    if (rc != ERR_OK)
        memset(files, 0, sizeof *files);
    return rc;
}

/* --- Checking ----------------------------------------------------------------------------------- */

static enum err_code check_file(const struct signature_file *file,
                                const uint8_t digest[SHA256_SIZE], struct arena *scratch,
                                struct err *err)
{
    struct signature signature;

    if (signature_parse(file->bytes, scratch, &signature, err) != ERR_OK)
        return add_path(file->path, err);
    if (signature.has_digest && memcmp(signature.digest, digest, SHA256_SIZE) != 0) {
        err_set(err, ERR_FORGED,
                "is the signature of other contents: the digest in it is not the document's "
                "(sign the document again)");
        return add_path(file->path, err);
    }
    return ERR_OK;
}

enum err_code signature_files_check(const struct signature_files *files, struct slice document,
                                    struct arena *scratch, struct err *err)
{
    uint8_t digest[SHA256_SIZE];

    sha256_of(document, digest);
    for (size_t i = 0; i < files->count; i++) {
        if (check_file(&files->list[i], digest, scratch, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* ".sig" -> "", ".0123456789abcdef.sigstore.json" -> ".0123456789abcdef" */
static struct slice slot_of(const struct signature_file *file)
{
    bool is_first = strcmp(file->suffix, ".sig") == 0 ||
                    strcmp(file->suffix, ".sigstore.json") == 0;

    return slice_of(file->suffix, is_first ? 0 : KEY_SHORT_ID_SIZE);
}

static const struct key *key_of(const struct keys *keys, struct slice slot)
{
    char id[KEY_SHORT_ID_SIZE];

    for (size_t i = 0; i < keys->count; i++) {
        key_short_id(&keys->list[i]->public, id);
        if (slice_is(slice_of(slot.ptr + 1, slot.len - 1), id))
            return keys->list[i];
    }
    return NULL;
}

enum err_code signature_files_verify(const struct signature_files *files, struct slice document,
                                     const struct keys *keys, struct arena *arena,
                                     struct verified *verified, size_t *others, struct err *err)
{
    struct evidence *evidence = arena_array(arena, SIGNATURE_FILES_MAX, sizeof *evidence, err);
    size_t count = 0;

    memset(verified, 0, sizeof *verified);
    *others = 0;
    if (!evidence)
        return err->code;
    for (size_t i = 0; i < files->count; i++) {
        const struct signature_file *file = &files->list[i];
        struct slice slot = slot_of(file);
        const struct key *only = slot.len ? key_of(keys, slot) : NULL;

        if (slot.len && !only)
            ++*others;
        else
            evidence[count++] = (struct evidence){file->path, file->bytes, only};
    }
    return verify_bytes(document, evidence, count, keys, arena, verified, err);
}

/* --- The place ---------------------------------------------------------------------------------- */

static const struct signature_file *find(const struct signature_files *files, const char *suffix)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->list[i].suffix, suffix) == 0)
            return &files->list[i];
    }
    return NULL;
}

/* Whether a file in the slot of `kept` comes to be another than it is there. */
static bool is_slot_changed(const struct signature_files *files,
                            const struct signature_files *there, const struct signature_file *kept)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct signature_file *old = find(there, files->list[i].suffix);

        if (slice_equal(slot_of(&files->list[i]), slot_of(kept)) &&
            (!old || !slice_equal(old->bytes, files->list[i].bytes)))
            return true;
    }
    return false;
}

/* Whether the file there, of the document there, is by a key that signed what is published. */
static enum err_code is_by_signer(const struct signature_file *file,
                                  const struct signature_place *place, struct arena *scratch,
                                  bool *answer, struct err *err)
{
    struct signature signature;
    uint8_t digest[SHA256_SIZE];

    *answer = false;
    if (signature_parse(file->bytes, scratch, &signature, err) != ERR_OK)
        return err->code == ERR_FORMAT ? ERR_OK : add_path(file->path, err);
    sha256_of(place->there, digest);
    for (size_t i = 0; i < place->verified->signer_count && !*answer; i++) {
        enum err_code rc =
            signature_check(&signature, &place->verified->signers[i]->public, digest, err);

        if (rc != ERR_OK && rc != ERR_FORMAT && rc != ERR_FORGED)
            return add_path(file->path, err);
        *answer = rc == ERR_OK;
    }
    return ERR_OK;
}

/* A file of the first slot that is about to be replaced. */
static enum err_code check_replaced(const struct signature_file *old,
                                    const struct signature_place *place, struct arena *scratch,
                                    struct err *err)
{
    bool is_own;

    if (is_by_signer(old, place, scratch, &is_own, err) != ERR_OK)
        return err->code;
    if (is_own)
        return ERR_OK;
    if (place->verified->signer_count == 0)
        err_set(err, ERR_POLICY,
                "is another signature than the one beside what is published, and without public keys "
                "nobody can tell whether it is another signer's: give the keys, or remove it first");
    else if (slice_equal(place->there, place->document))
        err_set(err, ERR_POLICY,
                "is by none of the keys that signed what is published, and would be lost: copy the "
                "signatures that are there beside it and sign it again, which keeps both; or remove "
                "it first");
    else
        err_set(err, ERR_POLICY,
                "is by none of the keys that signed what is published, and would be lost: let its "
                "signer sign that, too, or remove it first");
    return add_path(old->path, err);
}

/* What becomes of one file that is there. */
static enum err_code check_there(const struct signature_files *files,
                                 const struct signature_files *there,
                                 const struct signature_file *old,
                                 const struct signature_place *place, struct arena *scratch,
                                 struct err *err)
{
    const struct signature_file *new = find(files, old->suffix);
    bool is_same = slice_equal(place->there, place->document);

    if (new && (slice_equal(new->bytes, old->bytes) || slot_of(old).len > 0 || !place->there.len))
        return ERR_OK;
    if (new)
        return check_replaced(old, place, scratch, err);
    if (is_same && !is_slot_changed(files, there, old))
        return ERR_OK;
    err_set(err, ERR_POLICY,
            "would be left behind, and checks would fail by it: no such signature file is "
            "beside what is published (remove it first)");
    return add_path(old->path, err);
}

enum err_code signature_files_check_place(const struct signature_files *files,
                                          const struct signature_place *place,
                                          struct arena *scratch, struct err *err)
{
    struct signature_files there;

    if (signature_files_read(place->path, scratch, &there, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < there.count; i++) {
        if (check_there(files, &there, &there.list[i], place, scratch, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

enum err_code signature_files_write(const struct signature_files *files, const char *path,
                                    struct err *err)
{
    char target[PATH_MAX];

    for (size_t i = 0; i < files->count; i++) {
        if (snprintf(target, sizeof target, "%s%s", path, files->list[i].suffix) >=
            (int)sizeof target) {
            err_set(err, ERR_IO, "%s", strerror(ENAMETOOLONG));
            return add_path(path, err);
        }
        if (file_replace(target, MODE, files->list[i].bytes, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}
