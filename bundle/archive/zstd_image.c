#include "bundle/archive/zstd_image.h"

#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "resolver/base/zeros.h"

#define PIECE ((size_t)128 << 10)

bool zstd_image_is(struct slice first_bytes)
{
    return slice_begins(first_bytes, "\x28\xb5\x2f\xfd");
}

static void rewind_all(struct zstd_image *zstd)
{
    ZSTD_DCtx_reset(zstd->context, ZSTD_reset_session_only);
    zstd->in_len = zstd->in_at = 0;
    zstd->file_at = zstd->raw_at = 0;
    zstd->is_between = true;
}

/* Reads on in the file; nothing more is there at its end. */
static enum err_code refill(struct zstd_image *zstd, struct err *err)
{
    uint64_t left = zstd->file->size - zstd->file_at;

    if (zstd->in_at < zstd->in_len)
        return ERR_OK;
    zstd->in_at = 0;
    zstd->in_len = left < PIECE ? (size_t)left : PIECE;
    if (image_read(zstd->file, zstd->file_at, zstd->in, zstd->in_len, err) != ERR_OK) {
        zstd->in_len = 0;
        return err->code;
    }
    zstd->file_at += zstd->in_len;
    return ERR_OK;
}

static enum err_code refuse_size(uint64_t size, struct err *err)
{
    return err_set(err, ERR_LIMIT, "zstd: %llu bytes or more, when decompressed: at most %llu are allowed",
                   (unsigned long long)size, (unsigned long long)ZSTD_IMAGE_SIZE_MAX);
}

static enum err_code refuse(const struct zstd_image *zstd, size_t result, struct err *err)
{
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return err_set(err, ERR_LIMIT, "zstd: decompressing it takes a window of over %d MiB of memory: "
                       "compress it again without --long", 1 << (ZSTD_IMAGE_WINDOW_LOG_MAX - 20));
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        return err_set(err, ERR_LIMIT, "zstd: out of memory");
    return err_set(err, ERR_CORRUPT, "zstd, before byte %llu: %s",
                   (unsigned long long)zstd->file_at, ZSTD_getErrorName(result));
}

/* Decompresses up to size bytes; *got is less at the end of the file alone. */
static enum err_code decode(struct zstd_image *zstd, uint8_t *into, size_t size, size_t *got,
                            struct err *err)
{
    ZSTD_outBuffer out = {into, size, 0};

    while (out.pos < size) {
        ZSTD_inBuffer in;
        size_t before = out.pos, hint;

        if (refill(zstd, err) != ERR_OK)
            return err->code;
        in = (ZSTD_inBuffer){zstd->in, zstd->in_len, zstd->in_at};
        if (in.size == in.pos && zstd->is_between)
            break;
        hint = ZSTD_decompressStream(zstd->context, &out, &in);
        if (ZSTD_isError(hint))
            return refuse(zstd, hint, err);
        if (in.size == zstd->in_at && out.pos == before && hint)
            return err_set(err, ERR_CORRUPT, "zstd: the file is cut off");
        zstd->in_at = in.pos;
        zstd->is_between = hint == 0;
    }
    *got = out.pos;
    zstd->raw_at += out.pos;
    return ERR_OK;
}

/* Decompresses all up to byte `to` of the image. */
static enum err_code pass_over(struct zstd_image *zstd, uint64_t to, struct err *err)
{
    while (zstd->raw_at < to) {
        uint64_t left = to - zstd->raw_at;
        size_t got, wanted = left < PIECE ? (size_t)left : PIECE;

        if (decode(zstd, zstd->passed, wanted, &got, err) != ERR_OK)
            return err->code;
        if (got < wanted)
            break;
    }
    return ERR_OK;
}

static enum err_code read_zstd(void *ctx, uint64_t at, uint8_t *into, size_t size,
                               struct err *err)
{
    struct zstd_image *zstd = ctx;
    size_t got;

    if (at < zstd->raw_at)
        rewind_all(zstd);
    if (pass_over(zstd, at, err) != ERR_OK || decode(zstd, into, size, &got, err) != ERR_OK)
        return err->code;
    return got == size ? ERR_OK : err_set(err, ERR_CORRUPT, "changed while it was being read");
}

static uint64_t count_data(struct slice raw)
{
    uint64_t count = 0;

    while (raw.len > 0) {
        struct slice block = slice_part(raw, 0, ZSTD_IMAGE_HOLE);

        count += zeros_only(block) ? 0 : block.len;
        raw = slice_part(raw, block.len, raw.len);
    }
    return count;
}

/* What the first frame says of its size, if it does. */
static enum err_code check_declared(struct zstd_image *zstd, struct err *err)
{
    unsigned long long size;

    if (refill(zstd, err) != ERR_OK)
        return err->code;
    size = ZSTD_getFrameContentSize(zstd->in, zstd->in_len);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
        size <= ZSTD_IMAGE_SIZE_MAX)
        return ERR_OK;
    return refuse_size(size, err);
}

/* Goes through the whole file, for its size. */
static enum err_code count_all(struct zstd_image *zstd, struct err *err)
{
    size_t got = PIECE;

    while (got == PIECE) {
        if (decode(zstd, zstd->passed, PIECE, &got, err) != ERR_OK)
            return err->code;
        if (zstd->raw_at > ZSTD_IMAGE_SIZE_MAX)
            return refuse_size(zstd->raw_at, err);
        zstd->data_size += count_data(slice_of(zstd->passed, got));
    }
    return ERR_OK;
}

static enum err_code prepare(struct zstd_image *zstd, struct arena *arena, struct err *err)
{
    zstd->in = arena_alloc(arena, PIECE, err);
    zstd->passed = zstd->in ? arena_alloc(arena, PIECE, err) : NULL;
    if (!zstd->passed)
        return err->code;
    zstd->context = ZSTD_createDCtx();
    if (!zstd->context)
        return err_set(err, ERR_LIMIT, "zstd: out of memory");
    ZSTD_DCtx_setParameter(zstd->context, ZSTD_d_windowLogMax, ZSTD_IMAGE_WINDOW_LOG_MAX);
    rewind_all(zstd);
    return check_declared(zstd, err) == ERR_OK ? count_all(zstd, err) : err->code;
}

enum err_code zstd_image_open(const struct image *file, struct arena *arena,
                              struct zstd_image *zstd, struct err *err)
{
    memset(zstd, 0, sizeof *zstd);
    zstd->file = file;
    if (prepare(zstd, arena, err) != ERR_OK) {
        zstd_image_close(zstd);
        return err->code;
    }
    zstd->image = (struct image){.ctx = zstd, .size = zstd->raw_at, .read = read_zstd};
    return ERR_OK;
}

void zstd_image_close(struct zstd_image *zstd)
{
    ZSTD_freeDCtx(zstd->context);
    memset(zstd, 0, sizeof *zstd);
}
