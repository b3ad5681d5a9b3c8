#include "bundle/measure/merge.h"

#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/core/measurements_format.h"

static int compare(const struct claim *a, const struct claim *b)
{
    int by_csp = slice_compare(a->csp, b->csp);

    return by_csp ? by_csp : slice_compare(a->variant, b->variant);
}

static void sort(struct claim *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && compare(&list[j - 1], &list[j]) > 0; j--) {
            struct claim moved = list[j];

            list[j] = list[j - 1];
            list[j - 1] = moved;
        }
    }
}

static enum err_code check_document(const struct claims *claims, const struct measurements *added,
                                    struct err *err)
{
    if (claims->form != MEASUREMENTS_V2)
        return err_set(err, ERR_FORMAT, "not a v2 document: those of older forms hold one set");
    if (claims->unknown.len)
        return err_set(err, ERR_FORMAT, "key %s is not known here and would be lost",
                       quote(claims->unknown).text);
    if (!uid_equal(&claims->uid, &added->uid))
        return err_set(err, ERR_FORGED, "has measurements of %s, not of %s", claims->uid.text,
                       added->uid.text);
    return ERR_OK;
}

static void claim_of(const struct measurements *added, struct slice variant, struct claim *claim)
{
    memset(claim, 0, sizeof *claim);
    claim->csp = slice_text(csp_title(added->csp));
    claim->variant = variant_canonical(added->csp, added->variant.len ? added->variant : variant);
    claim->size_bytes = added->size_bytes;
    memcpy(claim->registers, added->registers, sizeof claim->registers);
}

/* The first register in which two sets differ; REGISTER_COUNT when none does. */
static size_t first_difference(const struct claim *a, const struct claim *b)
{
    size_t i = 0;

    if (a->size_bytes != b->size_bytes)
        return 0;
    while (i < REGISTER_COUNT && a->registers[i].is_set == b->registers[i].is_set &&
           a->registers[i].warn_only == b->registers[i].warn_only &&
           memcmp(a->registers[i].expected, b->registers[i].expected, REGISTER_SIZE_MAX) == 0)
        i++;
    return i;
}

/* Puts a set into the list, which has room for it, unless it is there. */
static enum err_code put(struct claim *list, size_t *count, const struct claim *claim,
                         struct err *err)
{
    enum csp csp = csp_parse(claim->csp);
    size_t different;

    for (size_t i = 0; i < *count; i++) {
        if (csp_parse(list[i].csp) != csp || !variant_same(csp, list[i].variant, claim->variant))
            continue;
        different = first_difference(&list[i], claim);
        if (different == REGISTER_COUNT)
            return ERR_OK;
        return err_set(err, ERR_POLICY, "has another set for csp %s, variant %s: register %zu differs",
                       quote(claim->csp).text, quote(claim->variant).text, different);
    }
    list[(*count)++] = *claim;
    return ERR_OK;
}

static void write_set(const struct claim *claim, struct measurements *set, struct json_writer *json)
{
    set->size_bytes = claim->size_bytes;
    memcpy(set->registers, claim->registers, sizeof set->registers);
    json_begin_map(json);
    json_member_slice(json, "csp", claim->csp);
    json_member_slice(json, "attestationVariant", claim->variant);
    json_key(json, "measurements");
    measurements_format_map(set, json);
    json_end_map(json);
}

static void write_document(const struct uid *uid, const struct claim *list, size_t count,
                           struct buf *out)
{
    struct json_writer json = json_writer_to(out, 2);
    struct measurements set = {0};

    json_begin_map(&json);
    json_member(&json, "version", uid->version);
    json_member(&json, "ref", uid->ref);
    json_member(&json, "stream", uid->stream);
    json_key(&json, "list");
    json_begin_list(&json);
    for (size_t i = 0; i < count; i++)
        write_set(&list[i], &set, &json);
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

enum err_code merge_measurements(struct slice document, const struct measurements *added,
                                 struct slice variant, struct arena *arena, struct buf *out,
                                 struct err *err)
{
    struct claims claims;
    struct claim *list, claim;
    size_t count;

    if (claims_parse(document, arena, &claims, err) || check_document(&claims, added, err))
        return err->code;
    list = arena_array(arena, claims.count + 1, sizeof *list, err);
    if (!list)
        return err->code;
    count = claims.count;
    memcpy(list, claims.list, count * sizeof *list);
    claim_of(added, variant, &claim);
    if (put(list, &count, &claim, err))
        return err->code;
    sort(list, count);
    write_document(&claims.uid, list, count, out);
    return buf_done(out, err);
}
