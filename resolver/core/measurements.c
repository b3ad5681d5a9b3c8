#include "resolver/core/measurements.h"

#include <string.h>

#include "resolver/base/json.h"
#include "resolver/base/quote.h"
#include "resolver/base/yaml.h"
#include "resolver/core/choices.h"
#include "resolver/core/measurement_values.h"

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
    return measurement_values_read(node_get(root, "measurements"), measurements->registers,
                                   &measurements->size_bytes, err);
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
    return measurement_values_read(node_get(item, "measurements"), measurements->registers,
                                   &measurements->size_bytes, err);
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
