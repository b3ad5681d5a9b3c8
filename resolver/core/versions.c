#include "resolver/core/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/json.h"
#include "resolver/base/quote.h"

/* What is being collected: uids in blocks of the arena, as they come. */
struct block {
    struct block *older;
    size_t used;
    struct uid uids[64];
};

struct collection {
    const struct source *source;
    struct slice ref, stream;
    struct arena *arena;
    struct block *blocks;
    size_t count;
    size_t lists_asked, bytes; /* over HTTP */
};

static enum err_code add(struct collection *collection, const struct uid *uid, struct err *err)
{
    struct block *block = collection->blocks;

    if (collection->count == VERSIONS_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d versions of one ref and stream",
                       quote_bare(slice_text(collection->source->base)).text, VERSIONS_MAX);
    if (!block || block->used == sizeof block->uids / sizeof block->uids[0]) {
        block = arena_alloc(collection->arena, sizeof *block, err);
        if (!block)
            return err->code;
        block->older = collection->blocks;
        collection->blocks = block;
    }
    block->uids[block->used++] = *uid;
    collection->count++;
    return ERR_OK;
}

/* A file of the rfc layout's images folder: the name of a uid with "_" for "/". Other files may
 * lie there, signatures among them: of v1.0.0-pre.json one is v1.0.0-pre.json.sigstore.json, which
 * would do as a uid. */
static enum err_code visit_image(void *ctx, struct slice entry, struct err *err)
{
    struct collection *collection = ctx;
    char text[UID_MAX + 1], again[UID_MAX + 1];
    size_t len = entry.len - (sizeof ".json" - 1);
    struct err ignored;
    struct uid uid;

    if (!slice_ends(entry, ".json") || slice_ends(entry, ".sigstore.json") || len > UID_MAX)
        return ERR_OK;
    for (size_t i = 0; i < len; i++)
        text[i] = entry.ptr[i] == '_' ? '/' : (char)entry.ptr[i];
    if (uid_parse(slice_of(text, len), &uid, &ignored))
        return ERR_OK;
    uid_file_name(&uid, again);
    if (!slice_is(slice_part(entry, 0, len), again) || !slice_is(collection->ref, uid.ref) ||
        !slice_is(collection->stream, uid.stream))
        return ERR_OK;
    return add(collection, &uid, err);
}

static enum err_code visit_info(void *ctx, struct slice entry, struct err *err)
{
    bool *found = ctx;

    (void)err;
    *found = *found || slice_is(entry, "info.json");
    return ERR_OK;
}

struct version_folders {
    struct collection *collection;
    const char *folder;
};

/* A folder of the v1 and v2 layouts counts if there is a table in it. */
static enum err_code visit_version(void *ctx, struct slice entry, struct err *err)
{
    const struct version_folders *folders = ctx;
    struct collection *collection = folders->collection;
    char name[LAYOUT_NAME_MAX];
    struct err ignored;
    bool found = false;
    struct uid uid;

    if (uid_from_parts(collection->ref, collection->stream, entry, &uid, &ignored))
        return ERR_OK;
    snprintf(name, sizeof name, "%s/%s/image", folders->folder, uid.version);
    if (collection->source->list(collection->source->ctx, name, visit_info, &found, err))
        return err->code;
    return found ? add(collection, &uid, err) : ERR_OK;
}

static enum err_code look_through(struct collection *collection, enum layout layout,
                                  struct err *err)
{
    const struct source *source = collection->source;
    char folder[LAYOUT_NAME_MAX / 2];
    struct version_folders folders = {collection, folder};

    if (layout == LAYOUT_RFC)
        return source->list(source->ctx, "images", visit_image, collection, err);
    snprintf(folder, sizeof folder, "constellation/%s/ref/%.*s/stream/%.*s", layout_text(layout),
             (int)collection->ref.len, collection->ref.ptr, (int)collection->stream.len,
             collection->stream.ptr);
    return source->list(source->ctx, folder, visit_version, &folders, err);
}

static enum err_code look_through_all(struct collection *collection, int layout, struct err *err)
{
    for (int i = 0; i < LAYOUT_COUNT; i++) {
        if ((layout < 0 || layout == i) && look_through(collection, (enum layout)i, err))
            return err->code;
    }
    return ERR_OK;
}

