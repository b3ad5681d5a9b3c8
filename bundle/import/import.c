#include "bundle/import/import.h"

#include <string.h>

#include "bundle/import/best_before.h"
#include "bundle/import/import_work.h"
#include "resolver/base/heap.h"

#define FLOOR_NAME REPOSITORY_HIDDEN "/floor.json"

enum err_code import_decide(struct import_work *work, const struct err *why, struct err *err)
{
    const struct import_listener *listener = &work->settings->listener;
    struct import_result *result = work->result;
    const char *text = arena_copy(work->arena, slice_text(why->msg), err);

    if (!text)
        return err->code;
    if (result->decision_count == IMPORT_DECISIONS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d exceptions from rules", IMPORT_DECISIONS_MAX);
    result->decisions[result->decision_count++] = text;
    listener->warn(listener->ctx, text);
    return ERR_OK;
}

static enum err_code read_floor(struct import_work *work, struct err *err)
{
    struct repository_file file;

    if (repository_read(work->repository, FLOOR_NAME, FLOOR_FILE_MAX, work->arena, &file, err) !=
        ERR_OK)
        return err->code;
    if (file.is_there && floor_parse(file.bytes, work->arena, &work->floor, err) != ERR_OK)
        return repository_name(work->repository, FLOOR_NAME, err);
    return ERR_OK;
}

static enum err_code check_policy(struct import_work *work, const struct manifest *manifest,
                                  struct err *err)
{
    const struct import_settings *settings = work->settings;
    struct err why;

    if (best_before_check(manifest, settings->now, &why) != ERR_OK) {
        if (!settings->takes_expired)
            return err_set(err, why.code, "%s; --expired=warn takes it nevertheless", why.msg);
        if (import_decide(work, &why, err) != ERR_OK)
            return err->code;
    }
    if (floor_check(&work->floor, &manifest->uid, &why) != ERR_OK) {
        if (!settings->allow_rollback)
            return err_set(err, why.code, "%s; --allow-rollback takes it nevertheless", why.msg);
        return import_decide(work, &why, err);
    }
    return ERR_OK;
}

static enum err_code check_policies(struct import_work *work, struct err *err)
{
    const struct bundle *bundle = work->settings->trusted->bundle;
    struct err why;

    if (read_floor(work, err) != ERR_OK)
        return err->code;
    for (size_t i = 0; i < bundle->count; i++) {
        if (check_policy(work, &bundle->manifests[i].manifest, err) != ERR_OK)
            return err->code;
    }
    if (!bundle->missing)
        return ERR_OK;
    err_set(&why, ERR_POLICY, "the bundle was packed with %s, too, and that is not here",
            bundle->missing->text);
    return import_decide(work, &why, err);
}

static enum err_code plan(struct import_work *work, struct err *err)
{
    if (check_policies(work, err) != ERR_OK || import_ages(work, err) != ERR_OK ||
        import_files(work, err) != ERR_OK ||
        import_tables(work, err) != ERR_OK)
        return err->code;
    return import_records(work, err);
}

static enum err_code fill(struct import_work *work, struct err *err)
{
    if (import_space(work, err) != ERR_OK || staging_make(&work->staging, err) != ERR_OK)
        return err->code;
    if (import_stage(work, err) != ERR_OK)
        return err->code;
    return import_binding(work, err);
}

/* Before anything is moved a failure takes away what was staged. After that it stays, so that the next
 * run knows that this one was not completed. */
static enum err_code carry_out(struct import_work *work, struct err *err)
{
    struct err ignored;

    if (fill(work, err) != ERR_OK) {
        if (staging_remove(&work->staging, &ignored) != ERR_OK)
            return err->code; /* the next import removes it */
        return err->code;
    }
    if (import_move(work, err) != ERR_OK)
        return err_add(err, "while files were moved into place (run the same import again)");
    return staging_remove(&work->staging, err);
}

static enum err_code run(struct import_work *work, struct err *err)
{
    struct import_result *result = work->result;
    enum err_code rc;

    if (staging_init(&work->staging, work->repository, work->settings->digest,
                     &result->was_interrupted, err) != ERR_OK)
        return err->code;
    rc = plan(work, err);
    result->has_changed =
        rc == ERR_OK && (placement_any_change(&result->placements) || result->was_interrupted);
    if (result->has_changed)
        rc = carry_out(work, err);
    staging_close(&work->staging);
    return rc;
}

enum err_code import_run(const struct import_settings *settings,
                         const struct repository *repository, struct arena *arena,
                         struct import_result *result, struct err *err)
{
    struct import_work work = {
        .settings = settings, .repository = repository, .arena = arena, .result = result};

    memset(result, 0, sizeof *result);
    if (run(&work, err) != ERR_OK) {
        memset(result, 0, sizeof *result);
        return err->code;
    }
    return ERR_OK;
}
