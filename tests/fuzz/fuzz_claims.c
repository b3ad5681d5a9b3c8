/* Measurements of which nothing is verified: what is read equals itself, and merged with itself stays. */
#include <string.h>

#include "bundle/measure/merge.h"
#include "tests/fuzz/measure.h"

#define TEXT_MAX ((size_t)4 << 20)

static void compare_with_itself(const struct claim *claim)
{
    struct claims_side side = {"it", claim};
    struct pcr_record record;
    uint8_t text[64];
    struct buf out;
    struct err err;

    buf_init_fixed(&out, text, sizeof text);
    FUZZ_CHECK(claims_explain(&side, &side, &out, &err) == ERR_OK && out.len == 0);
    FUZZ_CHECK((claims_record(claim, &record, &err) == ERR_OK) == (claim->size_bytes == 32));
}

/* Adding a set that is there already gives a document with the same sets. */
static void merge_with_itself(struct slice document, const struct claims *claims, struct arena *arena)
{
    const struct claim *first = &claims->list[0];
    struct measurements added = {.uid = claims->uid, .csp = csp_parse(first->csp)};
    struct claims again;
    struct buf out;
    struct err err;

    if (added.csp == CSP_NONE)
        return;
    added.size_bytes = first->size_bytes;
    memcpy(added.registers, first->registers, sizeof added.registers);
    buf_init_heap(&out, TEXT_MAX);
    if (merge_measurements(document, &added, first->variant, arena, &out, &err) == ERR_OK) {
        FUZZ_CHECK(claims_parse(buf_slice(&out), arena, &again, &err) == ERR_OK);
        FUZZ_CHECK(again.count == claims->count && again.form == MEASUREMENTS_V2);
    }
    buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct claims claims;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, TEXT_MAX);
    if (claims_parse(slice_of(data, size), &arena, &claims, &err) == ERR_OK) {
        for (size_t i = 0; i < claims.count; i++)
            compare_with_itself(&claims.list[i]);
        if (claims.form == MEASUREMENTS_V2 && claims.count > 0)
            merge_with_itself(slice_of(data, size), &claims, &arena);
    } else {
        FUZZ_CHECK(!claims.list && claims.count == 0);
    }
    arena_clear(&arena);
    return 0;
}
