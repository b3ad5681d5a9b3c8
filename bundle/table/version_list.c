#include "bundle/table/version_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/json.h"
#include "resolver/base/json_write.h"
#include "resolver/base/quote.h"
#include "resolver/core/versions.h"

#define INDENT 2
#define BASE_MAX 48

/* A version, or in a major list "v2.3" with the number of v2.3.0. */
struct entry {
    struct slice text;
    struct semver number;
};

/* A list as it is wanted: what it says of itself, and the text that stands for the version in it. */
struct list {
    enum version_list_kind kind;
    const struct uid *uid;
    char base[BASE_MAX]; /* "", "v2", "v2.3" */
    char entry[UID_MAX + 1];
    struct entry *versions; /* sorted */
    size_t count;
};

static const char *const granularities[] = {"", "major", "minor"};

static void make_list(enum version_list_kind kind, const struct uid *uid, struct list *list)
{
    struct semver version;
    struct err ignored;

    *list = (struct list){.kind = kind, .uid = uid};
    if (semver_parse(slice_text(uid->version), &version, &ignored) != ERR_OK)
        return; /* cannot be: a struct uid has a version */
    snprintf(list->entry, sizeof list->entry, "%s", uid->version);
    if (kind == VERSION_LIST_MAJOR) {
        snprintf(list->base, sizeof list->base, "v%" PRIu64, version.major);
        snprintf(list->entry, sizeof list->entry, "v%" PRIu64 ".%" PRIu64, version.major,
                 version.minor);
    } else if (kind == VERSION_LIST_MINOR) {
        snprintf(list->base, sizeof list->base, "v%" PRIu64 ".%" PRIu64, version.major,
                 version.minor);
    }
}

void version_list_name(enum version_list_kind kind, const struct uid *uid,
                       char out[LAYOUT_NAME_MAX])
{
    static const char *const folders[] = {"latest", "major/", "minor/"};
    char folder[LAYOUT_NAME_MAX];
    struct list list;

    make_list(kind, uid, &list);
    layout_versions_folder(uid->ref, uid->stream, folder);
    snprintf(out, LAYOUT_NAME_MAX, "%.600s/%s%s/image.json", folder, folders[kind], list.base);
}

/* --- Reading ------------------------------------------------------------------------------------ */

static enum err_code check_member(const struct node *root, const char *key, const char *want,
                                  struct err *err)
{
    struct slice have;

    if (node_string(node_get(root, key), key, &have, err) != ERR_OK)
        return err->code;
    if (!slice_is(have, want))
        return err_set(err, ERR_FORGED, "%s: have %s, want \"%s\"", key, quote(have).text, want);
    return ERR_OK;
}

static enum err_code check_members(const struct node *root, const struct list *list,
                                   struct err *err)
{
    bool is_latest = list->kind == VERSION_LIST_LATEST;

    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "have %s, want an object", node_type_name(root));
    if (check_member(root, "ref", list->uid->ref, err) != ERR_OK ||
        check_member(root, "stream", list->uid->stream, err) != ERR_OK ||
        check_member(root, "kind", "image", err) != ERR_OK)
        return err->code;
    if (!is_latest &&
        (check_member(root, "granularity", granularities[list->kind], err) != ERR_OK ||
         check_member(root, "base", list->base, err) != ERR_OK))
        return err->code;
    if (node_count(root) != (is_latest ? 4 : 6))
        return err_set(err, ERR_FORMAT, "has %zu members, want %d", node_count(root),
                       is_latest ? 4 : 6);
    return ERR_OK;
}

/* A version, or of a major list "v2.3", which compares as v2.3.0. */
static enum err_code parse_entry(const struct list *list, struct slice entry,
                                 struct semver *version, struct err *err)
{
    char full[UID_MAX + 4];

    snprintf(full, sizeof full, "%.*s%s", (int)(entry.len < UID_MAX ? entry.len : UID_MAX),
             entry.ptr, list->kind == VERSION_LIST_MAJOR ? ".0" : "");
    if (semver_parse(list->kind == VERSION_LIST_MAJOR ? slice_text(full) : entry, version, err) !=
        ERR_OK)
        return err_add(err, "version %s", quote(entry).text);
    if (list->kind == VERSION_LIST_MAJOR && version->prerelease.len)
        return err_set(err, ERR_FORMAT, "version %s: want one such as \"v2.3\"", quote(entry).text);
    version->prerelease =
        list->kind == VERSION_LIST_MAJOR ? slice_of(NULL, 0) : version->prerelease;
    return ERR_OK;
}

/* Whether an entry belongs below the base: "v2.3" below "v2", "v2.3.1" below "v2.3". */
static bool is_below(const struct list *list, struct slice entry)
{
    size_t len = strlen(list->base);

    return len == 0 ||
           (slice_begins(entry, list->base) && entry.len > len && entry.ptr[len] == '.');
}

/* Sorts by precedence. */
static int compare(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    return semver_compare(&left->number, &right->number);
}

