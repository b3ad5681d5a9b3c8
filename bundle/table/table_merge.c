#include "bundle/table/table_merge.h"

#include <string.h>

#include "bundle/table/node_write.h"
#include "resolver/base/quote.h"

/* --- Versions ----------------------------------------------------------------------------------- */

struct identity {
    struct slice parts[3];
};

static const char *const part_names[] = {"version", "ref", "stream"};

static struct identity identity_of(const struct table_document *document)
{
    if (!document->has_uid)
        return (struct identity){{document->version, document->ref, document->stream}};
    return (struct identity){{slice_text(document->uid.version), slice_text(document->uid.ref),
                              slice_text(document->uid.stream)}};
}

/* Whatever both say of themselves must be the same. */
static enum err_code check_identity(const struct table_document *a, const struct table_document *b,
                                    struct err *err)
{
    struct identity have = identity_of(b), want = identity_of(a);

    for (size_t i = 0; i < 3; i++) {
        if (have.parts[i].len && want.parts[i].len && !slice_equal(have.parts[i], want.parts[i]))
            return err_set(err, ERR_FORGED,
                           "%s: have %s, want %s: these are tables of different versions",
                           part_names[i], quote(have.parts[i]).text, quote(want.parts[i]).text);
    }
    return ERR_OK;
}

static enum err_code merge_identity(const struct table_document *ours,
                                    const struct table_document *theirs,
                                    struct table_document *merged, struct err *err)
{
    struct identity a = identity_of(ours), b = identity_of(theirs);
    struct slice *parts[] = {&merged->version, &merged->ref, &merged->stream};
    size_t count = 0;

    for (size_t i = 0; i < 3; i++) {
        *parts[i] = a.parts[i].len ? a.parts[i] : b.parts[i];
        count += parts[i]->len > 0;
    }
    merged->has_uid = count == 3;
    if (!merged->has_uid)
        return ERR_OK;
    return uid_from_parts(merged->ref, merged->stream, merged->version, &merged->uid, err);
}

/* --- Conflicts ---------------------------------------------------------------------------------- */

static const char *shown(struct slice reference, struct quoted *text)
{
    if (reference.len == 0)
        return "nothing";
    *text = quote(reference);
    return text->text;
}

enum err_code merge_conflict_describe(const struct merge_conflict *conflict, struct err *err)
{
    char name[DOCUMENT_NAME_MAX];
    struct quoted ours, theirs;

    if (conflict->member.len)
        return err_set(err, ERR_AMBIGUOUS, "member %s: differs", quote(conflict->member).text);
    document_entry_name(&conflict->place, name);
    return err_set(err, ERR_AMBIGUOUS, "%s: have %s and %s", name, shown(conflict->ours, &ours),
                   shown(conflict->theirs, &theirs));
}

static enum err_code refuse_conflicts(const struct merge_result *result, struct err *err)
{
    merge_conflict_describe(&result->conflicts[0], err);
    if (result->conflict_count == 1)
        return err_add(err, "the tables differ");
    return err_add(err, "the tables differ in %zu places, first", result->conflict_count);
}

/* --- Entries ------------------------------------------------------------------------------------ */

/* What the tables have at one place; NULL: nothing. */
struct three {
    const struct document_entry *base, *ours, *theirs;
};

static bool same_reference(const struct document_entry *a, const struct document_entry *b)
{
    return a && b ? slice_equal(a->reference, b->reference) : a == b;
}

/* The next place of a walk through all three; false at the end. at: how far it is in each. */
static bool next_place(const struct table_document *const tables[3], size_t at[3],
                       struct three *three)
{
    const struct document_entry *heads[3], *first = NULL;

    for (size_t i = 0; i < 3; i++) {
        heads[i] = tables[i] && at[i] < tables[i]->count ? &tables[i]->entries[at[i]] : NULL;
        if (heads[i] && (!first || document_entry_compare(heads[i], first) < 0))
            first = heads[i];
    }
    for (size_t i = 0; i < 3; i++) {
        if (heads[i] && document_entry_compare(heads[i], first) == 0)
            at[i]++;
        else
            heads[i] = NULL;
    }
    *three = (struct three){heads[0], heads[1], heads[2]};
    return first != NULL;
}

static void add_conflict(struct merge_result *result, const struct three *three)
{
    result->conflicts[result->conflict_count++] = (struct merge_conflict){
        .place = three->ours ? *three->ours : *three->theirs,
        .ours = three->ours ? three->ours->reference : slice_of(NULL, 0),
        .theirs = three->theirs ? three->theirs->reference : slice_of(NULL, 0),
    };
}

static void merge_place(struct merge_result *result, const struct three *three)
{
    const struct document_entry *kept = three->ours;

    if (!same_reference(three->ours, three->theirs) &&
        !same_reference(three->theirs, three->base)) {
        if (!same_reference(three->ours, three->base)) {
            add_conflict(result, three);
            return;
        }
        kept = three->theirs;
        result->added += !three->ours;
        result->removed += !three->theirs;
        result->changed += three->ours && three->theirs;
    }
    if (kept)
        result->merged.entries[result->merged.count++] = *kept;
}

static enum err_code merge_entries(const struct table_document *const tables[3],
                                   struct arena *arena, struct merge_result *result,
                                   struct err *err)
{
    size_t most = tables[1]->count + tables[2]->count;
    size_t members = tables[1]->member_count + tables[2]->member_count;
    size_t at[3] = {0, 0, 0};
    struct three three;

