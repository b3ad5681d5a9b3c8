/* table publish DIR: a table, measurements and images put into a repository's folder. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/cli/publish_files.h"
#include "bundle/cli/table_file.h"
#include "bundle/cli/verbs.h"
#include "bundle/sign/signable.h"
#include "bundle/table/table_format.h"
#include "bundle/table/version_list.h"
#include "bundle/verify/place.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/cli/say.h"
#include "resolver/core/measurements.h"
#include "resolver/core/versions.h"
#include "resolver/source/file.h"

#define REPORTS_MAX (2 * REPEATS_MAX + LAYOUT_COUNT + VERSION_LIST_KINDS)

/* A file on its way: CSP=FILE or CSP/VARIANT=FILE. */
struct item {
    enum csp csp;
    struct slice variant;
    const char *from;
    const char *path;   /* in the repository */
    struct slice bytes; /* of measurements */
};

struct work {
    struct invocation *invocation;
    const char *folder;
    struct arena arena;
    struct table_file table;
    bool is_signed;           /* signature files lie beside the table */
    bool takes[LAYOUT_COUNT]; /* which layouts get it */
    struct item images[REPEATS_MAX], measurements[REPEATS_MAX];
    size_t image_count, measurements_count;
    struct {
        const char *path;
        bool is_new;
    } reports[REPORTS_MAX];
    size_t report_count;
};

static const char *path_of(struct work *work, const char *name, struct err *err)
{
    size_t size = strlen(work->folder) + strlen(name) + 2;
    char *path = arena_alloc(&work->arena, size, err);

    if (path)
        snprintf(path, size, "%s/%s", work->folder, name);
    return path;
}

static void report(struct work *work, const char *path, bool is_new)
{
    work->reports[work->report_count].path = path;
    work->reports[work->report_count++].is_new = is_new;
}

/* --- What is to be done, before anything is ------------------------------------------------------ */

static enum err_code read_item(const char *text, const char *option, bool may_vary,
                               struct item *item, struct err *err)
{
    struct slice rest = slice_text(text), name = slice_cut(&rest, '='), csp;

    *item = (struct item){.from = (const char *)rest.ptr};
    if (!rest.ptr || rest.len == 0)
        return err_set(err, ERR_USAGE, "--%s %s: want CSP=FILE", option,
                       quote(slice_text(text)).text);
    csp = may_vary ? slice_cut(&name, '/') : name;
    item->csp = csp_parse(csp);
    if (item->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "--%s %s: csp %s is not known; want one of: %s", option,
                       quote(slice_text(text)).text, quote(csp).text, csp_names());
    item->variant = may_vary && name.ptr ? variant_canonical(item->csp, name) : slice_of(NULL, 0);
    return ERR_OK;
}

/* The variant that an image is of: as said, or the only one that the table has for its csp. */
static enum err_code settle_variant(const struct table_document *document, struct item *item,
                                    struct err *err)
{
    const struct document_entry *found = NULL;

    for (size_t i = 0; i < document->count; i++) {
        const struct document_entry *entry = &document->entries[i];

        if (entry->csp != item->csp ||
            (item->variant.len && !slice_equal(entry->variant, item->variant)))
            continue;
        if (found && !slice_equal(found->variant, entry->variant))
            return err_set(err, ERR_AMBIGUOUS,
                           "--image %s=...: the table has several variants: "
                           "give %s/VARIANT=FILE",
                           csp_name(item->csp), csp_name(item->csp));
        found = entry;
    }
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "--image %s%s%s=...: the table has no such entry",
                       csp_name(item->csp), item->variant.len ? "/" : "",
                       quote_bare(item->variant).text);
    item->variant = found->variant;
    return ERR_OK;
}

static enum err_code plan_images(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    char name[LAYOUT_NAME_MAX];

    for (size_t i = 0; i < invocation->given[OPT_RAW_IMAGE]; i++) {
        struct item *item = &work->images[work->image_count++];

        if (read_item(invocation->repeated[OPT_RAW_IMAGE][i], "image", true, item, err) != ERR_OK ||
            settle_variant(&work->table.document, item, err) != ERR_OK)
            return err->code;
        if (variant_csp(item->variant) == CSP_NONE && !variant_is_known(item->csp, item->variant))
            return err_set(err, ERR_POLICY, "--image: variant %s: is not one that is known",
                           quote(item->variant).text);
        place_image_name(LAYOUT_V2, &work->table.document.uid, item->csp, item->variant, name);
        item->path = path_of(work, name, err);
        if (!item->path)
            return err->code;
    }
    return ERR_OK;
}

static enum layout generation_of(struct slice bytes)
{
    size_t at = 0;

    while (at < bytes.len && bytes.ptr[at] <= ' ')
        at++;
    if (at == bytes.len || bytes.ptr[at] != '{')
        return LAYOUT_RFC;
    for (; at + 6 <= bytes.len; at++) {
        if (memcmp(&bytes.ptr[at], "\"list\"", 6) == 0)
            return LAYOUT_V2;
    }
    return LAYOUT_V1;
}

