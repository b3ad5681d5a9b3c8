#include "bundle/pack/pack_images.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/net/url.h"

#define VARIANTS_MAX 64  /* of one csp, in all tables of a release */
#define VARIANT_LEN_MAX 64

/* A variant of a csp as the tables have it. */
struct wanted {
    enum csp csp;
    struct slice variant;
    struct slice url; /* of qemu and openstack; empty: none */
    bool is_v2;       /* the table that has the URL has that form */
    bool is_covered;
};

struct work {
    const struct pack_images *images;
    struct pack_release *release;
    struct arena *arena;
    struct wanted *wanted;
    size_t count;
};

/* --- Files of the user -------------------------------------------------------------------------- */

enum err_code pack_image_file_parse(const char *text, struct pack_image_file *file,
                                    struct err *err)
{
    struct slice rest = slice_text(text), what = slice_cut(&rest, '=');
    struct slice csp = slice_cut(&what, '/');

    memset(file, 0, sizeof *file);
    if (!rest.ptr || rest.len == 0)
        return err_set(err, ERR_USAGE, "--image %s: want CSP=FILE or CSP/VARIANT=FILE",
                       quote(slice_text(text)).text);
    file->csp = csp_parse(csp);
    if (file->csp == CSP_NONE)
        return err_set(err, ERR_USAGE, "--image %s: csp %s is not known; want one of: %s",
                       quote_bare(slice_text(text)).text, quote(csp).text, csp_names());
    if (what.ptr && (what.len == 0 || variant_contradicts(file->csp, what)))
        return err_set(err, ERR_USAGE, "--image %s: variant %s is none of %s",
                       quote_bare(slice_text(text)).text, quote(what).text, csp_name(file->csp));
    file->variant = variant_canonical(file->csp, what);
    file->path = (const char *)rest.ptr;
    return ERR_OK;
}

/* --- What the tables offer ---------------------------------------------------------------------- */

static struct wanted *find_wanted(const struct work *work, enum csp csp, struct slice variant)
{
    for (size_t i = 0; i < work->count; i++) {
        if (work->wanted[i].csp == csp && slice_equal(work->wanted[i].variant, variant))
            return &work->wanted[i];
    }
    return NULL;
}

static bool is_path_safe(struct slice variant)
{
    for (size_t i = 0; i < variant.len; i++) {
        uint8_t c = variant.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-'))
            return false;
    }
    return variant.len > 0 && variant.len <= VARIANT_LEN_MAX;
}

static bool is_url(struct slice reference)
{
    return slice_begins(reference, "https://") || slice_begins(reference, "http://");
}

static enum err_code want(struct work *work, const struct table_entry *entry, bool is_v2,
                          struct err *err)
{
    struct slice variant = entry_variant(entry), reference = entry_reference(entry);
    struct wanted *wanted = find_wanted(work, entry->csp, variant);
    bool has_url = (entry->csp == CSP_QEMU || entry->csp == CSP_OPENSTACK) && is_url(reference);

    if (!wanted && work->count == (size_t)VARIANTS_MAX * CSP_COUNT)
        return err_set(err, ERR_LIMIT, "%s: its tables have too many variants",
                       work->release->uid.text);
    if (!wanted && !is_path_safe(variant))
        return !has_url ? ERR_OK
                        : err_set(err, ERR_FORMAT, "%s: variant %s of %s cannot be part of a path",
                                  work->release->uid.text, quote(variant).text,
                                  csp_name(entry->csp));
    if (!wanted) {
        wanted = &work->wanted[work->count++];
        *wanted = (struct wanted){.csp = entry->csp, .variant = variant};
    }
    if (has_url && wanted->url.len > 0 && !slice_equal(wanted->url, reference))
        return err_set(err, ERR_AMBIGUOUS,
                       "%s: its tables name several URLs for %s/%s: choose with --layout, or give "
                       "the image with --image",
                       work->release->uid.text, csp_name(entry->csp), quote_bare(variant).text);
    if (has_url) {
        wanted->url = reference;
        wanted->is_v2 = is_v2;
    }
    return ERR_OK;
}

static enum err_code want_all(struct work *work, struct err *err)
{
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        const struct table *table = work->release->tables[layout];

        for (size_t i = 0; table && i < table->count; i++) {
            if (work->images->csps->wants[table->entries[i].csp] &&
                want(work, &table->entries[i], layout == LAYOUT_V2, err))
                return err->code;
        }
    }
    return ERR_OK;
}

