/* fuzz_gcp_record.c - gcp_record_parse: what it accepts is written and read as the same. */
#include <string.h>

#include "bundle/publish/gcp_record.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_written(const struct gcp_record *record, struct arena *arena)
{
    char memory[GCP_RECORD_MAX];
    struct gcp_record again;
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    gcp_record_write(record, &out);
    FUZZ_CHECK(buf_done(&out, &err) == ERR_OK);
    FUZZ_CHECK(gcp_record_parse(buf_slice(&out), arena, &again, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(record, &again, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gcp_record record;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)16 << 20);
    rc = gcp_record_parse(slice_of(data, size), &arena, &record, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    if (rc == ERR_OK)
        check_written(&record, &arena);
    arena_clear(&arena);
    return 0;
}
