/* table new, table show: a lookup table is made; one is shown. */
#include <string.h>

#include "bundle/cli/table_file.h"
#include "bundle/cli/verbs.h"
#include "bundle/table/table_format.h"
#include "resolver/base/quote.h"

/* --- table new ---------------------------------------------------------------------------------- */

static void print_new(const struct invocation *invocation, const struct table_file *file,
                      const struct table_saved *saved, enum layout layout)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s: an empty table of %s\n",
                       quote_bare(slice_text(file->path)).text, file->document.uid.text);
        table_file_print_signed(file, saved, invocation->out);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", file->path);
    json_member(&json, "uid", file->document.uid.text);
    json_member(&json, "layout", layout_text(layout));
    table_file_write_signed(saved, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static enum err_code make(struct invocation *invocation, struct arena *arena, struct err *err)
{
    struct table_file file = {.path = invocation->values[OPT_OUTPUT]};
    struct table_saved saved;
    enum layout layout;
    struct uid uid;

    if (!file.path)
        return err_set(err, ERR_USAGE, "no file to write: give -o FILE");
    if (table_file_layout(invocation, LAYOUT_V2, &layout, err) != ERR_OK ||
        uid_parse(slice_text(invocation->arguments[0]), &uid, err) != ERR_OK)
        return err->code;
    table_document_init(&uid, layout, &file.document);
    if (strcmp(file.path, "-") == 0)
        return table_file_print(invocation, &file.document, layout, err);
    if (table_file_save(invocation, table_file_key_options, &file, layout, arena, &saved, err) !=
        ERR_OK)
        return err->code;
    print_new(invocation, &file, &saved, layout);
    return ERR_OK;
}

static enum err_code run_new(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, make, err);
}

static const enum option new_options[] = {OPT_OUTPUT, OPT_TABLE_LAYOUT, OPT_TABLE_SIGN_KEY,
                                          OPTION_COUNT};

const struct verb verb_table_new = {
    .name = "table new",
    .arguments = "UID",
    .summary = "Makes an empty lookup table of a version",
    .details =
        "The table carries ref, stream and version in every generation, so that it can be signed.\n"
        "Without --layout it is a v2 table. A file that is there already is never overwritten.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = new_options,
    .run = run_new,
};

/* --- table show --------------------------------------------------------------------------------- */

static const char *const titles[] = {"csp", "variant", "region", "reference"};

#define COLUMNS 4

static void columns_of(const struct document_entry *entry, struct slice columns[COLUMNS])
{
    columns[0] = slice_text(csp_name(entry->csp));
    columns[1] = entry->variant;
    columns[2] = entry->region.len ? entry->region : SLICE("-");
    columns[3] = entry->reference;
}

static void print_row(const struct slice columns[COLUMNS], const size_t widths[COLUMNS],
                      struct buf *out)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        buf_add(out, columns[i]);
        for (size_t at = columns[i].len; i + 1 < COLUMNS && at < widths[i] + 2; at++)
            buf_add_byte(out, ' ');
    }
    buf_add_byte(out, '\n');
}

/* Every text is printable ASCII: table_parse has seen to it. */
static void print_rows(const struct table_document *document, struct buf *out)
{
    size_t widths[COLUMNS] = {0};
    struct slice columns[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        widths[i] = strlen(titles[i]);
    for (size_t i = 0; i < document->count; i++) {
        columns_of(&document->entries[i], columns);
        for (size_t j = 0; j < COLUMNS; j++)
            widths[j] = columns[j].len > widths[j] ? columns[j].len : widths[j];
    }
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = slice_text(titles[i]);
    print_row(columns, widths, out);
    for (size_t i = 0; i < document->count; i++) {
        columns_of(&document->entries[i], columns);
        print_row(columns, widths, out);
    }
}

static void print_text(const struct table_document *document, struct buf *out)
{
    buf_add_format(out, "version %s, layout %s, %zu reference%s, not checked for a signature\n",
                   document->has_uid ? document->uid.text : "not said",
                   layout_text(document->layout), document->count, document->count == 1 ? "" : "s");
    print_rows(document, out);
    for (size_t i = 0; i < document->member_count; i++)
        buf_add_format(out, "not known: %s\n", quote(node_text(document->members[i].key)).text);
    if (document->foreign_count > 0)
        buf_add_format(out, "not known: %zu %s of other csps\n", document->foreign_count,
                       document->foreign_count == 1 ? "entry" : "entries");
}

static void print_json(const struct invocation *invocation, const struct table_document *document)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    json_begin_map(&json);
    json_member(&json, "file", invocation->arguments[0]);
    json_member(&json, "uid", document->has_uid ? document->uid.text : NULL);
    json_member(&json, "layout", layout_text(document->layout));
    json_key(&json, "entries");
    json_begin_list(&json);
    for (size_t i = 0; i < document->count; i++) {
        const struct document_entry *entry = &document->entries[i];

        json_begin_map(&json);
        json_member(&json, "csp", csp_name(entry->csp));
        json_member_slice(&json, "variant", entry->variant);
        json_member_or_null(&json, "region", entry->region);
        json_member_slice(&json, "reference", entry->reference);
        json_end_map(&json);
    }
    json_end_list(&json);
    json_key(&json, "unknown");
    json_number(&json, document->member_count + document->foreign_count);
    json_key(&json, "verified");
    json_bool(&json, false);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static enum err_code show(struct invocation *invocation, struct arena *arena, struct err *err)
{
    struct table_file file;

    if (table_file_read(invocation->arguments[0], arena, &file, err) != ERR_OK)
        return err->code;
    if (invocation->given[OPT_JSON])
        print_json(invocation, &file.document);
    else
        print_text(&file.document, invocation->out);
    return ERR_OK;
}

static enum err_code run_show(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, show, err);
}

static const enum option show_options[] = {OPTION_COUNT};

const struct verb verb_table_show = {
    .name = "table show",
    .arguments = "FILE",
    .summary = "Shows what a lookup table has, for people",
    .details =
        "Variants are shown by their new names. Signatures are not looked at: see verify-blob.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = show_options,
    .run = run_show,
};
