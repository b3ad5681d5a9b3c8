/* Event logs: what is read is within the log, has words, and compares as equal to itself. */
#include "bundle/measure/event_words.h"
#include "bundle/measure/eventlog.h"
#include "bundle/measure/explain.h"
#include "tests/fuzz/measure.h"

static void check_event(const struct pcr_event *event, size_t size)
{
    uint8_t bytes[200];
    struct buf words;

    FUZZ_CHECK(event->pcr < PCR_COUNT && event->text.len <= size);
    buf_init_fixed(&words, bytes, sizeof bytes);
    event_words(event, &words);
    FUZZ_CHECK(words.len > 0 && words.len <= 128 && !words.failed);
    event_value(event, &words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t text[1 << 12];
    struct slice log = slice_of(data, size);
    struct pcr_record record;
    struct explain_side side = {"it", &record};
    struct arena arena;
    struct buf out;
    unsigned compared;
    struct err err;

    arena_init_heap(&arena, FUZZ_ARENA);
    buf_init_fixed(&out, text, sizeof text);
    if (eventlog_parse(log, size % 2 ? BANK_SHA384 : BANK_SHA256, &arena, &record, &err) == ERR_OK) {
        for (size_t i = 0; i < record.count; i++)
            check_event(&record.events[i], size);
        FUZZ_CHECK(explain(&side, &side, &out, &compared, &err) == ERR_OK);
        FUZZ_CHECK(compared == 18 && out.len == 0);
    } else {
        FUZZ_CHECK(!record.events);
    }
    arena_clear(&arena);
    return 0;
}
