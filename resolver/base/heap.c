#include "resolver/base/heap.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define BLOCK_MIN_BYTES ((size_t)16 << 10)
#define BUF_MIN_BYTES ((size_t)256)

/* At the start of each block: the way back to the one before. */
struct block_head {
    void *older;
    max_align_t data[];
};

static int arena_grow(struct arena *arena, size_t size_bytes)
{
    size_t overhead = sizeof(struct block_head) + alignof(max_align_t);
    size_t left = arena->max_bytes - arena->total;
    size_t want = arena->total > BLOCK_MIN_BYTES ? arena->total : BLOCK_MIN_BYTES;
    struct block_head *head;

    if (size_bytes > SIZE_MAX - overhead)
        return 0;
    /* Doubling keeps blocks few; a large single request gets a block of just its own size. */
    if (size_bytes + overhead > want / 2)
        want = size_bytes + overhead;
    if (want > left)
        want = size_bytes + overhead;
    if (want > left)
        return 0;
    head = malloc(want);
    if (!head)
        return 0;
    head->older = arena->older;
    arena->older = head;
    arena->block = (unsigned char *)head->data;
    arena->block_size = want - sizeof *head;
    arena->block_used = 0;
    arena->total += want;
    return 1;
}

static void arena_release(struct arena *arena)
{
    struct block_head *head = arena->older;

    while (head) {
        struct block_head *older = head->older;

        free(head);
        head = older;
    }
    arena_init_heap(arena, arena->max_bytes);
}

void arena_init_heap(struct arena *arena, size_t max_bytes)
{
    *arena = (struct arena){
        .max_bytes = max_bytes, .grow = arena_grow, .release = arena_release};
}

static bool buf_grow(struct buf *buf, size_t want_bytes)
{
    size_t capacity = buf->capacity ? buf->capacity : BUF_MIN_BYTES;
    void *moved;

    while (capacity < want_bytes)
        capacity = capacity > SIZE_MAX / 2 ? want_bytes : capacity * 2;
    moved = realloc(buf->ptr, capacity);
    if (!moved)
        return false;
    buf->ptr = moved;
    buf->capacity = capacity;
    return true;
}

static void buf_release(struct buf *buf)
{
    free(buf->ptr);
    buf_init_heap(buf, buf->max_bytes);
}

void buf_init_heap(struct buf *buf, size_t max_bytes)
{
    *buf = (struct buf){.max_bytes = max_bytes, .grow = buf_grow, .release = buf_release};
}
