#include "bundle/cli/pack_options.h"

#include <stdlib.h>
#include <string.h>

#include "bundle/archive/bundle_part.h"
#include "bundle/archive/timestamp.h"
#include "resolver/base/quote.h"

static enum err_code read_uids(const struct invocation *invocation, struct arena *arena,
                               struct pack_options *options, struct err *err)
{
    options->uids = arena_array(arena, invocation->argument_count, sizeof *options->uids, err);
    if (!options->uids)
        return err->code;
    for (size_t i = 0; i < invocation->argument_count; i++) {
        struct uid *uid = &options->uids[options->uid_count];
        bool is_known = false;

        if (uid_parse(slice_text(invocation->arguments[i]), uid, err))
            return err->code;
        for (size_t k = 0; k < options->uid_count; k++)
            is_known |= uid_equal(uid, &options->uids[k]);
        options->uid_count += !is_known;
    }
    if (options->uid_count > MANIFEST_UIDS_MAX)
        return err_set(err, ERR_USAGE, "%zu versions, at most %d fit into a bundle",
                       options->uid_count, MANIFEST_UIDS_MAX);
    return ERR_OK;
}

static enum err_code read_csps(const struct invocation *invocation, struct pack_csps *csps,
                               struct err *err)
{
    csps->are_named = invocation->given[OPT_CSPS] > 0;
    for (int csp = CSP_AWS; csp < CSP_COUNT; csp++)
        csps->wants[csp] = !csps->are_named;
    for (size_t i = 0; i < invocation->given[OPT_CSPS]; i++) {
        struct slice name = slice_text(invocation->repeated[OPT_CSPS][i]);
        enum csp csp = csp_parse(name);

        if (csp == CSP_NONE)
            return err_set(err, ERR_USAGE, "--csp %s: want one of: %s", quote(name).text,
                           csp_names());
        csps->wants[csp] = true;
    }
    return ERR_OK;
}

static enum err_code read_images(const struct invocation *invocation, struct arena *arena,
                                 struct pack_options *options, struct err *err)
{
    options->image_count = invocation->given[OPT_RAW_IMAGE];
    options->images = arena_array(arena, options->image_count, sizeof *options->images, err);
    if (!options->images)
        return err->code;
    if (options->image_count && invocation->given[OPT_NO_IMAGES])
        return err_set(err, ERR_USAGE, "--image and --no-images exclude each other");
    for (size_t i = 0; i < options->image_count; i++) {
        if (pack_image_file_parse(invocation->repeated[OPT_RAW_IMAGE][i], &options->images[i],
                                  err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code read_extras(const struct invocation *invocation, struct arena *arena,
                                 struct pack_options *options, struct err *err)
{
    options->extra_count = invocation->given[OPT_EXTRA];
    options->extras = arena_array(arena, options->extra_count, sizeof *options->extras, err);
    if (!options->extras)
        return err->code;
    for (size_t i = 0; i < options->extra_count; i++) {
        if (pack_extra_read(invocation->repeated[OPT_EXTRA][i], arena, &options->extras[i], err))
            return err->code;
    }
    return ERR_OK;
}

/* A decimal number from least to most; -1 for anything else. */
static int64_t read_decimal(const char *text, int64_t least, int64_t most)
{
    int64_t value = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > (most - (*text - '0')) / 10)
            return -1;
        value = 10 * value + (*text - '0');
    }
    return value >= least ? value : -1;
}

static enum err_code read_number(const char *name, const char *text, int least, int most,
                                 int64_t *out, struct err *err)
{
    *out = text ? read_decimal(text, least, most) : 0;
    if (*out >= 0)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s %s: want a number from %d to %d", name,
                   quote(slice_text(text)).text, least, most);
}

static enum err_code read_numbers(const struct invocation *invocation,
                                  struct pack_options *options, struct err *err)
{
    const char *split = invocation->values[OPT_SPLIT];
    int64_t level, threads;

    if (read_number("--level", invocation->values[OPT_LEVEL], 1, FRAMES_LEVEL_MAX, &level, err) ||
        read_number("--threads", invocation->values[OPT_THREADS], 1, PACK_THREADS_MAX, &threads,
                    err))
        return err->code;
    options->level = (int)level;
    options->threads = (unsigned)threads;
    if (split && bundle_part_size_parse(slice_text(split), &options->body_size, err))
        return err_add(err, "--split");
    return ERR_OK;
}

/* The end of a day, or a time. */
static enum err_code read_date(const char *text, int64_t *seconds, struct err *err)
{
    char whole[TIMESTAMP_SIZE];
    struct slice date = slice_text(text);

