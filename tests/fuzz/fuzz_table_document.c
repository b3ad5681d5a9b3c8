/*
 * fuzz_table_document.c - a table that is read, written and read again is the same table, in every
 * generation that can say it; and merged with itself it does not change.
 */
#include <string.h>

#include "bundle/table/table_format.h"
#include "bundle/table/table_merge.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_same(const struct table_document *a, const struct table_document *b)
{
    FUZZ_CHECK(a->count == b->count && a->member_count == b->member_count);
    FUZZ_CHECK(a->has_uid == b->has_uid && strcmp(a->uid.text, b->uid.text) == 0);
    for (size_t i = 0; i < a->count; i++) {
        FUZZ_CHECK(document_entry_compare(&a->entries[i], &b->entries[i]) == 0);
        FUZZ_CHECK(slice_equal(a->entries[i].reference, b->entries[i].reference));
    }
    for (size_t i = 0; i < a->member_count; i++)
        FUZZ_CHECK(slice_equal(node_text(a->members[i].key), node_text(b->members[i].key)));
}

static void check_round(const struct table_document *document, enum layout layout,
                        struct arena *arena)
{
    struct buf out, again;
    struct table_document read;
    struct err err;
    enum err_code rc;

    buf_init_heap(&out, (size_t)64 << 20);
    buf_init_heap(&again, (size_t)64 << 20);
    rc = table_format(document, layout, &out, &err);
    FUZZ_CHECK(rc == ERR_OK || (layout != LAYOUT_V2 && (rc == ERR_POLICY || rc == ERR_AMBIGUOUS)));
    if (rc == ERR_OK) {
        FUZZ_CHECK(table_document_parse(buf_slice(&out), arena, &read, &err) == ERR_OK);
        check_same(document, &read);
        FUZZ_CHECK(layout != LAYOUT_V2 || read.foreign_count == document->foreign_count);
        FUZZ_CHECK(table_format(&read, layout, &again, &err) == ERR_OK);
        FUZZ_CHECK(slice_equal(buf_slice(&out), buf_slice(&again)));
    }
    buf_clear(&out);
    buf_clear(&again);
}

static void check_merge(const struct table_document *document, struct arena *arena)
{
    struct merge_result result;
    struct err err;
    enum err_code rc = table_merge(NULL, document, document, arena, &result, &err);

    FUZZ_CHECK(rc == ERR_OK || rc == ERR_AMBIGUOUS || rc == ERR_LIMIT);
    if (rc == ERR_OK)
        check_same(document, &result.merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table_document document;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)256 << 20);
    if (table_document_parse(slice_of(data, size), &arena, &document, &err) == ERR_OK) {
        for (int layout = 0; layout < LAYOUT_COUNT; layout++)
            check_round(&document, (enum layout)layout, &arena);
        check_merge(&document, &arena);
    }
    arena_clear(&arena);
    return 0;
}
