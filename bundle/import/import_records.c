#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/import/import_work.h"
#include "bundle/import/receipt.h"
#include "bundle/table/version_list.h"
#include "resolver/base/heap.h"
#include "resolver/base/hex.h"
#include "resolver/core/versions.h"
#include "resolver/source/source_dir.h"

#define FLOOR_NAME REPOSITORY_HIDDEN "/floor.json"

/* Adds a file that this program alone writes: it may always be replaced. */
static enum err_code put(struct import_work *work, enum placement_kind kind, const char *name,
                         struct slice bytes, struct err *err)
{
    struct placement *placement = placement_add_bytes(&work->result->placements, kind, name, bytes,
                                                       work->arena, err);
    bool differs;

    if (!placement)
        return err->code;
    return import_compare(work, placement, true, &differs, err);
}

/* --- Version lists ------------------------------------------------------------------------------ */

static bool is_same_stream(const struct uid *a, const struct uid *b)
{
    return strcmp(a->ref, b->ref) == 0 && strcmp(a->stream, b->stream) == 0;
}

static int compare_uids(const void *a, const void *b)
{
    return uid_compare(a, b);
}

/* What the repository offers already, of the ref and stream of uid. */
static enum err_code list_present(struct import_work *work, const struct uid *uid,
                                  struct arena *scratch, struct versions *versions,
                                  struct err *err)
{
    struct source_dir directory;
    enum err_code rc;

    source_dir_init(&directory, work->repository->path);
    directory.fd = openat(work->repository->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = versions_list(&directory.source, -1, slice_text(uid->ref), slice_text(uid->stream),
                       scratch, versions, err);
    source_dir_close(&directory);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}

/* Those and the bundle's, in order and each once. */
static enum err_code list_all(struct import_work *work, const struct uid *uid,
                              struct arena *scratch, struct versions *all, struct err *err)
{
    const struct bundle *bundle = work->settings->trusted->bundle;
    struct versions present;
    size_t kept = 0;

    memset(all, 0, sizeof *all);
    if (list_present(work, uid, scratch, &present, err) != ERR_OK)
        return err->code;
    all->list = arena_array(scratch, present.count + bundle->count, sizeof *all->list, err);
    if (!all->list)
        return err->code;
    all->count = present.count;
    if (present.count)
        memcpy(all->list, present.list, present.count * sizeof *all->list);
    for (size_t i = 0; i < bundle->count; i++) {
        if (is_same_stream(&bundle->manifests[i].manifest.uid, uid))
            all->list[all->count++] = bundle->manifests[i].manifest.uid;
    }
    qsort(all->list, all->count, sizeof *all->list, compare_uids);
    for (size_t i = 0; i < all->count; i++) {
        if (kept == 0 || !uid_equal(&all->list[kept - 1], &all->list[i]))
            all->list[kept++] = all->list[i];
    }
    all->count = kept;
    return ERR_OK;
}

static enum err_code put_list(struct import_work *work, enum version_list_kind kind,
                              const struct uid *uids, size_t count, struct arena *scratch,
                              struct err *err)
{
    char name[LAYOUT_NAME_MAX];
    struct buf text;
    enum err_code rc;

    version_list_name(kind, uids, name);
    buf_init_heap(&text, VERSION_LIST_MAX_BYTES);
    rc = version_list_make(kind, uids, count, scratch, &text, err);
    if (rc == ERR_OK)
        rc = put(work, PLACE_LIST, name, buf_slice(&text), err);
    buf_clear(&text);
    return rc;
}

/* All lists of one kind: versions that belong together stand together. */
static enum err_code put_kind(struct import_work *work, enum version_list_kind kind,
                              const struct versions *all, struct arena *scratch, struct err *err)
{
    for (size_t at = 0, count; at < all->count; at += count) {
        count = version_list_together(kind, &all->list[at], all->count - at);
        if (put_list(work, kind, &all->list[at], count, scratch, err) != ERR_OK)
            return err->code;
    }
    return ERR_OK;
}

/* The latest comes last: what it names is in the others then. */
static enum err_code put_lists(struct import_work *work, const struct uid *uid,
                               struct arena *scratch, struct err *err)
{
    struct versions all;

