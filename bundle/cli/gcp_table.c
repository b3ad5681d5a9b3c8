#include "bundle/cli/gcp_table.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/table/table_edit.h"
#include "resolver/base/quote.h"

static bool is_absent(const char *path)
{
    struct stat status;

    return lstat(path, &status) && errno == ENOENT;
}

static enum err_code read_table(struct gcp_table *table, struct arena *arena, struct err *err)
{
    if (!is_absent(table->path))
        return table_file_read(table->path, arena, &table->file, err);
    if (!table->source->has_uid)
        return err_set(err, ERR_USAGE, "%s: is not there, and a disk does not say its version: make the "
                       "table first (table new UID -o FILE)",
                       quote_bare(slice_text(table->path)).text);
    table->file = (struct table_file){.path = table->path};
    table_document_init(&table->source->uid, LAYOUT_V2, &table->file.document);
    return ERR_OK;
}

static bool is_other(struct slice have, const char *want)
{
    return have.len > 0 && !slice_is(have, want);
}

static enum err_code check_uid(const struct gcp_table *table, struct err *err)
{
    const struct table_document *document = &table->file.document;
    const struct uid *uid = &table->source->uid;

    if (!table->source->has_uid)
        return ERR_OK;
    if (document->has_uid && !uid_equal(&document->uid, uid))
        return err_set(err, ERR_FORGED, "%s: is the table of %s, and the image is of %s",
                       quote_bare(slice_text(table->path)).text, document->uid.text, uid->text);
    if (!document->has_uid &&
        (is_other(document->ref, uid->ref) || is_other(document->stream, uid->stream) ||
         is_other(document->version, uid->version)))
        return err_set(err, ERR_FORGED, "%s: is the table of another version than %s",
                       quote_bare(slice_text(table->path)).text, uid->text);
    return ERR_OK;
}

static enum err_code edit(struct gcp_table *table, struct arena *arena, struct err *err)
{
    struct slice reference = slice_text(table->reference);
    const struct edit_place place = {.csp = CSP_GCP, .variant = table->source->variant};

    if (table_edit_set(&table->file.document, &place, reference, arena, &table->entry,
                       &table->before, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(table->path)).text);
    if (table->before.len == 0 || slice_equal(table->before, reference) ||
        table->invocation->given[OPT_REPLACE])
        return ERR_OK;
    return err_set(err, ERR_POLICY, "%s: has another reference for this cloud and variant, %s: --replace "
                   "puts the new one in its place", quote_bare(slice_text(table->path)).text,
                   quote_bare(table->before).text);
}

/* Whether nothing is to be written: it is there already, and nobody is to sign. */
static bool is_done(const struct gcp_table *table)
{
    return slice_is(table->before, table->reference) && table->keys.count == 0;
}

static enum err_code prepare(struct gcp_table *table, struct arena *arena, struct err *err)
{
    if (read_table(table, arena, err) != ERR_OK || check_uid(table, err) != ERR_OK ||
        edit(table, arena, err) != ERR_OK)
        return err->code;
    if (is_done(table))
        return ERR_OK;
    return table_file_check_by(&table->keys, &table->file, table->file.document.layout, arena, err);
}

enum err_code gcp_table_check(struct gcp_table *table, struct arena *arena, struct err *err)
{
    if (table->invocation->given[OPT_TABLE_SIGN_KEY] &&
        sign_keys_read(table->invocation, OPT_TABLE_SIGN_KEY, arena, &table->keys, err) != ERR_OK)
        return err->code;
    return prepare(table, arena, err);
}

enum err_code gcp_table_save(struct gcp_table *table, struct arena *arena, struct err *err)
{
    if (prepare(table, arena, err) != ERR_OK)
        return err->code;
    if (is_done(table))
        return ERR_OK;
    return table_file_save_by(&table->keys, &table->file, table->file.document.layout, arena,
                              &table->saved, err);
}

void gcp_table_wipe(struct gcp_table *table)
{
    sign_keys_wipe(&table->keys);
}
