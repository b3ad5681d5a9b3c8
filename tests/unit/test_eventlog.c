/* Every log of fixtures/images/: the registers that were replayed in Python, or the exact refusal. */
#include "bundle/measure/eventlog.h"

#include <stdio.h>

#include "resolver/base/buf.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "tests/unit/test.h"

static void check_log(struct slice rest)
{
    struct slice line = rest, name = slice_cut(&rest, ' '), bank = slice_cut(&rest, ' ');
    bool is_good = slice_is(slice_cut(&rest, ' '), ":");
    char path[128], text[2048], hex[2 * BANK_SIZE_MAX + 1];
    struct pcr_record record;
    struct arena arena;
    struct err err = {0};
    struct buf out;
    enum err_code rc;

    snprintf(path, sizeof path, "fixtures/images/%.*s.log", (int)name.len, (const char *)name.ptr);
    arena_init_heap(&arena, (size_t)1 << 20);
    buf_init_fixed(&out, text, sizeof text);
    rc = eventlog_parse(test_file(path), slice_is(bank, "sha384") ? BANK_SHA384 : BANK_SHA256, &arena,
                        &record, &err);
    CHECK(is_good == (rc == ERR_OK));
    for (unsigned i = 0; rc == ERR_OK && i < PCR_COUNT; i++) {
        CHECK((record.registers[i].state == PCR_NOT_DERIVABLE) == (i >= 17 && i <= 22));
        if (record.registers[i].state != PCR_KNOWN)
            continue;
        hex_encode(record.registers[i].value, bank_size(record.bank), hex);
        buf_add_format(&out, "%s%u=%s", out.len ? " " : "", i, hex);
    }
    if (rc != ERR_OK) {
        buf_add_format(&out, "%s %s", err_name(rc), err.msg);
        CHECK(!record.events);
    }
    if (!slice_equal(rest, buf_slice(&out))) {
        printf("%.*s\n", (int)line.len, (const char *)line.ptr);
        test_check_text("", buf_slice(&out), __FILE__, __LINE__);
    }
    arena_clear(&arena);
}

TEST(eventlog_replays_as_the_reference_does)
{
    struct slice rest = test_file("fixtures/images/expected-logs.txt");

    CHECK(rest.len > 0);
    while (rest.len > 0)
        check_log(slice_cut(&rest, '\n'));
}

TEST(eventlog_keeps_what_events_say)
{
    struct slice log = test_file("fixtures/images/good-usual.log");
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK(eventlog_is(log));
    CHECK(!eventlog_is(SLICE("text")));
    CHECK_OK(eventlog_parse(log, BANK_SHA256, &arena, &record, &err), err);
    CHECK_NUMBER(9, record.count);
    CHECK_TEXT("EV_EFI_ACTION", record.events[2].what);
    CHECK_TEXT("Calling EFI Application from Boot Option", record.events[2].text);
    CHECK_NUMBER(4, record.events[2].pcr);
    CHECK(record.registers[5].state == PCR_ZERO);
    arena_clear(&arena);
}

TEST(eventlog_refuses_what_is_too_long)
{
    static uint8_t huge[EVENTLOG_MAX_BYTES + 1];
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, (size_t)1 << 20);
    CHECK_ERR(ERR_LIMIT, "event log: 4194305 bytes, at most 4194304",
              eventlog_parse(slice_of(huge, sizeof huge), BANK_SHA256, &arena, &record, &err), err);
    arena_clear(&arena);
}

TEST(eventlog_has_a_limit_of_events)
{
    enum { EVENT = 4 + 4 + 4 + 2 + 32 + 4 };
    static uint8_t bytes[70 + (EVENTLOG_EVENTS_MAX + 1) * EVENT];
    struct slice empty = test_file("fixtures/images/good-empty.log");
    struct pcr_record record;
    struct arena arena;
    struct buf log;
    struct err err;

    arena_init_heap(&arena, (size_t)8 << 20);
    buf_init_fixed(&log, bytes, sizeof bytes);
    buf_add(&log, empty);
    for (int i = 0; i <= EVENTLOG_EVENTS_MAX; i++) {
        uint8_t event[EVENT] = {4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0x0B};

        buf_add(&log, slice_of(event, sizeof event));
        if (i == EVENTLOG_EVENTS_MAX - 1)
            CHECK_OK(eventlog_parse(buf_slice(&log), BANK_SHA256, &arena, &record, &err), err);
    }
    CHECK_OK(buf_done(&log, &err), err);
    CHECK_ERR(ERR_LIMIT, "event log: more than 16384 events",
              eventlog_parse(buf_slice(&log), BANK_SHA256, &arena, &record, &err), err);
    arena_clear(&arena);
}
