/* table unused DIR: images and references that no kept version needs. Changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/cli/table_file.h"
#include "bundle/cli/verbs.h"
#include "bundle/table/unused.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/source/folder.h"

#define DEPTH_MAX 16 /* folders in folders; names of a repository have ten */

/* An image or a table of the repository. */
struct found {
    struct found *next;
    const char *name;
    enum unused_kind kind;
    bool is_kept;
    uint64_t size;
    struct uid uid;
};

struct work {
    struct invocation *invocation;
    const char *folder;
    struct arena arena;
    struct found *list; /* sorted by name */
    struct uid keep[REPEATS_MAX];
    bool is_met[REPEATS_MAX]; /* a table of it is there */
    size_t keep_count;
    struct document_entry *kept, *others;
    size_t kept_count, other_count;
};

/* --- What there is ------------------------------------------------------------------------------ */

static bool keeps(struct work *work, const struct uid *uid, bool is_table)
{
    bool answer = false;

    for (size_t i = 0; i < work->keep_count; i++) {
        if (!uid_equal(&work->keep[i], uid))
            continue;
        work->is_met[i] = work->is_met[i] || is_table;
        answer = true;
    }
    return answer;
}

static enum err_code note(struct work *work, const char *name, const struct stat *status,
                          struct err *err)
{
    struct found **place = &work->list, *found;
    struct uid uid;
    enum unused_kind kind = unused_kind_of(name, &uid);

    if (kind == UNUSED_OTHER || !S_ISREG(status->st_mode))
        return ERR_OK;
    found = arena_alloc(&work->arena, sizeof *found, err);
    if (!found)
        return err->code;
    *found = (struct found){.kind = kind, .size = (uint64_t)status->st_size, .uid = uid};
    found->name = arena_copy(&work->arena, slice_text(name), err);
    if (!found->name)
        return err->code;
    found->is_kept = keeps(work, &uid, kind == UNUSED_TABLE);
    while (*place && strcmp((*place)->name, name) < 0)
        place = &(*place)->next;
    found->next = *place;
    *place = found;
    return ERR_OK;
}

static enum err_code walk(struct work *work, const char *below, int depth, struct err *err);

/* A resolver goes through it; what lies behind it could need an image that is listed here. */
static enum err_code refuse_link(const char *path, struct err *err)
{
    return err_set(err, ERR_POLICY,
                   "%s: is a symbolic link: what lies behind it is not looked at, so nothing here can "
                   "be called unused",
                   quote_bare(slice_text(path)).text);
}

static enum err_code visit(struct work *work, const char *below, const char *entry, int depth,
                           struct err *err)
{
    char name[PATH_MAX], path[PATH_MAX];
    struct stat status;

    if (snprintf(name, sizeof name, "%s%s%s", below, below[0] ? "/" : "", entry) >=
            (int)sizeof name ||
        snprintf(path, sizeof path, "%s/%s", work->folder, name) >= (int)sizeof path)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(entry)).text,
                       strerror(ENAMETOOLONG));
    if (lstat(path, &status))
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    if (S_ISLNK(status.st_mode))
        return unused_may_lead_to(name) ? refuse_link(path, err) : ERR_OK;
    if (S_ISDIR(status.st_mode) && depth == DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "%s: a folder more than %d deep is not looked into",
                       quote_bare(slice_text(path)).text, DEPTH_MAX);
    if (S_ISDIR(status.st_mode))
        return walk(work, name, depth + 1, err);
    return note(work, name, &status, err);
}

struct level {
    struct work *work;
    const char *below;
    int depth;
    bool has_failed; /* at an entry, which err names */
};

static enum err_code visit_entry(void *ctx, const char *name, struct err *err)
{
    struct level *level = ctx;

    if (name[0] == '.')
        return ERR_OK;
    level->has_failed = visit(level->work, level->below, name, level->depth, err) != ERR_OK;
    return level->has_failed ? err->code : ERR_OK;
}

static enum err_code walk(struct work *work, const char *below, int depth, struct err *err)
{
    struct level level = {.work = work, .below = below, .depth = depth};
    char path[PATH_MAX];
    enum err_code rc;
    int folder;

    snprintf(path, sizeof path, "%s/%s", work->folder, below);
    folder = folder_open(path);
    if (folder < 0)
        return err_set(err, ERR_IO, "%s: %s", quote_bare(slice_text(path)).text, strerror(errno));
    rc = folder_visit(folder, visit_entry, &level, err);
    close(folder);
    if (rc == ERR_OK || level.has_failed)
        return rc;
    return err_add(err, "%s", quote_bare(slice_text(path)).text);
}

static enum err_code add_entries(struct work *work, const struct table_document *document,
                                 bool is_kept, struct err *err)
{
    struct document_entry **list = is_kept ? &work->kept : &work->others;
    size_t *count = is_kept ? &work->kept_count : &work->other_count;
    struct document_entry *joined =
        arena_array(&work->arena, *count + document->count, sizeof *joined, err);

    if (!joined)
        return err->code;
    if (*count > 0)
        memcpy(joined, *list, *count * sizeof *joined);
    if (document->count > 0)
        memcpy(joined + *count, document->entries, document->count * sizeof *joined);
    *list = joined;
    *count = unused_sort(joined, *count + document->count);
    return ERR_OK;
}

