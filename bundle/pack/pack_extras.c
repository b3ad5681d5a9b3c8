#include "bundle/pack/pack_extras.h"

#include <string.h>

#include "bundle/archive/title.h"
#include "bundle/verify/place.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

/* The first whose end fits. */
static const char *media_type_of(struct slice title)
{
    static const struct {
        const char *end, *media_type;
    } types[] = {
        {".spdx.json", "application/spdx+json"},
        {".cdx.json", "application/vnd.cyclonedx+json"},
        {".json", "application/json"},
        {".yaml", "application/yaml"},
        {".txt", "text/plain"},
        {".md", "text/markdown"},
        {".pem", "application/x-pem-file"},
        {".pub", "application/x-pem-file"},
        {"", "application/octet-stream"},
    };
    size_t i = 0;

    while (!slice_ends(title, types[i].end))
        i++;
    return types[i].media_type;
}

static enum err_code check_title(const struct pack_extra *extra, struct err *err)
{
    const struct manifest manifest = {.layers = NULL};
    const struct layer layer = {.kind = LAYER_OTHER,
                                .title = extra->title,
                                .blob.media_type = slice_text(extra->media_type)};
    struct place place;

    if (title_check(extra->title, err) != ERR_OK ||
        place_of_layer(&manifest, &layer, &place, err) != ERR_OK)
        return err->code;
    if (slice_ends(extra->title, ".sig") || slice_ends(extra->title, ".sigstore.json"))
        return err_set(err, ERR_USAGE, "is the name of a signature: those go with --signature");
    if (slice_ends(extra->title, ".raw.zst") || slice_ends(extra->title, ".raw"))
        return err_set(err, ERR_USAGE, "is the name of an image: those go with --image");
    return ERR_OK;
}

static enum err_code read_extra(const char *text, struct arena *arena, struct pack_extra *extra,
                                struct err *err)
{
    struct slice rest = slice_text(text);

    extra->title = slice_cut(&rest, '=');
    if (!rest.ptr || rest.len == 0 || extra->title.len == 0)
        return err_set(err, ERR_USAGE, "--extra %s: want PATH=FILE", quote(slice_text(text)).text);
    extra->path = (const char *)rest.ptr;
    extra->media_type = media_type_of(extra->title);
    if (check_title(extra, err) != ERR_OK) {
        err->code = ERR_USAGE;
        return err_add(err, "--extra %s", quote_bare(extra->title).text);
    }
    return file_read(extra->path, MANIFEST_SMALL_MAX, arena, &extra->bytes, err);
}

enum err_code pack_extra_read(const char *text, struct arena *arena, struct pack_extra *extra,
                              struct err *err)
{
    memset(extra, 0, sizeof *extra);
    if (read_extra(text, arena, extra, err) != ERR_OK) {
        memset(extra, 0, sizeof *extra);
        return err->code;
    }
    return ERR_OK;
}

enum err_code pack_extras_add(const struct pack_extra *extras, size_t count,
                              struct pack_release *release, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct bundle_item item = {.kind = LAYER_OTHER,
                                         .media_type = extras[i].media_type,
                                         .title = extras[i].title,
                                         .bytes = extras[i].bytes};
        const struct pack_info info = {.place = extras[i].path};

        if (pack_release_add(release, &item, &info, arena, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}
