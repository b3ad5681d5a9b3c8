/* fuzz_receipt_read.c - receipt_read: times only rise, and only to what a receipt can say. */
#include "bundle/archive/timestamp.h"
#include "bundle/import/receipt_read.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t latest[2] = {INT64_MIN, 1700000000};
    const struct uid *list[2];
    struct uid uids[2];
    struct arena arena;
    struct err err;
    enum err_code rc;

    FUZZ_CHECK(uid_parse(SLICE("v2.2.0"), &uids[0], &err) == ERR_OK);
    FUZZ_CHECK(uid_parse(SLICE("stream/debug/v2.3.0"), &uids[1], &err) == ERR_OK);
    list[0] = &uids[0];
    list[1] = &uids[1];
    arena_init_heap(&arena, (size_t)64 << 20);
    rc = receipt_read(slice_of(data, size), list, 2, &arena, latest, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    FUZZ_CHECK(latest[0] == INT64_MIN || (latest[0] >= 0 && latest[0] <= TIMESTAMP_MAX));
    FUZZ_CHECK(latest[1] >= 1700000000 && latest[1] <= TIMESTAMP_MAX);
    arena_clear(&arena);
    return 0;
}
