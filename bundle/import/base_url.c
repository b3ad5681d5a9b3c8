#include "bundle/import/base_url.h"

#include "bundle/archive/title.h"
#include "resolver/base/quote.h"

static enum err_code refuse(struct slice text, const char *why, struct err *err)
{
    return err_set(err, ERR_USAGE, "--base-url %s: %s", quote(text).text, why);
}

enum err_code base_url_parse(struct slice text, struct slice *base, struct err *err)
{
    struct slice given = text, rest = text, scheme = slice_cut(&rest, ':');

    *base = slice_of(NULL, 0);
    if (!(slice_is(scheme, "http") || slice_is(scheme, "https")) || !slice_begins(rest, "//"))
        return refuse(text, "want http://HOST/... or https://HOST/...", err);
    if (text.len > BASE_URL_MAX)
        return refuse(text, "is too long", err);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == '?' || text.ptr[i] == '#')
            return refuse(text, "only printable ASCII without spaces, \"?\" and \"#\" is allowed",
                          err);
    }
    while (slice_ends(text, "/"))
        text.len--;
    rest = slice_part(text, scheme.len + 3, text.len);
    if (text.len < scheme.len + 3 || rest.len == 0 || rest.ptr[0] == '/')
        return refuse(given, "has no host", err);
    *base = text;
    return ERR_OK;
}

struct slice base_url_path(const struct manifest *manifest, enum csp csp, struct slice variant)
{
    const struct layer *any = NULL;

    if (csp != CSP_QEMU && csp != CSP_OPENSTACK)
        return slice_of(NULL, 0);
    for (size_t i = 0; i < manifest->layer_count; i++) {
        const struct layer *layer = &manifest->layers[i];

        if (!layer_is_image(layer) || layer->csp != csp)
            continue;
        if (layer->variant.len && variant_same(csp, layer->variant, variant))
            return title_unpacked(layer->title);
        if (layer->variant.len == 0 && !any)
            any = layer;
    }
    return any ? title_unpacked(any->title) : slice_of(NULL, 0);
}

enum err_code base_url_join(struct slice base, struct slice path, struct arena *arena,
                            struct slice *url, struct err *err)
{
    struct buf out;
    size_t size = base.len + 1 + path.len;
    void *memory = arena_alloc(arena, size, err);

    *url = slice_of(NULL, 0);
    if (!memory)
        return err->code;
    buf_init_fixed(&out, memory, size);
    buf_add(&out, base);
    buf_add_byte(&out, '/');
    buf_add(&out, path);
    *url = buf_slice(&out);
    return ERR_OK;
}

bool base_url_has_path(struct slice reference, struct slice path)
{
    return path.len > 0 && reference.len > path.len &&
           reference.ptr[reference.len - path.len - 1] == '/' &&
           slice_equal(slice_part(reference, reference.len - path.len, path.len), path);
}
