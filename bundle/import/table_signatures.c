#include "bundle/import/table_signatures.h"

#include <stdio.h>
#include <string.h>

#include "bundle/sign/signature_files.h"
#include "bundle/sign/signature_write.h"
#include "bundle/sign/signer.h"
#include "resolver/base/path.h"
#include "resolver/core/keys.h"

struct existing {
    struct import_work *work;
    const struct table_work *table;
    const char *last;
    size_t count;
    bool removes;
};

static bool is_wanted(const struct placements *placements, const char *name)
{
    for (size_t i = 0; i < placements->count; i++) {
        if (strcmp(placements->list[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Counts the signatures that are there; with removes, has those removed that are not to be there. */
static enum err_code visit(void *ctx, const char *entry, struct err *err)
{
    struct existing *existing = ctx;
    struct placements *placements = &existing->work->result->placements;
    char name[TABLE_NAME_MAX];
    struct placement *placement;

    if (!signature_files_is_name(entry, existing->last))
        return ERR_OK;
    existing->count++;
    snprintf(name, sizeof name, "%.*s%s", (int)(existing->last - existing->table->name),
             existing->table->name, entry);
    if (!existing->removes || is_wanted(placements, name))
        return ERR_OK;
    placement = placement_add_bytes(placements, PLACE_TABLE_SIGNATURE, name, slice_of("", 0),
                                     existing->work->arena, err);
    if (!placement)
        return err->code;
    placement->action = PLACEMENT_REMOVE;
    return ERR_OK;
}

static enum err_code look_at_existing(struct import_work *work, const struct table_work *table,
                                      bool removes, size_t *count, struct err *err)
{
    struct existing existing = {.work = work,
                                .table = table,
                                .last = path_last(table->name),
                                .removes = removes};
    enum err_code rc = repository_siblings(work->repository, table->name, visit, &existing, err);

    *count = existing.count;
    return rc;
}

/* --- Carried signatures ------------------------------------------------------------------------- */

static bool is_carried_for(const struct table_work *table, const struct carried *carried)
{
    return carried->layer->kind == LAYER_SIGNATURE && carried->manifest == table->carried->manifest &&
           carried->place.document == table->carried->layer;
}

static enum err_code refuse_other(const struct import_work *work, const struct placement *placement,
                                  struct err *err)
{
    err_set(err, ERR_POLICY, "another signature is there than the bundle's; --replace takes the "
                             "bundle's");
    return repository_name(work->repository, placement->name, err);
}

/* One carried signature beside the document at `beside`. */
static enum err_code put_carried(struct import_work *work, const struct table_work *table,
                                 const struct carried *carried, const char *beside,
                                 enum placement_kind kind, struct err *err)
{
    bool may_replace = table->table.is_new || kind == PLACE_UPSTREAM || work->settings->replace;
    const struct layer *document = table->carried->layer;
    struct slice suffix = slice_part(carried->layer->title, document->title.len,
                                     carried->layer->title.len);
    char name[TABLE_NAME_MAX];
    struct placement *placement;
    bool differs;

    snprintf(name, sizeof name, "%s%.*s", beside, (int)suffix.len, suffix.ptr);
    placement = placement_add_bytes(&work->result->placements, kind, name, carried->bytes,
                                     work->arena, err);
    if (!placement || import_compare(work, placement, may_replace, &differs, err) != ERR_OK)
        return err->code;
    return differs && !may_replace ? refuse_other(work, placement, err) : ERR_OK;
}

static enum err_code put_all_carried(struct import_work *work, const struct table_work *table,
                                     size_t *count, struct err *err)
{
    const struct contents *contents = work->settings->contents;

    *count = 0;
    for (size_t i = 0; i < contents->count; i++) {
        const struct carried *carried = &contents->list[i];

        if (!is_carried_for(table, carried))
            continue;
        ++*count;
        if (table->table.is_carried &&
            put_carried(work, table, carried, table->name, PLACE_TABLE_SIGNATURE, err) != ERR_OK)
            return err->code;
        if (table->table.needs_upstream &&
            put_carried(work, table, carried, table->upstream, PLACE_UPSTREAM, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* --- The site's own ----------------------------------------------------------------------------- */

/* Both forms of one signature, as text. */
struct forms {
    char memory[2][SIGNATURE_TEXT_MAX];
    struct buf detached, sigstore;
};

static enum err_code sign(const struct privkey *key, struct slice bytes, struct forms *forms,
                          struct err *err)
{
    uint8_t digest[SHA256_SIZE];
    struct signature signature;

    sha256_of(bytes, digest);
    if (signer_sign(key, digest, &signature, err) != ERR_OK)
        return err->code;
    buf_init_fixed(&forms->detached, forms->memory[0], sizeof forms->memory[0]);
    buf_init_fixed(&forms->sigstore, forms->memory[1], sizeof forms->memory[1]);
    signature_write_detached(&signature, &forms->detached);
    signature_write_sigstore(&signature, &key->public, digest, &forms->sigstore);
    if (buf_done(&forms->detached, err) != ERR_OK)
        return err->code;
    return buf_done(&forms->sigstore, err);
}

static enum err_code put_form(struct import_work *work, const char *name, const struct buf *text,
                              struct err *err)
{
    struct placement *placement =
        placement_add_bytes(&work->result->placements, PLACE_TABLE_SIGNATURE, name,
                             buf_slice(text), work->arena, err);
    bool differs;

    if (!placement)
        return err->code;
    return import_compare(work, placement, true, &differs, err);
}

static void form_name(const struct table_work *table, const char *id, const char *ending,
                      char out[TABLE_NAME_MAX])
{
    snprintf(out, TABLE_NAME_MAX, "%s%s%s.%s", table->name, id ? "." : "", id ? id : "", ending);
}

/* Whether a key may have the first names: nobody else is to have them, and of a table that stays as it
 * is they are free, or hold this very signature already (signing gives the same bytes each time). */
static enum err_code may_be_first(struct import_work *work, const struct table_work *table,
                                  const struct forms *forms, bool *may, struct err *err)
{
    static const char *const endings[] = {"sig", "sigstore.json"};
    struct slice texts[] = {buf_slice(&forms->detached), buf_slice(&forms->sigstore)};
    char name[TABLE_NAME_MAX];

    *may = true;
    for (size_t i = 0; i < 2 && *may; i++) {
        struct repository_file file;

        form_name(table, NULL, endings[i], name);
        *may = !is_wanted(&work->result->placements, name);
        if (!*may || table->table.is_new)
            continue;
        if (repository_read(work->repository, name, SIGNATURE_FILE_MAX, work->arena, &file, err) !=
            ERR_OK)
            return err->code;
        *may = !file.is_there || slice_equal(file.bytes, texts[i]);
    }
    return ERR_OK;
}

static enum err_code put_own(struct import_work *work, const struct table_work *table,
                             const struct privkey *key, struct err *err)
{
    char name[TABLE_NAME_MAX], id[KEY_SHORT_ID_SIZE];
    struct forms forms;
    bool is_first;

    key_short_id(&key->public, id);
    if (sign(key, table->table.bytes, &forms, err) != ERR_OK ||
        may_be_first(work, table, &forms, &is_first, err) != ERR_OK)
        return err->code;
    form_name(table, is_first ? NULL : id, "sig", name);
    if (put_form(work, name, &forms.detached, err) != ERR_OK)
        return err->code;
    form_name(table, is_first ? NULL : id, "sigstore.json", name);
    return put_form(work, name, &forms.sigstore, err);
}

static enum err_code check_signable(const struct import_settings *settings,
                                    const struct table_work *table, size_t signatures,
                                    struct err *err)
{
    bool loses = table->table.is_new && !table->table.is_carried && signatures > 0;

    if (loses && settings->table_key_count == 0)
        return err_set(err, ERR_POLICY, "it is signed, and %s changes it: give --table-sign-key FILE, "
                       "a key of this site, to sign it anew",
                       settings->base_url.len ? "--base-url" : "putting the bundle's entries into it");
    if (settings->table_key_count > 0 && !table->table.has_uid)
        return err_set(err, ERR_POLICY, "it carries no ref, stream and version, so that a signature "
                       "of it would fit any version: import without --table-sign-key");
    return ERR_OK;
}

enum err_code table_signatures(struct import_work *work, const struct table_work *table,
                               struct err *err)
{
    const struct import_settings *settings = work->settings;
    size_t carried, existing;
    enum err_code rc = put_all_carried(work, table, &carried, err);

    if (rc == ERR_OK)
        rc = look_at_existing(work, table, false, &existing, err);
    if (rc == ERR_OK && check_signable(settings, table, carried + existing, err) != ERR_OK)
        rc = repository_name(work->repository, table->name, err);
    for (size_t i = 0; rc == ERR_OK && i < settings->table_key_count; i++)
        rc = put_own(work, table, &settings->table_keys[i], err);
    if (rc == ERR_OK && table->table.is_new && table->is_there)
        rc = look_at_existing(work, table, true, &existing, err);
    return rc;
}
