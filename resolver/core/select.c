#include "resolver/core/select.h"

#include <stdio.h>

#include "resolver/base/quote.h"
#include "resolver/core/choices.h"

static bool fits_csp(const struct table_entry *entry, const struct request *request)
{
    return entry->csp == request->csp;
}

static bool fits_variant(const struct table_entry *entry, const struct request *request)
{
    return request->variant.len == 0 ||
           variant_same(request->csp, entry_variant(entry), request->variant);
}

static bool fits_region(const struct table_entry *entry, const struct request *request)
{
    return request->csp != CSP_AWS || request->region.len == 0 ||
           slice_equal(entry_region(entry), request->region);
}

static bool fits(const struct table_entry *entry, const struct request *request)
{
    return fits_csp(entry, request) && fits_variant(entry, request) && fits_region(entry, request);
}

static bool same_place(const struct table_entry *a, const struct table_entry *b)
{
    return slice_equal(entry_variant(a), entry_variant(b)) &&
           slice_equal(entry_region(a), entry_region(b));
}

/* Nothing fits: the first of csp, variant and region that has no entry is the one to name. */
static enum err_code not_found(const struct table *table, const struct request *request,
                               struct err *err)
{
    struct choices csps = {0}, variants = {0}, regions = {0};
    char have[CHOICES_TEXT_MAX];

    for (size_t i = 0; i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        choices_add(&csps, slice_text(csp_name(entry->csp)));
        if (!fits_csp(entry, request))
            continue;
        choices_add(&variants, entry_variant(entry));
        if (fits_variant(entry, request))
            choices_add(&regions, entry_region(entry));
    }
    if (!variants.total) {
        choices_text(&csps, have);
        return err_set(err, ERR_NOT_FOUND, "no image for csp %s; there is: %s",
                       csp_name(request->csp), have);
    }
    if (!regions.total) {
        choices_text(&variants, have);
        return err_set(err, ERR_NOT_FOUND, "no image for variant %s on %s; there is: %s",
                       quote(request->variant).text, csp_name(request->csp), have);
    }
    choices_text(&regions, have);
    return err_set(err, ERR_NOT_FOUND, "no image for region %s on %s; there is: %s",
                   quote(request->region).text, csp_name(request->csp), have);
}

/* Several fit: what still has to be chosen, variant before region. */
static enum err_code ambiguous(const struct table *table, const struct request *request,
                               struct err *err)
{
    struct choices variants = {0}, regions = {0};
    char have[CHOICES_TEXT_MAX];

    for (size_t i = 0; i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        if (!fits(entry, request))
            continue;
        choices_add(&variants, entry_variant(entry));
        choices_add(&regions, entry_region(entry));
    }
    choices_text(variants.total > 1 ? &variants : &regions, have);
    return err_set(err, ERR_AMBIGUOUS, "several images for csp %s: choose with %s one of: %s",
                   csp_name(request->csp), variants.total > 1 ? "--variant" : "--region", have);
}

static enum err_code conflicting(const struct table_entry *a, const struct table_entry *b,
                                 struct err *err)
{
    return err_set(err, ERR_AMBIGUOUS,
                   "lines %u and %u have different references for the same image of %s: %s and %s",
                   (unsigned)a->reference->line, (unsigned)b->reference->line, csp_name(a->csp),
                   quote(entry_reference(a)).text, quote(entry_reference(b)).text);
}

enum err_code select_entry(const struct table *table, const struct request *request,
                           const struct table_entry **out, struct err *err)
{
    const struct table_entry *found = NULL;

    *out = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct table_entry *entry = &table->entries[i];

        if (!fits(entry, request))
            continue;
        if (!found)
            found = entry;
        else if (!same_place(found, entry))
            return ambiguous(table, request, err);
        else if (!slice_equal(entry_reference(found), entry_reference(entry)))
            return conflicting(found, entry, err);
    }
    if (!found)
        return not_found(table, request, err);
    *out = found;
    return ERR_OK;
}
