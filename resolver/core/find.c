#include "resolver/core/find.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/quote.h"
#include "resolver/core/measurements.h"

/* One document that is looked for under several names. */
struct search {
    size_t max_bytes;
    bool must_be_signed;
    const struct keys *keys;
    struct arena *arena;
    struct slice bytes;       /* what was found */
    struct verified verified; /* the same, only if must_be_signed */
    struct origin origin;
    struct origin forbidden; /* the last name the source refused to speak about */
};

static enum err_code get(struct search *search, const struct source *source,
                         enum source_answer *answer, struct err *err)
{
    const char *name = search->origin.name;

    if (!search->must_be_signed)
        return source->get(source->ctx, name, search->max_bytes, search->arena, answer,
                           &search->bytes, err);
    if (signed_document_get(source, name, search->max_bytes, search->keys, search->arena, answer,
                            &search->verified, err))
        return err->code;
    search->bytes = search->verified.bytes;
    return ERR_OK;
}

/* Tries one name. *found is set when the search is over. */
static enum err_code try_name(struct search *search, const struct source *source, bool *found,
                              struct err *err)
{
    enum source_answer answer = SOURCE_ABSENT;

    search->origin.source = source;
    if (get(search, source, &answer, err))
        return err->code;
    *found = answer == SOURCE_FOUND;
    if (answer == SOURCE_FORBIDDEN)
        search->forbidden = search->origin;
    return ERR_OK;
}

static enum err_code not_found(const struct finder *finder, const struct search *search,
                               const char *what, const struct uid *uid, struct err *err)
{
    const char *local = finder->local ? finder->local->base : NULL;
    const char *repository = finder->repository ? finder->repository->base : NULL;

    if (search->forbidden.source)
        return err_set(err, ERR_IO,
                       "%s/%s: the server answers 403 (forbidden); no %s of %s elsewhere",
                       quote_bare(slice_text(search->forbidden.source->base)).text,
                       search->forbidden.name, what, uid->text);
    return err_set(err, ERR_NOT_FOUND, "no %s of %s in %s%s%s", what, uid->text,
                   local ? quote_bare(slice_text(local)).text : "",
                   local && repository ? " or " : "",
                   repository ? quote_bare(slice_text(repository)).text
                              : (local ? "" : "any place: give --repository"));
}

static enum err_code search_local(const struct finder *finder, const struct uid *uid,
                                  struct search *search, bool *found, struct err *err)
{
    for (int which = 0; finder->local && which < 2 && !*found; which++) {
        layout_local_name(which, uid, search->origin.name);
        if (try_name(search, finder->local, found, err))
            return err->code;
    }
    search->origin.is_local = *found;
    return ERR_OK;
}

/* csp = CSP_NONE looks for the table, any other for its measurements. What was found already is not
 * looked for again. */
static enum err_code search_repository(const struct finder *finder, const struct uid *uid,
                                       enum csp csp, struct search *search, bool *found,
                                       struct err *err)
{
    for (int i = 0; finder->repository && i < LAYOUT_COUNT && !*found; i++) {
        enum layout layout = (enum layout)i;

        if (finder->layout >= 0 && finder->layout != i)
            continue;
        search->origin.layout = layout;
        if (csp == CSP_NONE)
            layout_table_name(layout, uid, search->origin.name);
        else
            layout_measurements_name(layout, uid, csp, search->origin.name);
        if (try_name(search, finder->repository, found, err))
            return err->code;
    }
    return ERR_OK;
}

/* What can only be said once the table is read: is it of this version, and could it be replayed? */
static enum err_code read_table(const struct search *search, const struct uid *uid,
                                struct found_table *found, struct err *err)
{
    if (table_parse(search->bytes, search->arena, &found->table, err))
        return err->code;
    if (table_check_uid(&found->table, uid, err))
        return err->code;
    if (search->must_be_signed && !found->table.has_uid)
        return err_set(err, ERR_POLICY,
                       "a signed table must carry ref, stream and version: without them its "
                       "signature would fit any version");
    return ERR_OK;
}

enum err_code find_table(const struct finder *finder, const struct uid *uid,
                         const struct keys *table_keys, struct arena *arena,
                         struct found_table *found, struct err *err)
{
    struct search search = {.max_bytes = TABLE_MAX_BYTES,
                            .must_be_signed = table_keys->count > 0,
                            .keys = table_keys,
                            .arena = arena};
    bool is_found = false;

    memset(found, 0, sizeof *found);
    if (table_keys->count == 0 && table_keys->threshold > 0)
        return err_set(err, ERR_NO_KEY, "a threshold is given, but no key of tables");
    if (search_local(finder, uid, &search, &is_found, err) ||
        search_repository(finder, uid, CSP_NONE, &search, &is_found, err))
        return err->code;
    if (!is_found)
        return not_found(finder, &search, "lookup table", uid, err);
    if (read_table(&search, uid, found, err)) {
        memset(found, 0, sizeof *found);
        return err_add(err, "%s/%s", quote_bare(slice_text(search.origin.source->base)).text,
                       search.origin.name);
    }
    found->bytes = search.bytes;
    found->origin = search.origin;
    found->verified = search.verified;
    return ERR_OK;
}

enum err_code find_measurements(const struct finder *finder, const struct uid *uid, enum csp csp,
                                const struct keys *keys, struct arena *arena,
                                struct verified *verified, struct origin *origin, struct err *err)
{
    struct finder remote = *finder;
    struct search search = {.max_bytes = MEASUREMENTS_MAX_BYTES,
                            .must_be_signed = true,
                            .keys = keys,
                            .arena = arena};
    bool is_found = false;
    char what[32];

    memset(verified, 0, sizeof *verified);
    memset(origin, 0, sizeof *origin);
    remote.local = NULL;
    if (keys->count == 0)
        return err_set(err, ERR_NO_KEY,
                       "no key to check measurements with: give --key FILE, or put keys into "
                       "the measurements folder of SEALIFT_KEYS");
    if (search_repository(finder, uid, csp, &search, &is_found, err))
        return err->code;
    snprintf(what, sizeof what, "%s measurements", csp_name(csp));
    if (!is_found)
        return not_found(&remote, &search, what, uid, err);
    *verified = search.verified;
    *origin = search.origin;
    return ERR_OK;
}
