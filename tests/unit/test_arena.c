#include <stdalign.h>
#include <string.h>

#include "resolver/base/arena.h"
#include "resolver/base/heap.h"
#include "tests/unit/test.h"

static bool is_aligned(const void *memory)
{
    return (uintptr_t)memory % alignof(max_align_t) == 0;
}

static bool is_zero(const unsigned char *memory, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (memory[i] != 0)
            return false;
    }
    return true;
}

TEST(arena_gives_aligned_zeroed_memory_from_any_region)
{
    unsigned char memory[200];
    struct arena arena;
    struct err err;

    for (size_t offset = 0; offset < 17; offset++) {
        unsigned char *first, *second;

        memset(memory, 0xAA, sizeof memory);
        arena_init_fixed(&arena, memory + offset, sizeof memory - offset);
        first = arena_alloc(&arena, 5, &err);
        second = arena_alloc(&arena, 7, &err);
        CHECK(first && second && is_aligned(first) && is_aligned(second));
        CHECK(second >= first + 5);
        CHECK(is_zero(first, 5) && is_zero(second, 7));
        CHECK(first >= memory + offset && second + 7 <= memory + sizeof memory);
    }
}

TEST(arena_refuses_what_does_not_fit_and_stays_usable)
{
    alignas(max_align_t) unsigned char memory[64];
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(arena_alloc(&arena, 65, &err) == NULL);
    CHECK_ERR(ERR_LIMIT, "out of memory: 65 more bytes wanted, at most 64 allowed", err.code, err);
    CHECK(arena_alloc(&arena, SIZE_MAX, &err) == NULL);
    CHECK(arena_alloc(&arena, 64, &err) == memory);
    CHECK(arena_alloc(&arena, 1, &err) == NULL);
}

TEST(arena_gives_a_pointer_to_nothing)
{
    unsigned char memory[64];
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(arena_alloc(&arena, 0, &err) != NULL);
    arena_init_heap(&arena, 1000);
    CHECK(arena_alloc(&arena, 0, &err) != NULL);
    arena_clear(&arena);
}

TEST(arena_array_refuses_products_that_overflow)
{
    unsigned char memory[64];
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(arena_array(&arena, 3, 4, &err) != NULL);
    CHECK(arena_array(&arena, SIZE_MAX / 2 + 1, 2, &err) == NULL);
    CHECK_NUMBER(ERR_LIMIT, err.code);
    CHECK(strstr(err.msg, "times 2 bytes wanted") != NULL);
}

TEST(arena_copy_ends_with_a_nul)
{
    unsigned char memory[64];
    struct arena arena;
    struct err err;
    char *copy;

    memset(memory, 0xAA, sizeof memory);
    arena_init_fixed(&arena, memory, sizeof memory);
    copy = arena_copy(&arena, SLICE("a\0b"), &err);
    CHECK(copy && memcmp(copy, "a\0b", 4) == 0);
    copy = arena_copy(&arena, slice_of(NULL, 0), &err);
    CHECK(copy && *copy == '\0');
    CHECK(arena_copy(&arena, slice_of(memory, SIZE_MAX), &err) == NULL);
    CHECK_NUMBER(ERR_LIMIT, err.code);
}

TEST(arena_clear_makes_room_again)
{
    alignas(max_align_t) unsigned char memory[64];
    struct arena arena;
    struct err err;

    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK(arena_alloc(&arena, 64, &err) != NULL);
    memset(memory, 0xAA, sizeof memory);
    arena_clear(&arena);
    CHECK(arena_alloc(&arena, 64, &err) == memory);
    CHECK(is_zero(memory, sizeof memory));
}