/* Gets versions/<rest>/image.json. *root is NULL when there is none: *answer says which way. */
static enum err_code get_list(struct collection *collection, const char *rest,
                              const struct node **root, enum source_answer *answer,
                              char name[LAYOUT_NAME_MAX], struct err *err)
{
    const struct source *source = collection->source;
    char ref[UID_MAX + 1], stream[UID_MAX + 1], folder[LAYOUT_NAME_MAX];
    struct slice bytes;

    *root = NULL;
    *answer = SOURCE_ABSENT;
    if (collection->lists_asked++ == VERSION_LISTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d version lists", VERSION_LISTS_MAX);
    snprintf(ref, sizeof ref, "%.*s", (int)collection->ref.len, collection->ref.ptr);
    snprintf(stream, sizeof stream, "%.*s", (int)collection->stream.len, collection->stream.ptr);
    layout_versions_folder(ref, stream, folder);
    snprintf(name, LAYOUT_NAME_MAX, "%.600s/%.100s/image.json", folder, rest);
    if (source->get(source->ctx, name, VERSION_LIST_MAX_BYTES, collection->arena, answer, &bytes,
                    err))
        return err->code;
    if (*answer != SOURCE_FOUND)
        return ERR_OK;
    collection->bytes += bytes.len;
    if (collection->bytes > VERSION_LISTS_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%s/%s: this and the version lists before it have more than %u MiB",
                       quote_bare(slice_text(source->base)).text, name,
                       (unsigned)(VERSION_LISTS_MAX_BYTES >> 20));
    if (json_parse(bytes, collection->arena, root, err))
        return err_add(err, "%s/%s", quote_bare(slice_text(source->base)).text, name);
    return ERR_OK;
}

static enum err_code check_member(const struct node *root, const char *key, struct slice want,
                                  struct err *err)
{
    struct slice have;

    if (node_string(node_get(root, key), key, &have, err))
        return err->code;
    if (!slice_equal(have, want))
        return err_set(err, ERR_FORGED, "%s: have %s, want %s", key, quote(have).text,
                       quote(want).text);
    return ERR_OK;
}

/* What every version list says of itself must be what was asked for. */
static enum err_code check_list(const struct collection *collection, const struct node *root,
                                struct err *err)
{
    if (check_member(root, "ref", collection->ref, err) ||
        check_member(root, "stream", collection->stream, err) ||
        check_member(root, "kind", SLICE("image"), err))
        return err->code;
    return ERR_OK;
}

static enum err_code no_latest(const struct collection *collection, enum source_answer answer,
                               const char *name, struct err *err)
{
    const struct source *source = collection->source;

    if (answer == SOURCE_FORBIDDEN)
        return err_set(err, ERR_IO,
                       "%s/%s: the server answers 403 (forbidden): whether there is a version list "
                       "cannot be told",
                       quote_bare(slice_text(source->base)).text, name);
    return err_set(err, ERR_NOT_FOUND,
                   "%s: no version list of ref %s, stream %s (a repository in the rfc layout has "
                   "none over HTTP)",
                   quote_bare(slice_text(source->base)).text, quote(collection->ref).text,
                   quote(collection->stream).text);
}

static enum err_code get_latest(struct collection *collection, struct uid *latest,
                                struct err *err)
{
    const struct source *source = collection->source;
    char name[LAYOUT_NAME_MAX];
    enum source_answer answer;
    const struct node *root;
    struct slice version;

    memset(latest, 0, sizeof *latest);
    if (get_list(collection, "latest", &root, &answer, name, err))
        return err->code;
    if (!root)
        return no_latest(collection, answer, name, err);
    if (check_list(collection, root, err) ||
        node_string(node_get(root, "version"), "version", &version, err) ||
        uid_from_parts(collection->ref, collection->stream, version, latest, err))
        return err_add(err, "%s/%s", quote_bare(slice_text(source->base)).text, name);
    return ERR_OK;
}

typedef enum err_code each_fn(struct collection *collection, struct slice entry, struct err *err);

/* "v2.3" is below "v2", and "v2.3.1" below "v2.3". */
static bool is_below(struct slice entry, struct slice base)
{
    return entry.len > base.len && entry.ptr[base.len] == '.' &&
           slice_equal(slice_part(entry, 0, base.len), base);
}

static enum err_code go_through_entries(struct collection *collection,
                                        const struct node *versions, struct slice base,
                                        each_fn *each, struct err *err)
{
    if (!versions || versions->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "versions: have %s, want a list", node_type_name(versions));
    for (const struct node *node = node_first(versions); node; node = node_next(versions, node)) {
        struct slice entry;

        if (node_string(node, "versions", &entry, err))
            return err->code;
        if (!is_below(entry, base))
            return err_set(err, ERR_FORMAT, "version %s: is not below %s", quote(entry).text,
                           quote_bare(base).text);
        if (each(collection, entry, err))
            return err->code;
    }
    return ERR_OK;
}

/* Calls each for every entry of a list that may be absent. */
static enum err_code go_through(struct collection *collection, const char *granularity,
                                struct slice base, each_fn *each, struct err *err)
{
    char rest[80], name[LAYOUT_NAME_MAX];
    enum source_answer answer;
    const struct node *root;

    if (base.len > 40)
        return err_set(err, ERR_FORMAT, "version %s is too long", quote(base).text);
    snprintf(rest, sizeof rest, "%s/%.*s", granularity, (int)base.len, base.ptr);
    if (get_list(collection, rest, &root, &answer, name, err))
        return err->code;
    if (!root)
        return ERR_OK;
    if (check_list(collection, root, err) ||
        check_member(root, "granularity", slice_text(granularity), err) ||
        check_member(root, "base", base, err) ||
        go_through_entries(collection, node_get(root, "versions"), base, each, err))
        return err_add(err, "%s/%s", quote_bare(slice_text(collection->source->base)).text, name);
    return ERR_OK;
}

static enum err_code add_version(struct collection *collection, struct slice entry,
                                 struct err *err)
{
    struct uid uid;

    if (uid_from_parts(collection->ref, collection->stream, entry, &uid, err))
        return err->code;
    return add(collection, &uid, err);
}

/* "v2.3": becomes part of a name, so nothing else is let through. */
static enum err_code add_minor(struct collection *collection, struct slice entry, struct err *err)
{
    char full[64];
    struct semver version;

    snprintf(full, sizeof full, "%.*s.0", (int)(entry.len < 40 ? entry.len : 40), entry.ptr);
    if (semver_parse(slice_text(full), &version, err) || version.prerelease.len)
        return err_set(err, ERR_FORMAT, "%s: want a minor version such as \"v2.3\"",
                       quote(entry).text);
    return go_through(collection, "minor", entry, add_version, err);
}

static enum err_code ask_lists(struct collection *collection, struct err *err)
{
    struct semver version;
    struct uid latest;
    char base[32];

    if (get_latest(collection, &latest, err) ||
        semver_parse(slice_text(latest.version), &version, err))
        return err->code;
    if (version.major >= VERSIONS_MAJOR_MAX)
        return err_set(err, ERR_LIMIT, "latest version %s: major versions end at %d",
                       latest.version, VERSIONS_MAJOR_MAX - 1);
    for (unsigned major = 0; major <= version.major; major++) {
        snprintf(base, sizeof base, "v%u", major);
        if (go_through(collection, "major", slice_text(base), add_minor, err))
            return err->code;
    }
    return add(collection, &latest, err);
}

static int compare(const void *a, const void *b)
{
    return uid_compare(a, b);
}

/* One sorted array without repeats. */
static enum err_code finish(const struct collection *collection, struct versions *versions,
                            struct err *err)
{
    size_t at = 0, kept = 0;

    versions->list = arena_array(collection->arena, collection->count, sizeof *versions->list, err);
    if (!versions->list)
        return err->code;
    for (const struct block *block = collection->blocks; block; block = block->older) {
        memcpy(&versions->list[at], block->uids, block->used * sizeof block->uids[0]);
        at += block->used;
    }
    qsort(versions->list, at, sizeof *versions->list, compare);
    for (size_t i = 0; i < at; i++) {
        if (kept == 0 || !uid_equal(&versions->list[kept - 1], &versions->list[i]))
            versions->list[kept++] = versions->list[i];
    }
    versions->count = kept;
    return ERR_OK;
}

/* Refuses a ref and stream that no uid could have, before they become part of a name. */
static enum err_code check_question(const struct source *source, int layout, struct slice ref,
                                    struct slice stream, struct err *err)
{
    struct uid ignored;

    if (uid_from_parts(ref, stream, SLICE("v0.0.0"), &ignored, err))
        return err_add(err, "ref %s, stream %s", quote(ref).text, quote(stream).text);
    if (!source->list && layout == LAYOUT_RFC)
        return err_set(err, ERR_NOT_FOUND, "%s: the rfc layout has no version lists over HTTP",
                       quote_bare(slice_text(source->base)).text);
    return ERR_OK;
}

enum err_code versions_list(const struct source *source, int layout, struct slice ref,
                            struct slice stream, struct arena *arena, struct versions *versions,
                            struct err *err)
{
    struct collection collection = {
        .source = source, .ref = ref, .stream = stream, .arena = arena};

    memset(versions, 0, sizeof *versions);
    if (check_question(source, layout, ref, stream, err))
        return err->code;
    if (source->list ? look_through_all(&collection, layout, err) : ask_lists(&collection, err))
        return err->code;
    if (collection.count == 0)
        return err_set(err, ERR_NOT_FOUND, "%s: no version of ref %s, stream %s",
                       quote_bare(slice_text(source->base)).text, quote(ref).text,
                       quote(stream).text);
    return finish(&collection, versions, err);
}

static bool is_release(const struct uid *uid)
{
    return strchr(uid->version, '-') == NULL;
}

enum err_code versions_latest(const struct source *source, int layout, struct slice ref,
                              struct slice stream, struct arena *arena, struct uid *newest,
                              struct err *err)
{
    struct collection collection = {
        .source = source, .ref = ref, .stream = stream, .arena = arena};
    struct versions versions;
    size_t at;

    memset(newest, 0, sizeof *newest);
    if (check_question(source, layout, ref, stream, err))
        return err->code;
    if (!source->list)
        return get_latest(&collection, newest, err);
    if (versions_list(source, layout, ref, stream, arena, &versions, err))
        return err->code;
    at = versions.count - 1;
    while (at > 0 && !is_release(&versions.list[at]))
        at--;
    *newest = versions.list[is_release(&versions.list[at]) ? at : versions.count - 1];
    return ERR_OK;
}
