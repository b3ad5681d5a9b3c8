#include "bundle/import/import_table.h"

#include <stdio.h>
#include <string.h>

#include "bundle/import/base_url.h"
#include "bundle/table/table_format.h"
#include "bundle/table/table_merge.h"
#include "resolver/base/heap.h"

#define CONFLICTS_TEXT_MAX 360 /* bytes of the list in a message */

/* The three tables of a merge; base.entries is NULL when there is none. */
struct merging {
    const struct import_table_question *question;
    struct arena *arena;
    struct table_document base, ours, theirs;
    bool has_base;
    struct slice *local; /* of each entry of ours: the reference that import once gave it, or empty */
};

/* The entry of document at the same place, or NULL. */
static struct document_entry *entry_at(const struct table_document *document,
                                       const struct document_entry *place)
{
    size_t at = table_document_search(document, place);

    if (at < document->count && document_entry_compare(&document->entries[at], place) == 0)
        return &document->entries[at];
    return NULL;
}

static enum err_code write_table(const struct table_document *document, struct arena *arena,
                                 struct slice *bytes, struct err *err)
{
    struct buf out;
    const char *copy;

    *bytes = slice_of(NULL, 0);
    buf_init_heap(&out, TABLE_MAX_BYTES);
    if (table_format(document, document->layout, &out, err) == ERR_OK &&
        buf_done(&out, err) == ERR_OK) {
        copy = arena_copy(arena, buf_slice(&out), err);
        if (copy)
            *bytes = slice_of(copy, out.len);
    }
    buf_clear(&out);
    return bytes->ptr ? ERR_OK : err->code;
}

/* --- References that import made ---------------------------------------------------------------- */

static struct slice path_of(const struct merging *merging, const struct document_entry *entry)
{
    return base_url_path(merging->question->manifest, entry->csp, entry->variant);
}

/* Whether import made the reference of one of our entries: it is this base URL's, or it ends as
 * import would have it and the table that it came from had another. */
static enum err_code is_local(const struct merging *merging, const struct document_entry *entry,
                              bool *local, struct err *err)
{
    const struct document_entry *carried =
        merging->has_base ? entry_at(&merging->base, entry) : NULL;
    struct slice path = path_of(merging, entry), url;

    *local = carried && !slice_equal(carried->reference, entry->reference) &&
             base_url_has_path(entry->reference, path);
    if (*local || path.len == 0 || merging->question->base_url.len == 0)
        return ERR_OK;
    if (base_url_join(merging->question->base_url, path, merging->arena, &url, err) != ERR_OK)
        return err->code;
    *local = slice_equal(entry->reference, url);
    return ERR_OK;
}

/* Puts what was carried in the place of what import made of it, so that tables can be compared. */
static enum err_code undo_local(struct merging *merging, struct err *err)
{
    struct table_document *ours = &merging->ours;

    merging->local = arena_array(merging->arena, ours->count, sizeof *merging->local, err);
    if (!merging->local)
        return err->code;
    for (size_t i = 0; i < ours->count; i++) {
        struct document_entry *entry = &ours->entries[i];
        const struct document_entry *base = merging->has_base ? entry_at(&merging->base, entry)
                                                              : NULL;
        const struct document_entry *carried = base ? base : entry_at(&merging->theirs, entry);
        bool local;

        if (is_local(merging, entry, &local, err) != ERR_OK)
            return err->code;
        if (!local || !carried)
            continue;
        merging->local[i] = entry->reference;
        entry->reference = carried->reference;
    }
    return ERR_OK;
}

/* The other way round, in the merged table. */
static enum err_code redo_local(const struct merging *merging, struct table_document *merged,
                                struct err *err)
{
    for (size_t i = 0; i < merged->count; i++) {
        struct document_entry *entry = &merged->entries[i];
        const struct document_entry *ours = entry_at(&merging->ours, entry);
        struct slice path = path_of(merging, entry);
        struct slice local = {NULL, 0};

        if (ours)
            local = merging->local[ours - merging->ours.entries];
        if (merging->question->base_url.len && path.len) {
            if (base_url_join(merging->question->base_url, path, merging->arena, &entry->reference,
                              err) != ERR_OK)
                return err->code;
        } else if (local.len) {
            entry->reference = local;
        }
    }
    return ERR_OK;
}

/* --- Conflicts ---------------------------------------------------------------------------------- */

static enum err_code refuse(const struct merge_result *result, struct err *err)
{
    char list[CONFLICTS_TEXT_MAX] = "";
    size_t len = 0, i = 0;

    for (; i < result->conflict_count; i++) {
        struct err one;
        size_t room = sizeof list - len;
        int count;

        if (merge_conflict_describe(&result->conflicts[i], &one) == ERR_OK)
            continue;
        count = snprintf(list + len, room, "%s%s", len ? "; " : "", one.msg);
        if (count < 0 || (size_t)count >= room) {
            list[len] = '\0';
            break;
        }
        len += (size_t)count;
    }
    return err_set(err, ERR_POLICY, "the repository's and the bundle's differ: %s%s; --replace takes "
                   "the bundle's", list, i < result->conflict_count ? "; and more" : "");
}

static void drop_entry(struct table_document *document, const struct document_entry *place)
{
    struct document_entry *entry;

    while ((entry = entry_at(document, place)) != NULL) {
        size_t at = (size_t)(entry - document->entries);

        document->count--;
        memmove(entry, entry + 1, (document->count - at) * sizeof *entry);
    }
}