    if (date.len == 10) {
        memcpy(whole, text, 10);
        memcpy(whole + 10, "T23:59:59Z", sizeof "T23:59:59Z");
        date = slice_text(whole);
    }
    if (timestamp_parse(date, seconds, err) == ERR_OK)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "--best-before %s: want 2026-12-31 or 2026-12-31T23:59:59Z",
                   quote(slice_text(text)).text);
}

static enum err_code read_times(const struct invocation *invocation, int64_t now,
                                const char *source_date_epoch, struct pack_options *options,
                                struct err *err)
{
    const char *best_before = invocation->values[OPT_BEST_BEFORE];

    options->is_created_now = !source_date_epoch || !*source_date_epoch;
    options->created = options->is_created_now
                           ? (now < 0 ? 0 : now)
                           : read_decimal(source_date_epoch, 0, TIMESTAMP_MAX);
    if (options->created < 0 || options->created > TIMESTAMP_MAX)
        return err_set(err, ERR_USAGE, "SOURCE_DATE_EPOCH %s: want seconds since 1970",
                       quote(slice_text(source_date_epoch)).text);
    options->best_before = MANIFEST_TIME_NONE;
    if (!best_before)
        return ERR_OK;
    if (read_date(best_before, &options->best_before, err))
        return err->code;
    if (options->best_before <= options->created)
        return err_set(err, ERR_USAGE, "--best-before %s: the bundle would have expired already",
                       quote_bare(slice_text(best_before)).text);
    return ERR_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct annotation *x = a, *y = b;

    return slice_compare(x->key, y->key);
}

static enum err_code read_annotations(const struct invocation *invocation, struct arena *arena,
                                      struct annotations *annotations, struct err *err)
{
    annotations->count = invocation->given[OPT_ANNOTATION];
    annotations->list = arena_array(arena, annotations->count, sizeof *annotations->list, err);
    if (!annotations->list)
        return err->code;
    for (size_t i = 0; i < annotations->count; i++) {
        struct slice value = slice_text(invocation->repeated[OPT_ANNOTATION][i]);
        struct slice key = slice_cut(&value, '=');

        if (!value.ptr || key.len == 0)
            return err_set(err, ERR_USAGE, "--annotation %s: want KEY=VALUE",
                           quote(slice_text(invocation->repeated[OPT_ANNOTATION][i])).text);
        if (slice_begins(key, "vnd.sealift."))
            return err_set(err, ERR_USAGE, "--annotation: %s: keys of vnd.sealift are not for users",
                           quote_bare(key).text);
        annotations->list[i] = (struct annotation){key, value};
    }
    if (annotations->count > 1)
        qsort(annotations->list, annotations->count, sizeof *annotations->list, by_key);
    for (size_t i = 1; i < annotations->count; i++) {
        if (slice_equal(annotations->list[i - 1].key, annotations->list[i].key))
            return err_set(err, ERR_USAGE, "--annotation: the key %s is given twice",
                           quote(annotations->list[i].key).text);
    }
    return ERR_OK;
}

enum err_code pack_options_read(const struct invocation *invocation, int64_t now,
                                const char *source_date_epoch, struct arena *arena,
                                struct pack_options *options, struct err *err)
{
    memset(options, 0, sizeof *options);
    options->output = invocation->values[OPT_BUNDLE];
    options->has_documents =
        invocation->given[OPT_TABLE] > 0 || invocation->given[OPT_MEASUREMENTS] > 0;
    if (!options->output)
        return err_set(err, ERR_USAGE, "where to write the bundle is missing: give --output FILE");
    if (read_uids(invocation, arena, options, err) ||
        read_csps(invocation, &options->csps, err) ||
        read_images(invocation, arena, options, err) ||
        read_extras(invocation, arena, options, err) || read_numbers(invocation, options, err) ||
        read_times(invocation, now, source_date_epoch, options, err))
        return err->code;
    return read_annotations(invocation, arena, &options->annotations, err);
}
