#include "bundle/cli/table_publish_files.h"
#include "bundle/cli/table_publish_work.h"
#include "resolver/source/file.h"

static enum err_code put_files(struct table_publish_work *work, struct err *err)
{
    bool is_new;

    for (size_t i = 0; i < work->image_count; i++) {
        struct table_publish_copying copying = {table_publish_measured_by(work), &work->images[i]};
        const struct table_publish_judge judge = {&copying, table_publish_binding_check_copy};

        if (table_publish_may_write(work, work->images[i].path, err) != ERR_OK ||
            table_publish_image(work->images[i].from, work->images[i].path, &judge, &work->arena,
                                &is_new, err) != ERR_OK)
            return err->code;
        table_publish_answer_add(&work->answer, work->images[i].path, is_new);
    }
    for (size_t i = 0; i < work->measurements_count; i++) {
        const struct table_publish_item *item = &work->measurements[i];

        if (table_publish_may_write(work, item->path, err) != ERR_OK ||
            table_publish_clean(item->path, err) != ERR_OK ||
            table_publish_folders(item->path, err) != ERR_OK ||
            signature_files_write(&item->signatures, item->path, err) != ERR_OK ||
            table_publish_document(item->path, item->bytes, &work->arena, &is_new, err) != ERR_OK)
            return err->code;
        table_publish_answer_add(&work->answer, item->path, is_new);
    }
    return ERR_OK;
}

static enum err_code put_lists(struct table_publish_work *work, struct err *err)
{
    bool is_new;

    for (int kind = VERSION_LIST_KINDS - 1; kind >= 0; kind--) {
        if (table_publish_may_write(work, work->lists[kind].path, err) != ERR_OK ||
            table_publish_list_put(&work->lists[kind], &is_new, err) != ERR_OK)
            return err->code;
        table_publish_answer_add(&work->answer, work->lists[kind].path, is_new);
    }
    return ERR_OK;
}

/* As it stands, with the signatures that it has. */
static enum err_code put_signed(struct table_publish_work *work, const char *path, struct err *err)
{
    if (signature_files_write(&work->signatures, path, err) != ERR_OK)
        return err->code;
    return file_replace(path, 0644, work->table.bytes, err);
}

static enum err_code put_table(struct table_publish_work *work, enum layout layout, struct err *err)
{
    struct table_file there;
    struct table_saved saved;

    if (table_publish_there(work, layout, &there, err) != ERR_OK ||
        table_publish_may_write(work, there.path, err) != ERR_OK ||
        table_publish_clean(there.path, err) != ERR_OK ||
        table_publish_folders(there.path, err) != ERR_OK)
        return err->code;
    if (table_publish_is_copied(work)) {
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
enum err_code table_publish_put(struct table_publish_work *work, struct err *err)
{
    if (put_files(work, err) != ERR_OK)
        return err->code;
    for (int layout = LAYOUT_COUNT - 1; layout >= 0; layout--) {
        if (work->takes[layout] && put_table(work, (enum layout)layout, err) != ERR_OK)
            return err->code;
    }
    return put_lists(work, err);
}
