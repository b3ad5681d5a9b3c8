/*
 * pcr.h - what is known of the registers of one boot: the events that extend them, and their values.
 *
 * In the flow:  predict (an image), eventlog (a boot), measurements -> struct pcr_record -> explain
 * Extending:    a register starts as zeros; register = hash(register, digest) (TPM 2.0 library,
 *               part 1, "Extend of a PCR").
 * States:       a register is known, zero because nothing extends it, or not derivable; the last has
 *               no value and a reason, and is never taken for zero.
 * Memory:       events are allocated in the arena given to pcr_record_init; texts are borrowed.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_PCR_H
#define SEALIFT_BUNDLE_MEASURE_PCR_H

#include <stdbool.h>

#include "bundle/measure/bank.h"
#include "resolver/base/arena.h"

#define PCR_COUNT 24
#define PCR_TEXT_MAX 1024 /* bytes of a section that an event keeps for explanations */

/* TCG PC Client Platform Firmware Profile, "Event Types" */
#define PCR_EV_NO_ACTION 3u
#define PCR_EV_SEPARATOR 4u
#define PCR_EV_EVENT_TAG 6u
#define PCR_EV_IPL 13u
#define PCR_EV_BOOT_APPLICATION 0x80000003u
#define PCR_EV_ACTION 0x80000007u

enum pcr_state {
    PCR_NOT_DERIVABLE, /* no value; why says the reason */
    PCR_ZERO,          /* nothing extends it */
    PCR_KNOWN,         /* the value is that of its events */
};

struct pcr_register {
    enum pcr_state state;
    uint8_t value[BANK_SIZE_MAX];
    struct slice why; /* the reason, or a note; may be empty */
};

struct pcr_event {
    unsigned pcr;
    uint32_t type;
    uint8_t digest[BANK_SIZE_MAX];
    struct slice what; /* "UKI", ".cmdline contents"; of a log: empty, or its description */
    struct slice text; /* the first PCR_TEXT_MAX bytes of what was hashed, where they say something */
};

struct pcr_record {
    enum bank bank;
    bool has_events; /* false for measurements: values alone */
    struct pcr_event *events;
    size_t count, capacity;
    struct pcr_register registers[PCR_COUNT];
};

/* An empty record with room for events; all registers PCR_ZERO. ERR_LIMIT. */
enum err_code pcr_record_init(struct pcr_record *record, enum bank bank, size_t capacity,
                              struct arena *arena, struct err *err) MUST_USE;

/* Appends the event and extends its register, unless that is not derivable: then it stays so.
 * ERR_LIMIT when there is no room. */
enum err_code pcr_record_add(struct pcr_record *record, const struct pcr_event *event,
                             struct err *err) MUST_USE;

/* Takes a register's value away. */
void pcr_record_forget(struct pcr_record *record, unsigned pcr, const char *why);

void pcr_extend(enum bank bank, uint8_t value[BANK_SIZE_MAX], const uint8_t *digest);

#endif
