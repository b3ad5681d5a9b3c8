#include "bundle/cli/table_publish_list.h"

#include <string.h>

#include "bundle/cli/table_publish_files.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/core/versions.h"
#include "resolver/source/file.h"

#define MODE 0644

static enum err_code read_before(struct table_publish_list *list, struct arena *arena,
                                 struct err *err)
{
    bool is_there;

    if (file_look(list->path, &is_there, err) != ERR_OK)
        return err->code;
    return is_there ? file_read(list->path, VERSION_LIST_MAX_BYTES, arena, &list->before, err)
                    : ERR_OK;
}

static enum err_code make_after(enum version_list_kind kind, const struct uid *uid,
                                struct table_publish_list *list, struct arena *arena,
                                struct err *err)
{
    const char *copy = NULL;
    struct buf out;

    buf_init_heap(&out, VERSION_LIST_MAX_BYTES);
    if (version_list_add(kind, list->before, uid, arena, &out, err) == ERR_OK)
        copy = arena_copy(arena, buf_slice(&out), err);
    list->after = slice_of(copy, copy ? out.len : 0);
    buf_clear(&out);
    return copy ? ERR_OK : err_add(err, "%s", quote_bare(slice_text(list->path)).text);
}

enum err_code table_publish_list_plan(enum version_list_kind kind, const struct uid *uid,
                                      const char *path, struct arena *arena,
                                      struct table_publish_list *list, struct err *err)
{
    *list = (struct table_publish_list){.path = path};
    if (read_before(list, arena, err) == ERR_OK &&
        make_after(kind, uid, list, arena, err) == ERR_OK)
        return ERR_OK;
    memset(list, 0, sizeof *list);
    return err->code;
}

enum err_code table_publish_list_put(const struct table_publish_list *list, bool *is_new,
                                     struct err *err)
{
    *is_new = false;
    if (table_publish_clean(list->path, err) != ERR_OK)
        return err->code;
    if (slice_equal(list->before, list->after))
        return ERR_OK;
    if (table_publish_folders(list->path, err) != ERR_OK ||
        file_replace(list->path, MODE, list->after, err) != ERR_OK)
        return err->code;
    *is_new = true;
    return ERR_OK;
}
