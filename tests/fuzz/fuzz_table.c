/*
 * fuzz_table.c - table_parse and select_entry: each entry of a table is found by asking for it, or
 * something else stands in its place.
 */
#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/core/select.h"
#include "tests/fuzz/fuzz.h"

#define ASKED_MAX 64 /* entries asked for: each question goes through the whole table */

static void check_text(struct slice text)
{
    FUZZ_CHECK(text.len > 0 && text.ptr[0] != '-');
    for (size_t i = 0; i < text.len; i++)
        FUZZ_CHECK(text.ptr[i] > ' ' && text.ptr[i] <= '~');
}

static void check_entry(const struct table_entry *entry)
{
    FUZZ_CHECK(entry->csp > CSP_NONE && entry->csp < CSP_COUNT);
    check_text(entry_reference(entry));
    check_text(entry_variant(entry));
    FUZZ_CHECK((entry->csp == CSP_AWS) == (entry_region(entry).len > 0));
    if (entry->csp == CSP_AWS)
        check_text(entry_region(entry));
}

static bool fits(const struct table_entry *entry, const struct request *request)
{
    return entry->csp == request->csp &&
           (!request->variant.len || slice_equal(entry_variant(entry), request->variant)) &&
           (!request->region.len || entry->csp != CSP_AWS ||
            slice_equal(entry_region(entry), request->region));
}

/* The answer by another way: how many entries fit, and whether they have one reference. */
static void check_answer(const struct table *table, const struct request *request)
{
    const struct table_entry *found, *first = NULL;
    size_t same = 0, fitting = 0;
    struct err err;
    enum err_code rc = select_entry(table, request, &found, &err);

    for (size_t i = 0; i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        if (!fits(entry, request))
            continue;
        first = first ? first : entry;
        fitting++;
        same += slice_equal(entry_reference(entry), entry_reference(first)) &&
                slice_equal(entry_variant(entry), entry_variant(first)) &&
                slice_equal(entry_region(entry), entry_region(first));
    }
    FUZZ_CHECK((rc == ERR_OK) == (found != NULL));
    FUZZ_CHECK((rc == ERR_NOT_FOUND) == (fitting == 0));
    FUZZ_CHECK((rc == ERR_AMBIGUOUS) == (same < fitting));
    FUZZ_CHECK(!found || found == first);
}

static void ask_for(const struct table *table, const struct table_entry *entry)
{
    struct request request = {.csp = entry->csp};

    check_answer(table, &request);
    request.variant = entry_variant(entry);
    check_answer(table, &request);
    request.region = entry_region(entry);
    check_answer(table, &request);
    request.variant = (struct slice){NULL, 0};
    check_answer(table, &request);
    request.region = SLICE("nowhere");
    check_answer(table, &request);
}

static void check_identity(const struct table *table)
{
    struct err err;

    FUZZ_CHECK(table->has_uid == (table->ref.len && table->stream.len && table->version.len));
    if (table->has_uid)
        FUZZ_CHECK(table_check_uid(table, &table->uid, &err) == ERR_OK);
    else
        FUZZ_CHECK(table->uid.text[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct table zeroed;
    struct table table;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)64 << 20);
    rc = table_parse(slice_of(data, size), &arena, &table, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT);
    if (rc)
        FUZZ_CHECK(memcmp(&table, &zeroed, sizeof zeroed) == 0);
    else
        check_identity(&table);
    for (size_t i = 0; i < table.count; i++)
        check_entry(&table.entries[i]);
    for (size_t i = 0; i < table.count && i < ASKED_MAX; i++)
        ask_for(&table, &table.entries[i]);
    arena_clear(&arena);
    return 0;
}
