#include "bundle/pack/pack_source.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/core/choices.h"

struct search {
    const struct pack_repository *repository;
    const struct pack_policy *policy;
    struct pack_release *release;
    struct arena *arena;
    const char *forbidden; /* the last place that the server would not speak of */
};

const char *pack_join(const char *base, const char *name, struct arena *arena, struct err *err)
{
    size_t size = strlen(base) + strlen(name) + 2;
    char *out = arena_alloc(arena, size, err);

    if (out)
        snprintf(out, size, "%s%s%s", base, slice_ends(slice_text(base), "/") ? "" : "/", name);
    return out;
}

static bool is_wanted(const struct search *search, enum layout layout)
{
    return search->repository->layout < 0 || search->repository->layout == (int)layout;
}

/* Fetches one document, if it is there. */
static enum err_code try_document(struct search *search, struct pack_document *document,
                                  const char *name, struct err *err)
{
    enum source_answer answer;

    document->source = search->repository->source;
    document->name = document->title = arena_copy(search->arena, slice_text(name), err);
    document->place =
        document->name ? pack_join(document->source->base, name, search->arena, err) : NULL;
    if (!document->place || pack_document_fetch(document, search->policy, search->release,
                                                search->arena, &answer, err))
        return err->code;
    if (answer == SOURCE_FORBIDDEN)
        search->forbidden = document->place;
    return ERR_OK;
}

static bool has_table(const struct pack_release *release)
{
    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        if (release->tables[layout])
            return true;
    }
    return false;
}

static enum err_code add_tables(struct search *search, struct err *err)
{
    char name[LAYOUT_NAME_MAX];

    if (has_table(search->release))
        return ERR_OK;
    for (int i = 0; i < LAYOUT_COUNT; i++) {
        struct pack_document document = {.kind = LAYER_TABLE, .layout = (enum layout)i};

        if (!is_wanted(search, document.layout))
            continue;
        layout_table_name(document.layout, &search->release->uid, name);
        if (try_document(search, &document, name, err))
            return err->code;
    }
    if (has_table(search->release))
        return ERR_OK;
    if (search->forbidden)
        return err_set(err, ERR_IO,
                       "%s: the server answers 403 (forbidden); no lookup table of %s elsewhere",
                       pack_show(search->forbidden).text, search->release->uid.text);
    return err_set(err, ERR_NOT_FOUND, "no lookup table of %s in %s", search->release->uid.text,
                   quote_bare(slice_text(search->repository->source->base)).text);
}

/* The measurements of one layout and csp; of CSP_NONE those that are of all. */
static enum err_code add_measurements_of(struct search *search, enum layout layout, enum csp csp,
                                         struct err *err)
{
    struct pack_document document = {
        .kind = layout == LAYOUT_RFC ? LAYER_MEASUREMENTS_YAML : LAYER_MEASUREMENTS_JSON,
        .layout = layout,
        .csp = csp,
    };
    char name[LAYOUT_NAME_MAX];

    layout_measurements_name(layout, &search->release->uid, csp, name);
    return try_document(search, &document, name, err);
}

/* given: the csps of which there were measurements among the files of the user. */
static enum err_code add_measurements(struct search *search, const struct pack_csps *csps,
                                      const bool given[CSP_COUNT], struct err *err)
{
    bool is_all_given = true;

    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        if (!csps->wants[csp] || given[csp])
            continue;
        is_all_given = false;
        for (int layout = LAYOUT_RFC; layout <= LAYOUT_V1; layout++) {
            if (is_wanted(search, (enum layout)layout) &&
                add_measurements_of(search, (enum layout)layout, (enum csp)csp, err))
                return err->code;
        }
    }
    if (is_all_given || !is_wanted(search, LAYOUT_V2))
        return ERR_OK;
    return add_measurements_of(search, LAYOUT_V2, CSP_NONE, err);
}

enum err_code pack_source_add(const struct pack_repository *repository,
                              const struct pack_csps *csps, const struct pack_policy *policy,
                              struct pack_release *release, struct arena *arena, struct err *err)
{
    struct search search = {
        .repository = repository, .policy = policy, .release = release, .arena = arena};
    bool given[CSP_COUNT];

    memcpy(given, release->has_measurements, sizeof given);
    if (add_tables(&search, err))
        return err->code;
    return add_measurements(&search, csps, given, err);
}

/* --- Is it enough? ------------------------------------------------------------------------------ */

/* The csps in the tables; whether `csp` is among them. */
static bool is_in_tables(const struct pack_release *release, enum csp csp, struct choices *all)
{
    bool found = false;

    for (int layout = 0; layout < LAYOUT_COUNT; layout++) {
        const struct table *table = release->tables[layout];

        for (size_t i = 0; table && i < table->count; i++) {
            choices_add(all, slice_text(csp_name(table->entries[i].csp)));
            found |= table->entries[i].csp == csp;
        }
    }
    return found;
}

enum err_code pack_source_check(const struct pack_release *release, const struct pack_csps *csps,
                                const struct pack_policy *policy, struct err *err)
{
    char have[CHOICES_TEXT_MAX];
    bool has_any = false;

    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++) {
        struct choices all = {0};

        has_any |= release->has_measurements[csp];
        if (!csps->are_named || !csps->wants[csp] || release->has_measurements[csp] ||
            is_in_tables(release, (enum csp)csp, &all))
            continue;
        choices_text(&all, have);
        return err_set(err, ERR_NOT_FOUND, "%s: nothing for csp %s; there is: %s",
                       release->uid.text, csp_name((enum csp)csp), have);
    }
    if (has_any || policy->allow_unsigned)
        return ERR_OK;
    return err_set(err, ERR_NO_KEY,
                   "%s: there are no measurements: nothing signed would say what its images must "
                   "be (--allow-unsigned packs it all the same)",
                   release->uid.text);
}
