#include "resolver/core/measurement_values.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/hex.h"
#include "resolver/base/quote.h"

#define PCR_SIZE 32
#define TDX_SIZE 48
#define TDX_COUNT 5 /* MRTD, RTMR0 to RTMR3 */

/* A set while it is read. */
struct values {
    struct measurement *registers;
    size_t size_bytes; /* of each value; 0: none has been read yet */
};

/* Base64 is read for 32 bytes alone: that of 48 bytes has the 64 characters that hex of 32 has, and
 * of zeros, say, is all hex digits. */
static bool decode_value(struct slice text, uint8_t out[REGISTER_SIZE_MAX], size_t *size_bytes)
{
    struct err ignored;

    if (text.len == BASE64_SIZE(PCR_SIZE))
        return base64_decode(text, out, REGISTER_SIZE_MAX, size_bytes, &ignored) == ERR_OK &&
               *size_bytes == PCR_SIZE;
    *size_bytes = text.len / 2;
    return (*size_bytes == PCR_SIZE || *size_bytes == TDX_SIZE) &&
           hex_decode(text, out, *size_bytes);
}

static enum err_code parse_index(const struct node *key, size_t *index, struct err *err)
{
    struct slice text = node_text(key);
    size_t value = 0;

    *index = 0;
    for (size_t i = 0; i < text.len && text.len <= 2; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            value = REGISTER_COUNT;
        value = value * 10 + (size_t)(text.ptr[i] - '0');
    }
    if (text.len == 0 || text.len > 2 || value >= REGISTER_COUNT ||
        (text.len == 2 && text.ptr[0] == '0'))
        return err_set(err, ERR_FORMAT, "line %u: register %s: want a number from 0 to %d",
                       (unsigned)key->line, quote(text).text, REGISTER_COUNT - 1);
    *index = value;
    return ERR_OK;
}

/* A value's text and its flag, whichever form it has. */
static enum err_code open_value(const struct node *value, struct slice *text, bool *warn_only,
                                struct err *err)
{
    const struct node *flag = node_get(value, "warnOnly");

    *warn_only = false;
    if (value->type != NODE_MAP)
        return node_string(value, "value", text, err);
    for (const struct node *key = node_first(value); key;
         key = node_next(value, node_next(value, key))) {
        if (!slice_is(node_text(key), "expected") && !slice_is(node_text(key), "warnOnly"))
            return err_set(err, ERR_FORMAT, "line %u: key %s is not known here",
                           (unsigned)key->line, quote(node_text(key)).text);
    }
    if (flag && node_bool(flag, "warnOnly", warn_only, err))
        return err->code;
    return node_string(node_get(value, "expected"), "expected", text, err);
}

static enum err_code parse_value(const struct node *value, struct values *values,
                                 size_t index, struct err *err)
{
    struct measurement *at = &values->registers[index];
    size_t size_bytes;
    struct slice text;

    if (open_value(value, &text, &at->warn_only, err))
        return err->code;
    if (!decode_value(text, at->expected, &size_bytes))
        return err_set(err, ERR_FORMAT,
                       "line %u: have %s, want base64 or hex of %d bytes, or hex of %d",
                       (unsigned)value->line, quote(text).text, PCR_SIZE, TDX_SIZE);
    if (values->size_bytes && values->size_bytes != size_bytes)
        return err_set(err, ERR_FORMAT, "line %u: a value of %zu bytes in a set of %zu bytes",
                       (unsigned)value->line, size_bytes, values->size_bytes);
    values->size_bytes = size_bytes;
    at->is_set = true;
    return ERR_OK;
}

static enum err_code check_set(const struct values *values, size_t count,
                               struct err *err)
{
    if (count == 0)
        return err_set(err, ERR_FORMAT, "measurements: there is no value in it");
    for (size_t i = TDX_COUNT; i < REGISTER_COUNT && values->size_bytes == TDX_SIZE; i++) {
        if (values->registers[i].is_set)
            return err_set(err, ERR_FORMAT, "register %zu: TDX has 0 (MRTD) to %d (RTMR3)", i,
                           TDX_COUNT - 1);
    }
    return ERR_OK;
}

static enum err_code parse_registers(const struct node *map, struct values *values,
                                     struct err *err)
{
    size_t count = 0;

    if (!map)
        return err_set(err, ERR_FORMAT, "measurements: missing, want an object");
    if (map->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: measurements: have %s, want an object",
                       (unsigned)map->line, node_type_name(map));
    for (const struct node *key = node_first(map); key;) {
        const struct node *value = node_next(map, key);
        size_t index;

        if (parse_index(key, &index, err))
            return err->code;
        if (parse_value(value, values, index, err))
            return err_add(err, "register %zu", index);
        count++;
        key = node_next(map, value);
    }
    return check_set(values, count, err);
}

enum err_code measurement_values_read(const struct node *map,
                                      struct measurement registers[REGISTER_COUNT],
                                      size_t *size_bytes, struct err *err)
{
    struct values values = {.registers = registers};
    enum err_code rc;

    memset(registers, 0, REGISTER_COUNT * sizeof *registers);
    rc = parse_registers(map, &values, err);
    *size_bytes = rc == ERR_OK ? values.size_bytes : 0;
    if (rc != ERR_OK)
        memset(registers, 0, REGISTER_COUNT * sizeof *registers);
    return rc;
}
