#include "resolver/core/measurements.h"

#include <string.h>

#include "resolver/base/base64.h"
#include "resolver/base/hex.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"
#include "resolver/core/choices.h"

#define PCR_SIZE 32
#define TDX_SIZE 48
#define TDX_COUNT 5 /* MRTD, RTMR0 to RTMR3 */

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

static enum err_code parse_value(const struct node *value, struct measurements *measurements,
                                 size_t index, struct err *err)
{
    struct measurement *at = &measurements->registers[index];
    size_t size_bytes;
    struct slice text;

    if (open_value(value, &text, &at->warn_only, err))
        return err->code;
    if (!decode_value(text, at->expected, &size_bytes))
        return err_set(err, ERR_FORMAT,
                       "line %u: have %s, want base64 or hex of %d bytes, or hex of %d",
                       (unsigned)value->line, quote(text).text, PCR_SIZE, TDX_SIZE);
    if (measurements->size_bytes && measurements->size_bytes != size_bytes)
        return err_set(err, ERR_FORMAT, "line %u: a value of %zu bytes in a set of %zu bytes",
                       (unsigned)value->line, size_bytes, measurements->size_bytes);
    measurements->size_bytes = size_bytes;
    at->is_set = true;
    return ERR_OK;
}

static enum err_code check_set(const struct measurements *measurements, size_t count,
                               struct err *err)
{
    if (count == 0)
        return err_set(err, ERR_FORMAT, "measurements: there is no value in it");
    for (size_t i = TDX_COUNT; i < REGISTER_COUNT && measurements->size_bytes == TDX_SIZE; i++) {
        if (measurements->registers[i].is_set)
            return err_set(err, ERR_FORMAT, "register %zu: TDX has 0 (MRTD) to %d (RTMR3)", i,
                           TDX_COUNT - 1);
    }
    return ERR_OK;
}

static enum err_code parse_registers(const struct node *map, struct measurements *measurements,
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
        if (parse_value(value, measurements, index, err))
            return err_add(err, "register %zu", index);
        count++;
        key = node_next(map, value);
    }
    return check_set(measurements, count, err);
}

static enum err_code check_uid(const struct uid *have, const struct request *request,
                               struct err *err)
{
    if (uid_equal(have, &request->uid))
        return ERR_OK;
    return err_set(err, ERR_FORGED, "have measurements of %s, want those of %s", have->text,
                   request->uid.text);
}

/* rfc and v1: {csp, image, measurements}. */
static enum err_code parse_single(const struct node *root, const struct request *request,
                                  struct measurements *measurements, struct err *err)
{
    struct slice csp, image;

    if (node_string(node_get(root, "csp"), "csp", &csp, err) ||
        node_string(node_get(root, "image"), "image", &image, err) ||
        uid_parse(image, &measurements->uid, err) ||
        check_uid(&measurements->uid, request, err))
        return err->code;
    measurements->csp = csp_parse(csp);
    if (measurements->csp != request->csp)
        return err_set(err, ERR_FORGED, "have measurements of csp %s, want those of \"%s\"",
                       quote(csp).text, csp_name(request->csp));
    return parse_registers(node_get(root, "measurements"), measurements, err);
}

static enum err_code check_parts(const struct node *root, const struct request *request,
                                 struct measurements *measurements, struct err *err)
{
    struct slice ref, stream, version;

    if (node_string(node_get(root, "ref"), "ref", &ref, err) ||
        node_string(node_get(root, "stream"), "stream", &stream, err) ||
        node_string(node_get(root, "version"), "version", &version, err) ||
        uid_from_parts(ref, stream, version, &measurements->uid, err))
        return err->code;
    return check_uid(&measurements->uid, request, err);
}

/* CSP_NONE for an entry of a csp nobody can ask for, which is passed over. */
static enum err_code listed_entry(const struct node *item, enum csp *csp, struct slice *variant,
                                  struct err *err)
{
    struct slice name;

    *csp = CSP_NONE;
    if (item->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want an object", (unsigned)item->line,
                       node_type_name(item));
    if (node_string(node_get(item, "csp"), "csp", &name, err))
        return err->code;
    *csp = csp_parse(name);
    if (*csp == CSP_NONE)
        return ERR_OK;
    if (node_string(node_get(item, "attestationVariant"), "attestationVariant", variant, err))
        return err->code;
    *variant = variant_canonical(*csp, *variant);
    return ERR_OK;
}

