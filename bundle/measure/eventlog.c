#include "bundle/measure/eventlog.h"

#include <string.h>

#include "resolver/base/cursor.h"

#define SHA1_SIZE 20
#define SIGNATURE "Spec ID Event03\0"
#define LOCALITY "StartupLocality\0"
#define SIGNATURE_SIZE 16
#define DRTM_FIRST 17 /* registers 17 to 22 begin as ones */
#define DRTM_LAST 22

static const struct {
    uint32_t type;
    const char *name;
} types[] = {
    {0x3, "EV_NO_ACTION"},
    {0x4, "EV_SEPARATOR"},
    {0x5, "EV_ACTION"},
    {0x6, "EV_EVENT_TAG"},
    {0x7, "EV_S_CRTM_CONTENTS"},
    {0x8, "EV_S_CRTM_VERSION"},
    {0xD, "EV_IPL"},
    {0xE, "EV_IPL_PARTITION_DATA"},
    {0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    {0x80000002, "EV_EFI_VARIABLE_BOOT"},
    {0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    {0x80000006, "EV_EFI_GPT_EVENT"},
    {0x80000007, "EV_EFI_ACTION"},
    {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    {0x80000009, "EV_EFI_HANDOFF_TABLES"},
    {0x8000000A, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    {0x8000000B, "EV_EFI_HANDOFF_TABLES2"},
    {0x8000000C, "EV_EFI_VARIABLE_BOOT2"},
    {0x800000E0, "EV_EFI_VARIABLE_AUTHORITY"},
};

struct algorithm {
    uint16_t id, size;
};

struct reader {
    struct cursor cursor;
    struct algorithm algorithms[EVENTLOG_ALGORITHMS_MAX];
    uint32_t count;
    uint16_t wanted; /* the algorithm of the bank */
};

struct slice eventlog_type_name(uint32_t type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].type == type)
            return slice_text(types[i].name);
    }
    return SLICE("event of a type that is not known");
}

static enum err_code read_algorithms(struct reader *reader, struct cursor *spec, enum bank bank,
                                     struct err *err)
{
    bool has_wanted = false;

    cursor_take(spec, 8); /* platform class, version, size of addresses */
    reader->count = cursor_le32(spec);
    if (spec->failed || reader->count == 0 || reader->count > EVENTLOG_ALGORITHMS_MAX)
        return err_set(err, ERR_FORMAT, "%lu hash algorithms", (unsigned long)reader->count);
    for (uint32_t i = 0; i < reader->count; i++) {
        struct algorithm *algorithm = &reader->algorithms[i];

        algorithm->id = cursor_le16(spec);
        algorithm->size = cursor_le16(spec);
        if (algorithm->id != reader->wanted)
            continue;
        has_wanted = true;
        if (algorithm->size != bank_size(bank))
            return err_set(err, ERR_FORMAT, "%s digests of %u bytes", bank_name(bank),
                           algorithm->size);
    }
    cursor_take(spec, cursor_u8(spec)); /* vendor information */
    if (cursor_done(spec, err) != ERR_OK)
        return err->code;
    if (!has_wanted)
        return err_set(err, ERR_NOT_FOUND, "has no %s digests", bank_name(bank));
    return ERR_OK;
}

bool eventlog_is(struct slice bytes)
{
    return slice_equal(slice_part(bytes, 32, SIGNATURE_SIZE), slice_of(SIGNATURE, SIGNATURE_SIZE));
}

/* The first event, which has the form of the older logs. */
static enum err_code read_first(struct reader *reader, enum bank bank, struct err *err)
{
    struct cursor spec;
    uint32_t type, size;

    cursor_take(&reader->cursor, 4);
    type = cursor_le32(&reader->cursor);
    cursor_take(&reader->cursor, SHA1_SIZE);
    size = cursor_le32(&reader->cursor);
    spec = cursor_of(cursor_take(&reader->cursor, size));
    if (reader->cursor.failed || type != PCR_EV_NO_ACTION)
        return err_set(err, ERR_FORMAT, "cut off in its first event");
    cursor_take(&spec, SIGNATURE_SIZE);
    reader->wanted = bank == BANK_SHA384 ? 0x000C : 0x000B; /* TPM_ALG_ID */
    return read_algorithms(reader, &spec, bank, err);
}

static const struct algorithm *algorithm_of(const struct reader *reader, uint16_t id)
{
    for (uint32_t i = 0; i < reader->count; i++) {
        if (reader->algorithms[i].id == id)
            return &reader->algorithms[i];
    }
    return NULL;
}

static enum err_code read_digests(struct reader *reader, struct pcr_event *event, struct err *err)
{
    uint32_t count = cursor_le32(&reader->cursor);
    bool has_wanted = false;

    if (count > reader->count)
        return err_set(err, ERR_FORMAT, "%lu digests, of %lu algorithms", (unsigned long)count,
                       (unsigned long)reader->count);
    for (uint32_t i = 0; i < count && !reader->cursor.failed; i++) {
        uint16_t id = cursor_le16(&reader->cursor);
        const struct algorithm *algorithm = algorithm_of(reader, id);
        struct slice digest;

        if (!algorithm)
            return err_set(err, ERR_FORMAT, "a digest of algorithm 0x%04x, which the log did not "
                           "announce", id);
        digest = cursor_take(&reader->cursor, algorithm->size);
        if (id == reader->wanted && digest.len) {
            memcpy(event->digest, digest.ptr, digest.len);
            has_wanted = true;
        }
    }
    if (!has_wanted && event->type != PCR_EV_NO_ACTION)
        return err_set(err, ERR_FORMAT, reader->cursor.failed ? "cut off" : "no digest of the bank");
    return ERR_OK;
}

static enum err_code read_event(struct reader *reader, struct pcr_event *event, struct err *err)
{
    enum err_code rc;

    memset(event, 0, sizeof *event);
    event->pcr = cursor_le32(&reader->cursor);
    event->type = cursor_le32(&reader->cursor);
    event->what = eventlog_type_name(event->type);
    rc = read_digests(reader, event, err);
    if (rc != ERR_OK)
        return rc;
    event->text = cursor_take(&reader->cursor, cursor_le32(&reader->cursor));
    if (reader->cursor.failed)
        return err_set(err, ERR_FORMAT, "cut off");
    if (event->type != PCR_EV_NO_ACTION && event->pcr >= PCR_COUNT)
        return err_set(err, ERR_FORMAT, "register %lu", (unsigned long)event->pcr);
    return ERR_OK;
}

/* What register 0 begins with, when firmware says that it was started at another locality. */
static void take_locality(const struct pcr_event *event, struct pcr_record *record)
{
    struct pcr_register *first = &record->registers[0];

    if (event->pcr == 0 && first->state == PCR_ZERO && event->text.len == SIGNATURE_SIZE + 1 &&
        memcmp(event->text.ptr, LOCALITY, SIGNATURE_SIZE) == 0)
        first->value[bank_size(record->bank) - 1] = event->text.ptr[SIGNATURE_SIZE];
}

/* Reads all events; with record NULL they are only counted. */
static enum err_code read_events(struct reader reader, struct pcr_record *record, size_t *count,
                                 struct err *err)
{
    struct pcr_event event;

    for (*count = 0; cursor_left(&reader.cursor) > 0; ++*count) {
        enum err_code rc = read_event(&reader, &event, err);

        if (rc != ERR_OK)
            return err_add(err, "event %zu", *count + 2);
        if (*count == EVENTLOG_EVENTS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d events", EVENTLOG_EVENTS_MAX);
        if (record && event.type == PCR_EV_NO_ACTION)
            take_locality(&event, record);
        else if (record)
            rc = pcr_record_add(record, &event, err);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static enum err_code parse(struct slice log, enum bank bank, struct arena *arena,
                           struct pcr_record *record, struct err *err)
{
    struct reader reader = {.cursor = cursor_of(log)};
    size_t count = 0;
    enum err_code rc;

    if (log.len > EVENTLOG_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu", log.len, EVENTLOG_MAX_BYTES);
    if (!eventlog_is(log))
        return err_set(err, ERR_FORMAT, "not a TCG 2.0 event log");
    rc = read_first(&reader, bank, err);
    if (rc == ERR_OK)
        rc = read_events(reader, NULL, &count, err);
    if (rc == ERR_OK)
        rc = pcr_record_init(record, bank, count, arena, err);
    if (rc == ERR_OK)
        rc = read_events(reader, record, &count, err);
    for (unsigned pcr = DRTM_FIRST; rc == ERR_OK && pcr <= DRTM_LAST; pcr++)
        pcr_record_forget(record, pcr, "does not begin as zeros");
    return rc;
}

enum err_code eventlog_parse(struct slice log, enum bank bank, struct arena *arena,
                             struct pcr_record *record, struct err *err)
{
    enum err_code rc;

    memset(record, 0, sizeof *record);
    rc = parse(log, bank, arena, record, err);
    if (rc != ERR_OK)
        memset(record, 0, sizeof *record);
    return rc == ERR_OK ? rc : err_add(err, "event log");
}
