#include "bundle/measure/claims.h"

#include <string.h>

#include "resolver/base/hex.h"
#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"
#include "resolver/core/choices.h"

#define PCR_SIZE 32

static bool looks_like_json(struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] > ' ')
            return bytes.ptr[i] == '{';
    }
    return false;
}

/* Keeps the first key of a map that is not among those known (ended by NULL). */
static void note_unknown(const struct node *map, const char *const *known, struct claims *claims)
{
    for (const struct node *key = node_first(map); key && claims->unknown.len == 0;
         key = node_next(map, node_next(map, key))) {
        const char *const *name = known;

        while (*name && !slice_is(node_text(key), *name))
            name++;
        if (!*name)
            claims->unknown = node_text(key);
    }
}

static enum err_code read_values(const struct node *map, struct claim *claim, struct err *err)
{
    return measurement_values_read(node_get(map, "measurements"), claim->registers,
                                   &claim->size_bytes, err);
}

/* rfc and v1: {csp, image, measurements}. */
static enum err_code read_single(const struct node *root, struct claims *claims, struct err *err)
{
    static const char *const known[] = {"csp", "image", "measurements", NULL};
    struct slice image;

    note_unknown(root, known, claims);
    claims->count = 1;
    if (node_string(node_get(root, "csp"), "csp", &claims->list[0].csp, err) ||
        node_string(node_get(root, "image"), "image", &image, err) ||
        uid_parse(image, &claims->uid, err))
        return err->code;
    return read_values(root, &claims->list[0], err);
}

static enum err_code read_parts(const struct node *root, struct uid *uid, struct err *err)
{
    struct slice ref, stream, version;

    if (node_string(node_get(root, "ref"), "ref", &ref, err) ||
        node_string(node_get(root, "stream"), "stream", &stream, err) ||
        node_string(node_get(root, "version"), "version", &version, err))
        return err->code;
    return uid_from_parts(ref, stream, version, uid, err);
}

static bool is_same_set(const struct claim *claim, struct slice csp, struct slice variant)
{
    enum csp known = csp_parse(csp);
    bool is_same_csp = known != CSP_NONE ? csp_parse(claim->csp) == known
                                         : slice_equal(claim->csp, csp);

    return is_same_csp && variant_same(known, claim->variant, variant);
}

static enum err_code read_item(const struct node *item, struct claims *claims, struct err *err)
{
    static const char *const known[] = {"csp", "attestationVariant", "measurements", NULL};
    struct claim *claim = &claims->list[claims->count];

    if (item->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want an object", (unsigned)item->line,
                       node_type_name(item));
    note_unknown(item, known, claims);
    if (node_string(node_get(item, "csp"), "csp", &claim->csp, err) ||
        node_string(node_get(item, "attestationVariant"), "attestationVariant", &claim->variant,
                    err))
        return err->code;
    claim->variant = variant_canonical(csp_parse(claim->csp), claim->variant);
    for (size_t i = 0; i < claims->count; i++) {
        if (is_same_set(&claims->list[i], claim->csp, claim->variant))
            return err_set(err, ERR_FORMAT, "line %u: a second set for csp %s, variant %s",
                           (unsigned)item->line, quote(claim->csp).text,
                           quote(claim->variant).text);
    }
    claims->count++;
    return read_values(item, claim, err);
}

static enum err_code read_listed(const struct node *root, struct claims *claims, struct err *err)
{
    static const char *const known[] = {"version", "ref", "stream", "list", NULL};
    const struct node *list = node_get(root, "list");
    size_t index = 0;

    note_unknown(root, known, claims);
    claims->form = MEASUREMENTS_V2;
    if (list->type != NODE_LIST)
        return err_set(err, ERR_FORMAT, "line %u: list: have %s, want a list", (unsigned)list->line,
                       node_type_name(list));
    if (read_parts(root, &claims->uid, err))
        return err->code;
    for (const struct node *item = node_first(list); item; item = node_next(list, item)) {
        if (read_item(item, claims, err))
            return err_add(err, "list[%zu]", index);
        index++;
    }
    return ERR_OK;
}

static enum err_code read_root(const struct node *root, bool is_json, struct arena *arena,
                               struct claims *claims, struct err *err)
{
    const struct node *list = node_get(root, "list");
    size_t count = list ? node_count(list) : 1;

    if (root->type != NODE_MAP)
        return err_set(err, ERR_FORMAT, "line %u: have %s, want csp, image and measurements",
                       (unsigned)root->line,
                       node_type_name(root->type == NODE_PLAIN && root->len == 0 ? NULL : root));
    if (count > CLAIMS_MAX)
        return err_set(err, ERR_LIMIT, "%zu sets of measurements, at most %d", count, CLAIMS_MAX);
    claims->list = arena_array(arena, count, sizeof *claims->list, err);
    if (!claims->list)
        return err->code;
    claims->form = is_json ? MEASUREMENTS_V1 : MEASUREMENTS_RFC;
    return list ? read_listed(root, claims, err) : read_single(root, claims, err);
}