static enum err_code not_found(const struct request *request, const struct choices *csps,
                               const struct choices *variants, struct err *err)
{
    char have[CHOICES_TEXT_MAX];

    choices_text(variants->total ? variants : csps, have);
    if (!variants->total)
        return err_set(err, ERR_NOT_FOUND, "no measurements for csp %s; there are: %s",
                       csp_name(request->csp), have);
    return err_set(err, ERR_NOT_FOUND, "no measurements for variant %s on %s; there are: %s",
                   quote(request->variant).text, csp_name(request->csp), have);
}

static enum err_code ambiguous(const struct request *request, const struct choices *variants,
                               struct err *err)
{
    char have[CHOICES_TEXT_MAX];

    choices_text(variants, have);
    if (variants->total < 2)
        return err_set(err, ERR_AMBIGUOUS, "two sets of measurements for variant %s on %s", have,
                       csp_name(request->csp));
    return err_set(err, ERR_AMBIGUOUS,
                   "several sets of measurements for csp %s: choose with --variant one of: %s",
                   csp_name(request->csp), have);
}

/* v2: the one element of the list that fits. */
static enum err_code find_listed(const struct node *list, const struct request *request,
                                 const struct node **found, struct slice *variant,
                                 struct err *err)
{
    struct choices csps = {0}, variants = {0}, fitting = {0};
    size_t fits = 0, index = 0;

    if (list->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "line %u: list: have %s, want a list",
                       (unsigned)list->line, node_type_name(list));
    for (const struct node *item = node_first(list); item; item = node_next(list, item)) {
        struct slice name;
        enum csp csp;

        if (listed_entry(item, &csp, &name, err))
            return err_add(err, "list[%zu]", index);
        index++;
        if (csp != CSP_NONE)
            choices_add(&csps, slice_text(csp_name(csp)));
        if (csp != request->csp)
            continue;
        choices_add(&variants, name);
        if (request->variant.len && !variant_same(csp, name, request->variant))
            continue;
        choices_add(&fitting, name);
        *found = item;
        *variant = name;
        fits++;
    }
    if (fits == 0)
        return not_found(request, &csps, &variants, err);
    return fits == 1 ? ERR_OK : ambiguous(request, &fitting, err);
}

static enum err_code parse_listed(const struct node *root, const struct request *request,
                                  struct measurements *measurements, struct err *err)
{
    const struct node *item = NULL;

    if (check_parts(root, request, measurements, err) ||
        find_listed(node_get(root, "list"), request, &item, &measurements->variant, err))
        return err->code;
    measurements->form = MEASUREMENTS_V2;
    measurements->csp = request->csp;
    return parse_registers(node_get(item, "measurements"), measurements, err);
}

static bool looks_like_json(struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] > ' ')
            return bytes.ptr[i] == '{';
    }
    return false;
}

static enum err_code parse_document(struct slice bytes, const struct request *request,
                                    struct arena *arena, struct measurements *measurements,
                                    struct err *err)
{
    bool is_json = looks_like_json(bytes);
    const struct node *root;

    if (bytes.len > MEASUREMENTS_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes: measurements have at most %zu", bytes.len,
                       MEASUREMENTS_MAX_BYTES);
    if (is_json ? json_parse(bytes, arena, &root, err) : yaml_parse(bytes, arena, &root, err))
        return err->code;
    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want csp, image and measurements",
                       (unsigned)root->line,
                       node_type_name(root->type == NODE_PLAIN && root->len == 0 ? NULL : root));
    if (node_get(root, "list"))
        return parse_listed(root, request, measurements, err);
    measurements->form = is_json ? MEASUREMENTS_V1 : MEASUREMENTS_RFC;
    return parse_single(root, request, measurements, err);
}

enum err_code measurements_parse(const struct verified *document, const struct request *request,
                                 struct arena *arena, struct measurements *measurements,
                                 struct err *err)
{
    memset(measurements, 0, sizeof *measurements);
    if (parse_document(document->bytes, request, arena, measurements, err)) {
        memset(measurements, 0, sizeof *measurements);
        return err->code;
    }
    return ERR_OK;
}
