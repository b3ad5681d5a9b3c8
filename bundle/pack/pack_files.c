#include "bundle/pack/pack_files.h"

#include <string.h>

#include "bundle/sign/signable.h"
#include "resolver/base/heap.h"
#include "resolver/base/path.h"
#include "resolver/base/quote.h"
#include "resolver/core/measurements.h"
#include "resolver/source/file.h"

#define SCRATCH_MAX ((size_t)768 << 20) /* to read one document */

/* --- Reading ------------------------------------------------------------------------------------ */

/* A file with its folder, where its signatures are looked for. */
static enum err_code start(struct pack_files *files, const char *path, size_t max_bytes,
                           struct arena *arena, struct pack_file **out, struct err *err)
{
    struct pack_file *file = &files->list[files->count];
    size_t len = (size_t)(path_last(path) - path);
    const char *folder = len ? arena_copy(arena, slice_of(path, len > 1 ? len - 1 : 1), err) : ".";

    if (files->count == PACK_FILES_MAX)
        return err_set(err, ERR_USAGE, "more than %d files are given", PACK_FILES_MAX);
    *file = (struct pack_file){.path = path};
    if (!folder || file_read(path, max_bytes, arena, &file->bytes, err))
        return err->code;
    source_dir_init(&file->folder, folder);
    files->count++;
    *out = file;
    return ERR_OK;
}

static enum layout layout_of(enum table_generation generation)
{
    return generation == TABLE_V2 ? LAYOUT_V2 : generation == TABLE_V1 ? LAYOUT_V1 : LAYOUT_RFC;
}

enum err_code pack_files_table(struct pack_files *files, const char *path, struct arena *arena,
                               struct err *err)
{
    struct pack_file *file;
    struct arena scratch;
    struct table table;
    enum err_code rc;

    if (start(files, path, TABLE_MAX_BYTES, arena, &file, err))
        return err->code;
    arena_init_heap(&scratch, SCRATCH_MAX);
    rc = table_parse(file->bytes, &scratch, &table, err);
    if (rc == ERR_OK) {
        file->is_table = true;
        file->has_uid = table.has_uid;
        file->uid = table.uid;
        file->layout = layout_of(table.generation);
    }
    arena_clear(&scratch);
    return rc ? err_add(err, "%s: lookup table", pack_show(path).text) : ERR_OK;
}

static enum err_code read_claim(struct pack_file *file, enum csp csp, struct err *err)
{
    struct signable_claim claim;
    struct arena scratch;
    enum err_code rc;

    arena_init_heap(&scratch, SCRATCH_MAX);
    rc = signable_read_claim(file->bytes, &scratch, &claim, err);
    arena_clear(&scratch);
    if (rc)
        return rc;
    file->has_uid = true;
    file->uid = claim.uid;
    file->layout = claim.layout;
    file->csp = claim.csp;
    if (claim.csp == CSP_NONE || claim.csp == csp)
        return ERR_OK;
    return err_set(err, ERR_FORGED, "measurements: of %s, not of %s", csp_name(claim.csp),
                   csp_name(csp));
}

enum err_code pack_files_measurements(struct pack_files *files, const char *csp_and_path,
                                      struct arena *arena, struct err *err)
{
    struct slice rest = slice_text(csp_and_path), name = slice_cut(&rest, '=');
    enum csp csp = csp_parse(name);
    struct pack_file *file;

    if (!rest.ptr || rest.len == 0)
        return err_set(err, ERR_USAGE, "--measurements %s: want CSP=FILE",
                       quote(slice_text(csp_and_path)).text);
    if (csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "--measurements %s: csp %s is not known; want one of: %s",
                       quote_bare(slice_text(csp_and_path)).text, quote(name).text, csp_names());
    if (start(files, (const char *)rest.ptr, MEASUREMENTS_MAX_BYTES, arena, &file, err))
        return err->code;
    if (read_claim(file, csp, err))
        return err_add(err, "%s", pack_show(file->path).text);
    return ERR_OK;
}

/* --- Signatures --------------------------------------------------------------------------------- */

static const struct key *signer_of(const struct signature *signature, const struct pack_file *file,
                                   const struct keys *keys)
{
    uint8_t digest[SHA256_SIZE];
    struct err ignored;

    sha256_of(file->bytes, digest);
    for (size_t i = 0; i < keys->count; i++) {
        if (signature_check(signature, &keys->list[i]->public, digest, &ignored) == ERR_OK)
            return keys->list[i];
    }
    return NULL;
}

static enum err_code give(struct pack_file *file, const struct pack_given *given,
                          struct arena *arena, struct err *err)
{
    struct pack_given *list = arena_array(arena, file->given_count + 1, sizeof *list, err);

    if (!list)
        return err->code;
    if (file->given_count > 0)
        memcpy(list, file->given, file->given_count * sizeof *list);
    list[file->given_count++] = *given;
    file->given = list;
    return ERR_OK;
}

enum err_code pack_files_signature(struct pack_files *files, const char *path,
                                   const struct pack_policy *policy, struct arena *arena,
                                   struct err *err)
{
    struct pack_given given = {.path = path};
    struct signature signature;

    if (policy->keys->count + policy->table_keys->count == 0)
        return err_set(err, ERR_NO_KEY, "%s: there is no key to check it with: give --key FILE",
                       pack_show(path).text);
    if (file_read(path, SIGNATURE_FILE_MAX, arena, &given.bytes, err))
        return err->code;
    if (signature_parse(given.bytes, arena, &signature, err))
        return err_add(err, "%s", pack_show(path).text);
    given.form = signature.form;
    for (size_t i = 0; i < files->count; i++) {
        struct pack_file *file = &files->list[i];

        given.key = signer_of(&signature, file, file->is_table ? policy->table_keys : policy->keys);
        if (given.key)
            return give(file, &given, arena, err);
    }
    return err_set(err, ERR_FORGED, "%s: no given key validates it for any of the files given",
                   pack_show(path).text);
}

/* --- Adding ------------------------------------------------------------------------------------- */

static enum err_code add(const struct pack_file *file, const struct pack_policy *policy,
                         struct pack_release *release, struct arena *arena, struct err *err)
{
    struct pack_document document = {
        .kind = file->is_table                ? LAYER_TABLE
                : file->layout == LAYOUT_RFC ? LAYER_MEASUREMENTS_YAML
                                              : LAYER_MEASUREMENTS_JSON,
        .source = &file->folder.source,
        .name = path_last(file->path),
        .place = file->path,
        .layout = file->layout,
        .csp = file->csp,
        .bytes = file->bytes,
        .given = file->given,
        .given_count = file->given_count,
    };
    char title[LAYOUT_NAME_MAX];

    if (file->is_table)
        layout_table_name(file->layout, &release->uid, title);
    else
        layout_measurements_name(file->layout, &release->uid, file->csp, title);
    document.title = arena_copy(arena, slice_text(title), err);
    if (!document.title)
        return err->code;
    return pack_document_add(&document, policy, release, arena, err);
}

enum err_code pack_files_add(const struct pack_files *files, bool is_only,
                             const struct pack_policy *policy, struct pack_release *release,
                             struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct pack_file *file = &files->list[i];

        if (file->has_uid ? uid_equal(&file->uid, &release->uid) : is_only) {
            if (add(file, policy, release, arena, err))
                return err->code;
        }
    }
    return ERR_OK;
}

void pack_files_close(struct pack_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        source_dir_close(&files->list[i].folder);
    files->count = 0;
}
