#include "bundle/measure/pcr.h"

#include <assert.h>
#include <string.h>

enum err_code pcr_record_init(struct pcr_record *record, enum bank bank, size_t capacity,
                              struct arena *arena, struct err *err)
{
    memset(record, 0, sizeof *record);
    record->events = arena_array(arena, capacity, sizeof *record->events, err);
    if (!record->events)
        return err->code;
    record->bank = bank;
    record->has_events = true;
    record->capacity = capacity;
    for (unsigned i = 0; i < PCR_COUNT; i++)
        record->registers[i].state = PCR_ZERO;
    return ERR_OK;
}

enum err_code pcr_record_add(struct pcr_record *record, const struct pcr_event *event,
                             struct err *err)
{
    struct pcr_register *extended;

    assert(event->pcr < PCR_COUNT);
    if (record->count == record->capacity)
        return err_set(err, ERR_LIMIT, "more than %zu events", record->capacity);
    record->events[record->count++] = *event;
    extended = &record->registers[event->pcr];
    if (extended->state == PCR_NOT_DERIVABLE)
        return ERR_OK;
    pcr_extend(record->bank, extended->value, event->digest);
    extended->state = PCR_KNOWN;
    return ERR_OK;
}

void pcr_record_forget(struct pcr_record *record, unsigned pcr, const char *why)
{
    assert(pcr < PCR_COUNT);
    record->registers[pcr] =
        (struct pcr_register){.state = PCR_NOT_DERIVABLE, .why = slice_text(why)};
}

void pcr_extend(enum bank bank, uint8_t value[BANK_SIZE_MAX], const uint8_t *digest)
{
    struct bank_hash hash;

    bank_init(&hash, bank);
    bank_update(&hash, slice_of(value, bank_size(bank)));
    bank_update(&hash, slice_of(digest, bank_size(bank)));
    bank_final(&hash, value);
}
