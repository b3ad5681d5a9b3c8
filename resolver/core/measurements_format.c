#include "resolver/core/measurements_format.h"

#include <stdio.h>

#include "resolver/base/hex.h"

int measurements_output_parse(struct slice text)
{
    static const char *const names[] = {"yaml", "v1", "v2", "env"};

    for (int i = 0; i < 4; i++) {
        if (slice_is(text, names[i]))
            return i;
    }
    return -1;
}

void register_name(const struct measurements *measurements, size_t index,
                   char out[REGISTER_NAME_MAX])
{
    unsigned number = (unsigned)index % REGISTER_COUNT;

    if (measurements->size_bytes != REGISTER_SIZE_MAX)
        snprintf(out, REGISTER_NAME_MAX, "PCR%u", number);
    else if (number == 0)
        snprintf(out, REGISTER_NAME_MAX, "MRTD");
    else
        snprintf(out, REGISTER_NAME_MAX, "RTMR%u", number - 1);
}

void register_hex(const struct measurements *measurements, size_t index,
                  char out[REGISTER_HEX_MAX])
{
    hex_encode(measurements->registers[index].expected, measurements->size_bytes, out);
}

void measurements_format_lines(const struct measurements *measurements, unsigned indent,
                               struct buf *out)
{
    char hex[REGISTER_HEX_MAX];

    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        const struct measurement *at = &measurements->registers[i];

        if (!at->is_set)
            continue;
        register_hex(measurements, i, hex);
        /* Quoted: a value of decimal digits alone would be a number to other YAML readers. */
        buf_add_format(out, "%*s%zu: {expected: \"%s\", warnOnly: %s}\n", (int)indent, "", i, hex,
                       at->warn_only ? "true" : "false");
    }
}

void measurements_format_map(const struct measurements *measurements, struct json_writer *json)
{
    char index[8], hex[REGISTER_HEX_MAX];

    json_begin_map(json);
    for (unsigned i = 0; i < REGISTER_COUNT; i++) {
        const struct measurement *at = &measurements->registers[i];

        if (!at->is_set)
            continue;
        snprintf(index, sizeof index, "%u", i);
        register_hex(measurements, i, hex);
        json_key(json, index);
        json_begin_map(json);
        json_member(json, "expected", hex);
        json_key(json, "warnOnly");
        json_bool(json, at->warn_only);
        json_end_map(json);
    }
    json_end_map(json);
}

static void format_yaml(const struct measurements *measurements, struct buf *out)
{
    buf_add_format(out, "csp: %s\nimage: %s\nmeasurements:\n", csp_name(measurements->csp),
                   measurements->uid.text);
    measurements_format_lines(measurements, 4, out);
}

static void format_env(const struct measurements *measurements, struct buf *out)
{
    char name[REGISTER_NAME_MAX], hex[REGISTER_HEX_MAX];

    for (size_t i = 0; i < REGISTER_COUNT; i++) {
        if (!measurements->registers[i].is_set)
            continue;
        register_name(measurements, i, name);
        register_hex(measurements, i, hex);
        buf_add_format(out, "%s=%s\n", name, hex);
    }
}

static void format_v1(const struct measurements *measurements, struct json_writer *json)
{
    json_member(json, "csp", csp_name(measurements->csp));
    json_member(json, "image", measurements->uid.text);
    json_key(json, "measurements");
    measurements_format_map(measurements, json);
}

static void format_v2(const struct measurements *measurements, struct slice variant,
                      struct json_writer *json)
{
    if (measurements->variant.len)
        variant = measurements->variant;
    json_member(json, "version", measurements->uid.version);
    json_member(json, "ref", measurements->uid.ref);
    json_member(json, "stream", measurements->uid.stream);
    json_key(json, "list");
    json_begin_list(json);
    json_begin_map(json);
    json_member(json, "csp", csp_title(measurements->csp));
    json_member_slice(json, "attestationVariant", variant_canonical(measurements->csp, variant));
    json_key(json, "measurements");
    measurements_format_map(measurements, json);
    json_end_map(json);
    json_end_list(json);
}

void measurements_format(const struct measurements *measurements, enum measurements_output output,
                         struct slice variant, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 2);

    if (output == OUTPUT_YAML) {
        format_yaml(measurements, out);
        return;
    }
    if (output == OUTPUT_ENV) {
        format_env(measurements, out);
        return;
    }
    json_begin_map(&json);
    if (output == OUTPUT_V1)
        format_v1(measurements, &json);
    else
        format_v2(measurements, variant, &json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}
