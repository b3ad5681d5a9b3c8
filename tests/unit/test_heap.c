/* Arenas and bufs that take their memory from the heap, up to a maximum. */
#include "resolver/base/heap.h"

#include <stdalign.h>
#include <string.h>

#include "tests/unit/test.h"

TEST(heap_arena_grows_in_blocks_that_stay_valid)
{
    struct arena arena;
    struct err err;
    unsigned char *pieces[200];

    arena_init_heap(&arena, 1 << 20);
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = arena_alloc(&arena, 1000, &err);
        CHECK(pieces[i] && (uintptr_t)pieces[i] % alignof(max_align_t) == 0);
        for (size_t k = 0; k < 1000; k++)
            CHECK(pieces[i][k] == 0);
        memset(pieces[i], (int)i, 1000);
    }
    for (size_t i = 0; i < 200; i++)
        CHECK(pieces[i][0] == (unsigned char)i && pieces[i][999] == (unsigned char)i);
    CHECK(arena.total <= 1 << 20);
    arena_clear(&arena);
    CHECK_NUMBER(0, arena.total);
}

TEST(heap_arena_keeps_to_its_maximum)
{
    struct arena arena;
    struct err err;
    size_t given = 0;

    arena_init_heap(&arena, 100000);
    CHECK(arena_alloc(&arena, 100001, &err) == NULL);
    CHECK(arena_alloc(&arena, SIZE_MAX, &err) == NULL);
    while (arena_alloc(&arena, 1000, &err))
        given += 1000;
    CHECK(arena.total <= 100000);
    CHECK(given >= 90000);
    CHECK_ERR(ERR_LIMIT, "out of memory: 1000 more bytes wanted, at most 100000 allowed", err.code,
              err);
    arena_clear(&arena);
    CHECK(arena_alloc(&arena, 50000, &err) != NULL);
    arena_clear(&arena);
}

/* Nothing is taken before it is asked for, and what is given again is zeroed again. */
TEST(heap_arena_can_be_used_again)
{
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_NUMBER(0, arena.total);
    arena_clear(&arena);
    for (int again = 0; again < 3; again++) {
        unsigned char *memory = arena_alloc(&arena, 5000, &err);

        CHECK(memory && arena.total > 0);
        for (size_t i = 0; memory && i < 5000; i++)
            CHECK(memory[i] == 0);
        memset(memory, 0xAA, 5000);
        arena_clear(&arena);
        CHECK_NUMBER(0, arena.total);
        CHECK_NUMBER(1 << 20, arena.max_bytes);
    }
}

/* One that is larger than all before it has a block of its own, and takes no more than that. */
TEST(heap_arena_takes_about_as_much_as_is_asked_for)
{
    struct arena arena;
    size_t total;
    struct err err;

    arena_init_heap(&arena, SIZE_MAX);
    CHECK(arena_alloc(&arena, 1, &err) != NULL);
    CHECK(arena.total <= 20000);
    CHECK(arena_alloc(&arena, 10 << 20, &err) != NULL);
    CHECK(arena.total <= (10 << 20) + 20100);
    total = arena.total;
    CHECK(arena_alloc(&arena, SIZE_MAX - 8, &err) == NULL);
    CHECK_NUMBER(total, arena.total);
    CHECK(arena_alloc(&arena, 100, &err) != NULL);
    arena_clear(&arena);
}

/* Many small ones: blocks become larger, so that there are few of them. */
TEST(heap_arena_doubles)
{
    struct arena arena;
    size_t blocks = 0, total = 0;
    struct err err;

    arena_init_heap(&arena, (size_t)16 << 20);
    for (size_t i = 0; i < 40000; i++) {
        CHECK(arena_alloc(&arena, 100, &err) != NULL);
        blocks += arena.total != total;
        total = arena.total;
    }
    CHECK(blocks <= 12 && total < (size_t)10 << 20);
    arena_clear(&arena);
}

TEST(heap_buf_grows_up_to_its_maximum)
{
    struct buf buf;
    struct err err;

    buf_init_heap(&buf, 1000);
    for (int i = 0; i < 1000; i++)
        buf_add_byte(&buf, (uint8_t)('a' + i % 26));
    CHECK_OK(buf_done(&buf, &err), err);
    CHECK_NUMBER(1000, buf_slice(&buf).len);
    CHECK_TEXT("abcdefghij", slice_part(buf_slice(&buf), 26, 10));
    buf_add_byte(&buf, 'x');
    CHECK_ERR(ERR_LIMIT, "output does not fit into 1000 bytes of memory", buf_done(&buf, &err),
              err);
    CHECK_NUMBER(1000, buf_slice(&buf).len);
    buf_clear(&buf);
    CHECK(buf.ptr == NULL && buf.len == 0);
}

TEST(heap_buf_can_be_used_again_after_clear)
{
    struct buf buf;

    buf_init_heap(&buf, 10);
    buf_add_text(&buf, "0123456789x");
    buf_clear(&buf);
    buf_add_text(&buf, "abc");
    CHECK_TEXT("abc", buf_slice(&buf));
    buf_clear(&buf);
}

/* In the smallest of pieces, and at once; the memory does not move while it is large enough. */
TEST(heap_buf_grows_by_doubling)
{
    struct slice piece = SLICE("0123456789");
    struct buf buf;
    const uint8_t *at = NULL;
    size_t moves = 0;
    struct err err;

    buf_init_heap(&buf, SIZE_MAX);
    for (int i = 0; i < 10000; i++) {
        buf_add(&buf, piece);
        moves += buf.ptr != at;
        at = buf.ptr;
    }
    CHECK_OK(buf_done(&buf, &err), err);
    CHECK_NUMBER(100000, buf.len);
    CHECK(moves <= 11);
    for (size_t i = 0; i < buf.len; i += 10)
        CHECK(memcmp(buf.ptr + i, piece.ptr, 10) == 0);
    CHECK(buf_extend(&buf, 1 << 20) != NULL);
    CHECK_NUMBER(100000 + (1 << 20), buf.len);
    buf_clear(&buf);
    CHECK_NUMBER(SIZE_MAX, buf.max_bytes);
}