static void cover(struct work *work, enum csp csp, struct slice variant)
{
    for (size_t i = 0; i < work->count; i++) {
        struct wanted *wanted = &work->wanted[i];

        if (wanted->csp == csp && (variant.len == 0 || slice_equal(wanted->variant, variant)))
            wanted->is_covered = true;
    }
}

/* --- Names -------------------------------------------------------------------------------------- */

/* images/UID/CSP-VARIANT.raw */
static void plain_name(const struct uid *uid, enum csp csp, struct slice variant,
                       char out[LAYOUT_NAME_MAX])
{
    char file[UID_MAX + 1];

    uid_file_name(uid, file);
    snprintf(out, LAYOUT_NAME_MAX, "images/%s/%s%s%.*s.raw", file, csp_name(csp),
             variant.len ? "-" : "", (int)variant.len,
             variant.len ? (const char *)variant.ptr : "");
}

/* constellation/v1/ref/.../image/csp/CSP[/VARIANT]/image.raw: layout v2 without a variant is that of
 * layout v1. */
static void path_name(const struct uid *uid, enum csp csp, struct slice variant,
                      char out[LAYOUT_NAME_MAX])
{
    snprintf(out, LAYOUT_NAME_MAX, "constellation/v1/ref/%s/stream/%s/%s/image/csp/%s%s%.*s/image.raw",
             uid->ref, uid->stream, uid->version, csp_name(csp), variant.len ? "/" : "",
             (int)variant.len, variant.len ? (const char *)variant.ptr : "");
}

static enum err_code add(struct work *work, const struct pack_raw *raw, const char *name,
                         enum csp csp, struct slice variant, struct err *err)
{
    struct bundle_item item = {
        .kind = LAYER_IMAGE_ZSTD, .raw = &raw->image, .csp = csp, .variant = variant};
    const struct pack_info info = {.place = raw->place, .is_streamed = raw->https != NULL};
    char title[LAYOUT_NAME_MAX + 8];
    const char *copy;

    snprintf(title, sizeof title, "%s.zst", name);
    copy = arena_copy(work->arena, slice_text(title), err);
    if (!copy)
        return err->code;
    item.title = slice_text(copy);
    if (pack_release_add(work->release, &item, &info, work->arena, err))
        return err->code;
    cover(work, csp, variant);
    return ERR_OK;
}

/* The only variant that the tables have for the csp: then an image of any is of that one. */
static struct slice only_variant(const struct work *work, enum csp csp)
{
    struct slice found = {NULL, 0};
    size_t count = 0;

    for (size_t i = 0; i < work->count; i++) {
        if (work->wanted[i].csp != csp)
            continue;
        found = work->wanted[i].variant;
        count++;
    }
    return count == 1 ? found : (struct slice){NULL, 0};
}

static enum err_code add_file(struct work *work, const struct pack_image_file *file,
                              struct err *err)
{
    struct slice variant =
        file->variant.len ? file->variant : only_variant(work, file->csp);
    bool is_v2 = work->release->tables[LAYOUT_V2] != NULL;
    char name[LAYOUT_NAME_MAX];
    struct pack_raw *raw;

    if (variant.len && !is_path_safe(variant))
        return err_set(err, ERR_USAGE, "--image: variant %s cannot be part of a path",
                       quote(variant).text);
    if (pack_raws_file(work->images->raws, file->path, &raw, err))
        return err->code;
    if (is_v2)
        path_name(&work->release->uid, file->csp, variant, name);
    else
        plain_name(&work->release->uid, file->csp, variant, name);
    return add(work, raw, name, file->csp, variant, err);
}

/* --- The repository ----------------------------------------------------------------------------- */

static enum err_code pass_over(void *ctx, struct slice entry, struct err *err)
{
    (void)ctx;
    (void)entry;
    (void)err;
    return ERR_OK;
}

/* A folder is opened when it is first asked for something. */
static enum err_code open_folder(const struct pack_repository *repository, struct err *err)
{
    const struct source *source = repository->source;

    if (!repository->dir || repository->dir->fd >= 0)
        return ERR_OK;
    return source->list(source->ctx, "images", pass_over, NULL, err);
}

static enum err_code open_in_repository(struct work *work, const char *name, struct pack_raw **raw,
                                        struct err *err)
{
    const struct pack_repository *repository = work->images->repository;
    const char *place = pack_join(repository->source->base, name, work->arena, err);