/* A table that cannot be read could be one that needs everything. */
static enum err_code read_tables(struct work *work, struct err *err)
{
    struct table_file file;
    char path[PATH_MAX];

    for (const struct found *found = work->list; found; found = found->next) {
        if (found->kind != UNUSED_TABLE)
            continue;
        snprintf(path, sizeof path, "%s/%s", work->folder, found->name);
        if (table_file_read(path, &work->arena, &file, err) != ERR_OK ||
            add_entries(work, &file.document, found->is_kept, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

static enum err_code read_keep(struct work *work, struct err *err)
{
    const struct invocation *invocation = work->invocation;

    work->folder = invocation->arguments[0];
    work->keep_count = invocation->given[OPT_KEEP];
    if (work->keep_count == 0)
        return err_set(err, ERR_USAGE, "no version to keep: give --keep UID, once for each");
    for (size_t i = 0; i < work->keep_count; i++) {
        if (uid_parse(slice_text(invocation->repeated[OPT_KEEP][i]), &work->keep[i], err) != ERR_OK)
            return err_add(err, "--keep");
    }
    return ERR_OK;
}

static enum err_code look(struct work *work, struct err *err)
{
    if (read_keep(work, err) != ERR_OK || walk(work, "", 0, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < work->keep_count; i++) {
        if (!work->is_met[i])
            return err_set(err, ERR_NOT_FOUND, "--keep %s: %s has no table of it",
                           work->keep[i].text, quote_bare(slice_text(work->folder)).text);
    }
    return read_tables(work, err);
}

/* --- Answers ------------------------------------------------------------------------------------ */

static bool is_unused(const struct work *work, const struct found *found)
{
    return found->kind == UNUSED_IMAGE && !found->is_kept &&
           !unused_is_referred_to(work->kept, work->kept_count, found->name);
}

static bool is_other(const struct work *work, size_t at)
{
    return !unused_has_reference(work->kept, work->kept_count, &work->others[at]);
}

static void print_lines(const struct work *work, struct buf *out)
{
    for (const struct found *found = work->list; found; found = found->next) {
        if (is_unused(work, found))
            buf_add_format(out, "image %" PRIu64 " %s\n", found->size,
                           quote_bare(slice_text(found->name)).text);
    }
    for (size_t i = 0; i < work->other_count; i++) {
        if (!is_other(work, i))
            continue;
        buf_add_format(out, "reference %s ", csp_name(work->others[i].csp));
        buf_add(out, work->others[i].reference);
        buf_add_byte(out, '\n');
    }
}

static void print_json(const struct work *work, struct buf *out)
{
    struct json_writer json = json_writer_to(out, 0);

    json_begin_map(&json);
    json_key(&json, "images");
    json_begin_list(&json);
    for (const struct found *found = work->list; found; found = found->next) {
        if (!is_unused(work, found))
            continue;
        json_begin_map(&json);
        json_member(&json, "path", found->name);
        json_member(&json, "uid", found->uid.text);
        json_key(&json, "sizeBytes");
        json_number(&json, found->size);
        json_end_map(&json);
    }
    json_end_list(&json);
    json_key(&json, "references");
    json_begin_list(&json);
    for (size_t i = 0; i < work->other_count; i++) {
        if (!is_other(work, i))
            continue;
        json_begin_map(&json);
        json_member(&json, "csp", csp_name(work->others[i].csp));
        json_member_or_null(&json, "region", work->others[i].region);
        json_member_slice(&json, "reference", work->others[i].reference);
        json_end_map(&json);
    }
    json_end_list(&json);
    json_end_map(&json);
    buf_add_byte(out, '\n');
}

static enum err_code run(struct invocation *invocation, struct err *err)
{
    struct work work = {.invocation = invocation};
    enum err_code rc;

    arena_init_heap(&work.arena, TABLE_FILE_MEMORY_MAX);
    rc = look(&work, err);
    if (rc == ERR_OK && invocation->given[OPT_JSON])
        print_json(&work, invocation->out);
    else if (rc == ERR_OK)
        print_lines(&work, invocation->out);
    arena_clear(&work.arena);
    return rc;
}

static const enum option options[] = {OPT_KEEP, OPTION_COUNT};

const struct verb verb_table_unused = {
    .name = "table unused",
    .arguments = "DIR",
    .summary = "Lists images and references of a repository that no kept version needs",
    .details =
        "A line \"image BYTES NAME\" or \"reference CSP REFERENCE\" each. An image stays when it is of a\n"
        "kept version, or a URL in a kept table ends with its name. Nothing is changed. Every kept\n"
        "version must have a table there, and every table must be readable; a repository with symbolic\n"
        "links among its tables and images, or with folders more than 16 deep, is refused.\n",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .run = run,
};
