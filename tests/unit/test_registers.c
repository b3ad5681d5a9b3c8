#include "bundle/measure/registers.h"

#include <string.h>

#include "tests/unit/test.h"

TEST(registers_parse_lists)
{
    uint32_t registers = 1;
    struct err err = {0};

    CHECK_OK(registers_parse(SLICE("none"), &registers, &err), err);
    CHECK_NUMBER(0, registers);
    CHECK_OK(registers_parse(SLICE("4,8,9,11,12,13,15"), &registers, &err), err);
    CHECK_NUMBER(REGISTERS_ENFORCED, registers);
    CHECK_OK(registers_parse(SLICE("23,0"), &registers, &err), err);
    CHECK_NUMBER(1 << 23 | 1, registers);
}

TEST(registers_refuse_other_lists)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "\"\": want numbers from 0 to 23 with commas between, or none"},
        {"4,", "\"\": want numbers from 0 to 23 with commas between, or none"},
        {"24", "\"24\": want numbers from 0 to 23 with commas between, or none"},
        {"04", "\"04\": want numbers from 0 to 23 with commas between, or none"},
        {"4 5", "\"4 5\": want numbers from 0 to 23 with commas between, or none"},
        {"5,-1", "\"-1\": want numbers from 0 to 23 with commas between, or none"},
        {"5,100", "\"100\": want numbers from 0 to 23 with commas between, or none"},
        {"4,none", "\"none\": want numbers from 0 to 23 with commas between, or none"},
        {"4,5,4", "4 is there twice"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t registers = 1;
        struct err err = {0};

        CHECK_ERR(ERR_USAGE, cases[i].message,
                  registers_parse(slice_text(cases[i].text), &registers, &err), err);
        CHECK_NUMBER(0, registers);
    }
}

TEST(registers_take_what_is_known)
{
    struct pcr_record record = {.bank = BANK_SHA256};
    struct measurements measurements;
    uint32_t absent = 0;
    struct err err = {0};

    memset(&measurements, 1, sizeof measurements);
    record.registers[4] = (struct pcr_register){.state = PCR_KNOWN, .value = {1, 2}};
    record.registers[8].state = PCR_ZERO;
    record.registers[14].state = PCR_ZERO;
    record.registers[9].value[0] = 9; /* not derivable: whatever stands there does not count */
    CHECK_OK(registers_measure(&record, REGISTERS_ENFORCED, &measurements, &absent, &err), err);
    CHECK_NUMBER(REGISTERS_ENFORCED & ~(1u << 4 | 1u << 8), absent);
    CHECK_NUMBER(32, measurements.size_bytes);
    for (unsigned pcr = 0; pcr < REGISTER_COUNT; pcr++)
        CHECK(measurements.registers[pcr].is_set == (pcr == 4 || pcr == 8 || pcr == 14));
    CHECK(measurements.registers[4].expected[1] == 2 && !measurements.registers[4].warn_only);
    CHECK(!measurements.registers[8].warn_only && measurements.registers[14].warn_only);
    CHECK(measurements.registers[9].expected[0] == 0);
    record.bank = BANK_SHA384;
    CHECK_ERR(ERR_USAGE, "measurements hold registers of the sha256 bank alone",
              registers_measure(&record, 0, &measurements, &absent, &err), err);
    CHECK(measurements.size_bytes == 0 && !measurements.registers[4].is_set);
}
