/* Extending registers, against values that anyone can look up; and the three states of a register. */
#include "bundle/measure/pcr.h"

#include <string.h>

#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "tests/unit/test.h"

/* What a register has that was extended by EV_SEPARATOR (the digest of four zeros) alone: PCRs 1, 3
 * and 6 of nearly any machine. */
#define SEPARATED_256 "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969"
#define SEPARATED_384                                                  \
    "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d" \
    "50529d96fe4d1afdafb65e7f95bf23c4"
/* Of zeros, the digest of "abc" and the separator, in this order. */
#define ABC_SEPARATED_256 "456cf5b1d2dd981481dca985baf222f84c9e7dec2df6916ba632b5fd44618593"
#define ABC_SEPARATED_384                                              \
    "17d52165590b0411a56f9e5c46bba29e2b6c916142f71f457c7bddc8a2f0daf6" \
    "3589b34a4ed4957a7b911c077e462a68"

static void check_value(const char *want, enum bank bank, const uint8_t value[BANK_SIZE_MAX])
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    char hex[2 * BANK_SIZE_MAX + 1];

    hex_encode(value, bank_size(bank), hex);
    CHECK_TEXT(want, slice_text(hex));
    CHECK(memcmp(value + bank_size(bank), zeros, BANK_SIZE_MAX - bank_size(bank)) == 0);
}

static struct pcr_event event_of(unsigned pcr, enum bank bank, struct slice hashed,
                                 const char *what)
{
    struct pcr_event event = {.pcr = pcr, .type = PCR_EV_SEPARATOR, .what = slice_text(what)};

    bank_digest(bank, hashed, event.digest);
    return event;
}

TEST(pcr_extends_as_a_tpm_does)
{
    static const struct {
        enum bank bank;
        const char *separated, *both;
    } cases[] = {{BANK_SHA256, SEPARATED_256, ABC_SEPARATED_256},
                 {BANK_SHA384, SEPARATED_384, ABC_SEPARATED_384}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t value[BANK_SIZE_MAX] = {0}, digest[BANK_SIZE_MAX];

        bank_digest(cases[i].bank, SLICE("\0\0\0\0"), digest);
        pcr_extend(cases[i].bank, value, digest);
        check_value(cases[i].separated, cases[i].bank, value);
        memset(value, 0, sizeof value);
        bank_digest(cases[i].bank, SLICE("abc"), digest);
        pcr_extend(cases[i].bank, value, digest);
        bank_digest(cases[i].bank, SLICE("\0\0\0\0"), digest);
        pcr_extend(cases[i].bank, value, digest);
        check_value(cases[i].both, cases[i].bank, value);
    }
}

TEST(pcr_record_begins_with_zeros)
{
    static const uint8_t zeros[BANK_SIZE_MAX];
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    memset(&record, 0xAA, sizeof record);
    CHECK_OK(pcr_record_init(&record, BANK_SHA384, 3, &arena, &err), err);
    CHECK(record.bank == BANK_SHA384 && record.has_events);
    CHECK_NUMBER(0, record.count);
    CHECK_NUMBER(3, record.capacity);
    for (unsigned i = 0; i < PCR_COUNT; i++) {
        CHECK(record.registers[i].state == PCR_ZERO && record.registers[i].why.len == 0);
        CHECK(memcmp(record.registers[i].value, zeros, sizeof zeros) == 0);
    }
    arena_clear(&arena);
}

TEST(pcr_record_keeps_events_and_extends_their_register)
{
    struct pcr_event first = event_of(0, BANK_SHA256, SLICE("abc"), "first");
    struct pcr_event second = event_of(23, BANK_SHA256, SLICE("\0\0\0\0"), "second");
    struct pcr_event third = event_of(0, BANK_SHA256, SLICE("\0\0\0\0"), "third");
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(pcr_record_init(&record, BANK_SHA256, 3, &arena, &err), err);
    CHECK_OK(pcr_record_add(&record, &first, &err), err);
    CHECK_OK(pcr_record_add(&record, &second, &err), err);
    CHECK_OK(pcr_record_add(&record, &third, &err), err);
    CHECK_NUMBER(3, record.count);
    CHECK_TEXT("first", record.events[0].what);
    CHECK_TEXT("second", record.events[1].what);
    CHECK(memcmp(record.events[2].digest, third.digest, sizeof third.digest) == 0);
    check_value(ABC_SEPARATED_256, BANK_SHA256, record.registers[0].value);
    check_value(SEPARATED_256, BANK_SHA256, record.registers[23].value);
    for (unsigned i = 0; i < PCR_COUNT; i++)
        CHECK(record.registers[i].state == (i == 0 || i == 23 ? PCR_KNOWN : PCR_ZERO));
    arena_clear(&arena);
}

/* An event that was not kept does not count. */
TEST(pcr_record_has_room_for_so_many)
{
    struct pcr_event event = event_of(4, BANK_SHA384, SLICE("\0\0\0\0"), "");
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(pcr_record_init(&record, BANK_SHA384, 1, &arena, &err), err);
    CHECK_OK(pcr_record_add(&record, &event, &err), err);
    CHECK_ERR(ERR_LIMIT, "more than 1 events", pcr_record_add(&record, &event, &err), err);
    CHECK_NUMBER(1, record.count);
    check_value(SEPARATED_384, BANK_SHA384, record.registers[4].value);
    event.pcr = 5;
    CHECK_ERR(ERR_LIMIT, "more than 1 events", pcr_record_add(&record, &event, &err), err);
    CHECK(record.registers[5].state == PCR_ZERO);
    arena_clear(&arena);
}

TEST(pcr_record_needs_memory)
{
    uint8_t little[64];
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, little, sizeof little);
    CHECK_ERR(ERR_LIMIT, NULL, pcr_record_init(&record, BANK_SHA256, 3, &arena, &err), err);
    CHECK(!record.events && record.capacity == 0);
    /* No register is zero in what could not be made. */
    CHECK(record.registers[4].state == PCR_NOT_DERIVABLE);
}

static void check_forgotten(const struct pcr_register *forgotten)
{
    static const uint8_t zeros[BANK_SIZE_MAX];

    CHECK(forgotten->state == PCR_NOT_DERIVABLE);
    CHECK_TEXT("the firmware", forgotten->why);
    CHECK(memcmp(forgotten->value, zeros, sizeof zeros) == 0);
}

TEST(pcr_record_forgets)
{
    struct pcr_event event = event_of(7, BANK_SHA256, SLICE("abc"), "");
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(pcr_record_init(&record, BANK_SHA256, 3, &arena, &err), err);
    CHECK_OK(pcr_record_add(&record, &event, &err), err);
    pcr_record_forget(&record, 7, "the firmware");
    check_forgotten(&record.registers[7]);
    CHECK(record.registers[6].state == PCR_ZERO && record.registers[8].state == PCR_ZERO);
    CHECK_NUMBER(1, record.count);
    arena_clear(&arena);
}

/* What begins as something unknown is not known by what extends it. */
TEST(pcr_record_does_not_take_what_is_forgotten_for_zero)
{
    struct pcr_event event = event_of(7, BANK_SHA256, SLICE("abc"), "");
    struct pcr_record record;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_OK(pcr_record_init(&record, BANK_SHA256, 3, &arena, &err), err);
    pcr_record_forget(&record, 7, "the firmware");
    CHECK_OK(pcr_record_add(&record, &event, &err), err);
    check_forgotten(&record.registers[7]);
    CHECK_NUMBER(1, record.count);
    arena_clear(&arena);
}