static void drop_member(struct table_document *document, struct slice key)
{
    for (size_t i = 0; i < document->member_count; i++) {
        if (!slice_equal(node_text(document->members[i].key), key))
            continue;
        document->member_count--;
        memmove(&document->members[i], &document->members[i + 1],
                (document->member_count - i) * sizeof document->members[0]);
        return;
    }
}

/* Where tables conflict, ours and the base lose what they have: so theirs stands alone there. The
 * references that import made are found by place, so they go along. */
static void give_way(struct merging *merging, const struct merge_result *result)
{
    for (size_t i = 0; i < result->conflict_count; i++) {
        const struct merge_conflict *conflict = &result->conflicts[i];

        if (conflict->member.len) {
            drop_member(&merging->base, conflict->member);
            drop_member(&merging->ours, conflict->member);
            continue;
        }
        for (size_t at = 0; at < merging->ours.count; at++) {
            if (document_entry_compare(&merging->ours.entries[at], &conflict->place) == 0)
                memmove(&merging->local[at], &merging->local[at + 1],
                        (merging->ours.count - at - 1) * sizeof *merging->local);
        }
        drop_entry(&merging->base, &conflict->place);
        drop_entry(&merging->ours, &conflict->place);
    }
}

static enum err_code merge(struct merging *merging, struct table_document *merged,
                           struct err *err)
{
    const struct table_document *base = merging->has_base ? &merging->base : NULL;
    struct merge_result result;
    enum err_code rc =
        table_merge(base, &merging->ours, &merging->theirs, merging->arena, &result, err);

    if (rc != ERR_OK && result.conflict_count == 0)
        return rc;
    if (rc != ERR_OK && !merging->question->replace)
        return refuse(&result, err);
    if (rc != ERR_OK) {
        give_way(merging, &result);
        if (table_merge(base, &merging->ours, &merging->theirs, merging->arena, &result, err) !=
            ERR_OK)
            return err->code;
    }
    *merged = result.merged;
    return redo_local(merging, merged, err);
}

/* --- The cases ---------------------------------------------------------------------------------- */

static enum err_code parse(struct slice bytes, const char *what, struct arena *arena,
                           struct table_document *document, struct err *err)
{
    if (table_document_parse(bytes, arena, document, err) != ERR_OK)
        return err_add(err, "%s", what);
    return ERR_OK;
}

/* Nothing is there: as carried, but for references that become the site's own. */
static enum err_code make_first(const struct import_table_question *question, struct arena *arena,
                                struct import_table *table, struct err *err)
{
    struct merging merging = {.question = question, .arena = arena};
    struct slice before;

    table->bytes = question->carried;
    table->is_new = table->is_carried = true;
    if (parse(question->carried, "the table as carried", arena, &merging.theirs, err) != ERR_OK)
        return err->code;
    table->has_uid = merging.theirs.has_uid;
    if (question->base_url.len == 0)
        return ERR_OK;
    if (write_table(&merging.theirs, arena, &before, err) != ERR_OK ||
        redo_local(&merging, &merging.theirs, err) != ERR_OK ||
        write_table(&merging.theirs, arena, &table->bytes, err) != ERR_OK)
        return err->code;
    table->is_carried = slice_equal(before, table->bytes);
    if (table->is_carried)
        table->bytes = question->carried;
    return ERR_OK;
}

static enum err_code parse_all(struct merging *merging, struct err *err)
{
    const struct import_table_question *question = merging->question;

    if (parse(question->carried, "the table as carried", merging->arena, &merging->theirs, err) !=
            ERR_OK ||
        parse(question->present, "the table that is there", merging->arena, &merging->ours, err) !=
            ERR_OK)
        return err->code;
    merging->has_base = question->has_upstream;
    if (question->has_upstream &&
        parse(question->upstream, "its .upstream", merging->arena, &merging->base, err) != ERR_OK)
        return err->code;
    return ERR_OK;
}

/* Another table is there. */
static enum err_code make_merged(const struct import_table_question *question,
                                 struct arena *arena, struct import_table *table, struct err *err)
{
    struct merging merging = {.question = question, .arena = arena};
    struct table_document merged;
    struct slice before;

    if (parse_all(&merging, err) != ERR_OK ||
        write_table(&merging.ours, arena, &before, err) != ERR_OK ||
        undo_local(&merging, err) != ERR_OK || merge(&merging, &merged, err) != ERR_OK ||
        write_table(&merged, arena, &table->bytes, err) != ERR_OK)
        return err->code;
    table->has_uid = merged.has_uid;
    table->is_new = !slice_equal(before, table->bytes);
    if (!table->is_new)
        table->bytes = question->present;
    return ERR_OK;
}

enum err_code import_table(const struct import_table_question *question, struct arena *arena,
                           struct import_table *table, struct err *err)
{
    enum err_code rc;

    memset(table, 0, sizeof *table);
    rc = question->is_there ? make_merged(question, arena, table, err)
                            : make_first(question, arena, table, err);
    if (rc != ERR_OK) {
        memset(table, 0, sizeof *table);
        return rc;
    }
    if (slice_equal(table->bytes, question->carried))
        table->is_carried = true;
    table->needs_upstream = !table->is_carried || question->has_upstream;
    return ERR_OK;
}
