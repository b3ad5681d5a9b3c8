#include "bundle/pack/pack_release.h"

#include <string.h>

#include "bundle/archive/title.h"

#define ROOM_FIRST 16
#define DOTS "..."

struct quoted pack_show(const char *place)
{
    struct slice all = slice_text(place);
    struct quoted shown = quote_bare(all), end;
    size_t keep = QUOTE_MAX - (sizeof DOTS - 1);

    if (all.len <= QUOTE_MAX)
        return shown;
    end = quote_bare(slice_part(all, all.len - keep, keep));
    memcpy(shown.text, DOTS, sizeof DOTS - 1);
    memcpy(shown.text + sizeof DOTS - 1, end.text, sizeof shown.text - (sizeof DOTS - 1));
    shown.text[sizeof shown.text - 1] = '\0';
    return shown;
}

bool pack_release_has(const struct pack_release *release, struct slice title)
{
    for (size_t i = 0; i < release->count; i++) {
        if (slice_equal(release->items[i].title, title))
            return true;
    }
    return false;
}

static enum err_code make_room(struct pack_release *release, struct arena *arena, struct err *err)
{
    size_t room = release->room ? 2 * release->room : ROOM_FIRST;
    struct bundle_item *items = arena_array(arena, room, sizeof *items, err);
    struct pack_info *infos = items ? arena_array(arena, room, sizeof *infos, err) : NULL;

    if (!infos)
        return err->code;
    if (release->count > 0) {
        memcpy(items, release->items, release->count * sizeof *items);
        memcpy(infos, release->infos, release->count * sizeof *infos);
    }
    release->items = items;
    release->infos = infos;
    release->room = room;
    return ERR_OK;
}

enum err_code pack_release_add(struct pack_release *release, const struct bundle_item *item,
                               const struct pack_info *info, struct arena *arena, struct err *err)
{
    if (title_check(item->title, err))
        return err->code;
    if (pack_release_has(release, item->title))
        return err_set(err, ERR_FORMAT, "%s is given twice", quote_bare(item->title).text);
    if (release->count == release->room && make_room(release, arena, err))
        return err->code;
    release->items[release->count] = *item;
    release->infos[release->count++] = *info;
    return ERR_OK;
}
