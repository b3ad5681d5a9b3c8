#include "bundle/cli/measure_answer.h"

#include "bundle/measure/eventlog.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"

static const char *state_name(enum pcr_state state)
{
    return state == PCR_KNOWN ? "predicted" : state == PCR_ZERO ? "zero" : "not derivable";
}

void measure_answer_events(const struct measure_answer *answer, struct buf *out)
{
    const struct pcr_record *record = &answer->prediction.record;
    char digest[2 * BANK_SIZE_MAX + 1];

    for (size_t i = 0; i < record->count; i++) {
        const struct pcr_event *event = &record->events[i];
        struct slice type = eventlog_type_name(event->type);

        hex_encode(event->digest, bank_size(record->bank), digest);
        buf_add_format(out, "%2u  %-32.*s  %s  %s\n", event->pcr, (int)type.len,
                       (const char *)type.ptr, digest, quote_bare(event->what).text);
    }
}

static void add_number_or_null(struct json_writer *json, const char *key, unsigned number)
{
    json_key(json, key);
    if (number)
        json_number(json, number);
    else
        json_null(json);
}

static void add_flag(struct json_writer *json, const char *key, bool value)
{
    json_key(json, key);
    json_bool(json, value);
}

static void add_hex(struct json_writer *json, const char *key, const uint8_t *bytes, size_t size)
{
    char hex[2 * BANK_SIZE_MAX + 1];

    hex_encode(bytes, size, hex);
    json_member(json, key, hex);
}

static void add_register(const struct measure_answer *answer, unsigned pcr, struct json_writer *json)
{
    const struct pcr_record *record = &answer->prediction.record;
    const struct pcr_register *at = &record->registers[pcr];

    json_begin_map(json);
    json_key(json, "index");
    json_number(json, pcr);
    json_member(json, "state", state_name(at->state));
    if (at->state == PCR_NOT_DERIVABLE) {
        json_key(json, "value");
        json_null(json);
    } else {
        add_hex(json, "value", at->value, bank_size(record->bank));
        add_flag(json, "enforced", answer->enforced >> pcr & 1);
    }
    if (at->why.len)
        json_member_slice(json, "why", at->why);
    json_end_map(json);
}

static void add_event(const struct pcr_event *event, enum bank bank, struct json_writer *json)
{
    json_begin_map(json);
    json_key(json, "index");
    json_number(json, event->pcr);
    json_member_slice(json, "type", eventlog_type_name(event->type));
    add_hex(json, "digest", event->digest, bank_size(bank));
    json_member_slice(json, "what", event->what);
    if (event->text.len)
        json_member_slice(json, "text", event->text);
    json_end_map(json);
}

static void add_parameters(const struct measure_answer *answer, struct json_writer *json)
{
    const struct predict_options *options = answer->options;

    json_key(json, "parameters");
    json_begin_map(json);
    json_key(json, "stub");
    json_number(json, answer->prediction.stub);
    add_flag(json, "secureBoot", options->is_secure_boot);
    add_flag(json, "loader", options->has_loader);
    add_number_or_null(json, "loaderVersion", answer->prediction.loader);
    json_member_or_null(json, "path", answer->prediction.path);
    json_member_or_null(json, "phases", options->phases);
    json_end_map(json);
}

static void add_registers(const struct measure_answer *answer, struct json_writer *json)
{
    const struct pcr_record *record = &answer->prediction.record;

    json_key(json, "registers");
    json_begin_list(json);
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++)
        add_register(answer, pcr, json);
    json_end_list(json);
    json_key(json, "events");
    json_begin_list(json);
    for (size_t i = 0; i < record->count; i++)
        add_event(&record->events[i], record->bank, json);
    json_end_list(json);
}

void measure_answer_json(const struct measure_answer *answer, struct buf *out)
{
    const struct measurements *measurements = &answer->measurements;
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_member(&json, "image", answer->path);
    json_member_or_null(&json, "uid", slice_text(measurements->uid.text));
    json_member_or_null(&json, "csp", slice_text(csp_name(measurements->csp)));
    json_member_or_null(&json, "variant", answer->variant);
    json_member(&json, "bank", bank_name(answer->prediction.record.bank));
    add_parameters(answer, &json);
    add_registers(answer, &json);
    json_key(&json, "measurements");
    if (measurements->size_bytes)
        measurements_format_map(measurements, &json);
    else
        json_null(&json);
    if (answer->is_bundled)
        add_flag(&json, "verified", answer->is_signed);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}
