#include "bundle/publish/disk_machine.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

static struct sparse_image sparse; /* it is large */

static void check(const char *want, const char *name)
{
    char path[128];
    const char *machine;
    struct image disk;
    struct arena arena;
    struct err err;

    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    CHECK(sparse_open(&sparse, test_file(path), &disk));
    arena_init_heap(&arena, (size_t)64 << 20);
    CHECK_OK(disk_machine_find(&disk, &arena, &machine, &err), err);
    CHECK_TEXT(want, slice_text(machine));
    arena_clear(&arena);
}

TEST(disk_machine_is_that_of_what_is_started)
{
    check("x86_64", "good-252");
    check("aarch64", "good-aa64");
    check("x86_64", "good-loader-252");
}

TEST(disk_machine_is_unknown_where_the_disk_does_not_say)
{
    check("", "bad-fat-no-tables");
    check("", "bad-entries-both");
    check("", "bad-empty");
}

static enum err_code read_nothing(void *ctx, uint64_t at, uint8_t *into, size_t size,
                                  struct err *err)
{
    (void)ctx;
    (void)at;
    memset(into, 0, size);
    return err_set(err, ERR_IO, "broken");
}

TEST(disk_machine_hands_on_that_it_could_not_read)
{
    const struct image disk = {.size = 1 << 20, .read = read_nothing};
    const char *machine;
    struct arena arena;
    struct err err;

    arena_init_heap(&arena, 1 << 20);
    CHECK_ERR(ERR_IO, NULL, disk_machine_find(&disk, &arena, &machine, &err), err);
    CHECK(machine == NULL);
    arena_clear(&arena);
}
