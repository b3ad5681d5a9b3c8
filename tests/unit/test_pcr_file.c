#include "bundle/measure/pcr_file.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/test.h"

#define ONES "1111111111111111111111111111111111111111111111111111111111111111"

static enum err_code parse(struct slice text, enum bank bank, struct pcr_record *record,
                           struct err *err)
{
    struct arena arena;
    enum err_code rc;

    arena_init_heap(&arena, 1 << 20);
    rc = pcr_file_parse(test_guarded(text), bank, &arena, record, err);
    arena_clear(&arena);
    return rc;
}

TEST(pcr_file_reads_one_bank)
{
    static const char text[] = "  sha1:\n    0 : 0x00\n  sha256:\n    0 : 0x" ONES "\n    23: 0x" ONES
                               "\n  sha384:\n    7 : 0x" ONES "11111111111111111111111111111111\n";
    struct pcr_record record;
    struct err err = {0};

    CHECK_OK(parse(SLICE(text), BANK_SHA256, &record, &err), err);
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++)
        CHECK((record.registers[pcr].state == PCR_KNOWN) == (pcr == 0 || pcr == 23));
    CHECK_NUMBER(0x11, record.registers[23].value[31]);
    CHECK_NUMBER(0, record.registers[23].value[32]);
    CHECK(!record.has_events && record.bank == BANK_SHA256);
    CHECK_OK(parse(SLICE(text), BANK_SHA384, &record, &err), err);
    CHECK(record.registers[7].state == PCR_KNOWN && record.registers[7].value[47] == 0x11);
    CHECK(record.registers[0].state == PCR_NOT_DERIVABLE);
}

TEST(pcr_file_refuses)
{
    static const struct {
        const char *text;
        enum err_code code;
        const char *message;
    } cases[] = {
        {"", ERR_FORMAT, "not what tpm2_pcrread prints"},
        {"- sha256", ERR_FORMAT, "not what tpm2_pcrread prints"},
        {"sha1:\n  0: 0x12\n", ERR_NOT_FOUND, "has no registers of the sha256 bank"},
        {"sha256:\n", ERR_FORMAT, "line 1: sha256: want registers and their values"},
        {"sha256: {}\n", ERR_FORMAT, "line 1: sha256: want registers and their values"},
        {"sha256: [1]\n", ERR_FORMAT, "line 1: sha256: want registers and their values"},
        {"sha256:\n  24: 0x" ONES, ERR_FORMAT, "line 2: register \"24\": want a number from 0 to 23"},
        {"sha256:\n  04: 0x" ONES, ERR_FORMAT, "line 2: register \"04\": want a number from 0 to 23"},
        {"sha256:\n  4a: 0x" ONES, ERR_FORMAT, "line 2: register \"4a\": want a number from 0 to 23"},
        {"sha256:\n  100: 0x" ONES, ERR_FORMAT,
         "line 2: register \"100\": want a number from 0 to 23"},
        {"sha256:\n  4: " ONES, ERR_FORMAT,
         "register 4: line 2: have \"" ONES "\", want 0x and 64 hex digits"},
        {"sha256:\n  4: 0x" ONES "1", ERR_FORMAT,
         "register 4: line 2: have \"0x" ONES "1\", want 0x and 64 hex digits"},
        {"sha256:\n  4: 0xg111111111111111111111111111111111111111111111111111111111111111",
         ERR_FORMAT,
         "register 4: line 2: have \"0xg111111111111111111111111111111111111111111111111111111111111111"
         "\", want 0x and 64 hex digits"},
        {"sha256:\n  4: [1]", ERR_FORMAT, "register 4: line 2: have \"\", want 0x and 64 hex digits"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const struct pcr_record zeroed;
        struct pcr_record record;
        struct err err = {0};

        CHECK_ERR(cases[i].code, cases[i].message,
                  parse(slice_text(cases[i].text), BANK_SHA256, &record, &err), err);
        CHECK(memcmp(&record, &zeroed, sizeof zeroed) == 0);
    }
}

TEST(pcr_file_has_a_limit)
{
    static uint8_t text[PCR_FILE_MAX_BYTES + 1];
    struct pcr_record record;
    struct err err = {0};

    memset(text, '#', sizeof text);
    CHECK_ERR(ERR_LIMIT, "262145 bytes, at most 262144",
              parse(slice_of(text, sizeof text), BANK_SHA256, &record, &err), err);
    CHECK_ERR(ERR_FORMAT, "not what tpm2_pcrread prints",
              parse(slice_of(text, sizeof text - 1), BANK_SHA256, &record, &err), err);
}
