#include "bundle/import/receipt_read.h"

#include "bundle/archive/timestamp.h"
#include "resolver/base/json.h"

static enum err_code read_release(const struct node *map, const struct uid *const *uids,
                                  size_t count, int64_t *latest, struct err *err)
{
    const struct node *created = node_get(map, "created");
    struct slice text;
    struct uid uid;
    int64_t at;

    if (node_string(node_get(map, "uid"), "uid", &text, err) != ERR_OK ||
        uid_parse(text, &uid, err) != ERR_OK)
        return err->code;
    if (created && created->type == NODE_NULL)
        return ERR_OK;
    if (node_string(created, "created", &text, err) != ERR_OK ||
        timestamp_parse(text, &at, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        if (uid_equal(uids[i], &uid) && at > latest[i])
            latest[i] = at;
    }
    return ERR_OK;
}

enum err_code receipt_read(struct slice text, const struct uid *const *uids, size_t count,
                           struct arena *scratch, int64_t *latest, struct err *err)
{
    const struct node *root, *form, *list;

    if (json_parse(text, scratch, &root, err) != ERR_OK)
        return err->code;
    form = node_get(root, "receipt");
    list = node_get(root, "releases");
    if (!form || form->type != NODE_NUMBER || !slice_is(node_text(form), "1"))
        return err_set(err, ERR_FORMAT, "receipt: want 1, the form that this program knows");
    if (!list || list->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "releases: have %s, want a list", node_type_name(list));
    for (const struct node *map = node_first(list); map; map = node_next(list, map)) {
        if (read_release(map, uids, count, latest, err) != ERR_OK)
            return err_add(err, "line %u", (unsigned)map->line);
    }
    return ERR_OK;
}
