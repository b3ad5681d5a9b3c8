/*
 * heap.h - arenas and bufs that grow. The one file of base/ that calls malloc.
 *
 * Left out of the microcontroller build, where arena_init_fixed and buf_init_fixed serve.
 */
#ifndef SEALIFT_BASE_HEAP_H
#define SEALIFT_BASE_HEAP_H

#include "resolver/base/arena.h"
#include "resolver/base/buf.h"

/* An empty arena that takes blocks from the heap, max_bytes in all. Takes nothing yet. */
void arena_init_heap(struct arena *arena, size_t max_bytes);

/* An empty buf that grows on the heap up to max_bytes. Takes nothing yet. */
void buf_init_heap(struct buf *buf, size_t max_bytes);

#endif
