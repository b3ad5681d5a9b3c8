#include "bundle/cli/table_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/sign/signable.h"
#include "bundle/sign/signature_files.h"
#include "bundle/sign/signed_file.h"
#include "bundle/sign/signer.h"
#include "bundle/table/table_format.h"
#include "resolver/base/heap.h"
#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/crypto/sha256.h"
#include "resolver/source/file.h"
#include "resolver/source/folder.h"

#define MODE 0644

const enum option table_file_key_options[] = {OPT_TABLE_SIGN_KEY, OPTION_COUNT};

/* What is about to be written, and by whom it is signed. */
struct saving {
    const struct table_file *file;
    struct slice bytes;
    uint8_t digest[SHA256_SIZE];
    struct sign_keys keys;
    struct table_signed *signatures; /* as many as keys */
};

enum err_code table_file_run(struct invocation *invocation,
                             enum err_code (*work)(struct invocation *invocation,
                                                   struct arena *arena, struct err *err),
                             struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, TABLE_FILE_MEMORY_MAX);
    rc = work(invocation, &arena, err);
    arena_clear(&arena);
    return rc;
}

enum err_code table_file_read(const char *path, struct arena *arena, struct table_file *file,
                              struct err *err)
{
    *file = (struct table_file){.path = path, .is_there = true};
    if (file_read(path, TABLE_MAX_BYTES, arena, &file->bytes, err) == ERR_OK) {
        if (table_document_parse(file->bytes, arena, &file->document, err) == ERR_OK)
            return ERR_OK;
        err_add(err, "%s", quote_bare(slice_text(path)).text);
    }
    memset(file, 0, sizeof *file);
    return err->code;
}

enum err_code table_file_layout(const struct invocation *invocation, enum layout otherwise,
                                enum layout *layout, struct err *err)
{
    const char *text = invocation->values[OPT_TABLE_LAYOUT];
    int parsed = text ? layout_parse(slice_text(text)) : (int)otherwise;

    *layout = otherwise;
    if (parsed < 0)
        return err_set(err, ERR_USAGE, "--layout %s: want rfc, v1 or v2",
                       quote(slice_text(text)).text);
    *layout = (enum layout)parsed;
    return ERR_OK;
}

/* --- Keys --------------------------------------------------------------------------------------- */

