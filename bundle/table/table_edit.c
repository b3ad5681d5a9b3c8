#include "bundle/table/table_edit.h"

#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/core/choices.h"

static enum err_code check_place(const struct edit_place *place, struct err *err)
{
    if (place->region.len && place->csp != CSP_AWS)
        return err_set(err, ERR_USAGE, "region %s: counts on AWS alone, not on %s",
                       quote(place->region).text, csp_name(place->csp));
    if (place->variant.len && variant_contradicts(place->csp, place->variant))
        return err_set(err, ERR_USAGE, "variant %s: is not one of %s", quote(place->variant).text,
                       csp_name(place->csp));
    return ERR_OK;
}

/* What the old generations mean where they name none. */
static enum err_code usual_variant(enum csp csp, struct slice *variant, struct err *err)
{
    const struct table_entry unnamed = {.csp = csp};

    if (csp == CSP_AZURE)
        return err_set(err, ERR_USAGE, "azure: no variant is given, and there is no usual one: "
                       "give --variant, such as azure-sev-snp");
    *variant = entry_variant(&unnamed);
    return ERR_OK;
}

/* The variant of an entry that is to be set and names none. */
static enum err_code choose_variant(const struct table_document *document, enum csp csp,
                                    struct slice *variant, struct err *err)
{
    struct choices choices = {0};
    char text[CHOICES_TEXT_MAX];

    for (size_t i = 0; i < document->count; i++) {
        if (document->entries[i].csp != csp)
            continue;
        *variant = document->entries[i].variant;
        choices_add(&choices, *variant);
    }
    if (choices.total == 0)
        return usual_variant(csp, variant, err);
    if (choices.total == 1)
        return ERR_OK;
    choices_text(&choices, text);
    return err_set(err, ERR_AMBIGUOUS, "%s: no variant is given, and the table has %s",
                   csp_name(csp), text);
}

static enum err_code make_entry(const struct table_document *document,
                                const struct edit_place *place, struct slice reference,
                                struct document_entry *entry, struct err *err)
{
    *entry = (struct document_entry){.csp = place->csp,
                                     .variant = variant_canonical(place->csp, place->variant),
                                     .region = place->region,
                                     .reference = reference};
    if (check_place(place, err) != ERR_OK)
        return err->code;
    if (place->csp == CSP_AWS && place->region.len == 0)
        return err_set(err, ERR_USAGE,
                       "aws: no region is given, and AWS has an image for each: give --region");
    if (place->variant.len == 0 &&
        choose_variant(document, place->csp, &entry->variant, err) != ERR_OK)
        return err->code;
    if (table_check_text(entry->variant, "variant", err) != ERR_OK ||
        table_check_text(reference, "reference", err) != ERR_OK)
        return err->code;
    return place->csp == CSP_AWS ? table_check_text(place->region, "region", err) : ERR_OK;
}

static enum err_code make_room(struct table_document *document, struct arena *arena,
                               struct err *err)
{
    struct document_entry *entries;

    if (document->count < document->room)
        return ERR_OK;
    entries = arena_array(arena, 2 * document->count + 8, sizeof *entries, err);
    if (!entries)
        return err->code;
    if (document->count > 0)
        memcpy(entries, document->entries, document->count * sizeof *entries);
    document->entries = entries;
    document->room = 2 * document->count + 8;
    return ERR_OK;
}

/* Takes count entries out at that index. */
static void take_out(struct table_document *document, size_t at, size_t count)
{
    struct document_entry *entries = document->entries;

    if (count > 0)
        memmove(&entries[at], &entries[at + count],
                (document->count - at - count) * sizeof *entries);
    document->count -= count;
}

enum err_code table_edit_set(struct table_document *document, const struct edit_place *place,
                             struct slice reference, struct arena *arena,
                             struct document_entry *entry, struct slice *before, struct err *err)
{
    size_t at, same = 0;

    *before = slice_of(NULL, 0);
    if (make_entry(document, place, reference, entry, err) != ERR_OK ||
        make_room(document, arena, err) != ERR_OK) {
        memset(entry, 0, sizeof *entry);
        return err->code;
    }
    at = table_document_search(document, entry);
    while (at + same < document->count &&
           document_entry_compare(&document->entries[at + same], entry) == 0)
        same++;
    if (same > 0) {
        *before = document->entries[at].reference;
        entry->item = document->entries[at].item;
        take_out(document, at, same - 1);
    } else {
        memmove(&document->entries[at + 1], &document->entries[at],
                (document->count - at) * sizeof *document->entries);
        document->count++;
    }
    document->entries[at] = *entry;
    return ERR_OK;
}

static bool fits(const struct document_entry *entry, const struct edit_place *place)
{
    return entry->csp == place->csp &&
           (place->variant.len == 0 || variant_same(entry->csp, entry->variant, place->variant)) &&
           (place->region.len == 0 || slice_equal(entry->region, place->region));
}

/* Nothing fits: what there is, one step less narrow. */
static enum err_code refuse_absent(const struct table_document *document,
                                   const struct edit_place *place, struct err *err)
{
    struct choices csps = {0}, variants = {0}, regions = {0};
    char text[CHOICES_TEXT_MAX];

    for (size_t i = 0; i < document->count; i++) {
        const struct document_entry *entry = &document->entries[i];

        choices_add(&csps, slice_text(csp_name(entry->csp)));
        if (entry->csp != place->csp)
            continue;
        choices_add(&variants, entry->variant);
        if (place->variant.len == 0 || variant_same(entry->csp, entry->variant, place->variant))
            choices_add(&regions, entry->region);
    }
    if (variants.total == 0) {
        choices_text(&csps, text);
        return err_set(err, ERR_NOT_FOUND, "%s: is not there; the table has %s",
                       csp_name(place->csp), text);
    }
    choices_text(regions.total == 0 ? &variants : &regions, text);
    return err_set(err, ERR_NOT_FOUND, "%s: %s %s is not there; the table has %s",
                   csp_name(place->csp), regions.total == 0 ? "variant" : "region",
                   quote(regions.total == 0 ? place->variant : place->region).text, text);
}

enum err_code table_edit_remove(struct table_document *document, const struct edit_place *place,
                                struct arena *arena, struct document_entry **removed, size_t *count,
                                struct err *err)
{
    struct document_entry *gone = arena_array(arena, document->count, sizeof *gone, err);
    size_t kept = 0, out = 0;

    *removed = NULL;
    *count = 0;
    if (!gone || check_place(place, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < document->count; i++) {
        if (fits(&document->entries[i], place))
            gone[out++] = document->entries[i];
        else
            document->entries[kept++] = document->entries[i];
    }
    document->count = kept;
    if (out == 0)
        return refuse_absent(document, place, err);
    *removed = gone;
    *count = out;
    return ERR_OK;
}
