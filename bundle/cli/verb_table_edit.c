/* table set, table remove: one change to a lookup table. */
#include "bundle/cli/table_file.h"
#include "bundle/cli/verbs.h"
#include "bundle/table/reference_check.h"
#include "bundle/table/table_edit.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

/* One entry that was set or removed. */
struct change {
    struct document_entry entry;
    struct slice before; /* set: the reference that it had; empty when it is new */
};

static enum err_code read_place(const struct invocation *invocation, struct edit_place *place,
                                struct err *err)
{
    struct slice csp = slice_text(invocation->values[OPT_CSP]);

    *place = (struct edit_place){.csp = csp_parse(csp),
                                 .variant = slice_text(invocation->values[OPT_VARIANT]),
                                 .region = slice_text(invocation->values[OPT_REGION])};
    if (csp.len && place->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "--csp %s: is not known; want one of: %s", quote(csp).text,
                       csp_names());
    if (!csp.len)
        place->csp = variant_csp(place->variant);
    if (place->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "no cloud: give --csp (%s)", csp_names());
    return ERR_OK;
}

/* --- Answers ------------------------------------------------------------------------------------ */

static void print_change(const struct table_file *file, const struct change *change, bool is_set,
                         struct buf *out)
{
    char name[DOCUMENT_NAME_MAX];

    document_entry_name(&change->entry, name);
    buf_add_format(out, "%s: %s: ", quote_bare(slice_text(file->path)).text, name);
    if (!is_set)
        buf_add_text(out, "removed ");
    buf_add(out, change->entry.reference);
    if (is_set && slice_equal(change->before, change->entry.reference)) {
        buf_add_text(out, " (as before)");
    } else if (is_set && change->before.len) {
        buf_add_text(out, " (was ");
        buf_add(out, change->before);
        buf_add_byte(out, ')');
    }
    buf_add_byte(out, '\n');
}

static void write_change(const struct change *change, bool is_set, struct json_writer *json)
{
    json_begin_map(json);
    json_member(json, "csp", csp_name(change->entry.csp));
    json_member_slice(json, "variant", change->entry.variant);
    json_member_or_null(json, "region", change->entry.region);
    json_member_slice(json, "reference", change->entry.reference);
    if (is_set && change->before.len)
        json_member_slice(json, "before", change->before);
    else if (is_set)
        json_member(json, "before", NULL);
    json_end_map(json);
}

static void print(const struct invocation *invocation, const struct table_file *file,
                  const struct table_saved *saved, const struct change *changes, size_t count,
                  bool is_set)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        for (size_t i = 0; i < count; i++)
            print_change(file, &changes[i], is_set, invocation->out);
        table_file_print_signed(file, saved, invocation->out);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", file->path);
    json_key(&json, is_set ? "set" : "removed");
    json_begin_list(&json);
    for (size_t i = 0; i < count; i++)
        write_change(&changes[i], is_set, &json);
    json_end_list(&json);
    table_file_write_signed(saved, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

/* --- table set ---------------------------------------------------------------------------------- */

static enum err_code check_reference(const struct invocation *invocation, enum csp csp,
                                     struct slice reference, struct err *err)
{
    const char *why;

    switch (reference_check(csp, reference, &why)) {
    case REFERENCE_BAD:
        return err_set(err, ERR_FORMAT, "--reference %s: no reference of %s: %s",
                       quote(reference).text, csp_name(csp), why);
    case REFERENCE_ODD:
        say_warning(invocation, "--reference %s: %s", quote(reference).text, why);
        break;
    case REFERENCE_GOOD:
        break;
    }
    return ERR_OK;
}

static void warn_of_variant(const struct invocation *invocation, const struct document_entry *entry)
{
    if (!variant_is_known(entry->csp, entry->variant))
        say_warning(invocation, "variant %s: is not one that is known on %s",
                    quote(entry->variant).text, csp_name(entry->csp));
}

static enum err_code set(struct invocation *invocation, struct arena *arena, struct err *err)
{
    struct slice reference = slice_text(invocation->values[OPT_REFERENCE]);
    struct edit_place place;
    struct change change;
    struct table_file file;
    struct table_saved saved = {0};
    bool is_same;

    if (!reference.len)
        return err_set(err, ERR_USAGE, "no reference: give --reference REFERENCE");
    if (read_place(invocation, &place, err) != ERR_OK ||
        table_file_read(invocation->arguments[0], arena, &file, err) != ERR_OK)
        return err->code;
    if (table_edit_set(&file.document, &place, reference, arena, &change.entry, &change.before,
                       err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(file.path)).text);
    if (check_reference(invocation, place.csp, reference, err) != ERR_OK)
        return err->code;
    warn_of_variant(invocation, &change.entry);
    is_same = slice_equal(change.before, reference) && !invocation->given[OPT_TABLE_SIGN_KEY];
    if (!is_same && table_file_save(invocation, table_file_key_options, &file, file.document.layout,
                                    arena, &saved, err) != ERR_OK)
        return err->code;
    print(invocation, &file, &saved, &change, 1, true);
    return ERR_OK;
}

static enum err_code run_set(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, set, err);
}

static const enum option set_options[] = {OPT_CSP,       OPT_REGION,         OPT_VARIANT,
                                          OPT_REFERENCE, OPT_TABLE_SIGN_KEY, OPTION_COUNT};

const struct verb verb_table_set = {
    .name = "table set",
    .arguments = "FILE",
    .summary = "Sets one reference of a lookup table",
    .details =
        "A reference that is there for the same cloud, region and variant is replaced, and shown.\n"
        "Without --variant the one that the table has for that cloud is meant; where it has none,\n"
        "aws-nitro-tpm, gcp-sev-es or qemu-vtpm. References must have their provider's form.\n"
        "\n"
        "A table with signature files beside it is changed only with --table-sign-key, which signs\n"
        "it anew. The generation of the table stays; see table convert.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = set_options,
    .run = run_set,
};

/* --- table remove ------------------------------------------------------------------------------- */

static enum err_code remove_entries(struct invocation *invocation, struct arena *arena,
                                    struct err *err)
{
    struct document_entry *removed;
    struct edit_place place;
    struct change *changes;
    struct table_file file;
    struct table_saved saved;
    size_t count;

    if (read_place(invocation, &place, err) != ERR_OK ||
        table_file_read(invocation->arguments[0], arena, &file, err) != ERR_OK)
        return err->code;
    if (table_edit_remove(&file.document, &place, arena, &removed, &count, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(file.path)).text);
    changes = arena_array(arena, count, sizeof *changes, err);
    if (!changes || table_file_save(invocation, table_file_key_options, &file, file.document.layout,
                                    arena, &saved, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < count; i++)
        changes[i].entry = removed[i];
    print(invocation, &file, &saved, changes, count, false);
    return ERR_OK;
}

static enum err_code run_remove(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, remove_entries, err);
}

static const enum option remove_options[] = {OPT_CSP, OPT_REGION, OPT_VARIANT, OPT_TABLE_SIGN_KEY,
                                             OPTION_COUNT};

const struct verb verb_table_remove = {
    .name = "table remove",
    .arguments = "FILE",
    .summary = "Removes references from a lookup table",
    .details =
        "Every reference of --csp goes, or those of --region and --variant alone. What was removed\n"
        "is shown. A table with signature files beside it is changed only with --table-sign-key.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = remove_options,
    .run = run_remove,
};
