#include "bundle/sign/signed_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/sign/signable.h"
#include "bundle/sign/signature_write.h"
#include "resolver/base/quote.h"
#include "resolver/crypto/sha256.h"
#include "resolver/source/file.h"

const char *signed_file_resolve(const char *path, struct arena *arena, struct err *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *folder = slash ? arena_copy(arena, slice_of(path, (size_t)(name - path)), err) : ".";
    char real[PATH_MAX];
    struct buf out;
    char *memory;

    if (!folder)
        return NULL;
    if (!realpath(folder, real)) {
        err_set(err, ERR_IO, "%s", strerror(errno));
        return NULL;
    }
    memory = arena_alloc(arena, strlen(real) + strlen(name) + 2, err);
    if (!memory)
        return NULL;
    buf_init_fixed(&out, memory, strlen(real) + strlen(name) + 1);
    buf_add_text(&out, real);
    buf_add_text(&out, slice_ends(slice_text(real), "/") ? "" : "/");
    buf_add_text(&out, name);
    return memory;
}

static enum err_code read_document(int fd, size_t max_bytes, struct arena *scratch,
                                   struct signed_file *file, struct err *err)
{
    if (file_read_fd(fd, max_bytes, scratch, &file->bytes, err) != ERR_OK)
        return err->code;
    sha256_of(file->bytes, file->digest);
    return signable_check(file->real, file->bytes, scratch, err);
}

/* One of no known kind. What is longer than the texts of signatures is none of them. */
static enum err_code read_other(int fd, struct arena *scratch, struct signed_file *file,
                                struct err *err)
{
    struct slice bytes;
    struct stat status;

    if (fstat(fd, &status))
        return err_set(err, ERR_IO, "%s", strerror(errno));
    if (status.st_size > (off_t)SIGNABLE_TEXT_MAX)
        return file_sha256_fd(fd, file->digest, err);
    if (file_read_fd(fd, SIGNABLE_TEXT_MAX, scratch, &bytes, err) != ERR_OK)
        return err->code;
    sha256_of(bytes, file->digest);
    return signable_check_other(bytes, scratch, err);
}

static enum err_code read_file(struct arena *scratch, struct signed_file *file, struct err *err)
{
    enum signable_kind kind = signable_kind_of(file->real);
    int fd = file_open(file->path, err);
    enum err_code rc;

    if (fd < 0)
        return err->code;
    rc = kind == SIGNABLE_ANY
             ? read_other(fd, scratch, file, err)
             : read_document(fd, signable_max_bytes(kind), scratch, file, err);
    close(fd);
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", quote_bare(slice_text(file->path)).text);
}

enum err_code signed_file_open(const char *path, size_t room, struct arena *arena,
                               struct arena *scratch, struct signed_file *file, struct err *err)
{
    enum err_code rc = ERR_OK;

    *file = (struct signed_file){.path = path, .room = room};
    file->signatures = arena_array(arena, room, sizeof *file->signatures, err);
    file->real = file->signatures ? signed_file_resolve(path, arena, err) : NULL;
    if (!file->signatures)
        rc = err->code;
    else if (!file->real)
        rc = err_add(err, "%s", quote_bare(slice_text(path)).text);
    if (rc == ERR_OK)
        rc = read_file(scratch, file, err);
    if (rc != ERR_OK)
        memset(file, 0, sizeof *file);
    return rc;
}

/* Reads measurements the only way they can be read: as verified ones. */
static enum err_code check_contents(const struct signed_file *file, struct signed_by *by,
                                    struct arena *scratch, struct err *err)
{
    struct keys keys = {.list = {&by->key}, .count = 1};
    char memory[SIGNATURE_TEXT_MAX];
    struct evidence evidence = {.name = file->path};
    struct verified verified;
    struct buf text;

    buf_init_fixed(&text, memory, sizeof memory);
    signature_write_detached(&by->signature, &text);
    evidence.bytes = buf_slice(&text);
    if (verify_bytes(file->bytes, &evidence, 1, &keys, scratch, &verified, err) != ERR_OK)
        return err->code;
    return signable_check_signed(file->real, &verified, scratch, err);
}

static bool has_first(const struct signed_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        if (file->signatures[i].beside.is_first)
            return true;
    }
    return false;
}

static enum err_code add(struct signed_file *file, struct signed_by *by, struct arena *arena,
                         struct arena *scratch, struct err *err)
{
    if (signature_check(&by->signature, &by->key.public, file->digest, err) != ERR_OK)
        return err->code;
    if (signable_kind_of(file->real) != SIGNABLE_ANY &&
        check_contents(file, by, scratch, err) != ERR_OK)
        return err->code;
    return beside_choose(file->path, file->digest, &by->key.public, has_first(file), arena,
                         &by->beside, err);
}

enum err_code signed_file_add(struct signed_file *file, const struct pubkey *key,
                              const char *key_name, const struct signature *signature,
                              struct arena *arena, struct arena *scratch, struct err *err)
{
    struct signed_by *by = &file->signatures[file->count];

    if (file->count == file->room)
        return err_set(err, ERR_BUG, "more than %zu signatures", file->room);
    *by = (struct signed_by){.key = {.public = *key, .name = key_name}, .signature = *signature};
    if (add(file, by, arena, scratch, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(file->path)).text);
    file->count++;
    return ERR_OK;
}

static void undo_first(const struct signed_file *file, size_t count)
{
    for (size_t i = 0; i < count; i++)
        beside_undo(&file->signatures[i].beside);
}

enum err_code signed_file_write(const struct signed_file *file, struct arena *scratch,
                                struct err *err)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct signed_by *by = &file->signatures[i];

        if (beside_write(&by->beside, &by->signature, &by->key.public, file->digest, scratch,
                         err) != ERR_OK) {
            undo_first(file, i);
            return err->code;
        }
    }
    return ERR_OK;
}

void signed_file_undo(const struct signed_file *file)
{
    undo_first(file, file->count);
}
