/*
 * arena.h - memory for one piece of work, given back all at once.
 *
 * In the flow:  a parse result borrows from its bytes and its arena; one arena_clear frees it.
 * Two kinds:    over a region of the caller (no heap at all: microcontrollers, the C API), or
 *               growing in blocks up to a maximum (heap.h). The users cannot tell the difference.
 * Checked here: alignment, overflow of sizes, the maximum. Nothing is ever handed out twice.
 * Not checked:  who still uses memory after arena_clear.
 */
#ifndef SEALIFT_BASE_ARENA_H
#define SEALIFT_BASE_ARENA_H

#include <stddef.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

struct arena {
    unsigned char *block; /* where memory is taken from now */
    size_t block_size;
    size_t block_used;
    size_t total;     /* bytes of all blocks: the high-water mark of a fixed arena is block_used */
    size_t max_bytes; /* total may not pass it */
    void *older;      /* kept by heap.c: the blocks before this one */
    /* Makes a fresh block that holds size_bytes at least; NULL in a fixed arena. */
    int (*grow)(struct arena *arena, size_t size_bytes);
    void (*release)(struct arena *arena);
};

/* An arena over size_bytes at memory, which must outlive it. Any alignment of memory will do. */
void arena_init_fixed(struct arena *arena, void *memory, size_t size_bytes);

/*
 * Takes size_bytes, zeroed and aligned for any type. Returns NULL and fills err with ERR_LIMIT
 * when the arena is full or the system has no memory; the arena stays usable. size_bytes 0
 * gives a valid pointer to nothing.
 */
void *arena_alloc(struct arena *arena, size_t size_bytes, struct err *err) MUST_USE;

/* As arena_alloc, for count elements of size_bytes each; a product that overflows is ERR_LIMIT. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes, struct err *err) MUST_USE;

/* A copy of the bytes with a NUL after them (which is not counted). NULL and ERR_LIMIT as above. */
char *arena_copy(struct arena *arena, struct slice bytes, struct err *err) MUST_USE;

/* Gives everything back; a fixed arena is empty again, a growing one can be used again. */
void arena_clear(struct arena *arena);

#endif
