#include <string.h>

#include "bundle/archive/title.h"
#include "bundle/import/import_work.h"
#include "resolver/base/quote.h"

#define NAMES_TEXT_MAX 300 /* bytes of the list in a message */

/* Names of files that are there with other contents, as far as a message holds them. */
struct conflicts {
    char text[NAMES_TEXT_MAX];
    struct buf names;
    size_t count;
};

static void note_conflict(struct conflicts *conflicts, const char *name)
{
    struct buf *names = &conflicts->names;
    size_t len = names->len;

    conflicts->count++;
    buf_add_format(names, "%s%s", len ? ", " : "", quote_bare(slice_text(name)).text);
}

static enum placement_kind kind_of(const struct carried *carried)
{
    switch (carried->layer->kind) {
    case LAYER_IMAGE_ZSTD:
    case LAYER_IMAGE_RAW:
        return PLACE_IMAGE;
    case LAYER_MEASUREMENTS_YAML:
    case LAYER_MEASUREMENTS_JSON:
        return PLACE_MEASUREMENTS;
    case LAYER_SIGNATURE:
        return PLACE_SIGNATURE;
    default:
        return PLACE_OTHER;
    }
}

enum err_code import_compare(struct import_work *work, struct placement *placement, bool may_replace,
                             bool *differs, struct err *err)
{
    struct repository_file file;

    *differs = false;
    if (repository_digest(work->repository, placement->name, placement->size, &file, err) != ERR_OK)
        return err->code;
    placement->action = PLACEMENT_ADD;
    if (!file.is_there)
        return ERR_OK;
    if (file.size == placement->size && memcmp(file.digest, placement->digest, SHA256_SIZE) == 0) {
        placement->action = PLACEMENT_KEEP;
        return ERR_OK;
    }
    *differs = true;
    placement->action = may_replace ? PLACEMENT_REPLACE : PLACEMENT_KEEP;
    return ERR_OK;
}

/* Whether somebody signed the raw image of that title, in whichever manifest. */
static bool is_raw_signed(const struct contents *contents, struct slice title)
{
    for (size_t i = 0; i < contents->count; i++) {
        if (contents->list[i].is_raw_signed && slice_equal(contents->list[i].layer->title, title))
            return true;
    }
    return false;
}

/* What of a layer lies in the repository: of a compressed image usually the raw one. */
static enum err_code describe(const struct import_work *work, const struct carried *carried,
                              struct placement *placement, struct err *err)
{
    const struct layer *layer = carried->layer;
    struct slice name = layer->title;

    placement->is_unpacked =
        layer->kind == LAYER_IMAGE_ZSTD && !work->settings->keep_compressed;
    if (placement->is_unpacked)
        name = title_unpacked(name);
    placement->is_raw_signed = is_raw_signed(work->settings->contents, layer->title);
    placement->kind = kind_of(carried);
    placement->layer = layer;
    placement->manifest = carried->manifest;
    placement->size = placement->is_unpacked ? layer->image.raw_size : layer->blob.size;
    memcpy(placement->digest,
           placement->is_unpacked ? layer->image.raw_digest : layer->blob.digest, SHA256_SIZE);
    placement->name = arena_copy(work->arena, name, err);
    return placement->name ? ERR_OK : err->code;
}

/* Titles that several manifests share have the same contents (title.h). */
static bool is_repeated(const struct contents *contents, size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (slice_equal(contents->list[i].layer->title, contents->list[number].layer->title))
            return true;
    }
    return false;
}

/* Tables, and what signs them, are import_tables.c's. */
static bool is_of_table(const struct carried *carried)
{
    const struct layer *document = carried->place.document;

    return carried->layer->kind == LAYER_TABLE || (document && document->kind == LAYER_TABLE);
}

enum err_code import_files(struct import_work *work, struct err *err)
{
    const struct contents *contents = work->settings->contents;
    struct conflicts conflicts = {.count = 0};
    bool differs;

    buf_init_fixed(&conflicts.names, conflicts.text, sizeof conflicts.text);
    for (size_t i = 0; i < contents->count; i++) {
        struct placement *placement;

        if (is_of_table(&contents->list[i]) || is_repeated(contents, i))
            continue;
        placement = placement_add(&work->result->placements, work->arena, err);
        if (!placement || describe(work, &contents->list[i], placement, err) != ERR_OK ||
            import_compare(work, placement, work->settings->replace, &differs, err) != ERR_OK)
            return err->code;
        if (differs && !work->settings->replace)
            note_conflict(&conflicts, placement->name);
    }
    if (conflicts.count == 0)
        return ERR_OK;
    return err_set(err, ERR_POLICY, "%s: other contents are there than the bundle's: %.*s%s; "
                   "--replace takes the bundle's",
                   quote_bare(slice_text(work->repository->path)).text, (int)conflicts.names.len,
                   conflicts.text, conflicts.names.failed ? ", and more" : "");
}