/* The contents must be of this version and csp: signable_check compares them with the path. */
static enum err_code check_measurements(struct work *work, struct item *item, struct err *err)
{
    char name[LAYOUT_NAME_MAX];
    size_t signatures;

    if (file_read(item->from, MEASUREMENTS_MAX_BYTES, &work->arena, &item->bytes, err) != ERR_OK)
        return err->code;
    layout_measurements_name(generation_of(item->bytes), &work->table.document.uid, item->csp,
                             name);
    item->path = path_of(work, name, err);
    if (!item->path)
        return err->code;
    if (signable_check(item->path, item->bytes, &work->arena, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(item->from)).text);
    if (publish_count_signatures(item->from, &work->arena, &signatures, err) != ERR_OK)
        return err->code;
    if (signatures == 0)
        return err_set(err, ERR_NO_KEY,
                       "%s: has no signature beside it, and nobody could use it: sign it first",
                       quote_bare(slice_text(item->from)).text);
    return ERR_OK;
}

static enum err_code plan_measurements(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;

    for (size_t i = 0; i < invocation->given[OPT_MEASUREMENTS]; i++) {
        struct item *item = &work->measurements[work->measurements_count++];

        if (read_item(invocation->repeated[OPT_MEASUREMENTS][i], "measurements", false, item,
                      err) != ERR_OK ||
            check_measurements(work, item, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static const char *table_path(struct work *work, enum layout layout, struct err *err)
{
    char name[LAYOUT_NAME_MAX];

    layout_table_name(layout, &work->table.document.uid, name);
    return path_of(work, name, err);
}

/* A layout that cannot have this table: then it must not have an older one either, which would be
 * found in its place. */
static enum err_code leave_out(struct work *work, enum layout layout, const char *why,
                               struct err *err)
{
    const char *path = table_path(work, layout, err);

    if (!path)
        return err->code;
    if (publish_is_there(path))
        return err_set(err, ERR_POLICY,
                       "%s: an older table is there and would be found in place of this one, which "
                       "cannot go there: %s",
                       quote_bare(slice_text(path)).text, why);
    say_warning(work->invocation, "left out: %s", why);
    return ERR_OK;
}

static enum err_code plan_layout(struct work *work, enum layout layout, struct err *err)
{
    const struct table_document *document = &work->table.document;
    struct buf out;
    struct err why;
    enum err_code rc;

    if (work->is_signed && !work->invocation->given[OPT_TABLE_SIGN_KEY] &&
        layout != document->layout) {
        err_set(&why, ERR_POLICY,
                "layout %s: the signature holds for layout %s alone (give --table-sign-key)",
                layout_text(layout), layout_text(document->layout));
        return leave_out(work, layout, why.msg, err);
    }
    buf_init_heap(&out, TABLE_MAX_BYTES);
    rc = table_format(document, layout, &out, &why);
    buf_clear(&out);
    work->takes[layout] = rc == ERR_OK;
    if (rc == ERR_POLICY)
        return leave_out(work, layout, why.msg, err);
    *err = why;
    return rc;
}

static enum err_code plan_table(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    size_t signatures;

    if (invocation->given[OPT_TABLE] != 1)
        return err_set(err, ERR_USAGE, "want one --table FILE");
    if (table_file_read(invocation->values[OPT_TABLE], &work->arena, &work->table, err) != ERR_OK)
        return err->code;
    if (!work->table.document.has_uid)
        return err_set(err, ERR_POLICY, "%s: the table carries no ref, stream and version",
                       quote_bare(slice_text(work->table.path)).text);
    if (table_document_check(&work->table.document, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(work->table.path)).text);
    if (publish_count_signatures(work->table.path, &work->arena, &signatures, err) != ERR_OK)
        return err->code;
    work->is_signed = signatures > 0;
    return ERR_OK;
}

static enum err_code plan_layouts(struct work *work, struct err *err)
{
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        if (plan_layout(work, (enum layout)layout, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan(struct work *work, struct err *err)
{
    struct stat status;

    work->folder = work->invocation->arguments[0];
    if (stat(work->folder, &status) || !S_ISDIR(status.st_mode))
        return err_set(err, ERR_IO,
                       "%s: want the folder of a repository (mkdir makes an empty one)",
                       quote_bare(slice_text(work->folder)).text);
    if (plan_table(work, err) != ERR_OK || plan_images(work, err) != ERR_OK ||
        plan_measurements(work, err) != ERR_OK)
        return err->code;
    return plan_layouts(work, err);
}

/* --- Doing it: images, measurements, version lists, and the table last ---------------------------- */

static enum err_code put_files(struct work *work, struct err *err)
{
    bool is_new;
    size_t count;

    for (size_t i = 0; i < work->image_count; i++) {
        if (publish_image(work->images[i].from, work->images[i].path, &work->arena, &is_new,
                          err) != ERR_OK)
            return err->code;
        report(work, work->images[i].path, is_new);
    }
    for (size_t i = 0; i < work->measurements_count; i++) {
        const struct item *item = &work->measurements[i];

        if (publish_document(item->path, item->bytes, &work->arena, &is_new, err) != ERR_OK ||
            publish_signatures(item->from, item->path, &work->arena, &count, err) != ERR_OK)
            return err->code;
        report(work, item->path, is_new);
    }
    return ERR_OK;
}

static enum err_code put_list(struct work *work, enum version_list_kind kind, struct err *err)
{
    struct slice before = slice_of(NULL, 0);
    char name[LAYOUT_NAME_MAX];
    const char *path;
    struct buf out;
    enum err_code rc;

    version_list_name(kind, &work->table.document.uid, name);
    path = path_of(work, name, err);
    if (!path || (publish_is_there(path) &&
                  file_read(path, VERSION_LIST_MAX_BYTES, &work->arena, &before, err) != ERR_OK))
        return err->code;
    buf_init_heap(&out, 2 * VERSION_LIST_MAX_BYTES);
    rc = version_list_add(kind, before, &work->table.document.uid, &work->arena, &out, err);
    if (rc != ERR_OK) {
        err_add(err, "%s", quote_bare(slice_text(path)).text);
    } else if (!slice_equal(before, buf_slice(&out))) {
        rc = publish_folders(path, err);
        if (rc == ERR_OK)
            rc = file_replace(path, 0644, buf_slice(&out), err);
        report(work, path, true);
    } else {
        report(work, path, false);
    }
    buf_clear(&out);
    return rc;
}

/* As it stands, with the signatures that it has. */
static enum err_code put_signed(struct work *work, const char *path, struct err *err)
{
    size_t count;

    if (publish_signatures(work->table.path, path, &work->arena, &count, err) != ERR_OK)
        return err->code;
    return file_replace(path, 0644, work->table.bytes, err);
}

static enum err_code put_table(struct work *work, enum layout layout, struct err *err)
{
    const char *path = table_path(work, layout, err);
    struct table_file there = {.path = path};
    struct table_saved saved;

    if (!path || publish_folders(path, err) != ERR_OK)
        return err->code;
    if (publish_is_there(path) && table_file_read(path, &work->arena, &there, err) != ERR_OK)
        return err->code;
    if (work->is_signed && !work->invocation->given[OPT_TABLE_SIGN_KEY]) {
        report(work, path, !slice_equal(there.bytes, work->table.bytes));
        return put_signed(work, path, err);
    }
    there.path = path;
    there.document = work->table.document;
    if (table_file_save(work->invocation, table_file_key_options, &there, layout, &work->arena,
                        &saved, err) != ERR_OK)
        return err->code;
    report(work, path, saved.is_changed);
    return ERR_OK;
}

/* The resolver looks into rfc first and v2 last: so v2 is written first. */
static enum err_code put_all(struct work *work, struct err *err)
{
    if (put_files(work, err) != ERR_OK)
        return err->code;
    for (int kind = VERSION_LIST_KINDS - 1; kind >= 0; kind--) {
        if (put_list(work, (enum version_list_kind)kind, err) != ERR_OK)
            return err->code;
    }
    for (int layout = LAYOUT_COUNT - 1; layout >= 0; layout--) {
        if (work->takes[layout] && put_table(work, (enum layout)layout, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* --- Answers ------------------------------------------------------------------------------------ */

static void write_paths(const struct work *work, bool is_new, struct json_writer *json)
{
    json_begin_list(json);
    for (size_t i = 0; i < work->report_count; i++) {
        if (work->reports[i].is_new == is_new)
            json_text(json, work->reports[i].path);
    }
    json_end_list(json);
}

static void print(const struct work *work)
{
    struct buf *out = work->invocation->out;
    struct json_writer json = json_writer_to(out, 0);

    if (!work->invocation->given[OPT_JSON]) {
        for (size_t i = 0; i < work->report_count; i++)
            buf_add_format(out, "%s: %s\n", quote_bare(slice_text(work->reports[i].path)).text,
                           work->reports[i].is_new ? "written" : "as before");
        return;
    }
    json_begin_map(&json);
    json_member(&json, "uid", work->table.document.uid.text);
    json_key(&json, "written");
    write_paths(work, true, &json);
    json_key(&json, "unchanged");
    write_paths(work, false, &json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation};
    enum err_code rc;

    arena_init_heap(&work.arena, TABLE_FILE_MEMORY_MAX);
    rc = plan(&work, err);
    if (rc == ERR_OK)
        rc = put_all(&work, err);
    if (rc == ERR_OK)
        print(&work);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {OPT_TABLE, OPT_MEASUREMENTS, OPT_RAW_IMAGE,
                                      OPT_TABLE_SIGN_KEY, OPTION_COUNT};

const struct verb verb_table_publish = {
    .name = "table publish",
    .arguments = "DIR",
    .summary = "Puts a table, measurements and images into a repository's folder",
    .details =
        "The table goes into all layouts, measurements with their signature files into that of their\n"
        "generation, images beside them, and the version into the version lists; the table comes last.\n"
        "Run again, it changes nothing; measurements and images of a version are never replaced.\n"
        "\n"
        "A table with signature files goes with them into its own layout alone: signed bytes cannot be\n"
        "converted. With --table-sign-key it goes into all layouts, each signed by that key. A layout\n"
        "that cannot have the table must not have an older one, which would be found in its place.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run,
};
