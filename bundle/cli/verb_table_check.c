/* table check, table sign: whether lookup tables are as they should be; one is signed. */
#include "bundle/cli/table_file.h"
#include "bundle/cli/verbs.h"
#include "bundle/table/reference_check.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"

/* --- table check -------------------------------------------------------------------------------- */

/* What was found in one file. A finding is said as it comes; the answer counts. */
struct findings {
    const struct invocation *invocation;
    const char *path;
    size_t errors, warnings;
    struct err first; /* the first error of all files */
};

static void warn(struct findings *findings, const char *name, const char *what)
{
    say_warning(findings->invocation, "%s: %s: %s", quote_bare(slice_text(findings->path)).text,
                name, what);
    findings->warnings++;
}

/* An error is said at once, too, if there is one already: the last line names the first. */
static void fail(struct findings *findings, const struct err *err)
{
    if (findings->errors++ == 0)
        findings->first = *err;
    else
        say_warning(findings->invocation, "%s", err->msg);
}

static void check_entry(struct findings *findings, const struct document_entry *entry)
{
    char name[DOCUMENT_NAME_MAX];
    const char *why;
    struct err err;

    document_entry_name(entry, name);
    switch (reference_check(entry->csp, entry->reference, &why)) {
    case REFERENCE_BAD:
        err_set(&err, ERR_FORMAT, "%s: %s: have %s, %s",
                quote_bare(slice_text(findings->path)).text, name, quote(entry->reference).text,
                why);
        fail(findings, &err);
        break;
    case REFERENCE_ODD:
        warn(findings, name, why);
        break;
    case REFERENCE_GOOD:
        break;
    }
    if (entry->csp == CSP_AWS && !reference_is_aws_region(entry->region))
        warn(findings, name, "the region has not the form of AWS's, such as us-east-1");
    if (!variant_is_known(entry->csp, entry->variant))
        warn(findings, name, "the variant is not one that is known");
}

static void check_document(struct findings *findings, const struct table_document *document)
{
    struct err err;

    for (size_t i = 0; i < document->count; i++)
        check_entry(findings, &document->entries[i]);
    if (table_document_check(document, &err) != ERR_OK) {
        err_add(&err, "%s", quote_bare(slice_text(findings->path)).text);
        fail(findings, &err);
    }
    if (!document->has_uid)
        warn(findings, "version", "ref, stream and version are not all there: it cannot be signed");
    for (size_t i = 0; i < document->member_count; i++)
        warn(findings, quote_bare(node_text(document->members[i].key)).text, "is not known");
    if (document->foreign_count > 0)
        warn(findings, "list", "has entries of a csp that is not known");
}

static enum err_code check_files(struct findings *findings, struct err *err)
{
    const struct invocation *invocation = findings->invocation;
    struct arena arena;
    struct table_file file;
    enum err_code rc;

    arena_init_heap(&arena, TABLE_FILE_MEMORY_MAX);
    for (size_t i = 0; i < invocation->argument_count; i++) {
        findings->path = invocation->arguments[i];
        rc = table_file_read(findings->path, &arena, &file, err);
        if (rc == ERR_OK)
            check_document(findings, &file.document);
        else
            fail(findings, err);
        arena_clear(&arena);
    }
    if (findings->errors == 0)
        return ERR_OK;
    *err = findings->first;
    if (findings->errors > 1)
        err_add(err, "%zu errors, first", findings->errors);
    return err->code;
}

static enum err_code run_check(struct invocation *invocation, struct err *err)
{
    struct findings findings = {.invocation = invocation};
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (check_files(&findings, err) != ERR_OK)
        return err->code;
    if (!invocation->given[OPT_JSON]) {
        buf_add_format(invocation->out, "checked: %zu, errors: 0, warnings: %zu\n",
                       invocation->argument_count, findings.warnings);
        return ERR_OK;
    }
    json_begin_map(&json);
    json_key(&json, "tables");
    json_number(&json, invocation->argument_count);
    json_key(&json, "warnings");
    json_number(&json, findings.warnings);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
    return ERR_OK;
}

static const enum option check_options[] = {OPTION_COUNT};

const struct verb verb_table_check = {
    .name = "table check",
    .arguments = "FILE...",
    .summary = "Checks lookup tables: their form, and that of every reference",
    .details =
        "Errors are what is no table, two references for one place, and references that no such\n"
        "cloud takes: AMI ids, Azure's gallery paths, GCP's links, https URLs. Warnings are what may\n"
        "be meant so: the newest of a family, http, unknown variants and members, no version.\n"
        "Nothing is asked over the network.\n",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .options = check_options,
    .run = run_check,
};

/* --- table sign --------------------------------------------------------------------------------- */

static void print_signed(const struct invocation *invocation, const struct table_file *file,
                         const struct table_saved *saved)
{
    struct json_writer json = json_writer_to(invocation->out, 0);

    if (!invocation->given[OPT_JSON]) {
        table_file_print_signed(file, saved, invocation->out);
        return;
    }
    json_begin_map(&json);
    json_member(&json, "file", file->path);
    json_member(&json, "uid", file->document.uid.text);
    table_file_write_signed(saved, &json);
    json_end_map(&json);
    buf_add_byte(invocation->out, '\n');
}

static enum err_code sign(struct invocation *invocation, struct arena *arena, struct err *err)
{
    static const enum option keys[] = {OPT_TABLE_SIGN_KEY, OPT_SIGN_KEY, OPTION_COUNT};
    struct table_file file;
    struct table_saved saved;

    if (table_file_read(invocation->arguments[0], arena, &file, err) != ERR_OK ||
        table_file_sign(invocation, keys, &file, arena, &saved, err) != ERR_OK)
        return err->code;
    print_signed(invocation, &file, &saved);
    return ERR_OK;
}

static enum err_code run_sign(struct invocation *invocation, struct err *err)
{
    return table_file_run(invocation, sign, err);
}

static const enum option sign_options[] = {OPT_TABLE_SIGN_KEY, OPT_SIGN_KEY, OPTION_COUNT};

const struct verb verb_table_sign = {
    .name = "table sign",
    .arguments = "FILE",
    .summary = "Signs a lookup table: FILE.sig and FILE.sigstore.json",
    .details =
        "As sign does, whatever the file is called: the table must be well-formed, have one reference\n"
        "for each place, and carry its ref, stream and version. Other signers' files stay.\n"
        "--sign-key is the same as --table-sign-key here.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = sign_options,
    .run = run_sign,
};
