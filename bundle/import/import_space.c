#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bundle/archive/frame.h"
#include "bundle/import/import_work.h"
#include "resolver/base/heap.h"
#include "resolver/base/quote.h"
#include "resolver/base/zeros.h"

#define BLOCK 4096
#define OVERHEAD ((uint64_t)1 << 20) /* bytes for folders, lists and the receipt */
#define ZERO_FRAME_MAX 256           /* stored bytes of a frame that may be all zeros */
#define MIB ((uint64_t)1 << 20)

/* What is needed to tell frames of zeros, which become holes. Nothing here is trusted: the digests are
 * checked when the bytes are used. */
struct counting {
    const struct image *blob;
    const struct frames_facts *facts;
    struct seek_table table;
    struct ZSTD_DCtx_s *context;
    uint8_t *raw;
    uint8_t stored[ZERO_FRAME_MAX], zeros[ZERO_FRAME_MAX]; /* zeros: the last such frame */
    size_t zeros_len;
};

static enum err_code is_hole(struct counting *counting, uint64_t at, uint32_t number, bool *hole,
                             struct err *err)
{
    uint32_t len = seek_stored_size(&counting->table, number);
    uint32_t raw_len = seek_raw_size(&counting->table, number);

    *hole = false;
    if (len > ZERO_FRAME_MAX)
        return ERR_OK;
    if (image_read(counting->blob, at, counting->stored, len, err) != ERR_OK)
        return err->code;
    *hole = len == counting->zeros_len && memcmp(counting->stored, counting->zeros, len) == 0;
    if (*hole || frame_decompress(counting->context, slice_of(counting->stored, len),
                                  counting->raw, raw_len))
        return ERR_OK;
    *hole = zeros_only(slice_of(counting->raw, raw_len));
    if (*hole && raw_len == counting->facts->frame_size) {
        memcpy(counting->zeros, counting->stored, len);
        counting->zeros_len = len;
    }
    return ERR_OK;
}

static enum err_code count_frames(struct counting *counting, uint64_t *data, struct err *err)
{
    uint64_t at = 0;
    bool hole;

    for (uint32_t i = 0; i < counting->table.frames; i++) {
        if (is_hole(counting, at, i, &hole, err) != ERR_OK)
            return err->code;
        *data += hole ? 0 : seek_raw_size(&counting->table, i);
        at += seek_stored_size(&counting->table, i);
    }
    return ERR_OK;
}

static enum err_code count_blob(const struct layer *layer, const struct image *blob,
                                struct arena *scratch, uint64_t *data, struct err *err)
{
    struct counting counting = {.blob = blob, .facts = &layer->image};
    enum err_code rc = frames_check_blob(blob, &layer->image, scratch, &counting.table, err);

    if (rc != ERR_OK)
        return rc;
    counting.raw = arena_alloc(scratch, layer->image.frame_size, err);
    if (!counting.raw)
        return err->code;
    counting.context = ZSTD_createDCtx();
    if (!counting.context)
        return err_set(err, ERR_LIMIT, "zstd: out of memory");
    rc = count_frames(&counting, data, err);
    ZSTD_freeDCtx(counting.context);
    return rc;
}

/* Adds the bytes of a raw image that will take space. */
static enum err_code count_image(const struct bundle *bundle, const struct layer *layer,
                                 uint64_t *data, struct err *err)
{
    struct arena scratch;
    enum err_code rc;
    struct bundle_file file;

    rc = bundle_open_layer(bundle, layer, &file, err);
    if (rc != ERR_OK)
        return rc;
    arena_init_heap(&scratch, SIZE_MAX);
    rc = count_blob(layer, &file.image, &scratch, data, err);
    arena_clear(&scratch);
    bundle_close_layer(bundle, &file);
    return rc == ERR_OK ? ERR_OK : err_add(err, "%s", quote_bare(layer->title).text);
}

static enum err_code count_all(const struct import_work *work, uint64_t *needed, struct err *err)
{
    const struct placements *placements = &work->result->placements;
    const struct bundle *bundle = work->settings->trusted->bundle;

    *needed = OVERHEAD;
    for (size_t i = 0; i < placements->count; i++) {
        const struct placement *placement = &placements->list[i];

        if (placement->action != PLACEMENT_ADD && placement->action != PLACEMENT_REPLACE)
            continue;
        if (placement->is_unpacked) {
            if (count_image(bundle, placement->layer, needed, err) != ERR_OK)
                return err->code;
        } else {
            *needed += (placement->size + BLOCK - 1) / BLOCK * BLOCK;
        }
    }
    return ERR_OK;
}

enum err_code import_space(struct import_work *work, struct err *err)
{
    const struct import_listener *listener = &work->settings->listener;
    struct quoted path = quote_bare(slice_text(work->repository->path));
    struct statvfs status;
    uint64_t needed, available;
    char text[QUOTE_MAX + 128];

    if (count_all(work, &needed, err) != ERR_OK)
        return err->code;
    if (fstatvfs(work->repository->fd, &status))
        return err_set(err, ERR_IO, "%s: %s", path.text, strerror(errno));
    available = (uint64_t)status.f_bavail * status.f_frsize;
    snprintf(text, sizeof text, "%s: %llu MiB are needed, %llu MiB are free", path.text,
             (unsigned long long)((needed + MIB - 1) / MIB), (unsigned long long)(available / MIB));
    if (needed > available)
        return err_set(err, ERR_LIMIT, "%s", text);
    listener->note(listener->ctx, text);
    return ERR_OK;
}
