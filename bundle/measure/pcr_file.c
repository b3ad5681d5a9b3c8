#include "bundle/measure/pcr_file.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"

static enum err_code read_index(const struct node *key, unsigned *index, struct err *err)
{
    struct slice text = node_text(key);
    unsigned number = 0;

    *index = 0;
    for (size_t i = 0; i < text.len && text.len <= 2; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            number = PCR_COUNT;
        number = number * 10 + (text.ptr[i] - (unsigned)'0');
    }
    if (text.len == 0 || text.len > 2 || number >= PCR_COUNT ||
        (text.len == 2 && text.ptr[0] == '0'))
        return err_set(err, ERR_FORMAT, "line %u: register %s: want a number from 0 to %d",
                       (unsigned)key->line, quote(text).text, PCR_COUNT - 1);
    *index = number;
    return ERR_OK;
}

static enum err_code read_value(const struct node *value, enum bank bank, uint8_t *out,
                                struct err *err)
{
    struct slice text = node_text(value);

    if (text.len == 2 + 2 * bank_size(bank) && slice_begins(text, "0x") &&
        hex_decode(slice_part(text, 2, text.len), out, bank_size(bank)))
        return ERR_OK;
    return err_set(err, ERR_FORMAT, "line %u: have %s, want 0x and %zu hex digits",
                   (unsigned)value->line, quote(text).text, 2 * bank_size(bank));
}

static enum err_code read_bank(const struct node *map, struct pcr_record *record, struct err *err)
{
    if (map->type != NODE_MAP || !node_first(map))
        return err_set(err, ERR_FORMAT, "line %u: %s: want registers and their values",
                       (unsigned)map->line, bank_name(record->bank));
    for (const struct node *key = node_first(map); key;) {
        const struct node *value = node_next(map, key);
        unsigned index;

        if (read_index(key, &index, err))
            return err->code;
        if (read_value(value, record->bank, record->registers[index].value, err))
            return err_add(err, "register %u", index);
        record->registers[index].state = PCR_KNOWN;
        key = node_next(map, value);
    }
    return ERR_OK;
}

static enum err_code parse(struct slice bytes, struct arena *arena, struct pcr_record *record,
                           struct err *err)
{
    const struct node *root, *map;

    if (bytes.len > PCR_FILE_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes, at most %zu", bytes.len, PCR_FILE_MAX_BYTES);
    if (yaml_parse(bytes, arena, &root, err))
        return err->code;
    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "not what tpm2_pcrread prints");
    map = node_get(root, bank_name(record->bank));
    if (!map)
        return err_set(err, ERR_NOT_FOUND, "has no registers of the %s bank", bank_name(record->bank));
    return read_bank(map, record, err);
}

enum err_code pcr_file_parse(struct slice bytes, enum bank bank, struct arena *arena,
                             struct pcr_record *record, struct err *err)
{
    enum err_code rc;

    memset(record, 0, sizeof *record);
    record->bank = bank;
    rc = parse(bytes, arena, record, err);
    if (rc != ERR_OK)
        memset(record, 0, sizeof *record);
    return rc;
}
