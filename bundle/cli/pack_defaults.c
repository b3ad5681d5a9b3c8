#include "bundle/cli/pack_defaults.h"

#include <stdio.h>
#include <string.h>

#include "bundle/pack/pack_spec.h"
#include "resolver/base/quote.h"
#include "resolver/source/file.h"

struct filling {
    struct invocation *invocation;
    struct arena *arena;
    struct slice folder; /* of the file, with its slash; empty: the current one */
    struct err *err;     /* the first failure, which stops everything */
    enum err_code rc;
};

static const char *join(struct filling *filling, const char *first, const char *middle,
                        const char *second, const char *end, const char *last)
{
    size_t size = strlen(first) + strlen(middle) + strlen(second) + strlen(end) + strlen(last) + 1;
    char *out = filling->rc ? NULL : arena_alloc(filling->arena, size, filling->err);

    if (out)
        snprintf(out, size, "%s%s%s%s%s", first, middle, second, end, last);
    else if (!filling->rc)
        filling->rc = filling->err->code;
    return out ? out : "";
}

/* A path as it is meant: from the file's folder. */
static const char *path_of(struct filling *filling, const char *path)
{
    const char *folder;

    if (path[0] == '/' || strstr(path, "://") || filling->folder.len == 0)
        return path;
    folder = arena_copy(filling->arena, filling->folder, filling->err);
    if (!folder)
        filling->rc = filling->err->code;
    return folder ? join(filling, folder, path, "", "", "") : "";
}

static void fill_text(struct filling *filling, enum option option, const char *value)
{
    if (!value || filling->invocation->given[option])
        return;
    filling->invocation->given[option] = 1;
    filling->invocation->values[option] = value;
}

static void fill_flag(struct filling *filling, enum option option, bool value)
{
    if (value && !filling->invocation->given[option])
        filling->invocation->given[option] = 1;
}

/* Takes over a list whose texts are as the option wants them. */
static void fill_list(struct filling *filling, enum option option, const char *const *list,
                      size_t count)
{
    struct invocation *invocation = filling->invocation;

    if (count == 0 || invocation->given[option] || filling->rc)
        return;
    invocation->given[option] = count;
    invocation->values[option] = list[count - 1];
    invocation->repeated[option] = list;
}

static void fill_paths(struct filling *filling, enum option option, const char **list,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        list[i] = path_of(filling, list[i]);
    fill_list(filling, option, list, count);
}

static const char **new_list(struct filling *filling, size_t count)
{
    const char **list = arena_array(filling->arena, count, sizeof *list, filling->err);

    if (!list)
        filling->rc = filling->err->code;
    return list;
}

static void fill_measurements(struct filling *filling, const struct pack_spec *spec)
{
    const char **list = new_list(filling, spec->measurements_count);

    for (size_t i = 0; list && i < spec->measurements_count; i++)
        list[i] = join(filling, spec->measurements[i].csp, "=",
                       path_of(filling, spec->measurements[i].file), "", "");
    fill_list(filling, OPT_MEASUREMENTS, list, spec->measurements_count);
}

static void fill_images(struct filling *filling, const struct pack_spec *spec)
{
    const char **list = new_list(filling, spec->images_count);

    for (size_t i = 0; list && i < spec->images_count; i++) {
        const struct pack_spec_image *image = &spec->images[i];

        list[i] = join(filling, image->csp, image->variant ? "/" : "",
                       image->variant ? image->variant : "", "=", path_of(filling, image->file));
    }
    fill_list(filling, OPT_RAW_IMAGE, list, spec->images_count);
}

static void fill_extras(struct filling *filling, const struct pack_spec *spec)
{
    const char **list = new_list(filling, spec->extras_count);

    for (size_t i = 0; list && i < spec->extras_count; i++)
        list[i] = join(filling, spec->extras[i].path, "=", path_of(filling, spec->extras[i].file),
                       "", "");
    fill_list(filling, OPT_EXTRA, list, spec->extras_count);
}

static void fill_annotations(struct filling *filling, const struct pack_spec *spec)
{
    const char **list = new_list(filling, spec->annotations_count);

    for (size_t i = 0; list && i < spec->annotations_count; i++)
        list[i] =
            join(filling, spec->annotations[i].key, "=", spec->annotations[i].value, "", "");
    fill_list(filling, OPT_ANNOTATION, list, spec->annotations_count);
}

static void fill_uids(struct filling *filling, const struct pack_spec *spec)
{
    struct invocation *invocation = filling->invocation;

    for (size_t i = 0; i < spec->uids_count && (i > 0 || invocation->argument_count == 0); i++) {
        invocation->arguments[i] = spec->uids[i];
        invocation->argument_count = i + 1;
    }
}

static enum err_code fill(struct filling *filling, struct pack_spec *spec)
{
    fill_uids(filling, spec);
    fill_text(filling, OPT_BUNDLE, spec->output ? path_of(filling, spec->output) : NULL);
    fill_text(filling, OPT_REPOSITORY,
              spec->repository ? path_of(filling, spec->repository) : NULL);
    fill_text(filling, OPT_LAYOUT, spec->layout);
    fill_text(filling, OPT_THRESHOLD, spec->threshold);
    fill_text(filling, OPT_SPLIT, spec->split);
    fill_text(filling, OPT_LEVEL, spec->level);
    fill_text(filling, OPT_THREADS, spec->threads);
    fill_text(filling, OPT_BEST_BEFORE, spec->best_before);
    fill_flag(filling, OPT_NO_IMAGES, spec->no_images);
    fill_flag(filling, OPT_ALLOW_UNSIGNED, spec->allow_unsigned);
    fill_list(filling, OPT_CSPS, spec->csps, spec->csps_count);
    fill_paths(filling, OPT_TABLE, spec->tables, spec->tables_count);
    fill_paths(filling, OPT_SIGNATURE, spec->signatures, spec->signatures_count);
    fill_paths(filling, OPT_KEY, spec->keys, spec->keys_count);
    fill_paths(filling, OPT_TABLE_KEY, spec->table_keys, spec->table_keys_count);
    fill_paths(filling, OPT_SIGN_KEY, spec->sign_keys, spec->sign_keys_count);
    fill_measurements(filling, spec);
    fill_images(filling, spec);
    fill_extras(filling, spec);
    fill_annotations(filling, spec);
    return filling->rc;
}

enum err_code pack_defaults_read(struct invocation *invocation, struct arena *arena,
                                 struct err *err)
{
    const char *path = invocation->values[OPT_SPEC];
    struct filling filling = {.invocation = invocation, .arena = arena, .err = err};
    struct pack_spec spec;
    struct slice text;
    const char *slash;

    if (!path)
        return ERR_OK;
    if (file_read(path, PACK_SPEC_MAX_BYTES, arena, &text, err))
        return err->code;
    if (pack_spec_parse(text, arena, &spec, err))
        return err_add(err, "%s", quote_bare(slice_text(path)).text);
    slash = strrchr(path, '/');
    filling.folder = slice_of(path, slash ? (size_t)(slash - path) + 1 : 0);
    return fill(&filling, &spec);
}