/* The keys of all options in one list. */
static enum err_code read_keys(const struct invocation *invocation, const enum option *options,
                               struct arena *arena, struct sign_keys *keys, struct err *err)
{
    memset(keys, 0, sizeof *keys);
    for (; *options != OPTION_COUNT; options++) {
        if (invocation->given[*options] == 0)
            continue;
        if (keys->count > 0)
            return err_set(err, ERR_USAGE, "give --sign-key or --table-sign-key, not both");
        if (sign_keys_read(invocation, *options, arena, keys, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* Where each key's signature goes: under the names that it has for the table as it was. */
static enum err_code choose_names(struct saving *saving, struct arena *arena, struct err *err)
{
    const struct table_file *file = saving->file;
    uint8_t before[SHA256_SIZE];
    bool first_is_taken = false;

    sha256_of(file->is_there ? file->bytes : saving->bytes, before);
    saving->signatures = arena_array(arena, saving->keys.count, sizeof *saving->signatures, err);
    if (!saving->signatures)
        return err->code;
    for (size_t i = 0; i < saving->keys.count; i++) {
        struct table_signed *by = &saving->signatures[i];

        by->key = saving->keys.names[i];
        if (beside_choose(file->path, before, &saving->keys.list[i].public, first_is_taken, arena,
                          &by->beside, err) != ERR_OK)
            return err->code;
        first_is_taken = first_is_taken || by->beside.is_first;
    }
    return ERR_OK;
}

/* A table that is signed must be of one version, and the one that its name says. */
static enum err_code check_signable(const struct saving *saving, struct arena *arena,
                                    struct err *err)
{
    const char *real;

    if (saving->keys.count == 0)
        return ERR_OK;
    if (!saving->file->document.has_uid)
        return err_set(err, ERR_POLICY,
                       "the table carries no ref, stream and version: signed, it could pass for "
                       "another version; make one with table new and merge this one into it");
    if (table_document_check(&saving->file->document, err) != ERR_OK)
        return err->code;
    real = signed_file_resolve(saving->file->path, arena, err);
    return real ? signable_check(real, saving->bytes, arena, err) : err->code;
}

/* --- Signature files that would be left behind --------------------------------------------------- */

/* Whether the file of that name is about to be written anew. */
static bool is_replaced(const struct saving *saving, const char *name)
{
    for (size_t i = 0; i < saving->keys.count; i++) {
        const struct beside *beside = &saving->signatures[i].beside;

        if (strcmp(path_last(beside->sig.path), name) == 0 ||
            strcmp(path_last(beside->bundle.path), name) == 0)
            return true;
    }
    return false;
}

static enum err_code refuse_behind(const struct saving *saving, const char *name, struct err *err)
{
    struct quoted shown = quote_bare(slice_text(name));

    if (!saving->file->is_there)
        return err_set(err, ERR_POLICY, "%s: is the signature of another file (remove it)",
                       shown.text);
    if (saving->keys.count == 0)
        return err_set(err, ERR_POLICY,
                       "is signed (%s), and the change would leave the signature behind: give "
                       "--table-sign-key FILE to sign it anew, or remove the signature first",
                       shown.text);
    return err_set(err, ERR_POLICY,
                   "%s: is not by a given key, and would be left behind: give that key, too, or "
                   "remove the file first",
                   shown.text);
}

struct search {
    const struct saving *saving;
    char found[NAME_MAX + 1]; /* the first, by name, that would be left behind; empty: none */
};

static enum err_code look_at(void *ctx, const char *name, struct err *err)
{
    struct search *search = ctx;
    const char *document = path_last(search->saving->file->path);

    (void)err;
    if (signature_files_is_name(name, document) && !is_replaced(search->saving, name) &&
        (!search->found[0] || strcmp(name, search->found) < 0))
        snprintf(search->found, sizeof search->found, "%s", name);
    return ERR_OK;
}

static enum err_code check_behind(const struct saving *saving, struct arena *arena, struct err *err)
{
    struct search search = {.saving = saving};
    const char *path = saving->file->path;
    size_t len = (size_t)(path_last(path) - path);
    const char *name = len ? arena_copy(arena, slice_of(path, len), err) : ".";
    enum err_code rc;
    int folder;

    if (!name)
        return err->code;
    folder = folder_open(name);
    if (folder < 0)
        return err_set(err, ERR_IO, "its folder: %s", strerror(errno));
    rc = folder_visit(folder, look_at, &search, err);
    close(folder);
    if (rc != ERR_OK)
        return err_add(err, "its folder");
    return search.found[0] ? refuse_behind(saving, search.found, err) : ERR_OK;
}

/* --- Writing ------------------------------------------------------------------------------------ */

static void undo_signatures(const struct saving *saving, size_t count)
{
    while (count-- > 0)
        beside_undo(&saving->signatures[count].beside);
}

static enum err_code sign_all(struct saving *saving, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < saving->keys.count; i++) {
        struct signature signature;
        const struct beside *beside = &saving->signatures[i].beside;

        if (signer_sign(&saving->keys.list[i], saving->digest, &signature, err) != ERR_OK ||
            beside_write(beside, &signature, &saving->keys.list[i].public, saving->digest, arena,
                         err) != ERR_OK) {
            undo_signatures(saving, i);
            return err->code;
        }
    }
    return ERR_OK;
}

/* Puts back what was there, if it is this file that is there now. There is an error already, and it is
 * the one that matters. */
static enum err_code undo(const struct saving *saving, struct arena *arena, struct err *err)
{
    const struct table_file *file = saving->file;
    struct slice there;
    struct err ignored;
    bool is_undone;

    if (file_read(file->path, TABLE_MAX_BYTES, arena, &there, &ignored) != ERR_OK ||
        !slice_equal(there, saving->bytes))
        return err->code;
    is_undone = file->is_there ? file_replace(file->path, MODE, file->bytes, &ignored) == ERR_OK
                               : unlink(file->path) == 0;
    return is_undone ? err_add(err, "nothing was changed in the end") : err->code;
}

static enum err_code write_table(const struct saving *saving, struct err *err)
{
    const struct table_file *file = saving->file;

    return file->is_there ? file_replace(file->path, MODE, saving->bytes, err)
                          : file_create(file->path, MODE, saving->bytes, err);
}

/* A table is written, too, when all that failed was to sync its folder. */
static enum err_code write_new(struct saving *saving, struct arena *arena, struct err *err)
{
    if (sign_all(saving, arena, err) != ERR_OK)
        return err->code;
    if (write_table(saving, err) == ERR_OK)
        return ERR_OK;
    undo_signatures(saving, saving->keys.count);
    return err->code == ERR_POLICY ? err->code : undo(saving, arena, err);
}

static enum err_code write_over(struct saving *saving, bool is_changed, struct arena *arena,
                                struct err *err)
{
    if (is_changed && write_table(saving, err) != ERR_OK)
        return undo(saving, arena, err);
    if (sign_all(saving, arena, err) != ERR_OK)
        return is_changed ? undo(saving, arena, err) : err->code;
    return ERR_OK;
}

/* Before its signatures are written, which would take the place of those of the file that is there. */
static enum err_code check_new(const struct table_file *file, struct err *err)
{
    struct stat status;

    if (file->is_there || lstat(file->path, &status) != 0)
        return ERR_OK;
    return err_set(err, ERR_POLICY, "is there already, and is never overwritten");
}

/* Everything that may be refused, but for the files' names in messages. */
static enum err_code prepare(struct saving *saving, bool is_changed, struct arena *arena,
                             struct err *err)
{
    sha256_of(saving->bytes, saving->digest);
    if (check_new(saving->file, err) != ERR_OK || check_signable(saving, arena, err) != ERR_OK ||
        choose_names(saving, arena, err) != ERR_OK ||
        (is_changed && check_behind(saving, arena, err) != ERR_OK))
        return err_add(err, "%s", quote_bare(slice_text(saving->file->path)).text);
    return ERR_OK;
}

/* saved NULL: nothing is written. */
static enum err_code save(struct saving *saving, struct arena *arena, struct table_saved *saved,
                          struct err *err)
{
    const struct table_file *file = saving->file;
    bool is_changed = !file->is_there || !slice_equal(file->bytes, saving->bytes);

    if (prepare(saving, is_changed, arena, err) != ERR_OK)
        return err->code;
    if (!saved)
        return ERR_OK;
    if ((file->is_there ? write_over(saving, is_changed, arena, err)
                        : write_new(saving, arena, err)) != ERR_OK)
        return err->code;
    *saved = (struct table_saved){is_changed, saving->signatures, saving->keys.count};
    return ERR_OK;
}

static enum err_code format_and_save(const struct sign_keys *keys, const struct table_file *file,
                                     enum layout layout, struct arena *arena,
                                     struct table_saved *saved, struct err *err)
{
    struct saving saving = {.file = file, .keys = *keys};
    struct buf out;
    enum err_code rc;

    buf_init_heap(&out, TABLE_MAX_BYTES);
    rc = table_format(&file->document, layout, &out, err);
    saving.bytes = buf_slice(&out);
    if (rc == ERR_OK)
        rc = save(&saving, arena, saved, err);
    else
        err_add(err, "%s", quote_bare(slice_text(file->path)).text);
    buf_clear(&out);
    return rc;
}

enum err_code table_file_check_by(const struct sign_keys *keys, const struct table_file *file,
                                  enum layout layout, struct arena *arena, struct err *err)
{
    return format_and_save(keys, file, layout, arena, NULL, err);
}

enum err_code table_file_save_by(const struct sign_keys *keys, const struct table_file *file,
                                 enum layout layout, struct arena *arena,
                                 struct table_saved *saved, struct err *err)
{
    memset(saved, 0, sizeof *saved);
    return format_and_save(keys, file, layout, arena, saved, err);
}

enum err_code table_file_save(const struct invocation *invocation, const enum option *key_options,
                              const struct table_file *file, enum layout layout,
                              struct arena *arena, struct table_saved *saved, struct err *err)
{
    struct sign_keys keys;
    enum err_code rc = read_keys(invocation, key_options, arena, &keys, err);

    memset(saved, 0, sizeof *saved);
    if (rc == ERR_OK)
        rc = table_file_save_by(&keys, file, layout, arena, saved, err);
    sign_keys_wipe(&keys);
    return rc;
}

enum err_code table_file_sign(const struct invocation *invocation, const enum option *key_options,
                              const struct table_file *file, struct arena *arena,
                              struct table_saved *saved, struct err *err)
{
    struct saving saving = {.file = file, .bytes = file->bytes};
    size_t given = 0;
    enum err_code rc;

    memset(saved, 0, sizeof *saved);
    for (const enum option *option = key_options; *option != OPTION_COUNT; option++)
        given += invocation->given[*option];
    if (given == 0)
        return err_set(err, ERR_NO_KEY, "no key to sign with: give --table-sign-key FILE");
    rc = read_keys(invocation, key_options, arena, &saving.keys, err);
    if (rc == ERR_OK)
        rc = save(&saving, arena, saved, err);
    sign_keys_wipe(&saving.keys);
    return rc;
}

/* --- Answers ------------------------------------------------------------------------------------ */

void table_file_print_signed(const struct table_file *file, const struct table_saved *saved,
                             struct buf *out)
{
    for (size_t i = 0; i < saved->count; i++) {
        const struct table_signed *by = &saved->signatures[i];

        buf_add_format(out, "%s: signed by %s", quote_bare(slice_text(file->path)).text,
                       quote_bare(slice_text(by->key)).text);
        buf_add_format(out, ": %s", quote_bare(slice_text(by->beside.sig.path)).text);
        buf_add_format(out, ", %s\n", quote_bare(slice_text(by->beside.bundle.path)).text);
    }
}

void table_file_write_signed(const struct table_saved *saved, struct json_writer *json)
{
    json_key(json, "signatures");
    json_begin_list(json);
    for (size_t i = 0; i < saved->count; i++) {
        json_begin_map(json);
        json_member(json, "key", saved->signatures[i].key);
        json_member(json, "signature", saved->signatures[i].beside.sig.path);
        json_member(json, "bundle", saved->signatures[i].beside.bundle.path);
        json_end_map(json);
    }
    json_end_list(json);
}

enum err_code table_file_print(const struct invocation *invocation,
                               const struct table_document *document, enum layout layout,
                               struct err *err)
{
    struct json_writer json = json_writer_to(invocation->out, 0);
    struct buf text;
    enum err_code rc;

    if (invocation->given[OPT_TABLE_SIGN_KEY])
        return err_set(err, ERR_USAGE, "a table on standard output cannot be signed: give -o FILE");
    buf_init_heap(&text, TABLE_MAX_BYTES);
    rc = table_format(document, layout, &text, err);
    if (rc == ERR_OK && !invocation->given[OPT_JSON]) {
        buf_add(invocation->out, buf_slice(&text));
    } else if (rc == ERR_OK) {
        json_begin_map(&json);
        json_member_slice(&json, "table", buf_slice(&text));
        json_end_map(&json);
        buf_add_byte(invocation->out, '\n');
    }
    buf_clear(&text);
    return rc;
}
