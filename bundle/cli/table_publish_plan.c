#include "bundle/cli/table_publish_work.h"

#include <sys/stat.h>

#include "bundle/cli/table_publish_files.h"
#include "bundle/cli/table_publish_trust.h"
#include "bundle/sign/signable.h"
#include "bundle/table/table_format.h"
#include "bundle/verify/place.h"
#include "resolver/base/quote.h"
#include "resolver/core/measurements.h"
#include "resolver/source/file.h"

static enum err_code plan_images(struct table_publish_work *work, struct err *err)
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
        item->path = table_publish_path(work, name, err);
        if (!item->path || table_publish_check_image(item->from, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code check_signed(struct table_publish_work *work, struct table_publish_item *item,
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
static enum err_code check_measurements(struct table_publish_work *work,
                                        struct table_publish_item *item, struct err *err)
{
    char name[LAYOUT_NAME_MAX];
    struct signable_claim claim;

    if (file_read(item->from, MEASUREMENTS_MAX_BYTES, &work->arena, &item->bytes, err) != ERR_OK)
        return err->code;
    if (signable_read_claim(item->bytes, &work->arena, &claim, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(item->from)).text);
    item->layout = claim.layout;
    layout_measurements_name(claim.layout, &work->table.document.uid, item->csp, name);
    item->path = table_publish_path(work, name, err);
    if (!item->path)
        return err->code;
    if (signable_check(item->path, item->bytes, &work->arena, err) != ERR_OK)
        return err_add(err, "%s", quote_bare(slice_text(item->from)).text);
    return check_signed(work, item, err);
}

static enum err_code plan_measurements(struct table_publish_work *work, struct err *err)
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

/* A layout that cannot have this table: then it must not have an older one either, which would be
 * found in its place. */
static enum err_code leave_out(struct table_publish_work *work, enum layout layout, const char *why,
                               struct err *err)
{
    const char *path = table_publish_table_path(work, layout, err);
    bool is_there;

    if (!path || file_look(path, &is_there, err) != ERR_OK)
        return err->code;
    if (is_there)
        return err_set(err, ERR_POLICY,
                       "%s: an older table is there and would be found in place of this one, which "
                       "cannot go there: %s",
                       quote_bare(slice_text(path)).text, why);
    say_warning(work->invocation, "left out: %s", why);
    return ERR_OK;
}

static enum err_code check_place(struct table_publish_work *work, enum layout layout,
                                 struct err *err)
{
    struct table_file there;
    bool has_folder;

    if (table_publish_there(work, layout, &there, err) != ERR_OK ||
        table_publish_look_for_folder(there.path, &has_folder, err) != ERR_OK)
        return err->code;
    if (table_publish_is_copied(work))
        return signature_files_check_place(
            &work->signatures,
            &(struct signature_place){there.path, there.bytes, work->table.bytes, &work->verified},
            &work->arena, err);
    if (!has_folder)
        return ERR_OK; /* then nothing is there that could be in the way */
    return table_file_check_by(&work->sign_keys, &there, layout, &work->arena, err);
}

static enum err_code plan_layout(struct table_publish_work *work, enum layout layout,
                                 struct err *err)
{
    const struct table_document *document = &work->table.document;
    struct buf out;
    struct err why;
    const char *path = table_publish_table_path(work, layout, err);
    enum err_code rc;

    if (!path || table_publish_may_write(work, path, err) != ERR_OK)
        return err->code;
    if (table_publish_is_copied(work) && layout != document->layout) {
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
static enum err_code check_table(struct table_publish_work *work, struct err *err)
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

static enum err_code plan_table(struct table_publish_work *work, struct err *err)
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

static enum err_code plan_layouts(struct table_publish_work *work, struct err *err)
{
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        if (plan_layout(work, (enum layout)layout, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* Before anything is written; the copies are looked at once more. */
static enum err_code check_bindings(struct table_publish_work *work, struct err *err)
{
    const struct table_publish_measured measured = table_publish_measured_by(work);

    for (size_t i = 0; i < work->image_count; i++) {
        if (table_publish_binding_check(&measured, &work->images[i], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan_lists(struct table_publish_work *work, struct err *err)
{
    const struct uid *uid = &work->table.document.uid;
    char name[LAYOUT_NAME_MAX];

    for (int kind = 0; kind < VERSION_LIST_KINDS; kind++) {
        const char *path;

        version_list_name((enum version_list_kind)kind, uid, name);
        path = table_publish_path(work, name, err);
        if (!path || table_publish_may_write(work, path, err) != ERR_OK ||
            table_publish_list_plan((enum version_list_kind)kind, uid, path, &work->arena,
                                    &work->lists[kind], err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan_measurements_place(struct table_publish_work *work, struct err *err)
{
    for (size_t i = 0; i < work->measurements_count; i++) {
        struct table_publish_item *item = &work->measurements[i];
        struct signature_place place = {item->path, {NULL, 0}, item->bytes, &item->verified};
        bool is_same;

        if (table_publish_may_write(work, item->path, err) != ERR_OK ||
            table_publish_check_document(item->path, item->bytes, &work->arena, &is_same, err) !=
                ERR_OK)
            return err->code;
        place.there = is_same ? item->bytes : place.there;
        if (signature_files_check_place(&item->signatures, &place, &work->arena, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code plan_images_place(struct table_publish_work *work, struct err *err)
{
    for (size_t i = 0; i < work->image_count; i++) {
        if (table_publish_may_write(work, work->images[i].path, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* What is given, as far as that can be told without the repository. */
static enum err_code plan_given(struct table_publish_work *work, struct err *err)
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
enum err_code table_publish_plan(struct table_publish_work *work, struct err *err)
{
    if (plan_given(work, err) != ERR_OK ||
        repository_open(work->folder, &work->repository, err) != ERR_OK ||
        plan_images_place(work, err) != ERR_OK || plan_measurements_place(work, err) != ERR_OK ||
        plan_lists(work, err) != ERR_OK)
        return err->code;
    return plan_layouts(work, err);
}