enum err_code claims_parse(struct slice bytes, struct arena *arena, struct claims *claims,
                           struct err *err)
{
    bool is_json = looks_like_json(bytes);
    const struct node *root;
    enum err_code rc;

    memset(claims, 0, sizeof *claims);
    if (bytes.len > MEASUREMENTS_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%zu bytes: measurements have at most %zu", bytes.len,
                       MEASUREMENTS_MAX_BYTES);
    rc = is_json ? json_parse(bytes, arena, &root, err) : yaml_parse(bytes, arena, &root, err);
    if (rc == ERR_OK)
        rc = read_root(root, is_json, arena, claims, err);
    if (rc != ERR_OK)
        memset(claims, 0, sizeof *claims);
    return rc;
}

static void list_sets(const struct claims *claims, char have[CHOICES_TEXT_MAX])
{
    struct choices choices = {0};

    for (size_t i = 0; i < claims->count; i++)
        choices_add(&choices, claims->list[i].variant.len ? claims->list[i].variant
                                                          : claims->list[i].csp);
    choices_text(&choices, have);
}

enum err_code claims_choose(const struct claims *claims, struct slice csp, struct slice variant,
                            const struct claim **claim, struct err *err)
{
    char have[CHOICES_TEXT_MAX];
    size_t fits = 0;

    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *at = &claims->list[i];

        if (csp.len && csp_parse(at->csp) != csp_parse(csp))
            continue;
        if (variant.len && at->variant.len &&
            !variant_same(csp_parse(at->csp), at->variant, variant))
            continue;
        *claim = at;
        fits++;
    }
    if (fits == 1)
        return ERR_OK;
    *claim = NULL;
    list_sets(claims, have);
    return fits == 0 ? err_set(err, ERR_NOT_FOUND, "no such set of measurements; there are: %s", have)
                     : err_set(err, ERR_AMBIGUOUS,
                               "several sets of measurements: choose with --csp and --variant; there "
                               "are: %s", have);
}

enum err_code claims_record(const struct claim *claim, struct pcr_record *record, struct err *err)
{
    memset(record, 0, sizeof *record);
    if (claim->size_bytes != PCR_SIZE)
        return err_set(err, ERR_FORMAT, "TDX registers, which cannot be compared with PCRs");
    record->bank = BANK_SHA256;
    for (unsigned pcr = 0; pcr < PCR_COUNT; pcr++) {
        struct pcr_register *to = &record->registers[pcr];

        to->state = claim->registers[pcr].is_set ? PCR_KNOWN : PCR_NOT_DERIVABLE;
        memcpy(to->value, claim->registers[pcr].expected, PCR_SIZE);
    }
    return ERR_OK;
}

/* "PCR 4", "MRTD", "RTMR0" */
static void add_name(size_t size_bytes, unsigned index, struct buf *out)
{
    if (size_bytes == PCR_SIZE)
        buf_add_format(out, "PCR %u: ", index);
    else if (index == 0)
        buf_add_text(out, "MRTD: ");
    else
        buf_add_format(out, "RTMR%u: ", index - 1);
}

static void add_values(const struct measurement *a, const struct measurement *b, size_t size_bytes,
                       struct buf *out)
{
    char before[2 * REGISTER_SIZE_MAX + 1], after[2 * REGISTER_SIZE_MAX + 1];

    hex_encode(a->expected, size_bytes, before);
    hex_encode(b->expected, size_bytes, after);
    buf_add_format(out, "%s -> %s", before, after);
}

/* Whether one register differs, with its line. */
static bool tell(const struct claims_side *a, const struct claims_side *b, unsigned index,
                 struct buf *out)
{
    const struct measurement *left = &a->claim->registers[index];
    const struct measurement *right = &b->claim->registers[index];
    size_t size = a->claim->size_bytes;
    bool is_other = memcmp(left->expected, right->expected, size) != 0;

    if (!left->is_set && !right->is_set)
        return false;
    if (left->is_set && right->is_set && !is_other && left->warn_only == right->warn_only)
        return false;
    add_name(size, index, out);
    if (!left->is_set || !right->is_set)
        buf_add_format(out, "is only in %s", left->is_set ? a->name : b->name);
    else if (is_other)
        add_values(left, right, size, out);
    else
        buf_add_format(out, "%s -> %s", left->warn_only ? "only warns" : "enforced",
                       right->warn_only ? "only warns" : "enforced");
    buf_add_byte(out, '\n');
    return true;
}

enum err_code claims_explain(const struct claims_side *a, const struct claims_side *b,
                             struct buf *out, struct err *err)
{
    unsigned different = 0;

    if (a->claim->size_bytes != b->claim->size_bytes)
        return err_set(err, ERR_FORMAT, "PCRs on one side, TDX registers on the other");
    for (unsigned i = 0; i < REGISTER_COUNT; i++)
        different += tell(a, b, i, out);
    if (buf_done(out, err) != ERR_OK)
        return err->code;
    if (different > 0)
        return err_set(err, ERR_DIFFERS, "%u register%s differ%s", different,
                       different == 1 ? "" : "s", different == 1 ? "s" : "");
    return ERR_OK;
}