    *raw = NULL;
    if (!place || open_folder(repository, err))
        return err->code;
    if (!repository->dir)
        return pack_raws_url(work->images->raws, place, raw, err);
    return pack_raws_beneath(work->images->raws, repository->dir->fd, name, place, raw, err);
}

static enum err_code try_name(struct work *work, const char *name, enum csp csp,
                              struct slice variant, bool *found, struct err *err)
{
    struct pack_raw *raw;

    if (open_in_repository(work, name, &raw, err))
        return err->code;
    *found |= raw != NULL;
    return raw ? add(work, raw, name, csp, variant, err) : ERR_OK;
}

static bool has_layout(const struct work *work, enum layout layout)
{
    int pinned = work->images->repository->layout;

    return pinned < 0 || pinned == (int)layout;
}

static enum err_code look_for(struct work *work, const struct wanted *wanted, struct err *err)
{
    const struct uid *uid = &work->release->uid;
    char name[LAYOUT_NAME_MAX];
    bool found = false;

    plain_name(uid, wanted->csp, wanted->variant, name);
    if (try_name(work, name, wanted->csp, wanted->variant, &found, err))
        return err->code;
    path_name(uid, wanted->csp, wanted->variant, name);
    return has_layout(work, LAYOUT_V2)
               ? try_name(work, name, wanted->csp, wanted->variant, &found, err)
               : ERR_OK;
}

/* Layout v1 has one image a csp, whatever the variant. */
static enum err_code look_for_any(struct work *work, enum csp csp, struct err *err)
{
    char name[LAYOUT_NAME_MAX];
    bool found = false;

    path_name(&work->release->uid, csp, (struct slice){NULL, 0}, name);
    return try_name(work, name, csp, (struct slice){NULL, 0}, &found, err);
}

static enum err_code look_in_repository(struct work *work, struct err *err)
{
    bool has_csp[CSP_COUNT] = {false};

    for (size_t i = 0; i < work->count; i++) {
        if (work->wanted[i].is_covered)
            continue;
        has_csp[work->wanted[i].csp] = true;
        if (look_for(work, &work->wanted[i], err))
            return err->code;
    }
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        if (has_csp[csp] && has_layout(work, LAYOUT_V1) && look_for_any(work, (enum csp)csp, err))
            return err->code;
    }
    return ERR_OK;
}

/* --- URLs --------------------------------------------------------------------------------------- */

static enum err_code fetch_url(struct work *work, const struct wanted *wanted, struct err *err)
{
    const char *url = arena_copy(work->arena, wanted->url, err);
    char name[LAYOUT_NAME_MAX];
    struct pack_raw *raw;

    if (!url)
        return err->code;
    if (pack_raws_url(work->images->raws, url, &raw, err))
        return err_add(err,
                       "the image of %s/%s (give it with --image, or leave it out with --csp or "
                       "--no-images)",
                       csp_name(wanted->csp), quote_bare(wanted->variant).text);
    if (!raw)
        return err_set(err, ERR_NOT_FOUND,
                       "%s: the image of %s/%s is not there (404 or 403): give it with --image, or "
                       "--no-images",
                       url_show_text(wanted->url).text, csp_name(wanted->csp),
                       quote_bare(wanted->variant).text);
    if (wanted->is_v2)
        path_name(&work->release->uid, wanted->csp, wanted->variant, name);
    else
        plain_name(&work->release->uid, wanted->csp, wanted->variant, name);
    return add(work, raw, name, wanted->csp, wanted->variant, err);
}

static enum err_code add_all(struct work *work, struct err *err)
{
    const struct pack_images *images = work->images;

    for (size_t i = 0; i < images->file_count; i++) {
        if (add_file(work, &images->files[i], err))
            return err->code;
    }
    if (images->repository && look_in_repository(work, err))
        return err->code;
    for (size_t i = 0; i < work->count; i++) {
        if (!work->wanted[i].is_covered && work->wanted[i].url.len > 0 &&
            fetch_url(work, &work->wanted[i], err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code pack_images_add(const struct pack_images *images, struct pack_release *release,
                              struct arena *arena, struct err *err)
{
    struct work work = {.images = images, .release = release, .arena = arena};

    work.wanted = arena_array(arena, (size_t)VARIANTS_MAX * CSP_COUNT, sizeof *work.wanted, err);
    if (!work.wanted || want_all(&work, err))
        return err->code;
    return add_all(&work, err);
}
