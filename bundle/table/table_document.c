#include "bundle/table/table_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/base/quote.h"

static const char *const known_members[] = {"version", "ref", "stream", "list"};

int document_entry_compare(const struct document_entry *a, const struct document_entry *b)
{
    int order;

    if (a->csp != b->csp)
        return a->csp < b->csp ? -1 : 1;
    order = slice_compare(a->variant, b->variant);
    return order ? order : slice_compare(a->region, b->region);
}

static int compare_entries(const void *a, const void *b)
{
    const struct document_entry *left = a, *right = b;
    int order = document_entry_compare(left, right);

    if (order == 0)
        order = slice_compare(left->reference, right->reference);
    /* One with members of its own goes first: of two that are alike it is the one that is kept. */
    return order ? order : (left->item == NULL) - (right->item == NULL);
}

static int compare_members(const void *a, const void *b)
{
    const struct document_member *left = a, *right = b;

    return slice_compare(node_text(left->key), node_text(right->key));
}

bool document_entry_knows(const struct document_entry *entry, struct slice key)
{
    return slice_is(key, "csp") || slice_is(key, "attestationVariant") ||
           slice_is(key, "reference") || (slice_is(key, "region") && entry->csp == CSP_AWS);
}

void document_entry_name(const struct document_entry *entry, char out[DOCUMENT_NAME_MAX])
{
    snprintf(out, DOCUMENT_NAME_MAX, "%s %s%s%s", csp_name(entry->csp),
             quote_bare(entry->variant).text, entry->region.len ? " " : "",
             quote_bare(entry->region).text);
}

void table_document_init(const struct uid *uid, enum layout layout, struct table_document *document)
{
    *document = (struct table_document){.layout = layout, .has_uid = true, .uid = *uid};
}

static bool has_more_members(const struct document_entry *entry, const struct node *item)
{
    const struct node *key = node_first(item);

    while (key) {
        if (!document_entry_knows(entry, node_text(key)))
            return true;
        key = node_next(item, node_next(item, key));
    }
    return false;
}

/* The elements of a v2 list: table_parse has passed over those of other csps, and kept the order. */
static enum err_code take_items(const struct node *list, struct arena *arena,
                                struct table_document *document, struct err *err)
{
    size_t at = 0, others = node_count(list) - document->count;

    document->foreign = arena_array(arena, others, sizeof *document->foreign, err);
    if (!document->foreign)
        return err->code;
    for (const struct node *item = node_first(list); item; item = node_next(list, item)) {
        if (csp_parse(node_text(node_get(item, "csp"))) == CSP_NONE)
            document->foreign[document->foreign_count++] = item;
        else if (has_more_members(&document->entries[at++], item))
            document->entries[at - 1].item = item;
    }
    return ERR_OK;
}

static bool is_known_member(const struct table_document *document, struct slice key)
{
    for (size_t i = 0; i < sizeof known_members / sizeof known_members[0]; i++) {
        if (slice_is(key, known_members[i]))
            return true;
    }
    for (int csp = CSP_AWS; document->layout != LAYOUT_V2 && csp < CSP_COUNT; csp++) {
        if (slice_is(key, csp_name((enum csp)csp)))
            return true;
    }
    return false;
}

static enum err_code take_members(const struct node *root, struct arena *arena,
                                  struct table_document *document, struct err *err)
{
    const struct node *key = node_first(root);

    document->members = arena_array(arena, node_count(root), sizeof *document->members, err);
    if (!document->members)
        return err->code;
    while (key) {
        const struct node *value = node_next(root, key);

        if (!is_known_member(document, node_text(key)))
            document->members[document->member_count++] = (struct document_member){key, value};
        key = node_next(root, value);
    }
    qsort(document->members, document->member_count, sizeof *document->members, compare_members);
    return ERR_OK;
}

static enum err_code take_entries(const struct table *table, struct arena *arena,
                                  struct table_document *document, struct err *err)
{
    document->entries = arena_array(arena, table->count, sizeof *document->entries, err);
    if (!document->entries)
        return err->code;
    for (size_t i = 0; i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        document->entries[i] = (struct document_entry){
            .csp = entry->csp,
            .variant = entry_variant(entry),
            .region = entry_region(entry),
            .reference = entry_reference(entry),
        };
    }
    document->count = document->room = table->count;
    return ERR_OK;
}

static void sort_entries(struct table_document *document)
{
    struct document_entry *entries = document->entries;
    size_t kept = 0;

    for (size_t i = 1; i < document->count; i++) {
        if (compare_entries(&entries[i - 1], &entries[i]) > 0) {
            qsort(entries, document->count, sizeof *entries, compare_entries);
            break;
        }
    }
    for (size_t i = 0; i < document->count; i++) {
        if (kept == 0 || document_entry_compare(&entries[kept - 1], &entries[i]) != 0 ||
            !slice_equal(entries[kept - 1].reference, entries[i].reference))
            entries[kept++] = entries[i];
    }
    document->count = kept;
}

static enum err_code take(const struct table *table, struct arena *arena,
                          struct table_document *document, struct err *err)
{
    static const enum layout layouts[] = {
        [TABLE_RFC] = LAYOUT_RFC, [TABLE_V1] = LAYOUT_V1, [TABLE_V2] = LAYOUT_V2};

    *document = (struct table_document){.layout = layouts[table->generation],
                                        .has_uid = table->has_uid,
                                        .uid = table->uid,
                                        .ref = table->ref,
                                        .stream = table->stream,
                                        .version = table->version};
    if (take_entries(table, arena, document, err) != ERR_OK ||
        take_members(table->root, arena, document, err) != ERR_OK)
        return err->code;
    if (table->generation == TABLE_V2 &&
        take_items(node_get(table->root, "list"), arena, document, err) != ERR_OK)
        return err->code;
    sort_entries(document);
    return ERR_OK;
}

enum err_code table_document_parse(struct slice bytes, struct arena *arena,
                                   struct table_document *document, struct err *err)
{
    struct table table;

    if (table_parse(bytes, arena, &table, err) == ERR_OK &&
        take(&table, arena, document, err) == ERR_OK)
        return ERR_OK;
    memset(document, 0, sizeof *document);
    return err->code;
}

enum err_code table_document_check(const struct table_document *document, struct err *err)
{
    char name[DOCUMENT_NAME_MAX];

    for (size_t i = 1; i < document->count; i++) {
        const struct document_entry *entry = &document->entries[i];

        if (document_entry_compare(entry - 1, entry) != 0)
            continue;
        document_entry_name(entry, name);
        return err_set(err, ERR_AMBIGUOUS, "%s: has two references, %s and %s (set the right one)",
                       name, quote(entry[-1].reference).text, quote(entry->reference).text);
    }
    return ERR_OK;
}

size_t table_document_search(const struct table_document *document,
                             const struct document_entry *key)
{
    size_t low = 0, high = document->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (document_entry_compare(&document->entries[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
