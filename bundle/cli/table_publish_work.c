#include "bundle/cli/table_publish_work.h"

#include <stdio.h>
#include <string.h>

#include "bundle/cli/table_publish_links.h"
#include "resolver/source/file.h"

const char *table_publish_path(struct table_publish_work *work, const char *name, struct err *err)
{
    size_t size = strlen(work->folder) + strlen(name) + 2;
    char *path = arena_alloc(&work->arena, size, err);

    if (path)
        snprintf(path, size, "%s/%s", work->folder, name);
    return path;
}

enum err_code table_publish_may_write(const struct table_publish_work *work, const char *path,
                                      struct err *err)
{
    return table_publish_links_check(&work->repository, path + strlen(work->folder) + 1, err);
}

const char *table_publish_table_path(struct table_publish_work *work, enum layout layout,
                                     struct err *err)
{
    char name[LAYOUT_NAME_MAX];

    layout_table_name(layout, &work->table.document.uid, name);
    return table_publish_path(work, name, err);
}

bool table_publish_is_copied(const struct table_publish_work *work)
{
    return work->signatures.count > 0 && work->sign_keys.count == 0;
}

enum err_code table_publish_there(struct table_publish_work *work, enum layout layout,
                                  struct table_file *there, struct err *err)
{
    const char *path = table_publish_table_path(work, layout, err);
    bool is_there;

    *there = (struct table_file){.path = path};
    if (!path || file_look(path, &is_there, err) != ERR_OK ||
        (is_there && table_file_read(path, &work->arena, there, err) != ERR_OK))
        return err->code;
    there->path = path;
    there->document = work->table.document;
    return ERR_OK;
}

struct table_publish_measured table_publish_measured_by(struct table_publish_work *work)
{
    return (struct table_publish_measured){work->invocation, &work->table.document.uid,
                                           work->measurements, work->measurements_count};
}