    result->merged.entries = arena_array(arena, most, sizeof *result->merged.entries, err);
    if (!result->merged.entries)
        return err->code;
    result->merged.room = most;
    result->conflicts = arena_array(arena, most + members, sizeof *result->conflicts, err);
    if (!result->conflicts)
        return err->code;
    while (next_place(tables, at, &three))
        merge_place(result, &three);
    return ERR_OK;
}

/* --- What is not known here --------------------------------------------------------------------- */

/* By its key, in the sorted list. */
static const struct document_member *find_member(const struct table_document *document,
                                                 struct slice key)
{
    size_t low = 0, high = document ? document->member_count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(node_text(document->members[middle].key), key);

        if (order == 0)
            return &document->members[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool same_member(const struct document_member *a, const struct document_member *b)
{
    return a && b ? node_same(a->value, b->value) : a == b;
}

/* As merge_place, for the member of that name; into place if it is to stay. */
static bool merge_member(const struct table_document *const tables[3], struct slice key,
                         struct merge_result *result, struct document_member *place)
{
    const struct document_member *base = find_member(tables[0], key);
    const struct document_member *ours = find_member(tables[1], key);
    const struct document_member *theirs = find_member(tables[2], key);
    const struct document_member *kept = ours;

    if (!same_member(ours, theirs) && !same_member(theirs, base)) {
        if (!same_member(ours, base)) {
            result->conflicts[result->conflict_count++] = (struct merge_conflict){.member = key};
            return false;
        }
        kept = theirs;
    }
    if (kept)
        *place = *kept;
    return kept != NULL;
}

/* Both lists are sorted: each name is taken once. */
static enum err_code merge_members(const struct table_document *const tables[3],
                                   struct arena *arena, struct merge_result *result,
                                   struct err *err)
{
    const struct table_document *ours = tables[1], *theirs = tables[2];
    struct table_document *merged = &result->merged;
    size_t i = 0, j = 0;

    merged->members =
        arena_array(arena, ours->member_count + theirs->member_count, sizeof *merged->members, err);
    if (!merged->members)
        return err->code;
    while (i < ours->member_count || j < theirs->member_count) {
        struct slice a =
            i < ours->member_count ? node_text(ours->members[i].key) : slice_of(NULL, 0);
        struct slice b =
            j < theirs->member_count ? node_text(theirs->members[j].key) : slice_of(NULL, 0);
        int order = i == ours->member_count     ? 1
                    : j == theirs->member_count ? -1
                                                : slice_compare(a, b);

        i += order <= 0;
        j += order >= 0;
        merged->member_count += merge_member(tables, order <= 0 ? a : b, result,
                                             &merged->members[merged->member_count]);
    }
    return ERR_OK;
}

static bool has_foreign(const struct table_document *document, const struct node *item)
{
    for (size_t i = 0; i < document->foreign_count; i++) {
        if (node_same(document->foreign[i], item))
            return true;
    }
    return false;
}

static enum err_code merge_foreign(const struct table_document *ours,
                                   const struct table_document *theirs, struct arena *arena,
                                   struct table_document *merged, struct err *err)
{
    if (ours->foreign_count > MERGE_FOREIGN_MAX || theirs->foreign_count > MERGE_FOREIGN_MAX)
        return err_set(err, ERR_LIMIT, "more than %d entries of a csp that is not known",
                       MERGE_FOREIGN_MAX);
    merged->foreign = arena_array(arena, ours->foreign_count + theirs->foreign_count,
                                  sizeof *merged->foreign, err);
    if (!merged->foreign)
        return err->code;
    for (size_t i = 0; i < ours->foreign_count; i++)
        merged->foreign[merged->foreign_count++] = ours->foreign[i];
    for (size_t i = 0; i < theirs->foreign_count; i++) {
        if (!has_foreign(ours, theirs->foreign[i]))
            merged->foreign[merged->foreign_count++] = theirs->foreign[i];
    }
    return ERR_OK;
}

/* --- All of it ---------------------------------------------------------------------------------- */

static enum err_code check(const struct table_document *const tables[3], struct err *err)
{
    for (size_t i = 0; i < 3; i++) {
        if (tables[i] && (check_identity(tables[1], tables[i], err) != ERR_OK ||
                          table_document_check(tables[i], err) != ERR_OK))
            return err->code;
    }
    return tables[0] ? check_identity(tables[2], tables[0], err) : ERR_OK;
}

static enum err_code merge(const struct table_document *const tables[3], struct arena *arena,
                           struct merge_result *result, struct err *err)
{
    const struct table_document *ours = tables[1], *theirs = tables[2];

    if (check(tables, err) != ERR_OK ||
        merge_identity(ours, theirs, &result->merged, err) != ERR_OK ||
        merge_entries(tables, arena, result, err) != ERR_OK ||
        merge_members(tables, arena, result, err) != ERR_OK ||
        merge_foreign(ours, theirs, arena, &result->merged, err) != ERR_OK)
        return err->code;
    result->merged.layout = ours->layout > theirs->layout ? ours->layout : theirs->layout;
    return result->conflict_count > 0 ? refuse_conflicts(result, err) : ERR_OK;
}

enum err_code table_merge(const struct table_document *base, const struct table_document *ours,
                          const struct table_document *theirs, struct arena *arena,
                          struct merge_result *result, struct err *err)
{
    const struct table_document *const tables[3] = {base, ours, theirs};

    memset(result, 0, sizeof *result);
    if (merge(tables, arena, result, err) == ERR_OK)
        return ERR_OK;
    *result = (struct merge_result){.conflicts = result->conflicts,
                                    .conflict_count = result->conflict_count};
    return err->code;
}
