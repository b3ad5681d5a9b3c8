#include "bundle/archive/checked_image.h"

#include <string.h>

static uint64_t count_pieces(const struct image *whole)
{
    return whole->size / CHECKED_PIECE + (whole->size % CHECKED_PIECE != 0);
}

/* Reads the piece into memory; returns what of it there is. */
static enum err_code read_piece(struct checked_image *checked, uint64_t number, struct slice *bytes,
                                struct err *err)
{
    uint64_t at = number * CHECKED_PIECE, left = checked->whole->size - at;
    size_t size = left < CHECKED_PIECE ? (size_t)left : CHECKED_PIECE;

    checked->is_held = false;
    *bytes = slice_of(checked->piece, size);
    return image_read(checked->whole, at, checked->piece, size, err);
}

static bool is_last(const struct checked_image *checked, uint64_t number)
{
    return number + 1 == count_pieces(checked->whole);
}

static enum err_code check_all(struct checked_image *checked, struct err *err)
{
    uint64_t count = count_pieces(checked->whole);
    uint8_t have[SHA256_SIZE];
    struct sha256 hash;
    struct slice bytes;

    sha256_init(&hash);
    for (uint64_t i = 0; i < count; i++) {
        memcpy(checked->states[i], hash.state, sizeof hash.state);
        if (read_piece(checked, i, &bytes, err))
            return err->code;
        sha256_update(&hash, bytes);
    }
    sha256_final(&hash, have);
    if (memcmp(have, checked->digest, SHA256_SIZE) == 0)
        return ERR_OK;
    return err_set(err, ERR_CORRUPT, "its bytes have another digest than is listed");
}

/* Whether the piece leads to where it led at first. */
static bool is_same(const struct checked_image *checked, uint64_t number, struct slice bytes)
{
    struct sha256 hash = {.length = number * CHECKED_PIECE};
    uint8_t have[SHA256_SIZE];

    memcpy(hash.state, checked->states[number], sizeof hash.state);
    sha256_update(&hash, bytes);
    if (!is_last(checked, number))
        return memcmp(hash.state, checked->states[number + 1], sizeof hash.state) == 0;
    sha256_final(&hash, have);
    return memcmp(have, checked->digest, SHA256_SIZE) == 0;
}

static enum err_code hold(struct checked_image *checked, uint64_t number, struct err *err)
{
    struct slice bytes;

    if (checked->is_held && checked->held == number)
        return ERR_OK;
    if (read_piece(checked, number, &bytes, err))
        return err->code;
    if (!is_same(checked, number, bytes))
        return err_set(err, ERR_CORRUPT, "byte %llu and those after it: changed since they were checked",
                       (unsigned long long)(number * CHECKED_PIECE));
    checked->held = number;
    checked->is_held = true;
    return ERR_OK;
}

static enum err_code read_checked(void *ctx, uint64_t at, uint8_t *into, size_t size, struct err *err)
{
    struct checked_image *checked = ctx;

    while (size > 0) {
        size_t within = (size_t)(at % CHECKED_PIECE), left = CHECKED_PIECE - within;
        size_t len = size < left ? size : left;

        if (hold(checked, at / CHECKED_PIECE, err))
            return err->code;
        memcpy(into, checked->piece + within, len);
        into += len;
        size -= len;
        at += len;
    }
    return ERR_OK;
}

static enum err_code open_image(struct checked_image *checked, struct arena *arena, struct err *err)
{
    uint64_t count = count_pieces(checked->whole);

    if (count > SIZE_MAX)
        return err_set(err, ERR_LIMIT, "%llu bytes: too large for this machine",
                       (unsigned long long)checked->whole->size);
    checked->states = arena_array(arena, (size_t)count, sizeof *checked->states, err);
    checked->piece = checked->states ? arena_alloc(arena, CHECKED_PIECE, err) : NULL;
    return checked->piece ? check_all(checked, err) : err->code;
}

enum err_code checked_image_open(const struct image *whole, const uint8_t digest[SHA256_SIZE],
                                 struct arena *arena, struct checked_image *checked,
                                 struct err *err)
{
    memset(checked, 0, sizeof *checked);
    checked->whole = whole;
    memcpy(checked->digest, digest, SHA256_SIZE);
    if (open_image(checked, arena, err)) {
        memset(checked, 0, sizeof *checked);
        return err->code;
    }
    checked->image = (struct image){.ctx = checked, .size = whole->size, .read = read_checked};
    return ERR_OK;
}
