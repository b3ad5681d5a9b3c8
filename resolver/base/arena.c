#include "resolver/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

void arena_init_fixed(struct arena *arena, void *memory, size_t size_bytes)
{
    *arena = (struct arena){
        .block = memory, .block_size = size_bytes, .total = size_bytes, .max_bytes = size_bytes};
}

/* Bytes to skip so that the next ones are aligned for any type. */
static size_t padding(const struct arena *arena)
{
    uintptr_t at = (uintptr_t)(arena->block + arena->block_used);
    size_t over = at % alignof(max_align_t);

    return over ? alignof(max_align_t) - over : 0;
}

static void *take(struct arena *arena, size_t size_bytes)
{
    size_t left = arena->block_size - arena->block_used;
    size_t skip = arena->block ? padding(arena) : 0;
    unsigned char *at;

    if (!arena->block || skip > left || size_bytes > left - skip)
        return NULL;
    at = arena->block + arena->block_used + skip;
    arena->block_used += skip + size_bytes;
    return size_bytes ? memset(at, 0, size_bytes) : at;
}

void *arena_alloc(struct arena *arena, size_t size_bytes, struct err *err)
{
    void *memory = take(arena, size_bytes);

    if (!memory && arena->grow && arena->grow(arena, size_bytes))
        memory = take(arena, size_bytes);
    if (!memory)
        err_set(err, ERR_LIMIT, "out of memory: %zu more bytes wanted, at most %zu allowed",
                size_bytes, arena->max_bytes);
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size_bytes, struct err *err)
{
    size_t total;

    if (__builtin_mul_overflow(count, size_bytes, &total)) {
        err_set(err, ERR_LIMIT, "out of memory: %zu times %zu bytes wanted", count, size_bytes);
        return NULL;
    }
    return arena_alloc(arena, total, err);
}

char *arena_copy(struct arena *arena, struct slice bytes, struct err *err)
{
    char *copy;

    if (bytes.len == SIZE_MAX) {
        err_set(err, ERR_LIMIT, "out of memory: a text of %zu bytes", bytes.len);
        return NULL;
    }
    copy = arena_alloc(arena, bytes.len + 1, err);
    if (copy && bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    return copy;
}

void arena_clear(struct arena *arena)
{
    if (arena->release)
        arena->release(arena);
    else
        arena->block_used = 0;
}
