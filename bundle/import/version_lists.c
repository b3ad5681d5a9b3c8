#include "bundle/import/version_lists.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/json_write.h"
#include "resolver/core/layout.h"

#define LIST_TEXT_MAX ((size_t)8 << 20)

/* What is being made, and the numbers of each version. */
struct making {
    const struct uid *uids;
    const struct semver *numbers;
    size_t count;
    struct arena *arena;
    struct version_lists *lists;
};

static enum err_code add(struct making *making, const char *rest, struct buf *text,
                         struct err *err)
{
    struct version_list *list = &making->lists->list[making->lists->count];
    char folder[LAYOUT_NAME_MAX], name[LAYOUT_NAME_MAX];
    const char *copy;

    layout_versions_folder(making->uids->ref, making->uids->stream, folder);
    snprintf(name, sizeof name, "%.600s/%.100s/image.json", folder, rest);
    buf_add_byte(text, '\n');
    if (buf_done(text, err) != ERR_OK)
        return err->code;
    list->name = arena_copy(making->arena, slice_text(name), err);
    copy = list->name ? arena_copy(making->arena, buf_slice(text), err) : NULL;
    if (!copy)
        return err->code;
    list->text = slice_of(copy, text->len);
    making->lists->count++;
    return ERR_OK;
}

static void begin(struct json_writer *json, const struct making *making)
{
    json_begin_map(json);
    json_member(json, "ref", making->uids->ref);
    json_member(json, "stream", making->uids->stream);
}

/* The list of [from, to): of a major version its minor versions, of a minor one its versions. */
static enum err_code add_list(struct making *making, size_t from, size_t to, bool is_minor,
                              struct err *err)
{
    const struct semver *numbers = making->numbers;
    char base[64], rest[80], entry[64];
    struct json_writer json;
    struct buf text;
    enum err_code rc;

    buf_init_heap(&text, LIST_TEXT_MAX);
    json = json_writer_to(&text, 0);
    snprintf(base, sizeof base, is_minor ? "v%llu.%llu" : "v%llu",
             (unsigned long long)numbers[from].major, (unsigned long long)numbers[from].minor);
    snprintf(rest, sizeof rest, "%s/%s", is_minor ? "minor" : "major", base);
    begin(&json, making);
    json_member(&json, "granularity", is_minor ? "minor" : "major");
    json_member(&json, "base", base);
    json_member(&json, "kind", "image");
    json_key(&json, "versions");
    json_begin_list(&json);
    for (size_t i = from; i < to; i++) {
        snprintf(entry, sizeof entry, "v%llu.%llu", (unsigned long long)numbers[i].major,
                 (unsigned long long)numbers[i].minor);
        if (is_minor)
            json_text(&json, making->uids[i].version);
        else if (i == from || numbers[i].minor != numbers[i - 1].minor)
            json_text(&json, entry);
    }
    json_end_list(&json);
    json_end_map(&json);
    rc = add(making, rest, &text, err);
    buf_clear(&text);
    return rc;
}

static bool is_same(const struct semver *a, const struct semver *b, bool is_minor)
{
    return a->major == b->major && (!is_minor || a->minor == b->minor);
}

/* All lists of one kind: versions that belong together stand together. */
static enum err_code add_lists(struct making *making, bool is_minor, struct err *err)
{
    for (size_t from = 0, to; from < making->count; from = to) {
        to = from + 1;
        while (to < making->count &&
               is_same(&making->numbers[from], &making->numbers[to], is_minor))
            to++;
        if (add_list(making, from, to, is_minor, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code add_latest(struct making *making, struct err *err)
{
    char memory[1024];
    struct json_writer json;
    struct buf text;
    size_t at = making->count - 1;

    while (at > 0 && making->numbers[at].prerelease.len)
        at--;
    if (making->numbers[at].prerelease.len)
        at = making->count - 1;
    buf_init_fixed(&text, memory, sizeof memory);
    json = json_writer_to(&text, 0);
    begin(&json, making);
    json_member(&json, "kind", "image");
    json_member(&json, "version", making->uids[at].version);
    json_end_map(&json);
    return add(making, "latest", &text, err);
}

static enum err_code make(struct making *making, struct err *err)
{
    struct semver *numbers = arena_array(making->arena, making->count, sizeof *numbers, err);

    if (!numbers)
        return err->code;
    for (size_t i = 0; i < making->count; i++) {
        if (semver_parse(slice_text(making->uids[i].version), &numbers[i], err) != ERR_OK)
            return err->code;
    }
    making->numbers = numbers;
    making->lists->list =
        arena_array(making->arena, 2 * making->count + 1, sizeof *making->lists->list, err);
    if (!making->lists->list || add_lists(making, false, err) != ERR_OK ||
        add_lists(making, true, err) != ERR_OK)
        return err->code;
    return add_latest(making, err);
}

enum err_code version_lists_make(const struct uid *uids, size_t count, struct arena *arena,
                                 struct version_lists *lists, struct err *err)
{
    struct making making = {.uids = uids, .count = count, .arena = arena, .lists = lists};

    memset(lists, 0, sizeof *lists);
    if (make(&making, err) != ERR_OK) {
        memset(lists, 0, sizeof *lists);
        return err->code;
    }
    return ERR_OK;
}
