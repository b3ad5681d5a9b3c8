#include <stdio.h>
#include <string.h>

#include "bundle/archive/timestamp.h"
#include "bundle/import/import_work.h"
#include "bundle/import/receipt.h"
#include "bundle/import/receipt_read.h"
#include "resolver/base/heap.h"

#define FOLDER REPOSITORY_HIDDEN "/receipts/"
#define NAME_SIZE (2 * SHA256_SIZE + sizeof ".json") /* of a receipt, with its NUL */
#define SCRATCH_MAX ((size_t)512 << 20)

struct looking {
    struct import_work *work;
    const struct uid **uids;
    struct arena scratch;
};

static bool is_receipt(const char *entry)
{
    return strlen(entry) == NAME_SIZE - 1 &&
           strspn(entry, "0123456789abcdef") == 2 * SHA256_SIZE &&
           strcmp(entry + 2 * SHA256_SIZE, ".json") == 0;
}

static enum err_code visit(void *ctx, const char *entry, struct err *err)
{
    struct looking *looking = ctx;
    struct import_work *work = looking->work;
    struct repository_file file;
    char name[sizeof FOLDER + NAME_SIZE];
    enum err_code rc;

    if (!is_receipt(entry))
        return ERR_OK;
    snprintf(name, sizeof name, FOLDER "%s", entry);
    rc = repository_read(work->repository, name, RECEIPT_MAX, &looking->scratch, &file, err);
    if (rc == ERR_OK && file.is_there &&
        receipt_read(file.bytes, looking->uids, work->settings->trusted->bundle->count,
                     &looking->scratch, work->latest, err) != ERR_OK)
        rc = err_add(err, "%s", entry);
    arena_clear(&looking->scratch);
    return rc;
}

enum err_code import_ages(struct import_work *work, struct err *err)
{
    const struct bundle *bundle = work->settings->trusted->bundle;
    struct looking looking = {.work = work};
    enum err_code rc;

    work->latest = arena_array(work->arena, bundle->count, sizeof *work->latest, err);
    looking.uids = arena_array(work->arena, bundle->count, sizeof *looking.uids, err);
    if (!work->latest || !looking.uids)
        return err->code;
    for (size_t i = 0; i < bundle->count; i++) {
        work->latest[i] = MANIFEST_TIME_NONE;
        looking.uids[i] = &bundle->manifests[i].manifest.uid;
    }
    arena_init_heap(&looking.scratch, SCRATCH_MAX);
    rc = repository_siblings(work->repository, FOLDER, visit, &looking, err);
    arena_clear(&looking.scratch);
    return rc;
}

enum err_code import_check_age(struct import_work *work, const struct signed_manifest *manifest,
                               struct err *err)
{
    size_t number = (size_t)(manifest - work->settings->trusted->bundle->manifests);
    int64_t created = manifest->manifest.created, latest = work->latest[number];
    char made[TIMESTAMP_SIZE], before[TIMESTAMP_SIZE];
    struct err why;

    if (latest == MANIFEST_TIME_NONE || created >= latest)
        return ERR_OK;
    timestamp_format(created == MANIFEST_TIME_NONE ? 0 : created, made);
    timestamp_format(latest, before);
    err_set(&why, ERR_POLICY, "the bundle was made %s%s, and one of %s that was imported before was made at %s: "
            "it would take back what that one changed",
            created == MANIFEST_TIME_NONE ? "nobody knows when" : "at ",
            created == MANIFEST_TIME_NONE ? "" : made, manifest->manifest.uid.text, before);
    if (work->settings->allow_rollback)
        return import_decide(work, &why, err);
    return err_set(err, why.code, "%s; --allow-rollback takes it nevertheless", why.msg);
}
