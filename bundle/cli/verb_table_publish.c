/* table publish DIR: a table, measurements and images put into a repository's folder. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle/cli/table_file.h"
#include "bundle/cli/table_publish_answer.h"
#include "bundle/cli/table_publish_binding.h"
#include "bundle/cli/table_publish_files.h"
#include "bundle/cli/table_publish_item.h"
#include "bundle/cli/table_publish_links.h"
#include "bundle/cli/table_publish_list.h"
#include "bundle/cli/table_publish_trust.h"
#include "bundle/cli/verbs.h"
#include "bundle/import/repository.h"
#include "bundle/sign/signable.h"
#include "bundle/table/table_format.h"
#include "bundle/verify/place.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/cli/session.h"
#include "resolver/core/measurements.h"
#include "resolver/source/file.h"

struct work {
    struct invocation *invocation;
    const char *folder;
    struct repository repository; /* open for its lock alone */
    struct arena arena;
    struct table_file table;
    struct session session;
    struct signature_files signatures; /* beside the table */
    struct verified verified;          /* by them; without signers where no keys are given */
    struct sign_keys sign_keys;
    bool takes[LAYOUT_COUNT]; /* which layouts get it */
    struct table_publish_item images[REPEATS_MAX], measurements[REPEATS_MAX];
    size_t image_count, measurements_count;
    struct table_publish_list lists[VERSION_LIST_KINDS];
    struct table_publish_answer answer;
};

static const char *path_of(struct work *work, const char *name, struct err *err)
{
    size_t size = strlen(work->folder) + strlen(name) + 2;
    char *path = arena_alloc(&work->arena, size, err);

    if (path)
        snprintf(path, size, "%s/%s", work->folder, name);
    return path;
}

/* Of one of path_of. */
static enum err_code check_links(const struct work *work, const char *path, struct err *err)
{
    return table_publish_links_check(&work->repository, path + strlen(work->folder) + 1, err);
}

/* --- What is to be done, before anything is ------------------------------------------------------ */

