#include "bundle/measure/registers.h"

#include <string.h>

#include "resolver/base/quote.h"

/* A number from 0 to 23 without leading zeros; PCR_COUNT for anything else. */
static unsigned number_of(struct slice text)
{
    unsigned number = 0;

    if (text.len == 0 || text.len > 2 || (text.len == 2 && text.ptr[0] == '0'))
        return PCR_COUNT;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return PCR_COUNT;
        number = number * 10 + (text.ptr[i] - (unsigned)'0');
    }
    return number < PCR_COUNT ? number : PCR_COUNT;
}

enum err_code registers_parse(struct slice text, uint32_t *registers, struct err *err)
{
    struct slice rest = text;
    uint32_t found = 0;

    *registers = 0;
    if (slice_is(text, "none"))
        return ERR_OK;
    do {
        struct slice part = slice_cut(&rest, ',');
        unsigned number = number_of(part);

        if (number == PCR_COUNT)
            return err_set(err, ERR_USAGE, "%s: want numbers from 0 to %d with commas between, or none",
                           quote(part).text, PCR_COUNT - 1);
        if (found >> number & 1)
            return err_set(err, ERR_USAGE, "%u is there twice", number);
        found |= (uint32_t)1 << number;
    } while (rest.ptr);
    *registers = found;
    return ERR_OK;
}

enum err_code registers_measure(const struct pcr_record *record, uint32_t enforced,
                                struct measurements *measurements, uint32_t *absent, struct err *err)
{
    *absent = 0;
    measurements->size_bytes = 0;
    memset(measurements->registers, 0, sizeof measurements->registers);
    if (record->bank != BANK_SHA256)
        return err_set(err, ERR_USAGE, "measurements hold registers of the sha256 bank alone");
    measurements->size_bytes = bank_size(record->bank);
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        struct measurement *to = &measurements->registers[pcr];
        bool is_enforced = enforced >> pcr & 1;

        if (record->registers[pcr].state == PCR_NOT_DERIVABLE) {
            *absent |= is_enforced ? (uint32_t)1 << pcr : 0;
            continue;
        }
        to->is_set = true;
        to->warn_only = !is_enforced;
        memcpy(to->expected, record->registers[pcr].value, measurements->size_bytes);
    }
    return ERR_OK;
}