    if (list_all(work, uid, scratch, &all, err) != ERR_OK ||
        put_kind(work, VERSION_LIST_MAJOR, &all, scratch, err) != ERR_OK ||
        put_kind(work, VERSION_LIST_MINOR, &all, scratch, err) != ERR_OK)
        return err->code;
    return put_kind(work, VERSION_LIST_LATEST, &all, scratch, err);
}

/* The manifests stand in the order of their uids, so those of one stream together. */
static enum err_code put_all_lists(struct import_work *work, struct err *err)
{
    const struct bundle *bundle = work->settings->trusted->bundle;
    struct arena scratch;
    enum err_code rc = ERR_OK;

    arena_init_heap(&scratch, (size_t)256 << 20);
    for (size_t i = 0; i < bundle->count && rc == ERR_OK; i++) {
        const struct uid *uid = &bundle->manifests[i].manifest.uid;

        if (i > 0 && is_same_stream(uid, &bundle->manifests[i - 1].manifest.uid))
            continue;
        rc = put_lists(work, uid, &scratch, err);
        arena_clear(&scratch);
    }
    arena_clear(&scratch);
    return rc;
}

/* --- Floor and receipt -------------------------------------------------------------------------- */

static enum err_code put_text(struct import_work *work, enum placement_kind kind, const char *name,
                              struct buf *text, struct err *err)
{
    if (buf_done(text, err) != ERR_OK)
        return err->code;
    return put(work, kind, name, buf_slice(text), err);
}

static enum err_code put_floor(struct import_work *work, struct err *err)
{
    const struct bundle *bundle = work->settings->trusted->bundle;
    const struct uid **uids = arena_array(work->arena, bundle->count, sizeof *uids, err);
    struct floor raised;
    struct buf text;
    bool has_changed;
    enum err_code rc;

    if (!uids)
        return err->code;
    for (size_t i = 0; i < bundle->count; i++)
        uids[i] = &bundle->manifests[i].manifest.uid;
    if (floor_raise(&work->floor, uids, bundle->count, work->arena, &raised, &has_changed, err) !=
        ERR_OK)
        return err->code;
    if (!has_changed)
        return ERR_OK;
    buf_init_heap(&text, FLOOR_FILE_MAX);
    floor_write(&raised, &text);
    rc = put_text(work, PLACE_FLOOR, FLOOR_NAME, &text, err);
    buf_clear(&text);
    return rc;
}

/* A receipt tells of the run that changed something; one that is there stays otherwise. */
static enum err_code put_receipt(struct import_work *work, struct err *err)
{
    char hex[2 * SHA256_SIZE + 1], name[sizeof hex + 64];
    struct import_result *result = work->result;
    struct repository_file file;
    struct buf text;
    enum err_code rc;

    hex_encode(work->settings->digest, SHA256_SIZE, hex);
    snprintf(name, sizeof name, REPOSITORY_HIDDEN "/receipts/%s.json", hex);
    if (repository_digest(work->repository, name, UINT64_MAX, &file, err) != ERR_OK)
        return err->code;
    if (file.is_there && !result->was_interrupted && !placement_any_change(&result->placements))
        return ERR_OK;
    buf_init_heap(&text, RECEIPT_MAX);
    receipt_write(work->settings, result, &text);
    rc = put_text(work, PLACE_RECEIPT, name, &text, err);
    buf_clear(&text);
    return rc;
}

enum err_code import_records(struct import_work *work, struct err *err)
{
    if (put_all_lists(work, err) != ERR_OK || put_floor(work, err) != ERR_OK)
        return err->code;
    placement_order(&work->result->placements);
    return put_receipt(work, err);
}