/* Lists are sorted already, but for those of others. */
static enum err_code read_versions(const struct node *versions, struct list *list, struct err *err)
{
    if (!versions || versions->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "versions: have %s, want a list", node_type_name(versions));
    for (const struct node *node = node_first(versions); node; node = node_next(versions, node)) {
        struct entry *entry = &list->versions[list->count];

        if (node_string(node, "versions", &entry->text, err) != ERR_OK ||
            parse_entry(list, entry->text, &entry->number, err) != ERR_OK)
            return err->code;
        if (!is_below(list, entry->text))
            return err_set(err, ERR_FORMAT, "version %s: is not below %s", quote(entry->text).text,
                           list->base);
        list->count++;
    }
    if (list->count > 0)
        qsort(list->versions, list->count, sizeof *list->versions, compare);
    for (size_t i = 1; i < list->count; i++) {
        if (compare(&list->versions[i - 1], &list->versions[i]) == 0)
            return err_set(err, ERR_FORMAT, "version %s: stands twice",
                           quote(list->versions[i].text).text);
    }
    return ERR_OK;
}

static enum err_code read_list(struct slice before, struct list *list, struct arena *arena,
                               struct err *err)
{
    const struct node *root = NULL, *versions;
    size_t count;

    if (before.len && (json_parse(before, arena, &root, err) != ERR_OK ||
                       check_members(root, list, err) != ERR_OK))
        return err->code;
    versions = node_get(root, "versions");
    count = node_count(versions);
    if (count > VERSIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d versions", VERSIONS_MAX);
    list->versions = arena_array(arena, count + 2, sizeof *list->versions, err);
    if (!list->versions)
        return err->code;
    if (!root)
        return ERR_OK;
    if (list->kind != VERSION_LIST_LATEST)
        return read_versions(versions, list, err);
    if (node_string(node_get(root, "version"), "version", &list->versions[0].text, err) != ERR_OK)
        return err->code;
    list->count = 1;
    return parse_entry(list, list->versions[0].text, &list->versions[0].number, err);
}

/* --- Writing ------------------------------------------------------------------------------------ */

static enum err_code write_list(const struct list *list, struct buf *out, struct err *err)
{
    struct json_writer json = json_writer_to(out, INDENT);

    json_begin_map(&json);
    json_member(&json, "ref", list->uid->ref);
    json_member(&json, "stream", list->uid->stream);
    if (list->kind != VERSION_LIST_LATEST) {
        json_member(&json, "granularity", granularities[list->kind]);
        json_member(&json, "base", list->base);
    }
    json_member(&json, "kind", "image");
    if (list->kind == VERSION_LIST_LATEST) {
        json_member_slice(&json, "version", list->versions[0].text);
    } else {
        json_key(&json, "versions");
        json_begin_list(&json);
        for (size_t i = 0; i < list->count; i++)
            json_string(&json, list->versions[i].text);
        json_end_list(&json);
    }
    json_end_map(&json);
    buf_add_byte(out, '\n');
    return buf_done(out, err);
}

static bool is_release(const struct entry *entry)
{
    return entry->number.prerelease.len == 0;
}

/* The latest is replaced by a later one, and by a first release. */
static void add_latest(struct list *list, const struct entry *entry)
{
    const struct entry *have = list->count > 0 ? &list->versions[0] : NULL;

    if (!have || (is_release(entry) && !is_release(have)) ||
        (is_release(entry) == is_release(have) && compare(have, entry) < 0))
        list->versions[0] = *entry;
    list->count = 1;
}

/* Puts the entry where it belongs. The text must live as long as the list. */
static enum err_code add_entry(struct list *list, struct slice text, struct err *err)
{
    struct entry entry = {.text = text};
    size_t at = list->count;

    if (parse_entry(list, text, &entry.number, err) != ERR_OK)
        return err->code;
    if (list->kind == VERSION_LIST_LATEST) {
        add_latest(list, &entry);
        return ERR_OK;
    }
    while (at > 0 && compare(&list->versions[at - 1], &entry) > 0)
        at--;
    if (at > 0 && compare(&list->versions[at - 1], &entry) == 0)
        return ERR_OK;
    if (list->count == VERSIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d versions", VERSIONS_MAX);
    memmove(&list->versions[at + 1], &list->versions[at],
            (list->count - at) * sizeof *list->versions);
    list->versions[at] = entry;
    list->count++;
    return ERR_OK;
}

enum err_code version_list_add(enum version_list_kind kind, struct slice before,
                               const struct uid *uid, struct arena *arena, struct buf *out,
                               struct err *err)
{
    struct list list;

    make_list(kind, uid, &list);
    if (read_list(before, &list, arena, err) != ERR_OK ||
        add_entry(&list, slice_text(list.entry), err) != ERR_OK)
        return err->code;
    return write_list(&list, out, err);
}

size_t version_list_together(enum version_list_kind kind, const struct uid *uids, size_t count)
{
    char first[LAYOUT_NAME_MAX], next[LAYOUT_NAME_MAX];
    size_t same = 0;

    for (; same < count; same++) {
        version_list_name(kind, &uids[same], same == 0 ? first : next);
        if (same > 0 && strcmp(first, next) != 0)
            break;
    }
    return same;
}

enum err_code version_list_make(enum version_list_kind kind, const struct uid *uids, size_t count,
                                struct arena *arena, struct buf *out, struct err *err)
{
    struct list list, one;

    make_list(kind, uids, &list);
    list.versions = arena_array(arena, count + 1, sizeof *list.versions, err);
    if (!list.versions)
        return err->code;
    for (size_t i = 0; i < count; i++) {
        const char *entry;

        make_list(kind, &uids[i], &one);
        entry = arena_copy(arena, slice_text(one.entry), err);
        if (!entry || add_entry(&list, slice_text(entry), err) != ERR_OK)
            return err->code;
    }
    return write_list(&list, out, err);
}
