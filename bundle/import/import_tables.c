#include <stdio.h>
#include <string.h>

#include "bundle/import/table_signatures.h"
#include "resolver/base/heap.h"

#define SCRATCH_MAX ((size_t)768 << 20) /* to read three tables of TABLE_MAX_BYTES */

/* What is to be done about the table, from what the repository has. */
static enum err_code decide(struct import_work *work, struct table_work *table,
                            struct arena *scratch, struct err *err)
{
    struct import_table_question question = {
        .manifest = &table->carried->manifest->manifest,
        .carried = table->carried->bytes,
        .base_url = work->settings->base_url,
        .replace = work->settings->replace,
    };
    struct repository_file present, upstream;

    if (repository_read(work->repository, table->name, TABLE_MAX_BYTES, scratch, &present, err) !=
            ERR_OK ||
        repository_read(work->repository, table->upstream, TABLE_MAX_BYTES, scratch, &upstream,
                        err) != ERR_OK)
        return err->code;
    table->is_there = question.is_there = present.is_there;
    question.present = present.bytes;
    question.has_upstream = present.is_there && upstream.is_there;
    question.upstream = upstream.bytes;
    if (import_table(&question, scratch, &table->table, err) != ERR_OK)
        return repository_name(work->repository, table->name, err);
    if (table->is_there && table->table.is_new &&
        import_check_age(work, table->carried->manifest, err) != ERR_OK)
        return repository_name(work->repository, table->name, err);
    return ERR_OK;
}

static enum err_code put_upstream(struct import_work *work, const struct table_work *table,
                                  struct err *err)
{
    struct placement *placement =
        placement_add_bytes(&work->result->placements, PLACE_UPSTREAM, table->upstream,
                             table->carried->bytes, work->arena, err);
    bool differs;

    if (!placement)
        return err->code;
    return import_compare(work, placement, true, &differs, err);
}

static enum err_code put_table(struct import_work *work, const struct table_work *table,
                               struct err *err)
{
    struct placement *placement =
        placement_add_bytes(&work->result->placements, PLACE_TABLE, table->name,
                             table->table.bytes, work->arena, err);

    if (!placement)
        return err->code;
    if (table->table.is_new)
        placement->action = table->is_there ? PLACEMENT_REPLACE : PLACEMENT_ADD;
    if (table->table.needs_upstream && put_upstream(work, table, err) != ERR_OK)
        return err->code;
    return table_signatures(work, table, err);
}

static enum err_code import_one(struct import_work *work, const struct carried *carried,
                                struct arena *scratch, struct err *err)
{
    struct slice title = carried->layer->title;
    struct table_work table = {.carried = carried};
    char upstream[TABLE_NAME_MAX];

    snprintf(upstream, sizeof upstream, "%.*s" UPSTREAM_SUFFIX, (int)title.len, title.ptr);
    table.upstream = upstream;
    table.name = arena_copy(work->arena, title, err);
    if (!table.name || decide(work, &table, scratch, err) != ERR_OK)
        return err->code;
    return put_table(work, &table, err);
}

enum err_code import_tables(struct import_work *work, struct err *err)
{
    const struct contents *contents = work->settings->contents;
    struct arena scratch;
    enum err_code rc = ERR_OK;

    arena_init_heap(&scratch, SCRATCH_MAX);
    for (size_t i = 0; i < contents->count && rc == ERR_OK; i++) {
        if (contents->list[i].layer->kind != LAYER_TABLE)
            continue;
        rc = import_one(work, &contents->list[i], &scratch, err);
        arena_clear(&scratch);
    }
    arena_clear(&scratch);
    return rc;
}