static enum err_code plan_images(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    char name[LAYOUT_NAME_MAX];

    for (size_t i = 0; i < invocation->given[OPT_RAW_IMAGE]; i++) {
        struct table_publish_item *item = &work->images[work->image_count++];

        if (table_publish_item_read(invocation->repeated[OPT_RAW_IMAGE][i], "image", true, item,
                                    err) != ERR_OK ||
            table_publish_item_settle(&work->table.document, item, err) != ERR_OK)
            return err->code;
        if (variant_csp(item->variant) == CSP_NONE && !variant_is_known(item->csp, item->variant))
            return err_set(err, ERR_POLICY, "--image: variant %s: is not one that is known",
                           quote(item->variant).text);
        place_image_name(LAYOUT_V2, &work->table.document.uid, item->csp, item->variant, name);
        item->path = path_of(work, name, err);
        if (!item->path || table_publish_check_image(item->from, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code check_signed(struct work *work, struct table_publish_item *item,
                                  struct err *err)
{
    if (signature_files_read(item->from, &work->arena, &item->signatures, err) != ERR_OK)
        return err->code;
    if (item->signatures.count == 0)
        return err_set(err, ERR_NO_KEY,
                       "%s: has no signature beside it, and nobody could use it: sign it first",
                       quote_bare(slice_text(item->from)).text);
    if (table_publish_trust(work->invocation, &item->signatures, item->from, item->bytes,
                            &work->session.keys, "key", &work->arena, &item->verified,
                            err) != ERR_OK)
        return err->code;
    if (item->verified.signer_count > 0 &&
        signable_check_signed(item->path, &item->verified, &work->arena, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(item->from)).text);
    return ERR_OK;
}

/* The contents must be of this version and csp: signable_check compares them with the path. */
static enum err_code check_measurements(struct work *work, struct table_publish_item *item,
                                        struct err *err)
{
    char name[LAYOUT_NAME_MAX];
    struct signable_claim claim;

    if (file_read(item->from, MEASUREMENTS_MAX_BYTES, &work->arena, &item->bytes, err) != ERR_OK)
        return err->code;
    if (signable_read_claim(item->bytes, &work->arena, &claim, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(item->from)).text);
    item->layout = claim.layout;
    layout_measurements_name(claim.layout, &work->table.document.uid, item->csp, name);
    item->path = path_of(work, name, err);
    if (!item->path)
        return err->code;
    if (signable_check(item->path, item->bytes, &work->arena, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(item->from)).text);
    return check_signed(work, item, err);
}

static enum err_code plan_measurements(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;

    for (size_t i = 0; i < invocation->given[OPT_MEASUREMENTS]; i++) {
        struct table_publish_item *item = &work->measurements[work->measurements_count++];

        if (table_publish_item_read(invocation->repeated[OPT_MEASUREMENTS][i], "measurements",
                                    false, item, err) != ERR_OK ||
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
    bool is_there;

    if (!path || table_publish_look(path, &is_there, err) != ERR_OK)
        return err->code;
    if (is_there)
        return err_set(err, ERR_POLICY,
                       "%s: an older table is there and would be found in place of this one, which "
                       "cannot go there: %s",
                       quote_bare(slice_text(path)).text, why);
    say_warning(work->invocation, "left out: %s", why);
    return ERR_OK;
}

/* Whether the table goes with the signature files that it has, as it stands. */
static bool is_copied(const struct work *work)
{
    return work->signatures.count > 0 && work->sign_keys.count == 0;
}

/* What table_file needs to know of the table that is there. */
static enum err_code read_there(struct work *work, enum layout layout, struct table_file *there,
                                struct err *err)
{
    const char *path = table_path(work, layout, err);
    bool is_there;

    *there = (struct table_file){.path = path};
    if (!path || table_publish_look(path, &is_there, err) != ERR_OK ||
        (is_there && table_file_read(path, &work->arena, there, err) != ERR_OK))
        return err->code;
    there->path = path;
    there->document = work->table.document;
    return ERR_OK;
}

static enum err_code check_place(struct work *work, enum layout layout, struct err *err)
{
    struct table_file there;
    bool has_folder;

    if (read_there(work, layout, &there, err) != ERR_OK ||
        table_publish_look_for_folder(there.path, &has_folder, err) != ERR_OK)
        return err->code;
    if (is_copied(work))
        return signature_files_check_place(
            &work->signatures,
            &(struct signature_place){there.path, there.bytes, work->table.bytes, &work->verified},
            &work->arena, err);
    if (!has_folder)
        return ERR_OK; /* then nothing is there that could be in the way */
    return table_file_check_by(&work->sign_keys, &there, layout, &work->arena, err);
}

static enum err_code plan_layout(struct work *work, enum layout layout, struct err *err)
{
    const struct table_document *document = &work->table.document;
    struct buf out;
    struct err why;
    const char *path = table_path(work, layout, err);
    enum err_code rc;

    if (!path || check_links(work, path, err) != ERR_OK)
        return err->code;
    if (is_copied(work) && layout != document->layout) {
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
    if (rc == ERR_OK)
        return check_place(work, layout, err);
    *err = why;
    return rc;
}

/* A table that is signed anew goes without the signatures it has: they are checked if that is asked. */
static enum err_code check_table(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;
    struct session *session = &work->session;

    if (signature_files_read(work->table.path, &work->arena, &work->signatures, err) != ERR_OK ||
        sign_keys_read(invocation, OPT_TABLE_SIGN_KEY, &work->arena, &work->sign_keys, err) !=
            ERR_OK ||
        session_table_keys(session, err) != ERR_OK)
        return err->code;
    if (invocation->given[OPT_TABLE_KEY] == 0 &&
        (work->sign_keys.count > 0 || (work->signatures.count == 0 && !session->table_keys.count)))
        return ERR_OK;
    return table_publish_trust(invocation, &work->signatures, work->table.path, work->table.bytes,
                               &session->table_keys, "table-key", &work->arena, &work->verified,
                               err);
}

static enum err_code plan_table(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;

    if (invocation->given[OPT_TABLE] != 1)
        return err_set(err, ERR_USAGE, "want one --table FILE");
    if (table_file_read(invocation->values[OPT_TABLE], &work->arena, &work->table, err) != ERR_OK)
        return err->code;
    if (!work->table.document.has_uid)
        return err_set(err, ERR_POLICY, "%s: the table carries no ref, stream and version",
                       quote_bare(slice_text(work->table.path)).text);
    if (table_document_check(&work->table.document, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(work->table.path)).text);
    return check_table(work, err);
}

static enum err_code plan_layouts(struct work *work, struct err *err)
{
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        if (plan_layout(work, (enum layout)layout, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static struct table_publish_measured measured_by(struct work *work)
{
    return (struct table_publish_measured){work->invocation, &work->table.document.uid,
                                           work->measurements, work->measurements_count};
}

/* Before anything is written; the copies are looked at once more. */
static enum err_code check_bindings(struct work *work, struct err *err)
{
    const struct table_publish_measured measured = measured_by(work);

    for (size_t i = 0; i < work->image_count; i++) {
        if (table_publish_binding_check(&measured, &work->images[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan_lists(struct work *work, struct err *err)
{
    const struct uid *uid = &work->table.document.uid;
    char name[LAYOUT_NAME_MAX];

    for (int kind = 0; kind < VERSION_LIST_KINDS; kind++) {
        const char *path;

        version_list_name((enum version_list_kind)kind, uid, name);
        path = path_of(work, name, err);
        if (!path || check_links(work, path, err) != ERR_OK ||
            table_publish_list_plan((enum version_list_kind)kind, uid, path, &work->arena,
                                    &work->lists[kind], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan_measurements_place(struct work *work, struct err *err)
{
    for (size_t i = 0; i < work->measurements_count; i++) {
        struct table_publish_item *item = &work->measurements[i];
        struct signature_place place = {item->path, {NULL, 0}, item->bytes, &item->verified};
        bool is_same;

        if (check_links(work, item->path, err) != ERR_OK ||
            table_publish_check_document(item->path, item->bytes, &work->arena, &is_same, err) !=
                ERR_OK)
            return err->code;
        place.there = is_same ? item->bytes : place.there;
        if (signature_files_check_place(&item->signatures, &place, &work->arena, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan_images_place(struct work *work, struct err *err)
{
    for (size_t i = 0; i < work->image_count; i++) {
        if (check_links(work, work->images[i].path, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* What is given, as far as that can be told without the repository. */
static enum err_code plan_given(struct work *work, struct err *err)
{
    struct stat status;

    work->folder = work->invocation->arguments[0];
    if (stat(work->folder, &status) || !S_ISDIR(status.st_mode))
        return err_set(err, ERR_IO,
                       "%s: want the folder of a repository (mkdir makes an empty one)",
                       quote_bare(slice_text(work->folder)).text);
    if (session_keys(&work->session, err) != ERR_OK || plan_table(work, err) != ERR_OK ||
        plan_images(work, err) != ERR_OK || plan_measurements(work, err) != ERR_OK)
        return err->code;
    return check_bindings(work, err);
}

/* What is there, which nobody else may change from here on. */
static enum err_code plan(struct work *work, struct err *err)
{
    if (plan_given(work, err) != ERR_OK ||
        repository_open(work->folder, &work->repository, err) != ERR_OK ||
        plan_images_place(work, err) != ERR_OK || plan_measurements_place(work, err) != ERR_OK || plan_lists(work, err) != ERR_OK)
        return err->code;
    return plan_layouts(work, err);
}

/* --- Doing it: images, measurements, tables, and the version lists that name them last ------------- */

static enum err_code put_files(struct work *work, struct err *err)
{
    bool is_new;

    for (size_t i = 0; i < work->image_count; i++) {
        struct table_publish_copying copying = {measured_by(work), &work->images[i]};
        const struct table_publish_judge judge = {&copying, table_publish_binding_check_copy};

        if (check_links(work, work->images[i].path, err) != ERR_OK ||
            table_publish_image(work->images[i].from, work->images[i].path, &judge, &work->arena,
                                &is_new, err) != ERR_OK)
            return err->code;
        table_publish_answer_add(&work->answer, work->images[i].path, is_new);
    }
    for (size_t i = 0; i < work->measurements_count; i++) {
        const struct table_publish_item *item = &work->measurements[i];

        if (check_links(work, item->path, err) != ERR_OK ||
            table_publish_clean(item->path, err) != ERR_OK ||
            table_publish_folders(item->path, err) != ERR_OK ||
            signature_files_write(&item->signatures, item->path, err) != ERR_OK ||
            table_publish_document(item->path, item->bytes, &work->arena, &is_new, err) != ERR_OK)
            return err->code;
        table_publish_answer_add(&work->answer, item->path, is_new);
    }
    return ERR_OK;
}

static enum err_code put_lists(struct work *work, struct err *err)
{
    bool is_new;

    for (int kind = VERSION_LIST_KINDS - 1; kind >= 0; kind--) {
        if (check_links(work, work->lists[kind].path, err) != ERR_OK ||
            table_publish_list_put(&work->lists[kind], &is_new, err) != ERR_OK)
            return err->code;
        table_publish_answer_add(&work->answer, work->lists[kind].path, is_new);
    }
    return ERR_OK;
}

/* As it stands, with the signatures that it has. */
static enum err_code put_signed(struct work *work, const char *path, struct err *err)
{
    if (signature_files_write(&work->signatures, path, err) != ERR_OK)
        return err->code;
    return file_replace(path, 0644, work->table.bytes, err);
}

static enum err_code put_table(struct work *work, enum layout layout, struct err *err)
{
    struct table_file there;
    struct table_saved saved;

    if (read_there(work, layout, &there, err) != ERR_OK ||
        check_links(work, there.path, err) != ERR_OK ||
        table_publish_clean(there.path, err) != ERR_OK ||
        table_publish_folders(there.path, err) != ERR_OK)
        return err->code;
    if (is_copied(work)) {
        table_publish_answer_add(&work->answer, there.path,
                                 !slice_equal(there.bytes, work->table.bytes));
        return put_signed(work, there.path, err);
    }
    if (table_file_save_by(&work->sign_keys, &there, layout, &work->arena, &saved, err) != ERR_OK)
        return err->code;
    table_publish_answer_add(&work->answer, there.path, saved.is_changed);
    return ERR_OK;
}

/* The resolver looks into rfc first and v2 last: so v2 is written first. */
static enum err_code put_all(struct work *work, struct err *err)
{
    if (put_files(work, err) != ERR_OK)
        return err->code;
    for (int layout = LAYOUT_COUNT - 1; layout >= 0; layout--) {
        if (work->takes[layout] && put_table(work, (enum layout)layout, err) != ERR_OK)
            return err->code;
    }
    return put_lists(work, err);
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation, .repository = {.fd = -1, .hidden = -1, .lock = -1}};
    enum err_code rc;

    arena_init_heap(&work.arena, TABLE_FILE_MEMORY_MAX);
    rc = session_open(&work.session, invocation, err);
    if (rc == ERR_OK)
        rc = plan(&work, err);
    if (rc == ERR_OK)
        rc = put_all(&work, err);
    if (rc == ERR_OK)
        table_publish_answer_print(&work.answer, &work.table.document.uid, invocation);
    if (rc == ERR_OK)
        repository_close(&work.repository);
    else
        repository_undo(&work.repository);
    sign_keys_wipe(&work.sign_keys);
    session_close(&work.session);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {OPT_TABLE, OPT_MEASUREMENTS, OPT_RAW_IMAGE,
                                      OPT_KEY,   OPT_TABLE_KEY,    OPT_TABLE_SIGN_KEY,
                                      OPTION_COUNT};

const struct verb verb_table_publish = {
    .name = "table publish",
    .arguments = "DIR",
    .summary = "Puts a table, measurements and images into a repository's folder",
    .details =
        "The table goes into all layouts, measurements with their signature files into that of their\n"
        "generation, images beside them, and then the version into the version lists. Run again, it changes\n"
        "nothing, or completes what was broken off; measurements and images of a version are never\n"
        "replaced. One run at a time: while another one, or an import, is at work there, it is refused.\n"
        "\n"
        "Signatures are checked before anything is written: those of measurements with --key, those of\n"
        "the table with --table-key, or with the default folder of keys. Without keys only what a\n"
        "signature file says it is of is compared, and a warning says so. An image must be the one that\n"
        "verified measurements of its csp describe (PCR 4, 9 and 11, where they can be derived).\n"
        "\n"
        "A table with signature files goes with them into its own layout alone: signed bytes cannot be\n"
        "converted. With --table-sign-key it goes into all layouts, each signed by that key. A layout\n"
        "that cannot have the table must not have an older one, which would be found in its place.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run,
};
