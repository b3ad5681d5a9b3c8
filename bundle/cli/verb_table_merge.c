/* table merge, table convert: tables put together, and written in another generation. */
#include <string.h>

#include "bundle/cli/table_file.h"
#include "bundle/cli/verbs.h"
#include "bundle/table/table_merge.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

/* --- table merge -------------------------------------------------------------------------------- */

struct counts {
    size_t added, all;
};

static void print_merged(const struct invocation *invocation, const struct table_file *file,
                         const struct table_saved *saved, const struct counts *counts)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s: %zu reference%s, %zu of them new\n",
                       quote_bare(slice_text(file->path)).text, counts->all,
                       counts->all == 1 ? "" : "s", counts->added);
        table_file_print_signed(file, saved, invocation->out);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", file->path);
    json_key(&json, "references");
    json_number(&json, counts->all);
    json_key(&json, "added");
    json_number(&json, counts->added);
    table_file_write_signed(saved, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

/* With several conflicts each is named; the error says the first. */
static void name_conflicts(const struct invocation *invocation, const struct merge_result *result)
{
    struct err one;

    for (size_t i = 0; result->conflict_count > 1 && i < result->conflict_count; i++) {
        merge_conflict_describe(&result->conflicts[i], &one);
        say_warning(invocation, "%s", one.msg);
    }
}

static enum err_code merge_one(const struct invocation *invocation, const char *path,
                               struct table_document *into, size_t *added, struct arena *arena,
                               struct err *err)
{
    struct merge_result *result = arena_alloc(arena, sizeof *result, err);
    struct table_file *other = arena_alloc(arena, sizeof *other, err);
    struct table_document *ours = arena_alloc(arena, sizeof *ours, err);

    if (!result || !other || !ours || table_file_read(path, arena, other, err) != ERR_OK)
        return err->code;
    *ours = *into; /* the result borrows from it */
    if (table_merge(NULL, ours, &other->document, arena, result, err) != ERR_OK) {
        name_conflicts(invocation, result);
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    }
    *into = result->merged;
    into->layout = ours->layout;
    *added += result->added;
    return ERR_OK;
}

static enum err_code merge(struct invocation *invocation, struct arena *arena, struct err *err)
{
    const char *out = invocation->values[OPT_OUTPUT];
    struct counts counts = {0};
    struct table_file file;
    struct table_saved saved = {0};
    bool is_same;

    if (table_file_read(invocation->arguments[0], arena, &file, err) != ERR_OK)
        return err->code;
    for (size_t i = 1; i < invocation->argument_count; i++) {
        if (merge_one(invocation, invocation->arguments[i], &file.document, &counts.added, arena,
                      err) != ERR_OK)
            return err->code;
    }
    if (out && strcmp(out, "-") == 0)
        return table_file_print(invocation, &file.document, file.document.layout, err);
    if (out)
        file = (struct table_file){.path = out, .document = file.document};
    is_same = file.is_there && counts.added == 0 && !invocation->given[OPT_TABLE_SIGN_KEY];
    if (!is_same && table_file_save(invocation, table_file_key_options, &file, file.document.layout,
                                    arena, &saved, err) != ERR_OK)
        return err->code;
    counts.all = file.document.count;
    print_merged(invocation, &file, &saved, &counts);
    return ERR_OK;
}

static enum err_code run_merge(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, merge, err);
}

static const enum option merge_options[] = {OPT_OUTPUT, OPT_TABLE_SIGN_KEY, OPTION_COUNT};

const struct verb verb_table_merge = {
    .name = "table merge",
    .arguments = "FILE OTHER...",
    .summary = "Adds the references of other tables of the same version to a lookup table",
    .details =
        "Tables of another version are refused, and so are different references for the same cloud,\n"
        "region and variant; all of those are listed. The result has the generation of FILE and\n"
        "takes its place, or is written to --output, which must not be there. A table with\n"
        "signature files beside it is changed only with --table-sign-key.\n",
    .arguments_min = 2,
    .arguments_max = ARGUMENTS_MAX,
    .options = merge_options,
    .run = run_merge,
};

/* --- table convert ------------------------------------------------------------------------------ */

static void print_converted(const struct invocation *invocation, const struct table_file *file,
                            const struct table_saved *saved, enum layout layout)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "%s: %zu reference%s, layout %s\n",
                       quote_bare(slice_text(file->path)).text, file->document.count,
                       file->document.count == 1 ? "" : "s", layout_text(layout));
        table_file_print_signed(file, saved, invocation->out);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", file->path);
    json_key(&json, "references");
    json_number(&json, file->document.count);
    json_member(&json, "layout", layout_text(layout));
    table_file_write_signed(saved, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static enum err_code convert(struct invocation *invocation, struct arena *arena, struct err *err)
{
    const char *out = invocation->values[OPT_OUTPUT];
    struct table_saved saved;
    struct table_file file;
    enum layout layout;

    if (!out)
        return err_set(err, ERR_USAGE, "no file to write: give -o FILE");
    if (!invocation->given[OPT_TABLE_LAYOUT])
        return err_set(err, ERR_USAGE, "no generation: give --layout rfc, v1 or v2");
    if (table_file_layout(invocation, LAYOUT_V2, &layout, err) != ERR_OK ||
        table_file_read(invocation->arguments[0], arena, &file, err) != ERR_OK)
        return err->code;
    if (strcmp(out, "-") == 0)
        return table_file_print(invocation, &file.document, layout, err);
    file = (struct table_file){.path = out, .document = file.document};
    if (table_file_save(invocation, table_file_key_options, &file, layout, arena, &saved, err) !=
        ERR_OK)
        return err->code;
    print_converted(invocation, &file, &saved, layout);
    return ERR_OK;
}

static enum err_code run_convert(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, convert, err);
}

static const enum option convert_options[] = {OPT_TABLE_LAYOUT, OPT_OUTPUT, OPT_TABLE_SIGN_KEY,
                                              OPTION_COUNT};

const struct verb verb_table_convert = {
    .name = "table convert",
    .arguments = "FILE",
    .summary = "Writes a lookup table in another generation",
    .details =
        "What the generation cannot say is refused, naming the entry: of AWS, rfc and v1 know but\n"
        "aws-nitro-tpm; rfc has no openstack. ref, stream and version are kept in all of them.\n"
        "A signature holds for the bytes that were signed, and so not for the new table: sign it\n"
        "with --table-sign-key. --output must not be there.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = convert_options,
    .run = run_convert,
};
