#include "bundle/publish/zstd_image.h"

#include <string.h>
#include <zstd.h>

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
            return err_set(err, ERR_CORRUPT, "zstd, before byte %llu: %s",
                           (unsigned long long)zstd->file_at, ZSTD_getErrorName(hint));
        if (in.size == zstd->in_at && out.pos == before && hint)
            return err_set(err, ERR_CORRUPT, "zstd: the file is cut off");
        zstd->in_at = in.pos;
        zstd->is_between = hint == 0;
    }
    *got = out.pos;
    zstd->raw_at += out.pos;
    return ERR_OK;
}

/* Decompresses all up to byte `to` of the image, or (UINT64_MAX) to its end. */
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

static enum err_code prepare(struct zstd_image *zstd, struct arena *arena, struct err *err)
{
    zstd->in = arena_alloc(arena, PIECE, err);
    zstd->passed = zstd->in ? arena_alloc(arena, PIECE, err) : NULL;
    if (!zstd->passed)
        return err->code;
    zstd->context = ZSTD_createDCtx();
    if (!zstd->context)
        return err_set(err, ERR_LIMIT, "zstd: out of memory");
    rewind_all(zstd);
    return pass_over(zstd, UINT64_MAX, err);
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
