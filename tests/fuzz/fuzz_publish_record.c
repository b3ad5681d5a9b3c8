/* fuzz_publish_record.c - publish_record_parse: what it accepts is written and read as the same. */
#include <string.h>

#include "bundle/publish/publish_record.h"
#include "resolver/base/heap.h"
#include "tests/fuzz/fuzz.h"

static void check_written(const struct publish_record *record, struct arena *arena)
{
    char memory[PUBLISH_RECORD_MAX];
    struct publish_record again;
    struct buf out;
    struct err err;

    buf_init_fixed(&out, memory, sizeof memory);
    publish_record_write(record, &out);
    FUZZ_CHECK(buf_done(&out, &err) == ERR_OK);
    FUZZ_CHECK(publish_record_parse(buf_slice(&out), arena, &again, &err) == ERR_OK);
    FUZZ_CHECK(memcmp(record, &again, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct publish_record record;
    struct arena arena;
    struct err err;
    enum err_code rc;

    arena_init_heap(&arena, (size_t)16 << 20);
    rc = publish_record_parse(slice_of(data, size), &arena, &record, &err);
    FUZZ_CHECK(rc == ERR_OK || rc == ERR_FORMAT || rc == ERR_LIMIT);
    if (rc == ERR_OK)
        check_written(&record, &arena);
    arena_clear(&arena);
    return 0;
}
