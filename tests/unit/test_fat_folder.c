#include "bundle/measure/fat_folder.h"

#include <stdio.h>
#include <string.h>

#include "bundle/measure/gpt.h"
#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

struct volume {
    struct sparse_image sparse;
    struct image disk;
    struct fat fat;
    struct arena arena;
    struct err err;
};

static struct volume *open_volume(const char *name)
{
    static struct volume volume;
    struct gpt gpt;
    char path[128];

    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    arena_init_heap(&volume.arena, (size_t)1 << 20);
    CHECK(sparse_open(&volume.sparse, test_file(path), &volume.disk));
    CHECK_OK(gpt_find(&volume.disk, &gpt, &volume.err), volume.err);
    CHECK_OK(fat_open(&volume.disk, gpt.esp_at, gpt.esp_size, &volume.fat, &volume.err), volume.err);
    return &volume;
}

static enum err_code find(struct volume *volume, const char *path, struct fat_entry *entry)
{
    return fat_folder_find(&volume->fat, slice_text(path), &volume->arena, entry, &volume->err);
}

static struct fat_entry named(const char *name)
{
    struct fat_entry entry = {.length = strlen(name)};

    for (size_t i = 0; i < entry.length; i++)
        entry.name[i] = (uint8_t)name[i];
    return entry;
}

TEST(fat_folder_lists_names_as_they_are_written)
{
    static const char *const cases[][2] = {{"good-252", "EFI"}, {"good-names-lower", "efi"},
                                           {"good-names-mixed", "Efi"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct volume *volume = open_volume(cases[i][0]);
        struct fat_folder folder;
        struct fat_entry entry;
        struct slice name;
        bool is_end = true;

        CHECK_OK(fat_folder_open(&volume->fat, NULL, &volume->arena, &folder, &volume->err), volume->err);
        CHECK_OK(fat_folder_next(&folder, &entry, &is_end, &volume->err), volume->err);
        CHECK(!is_end && entry.is_folder && entry.size == 0);
        CHECK_OK(fat_folder_name(&entry, &volume->arena, &name, &volume->err), volume->err);
        CHECK_TEXT(cases[i][1], name);
        for (int twice = 0; twice < 2; twice++) { /* the end stays the end */
            CHECK_OK(fat_folder_next(&folder, &entry, &is_end, &volume->err), volume->err);
            CHECK(is_end && entry.length == 0);
        }
        arena_clear(&volume->arena);
    }
}

TEST(fat_folder_finds_by_either_name)
{
    static const char *const paths[] = {"EFI/Linux/a-rather-long-name.of-a-kernel.efi",
                                        "/efi//linux/A-RATHER-LONG-NAME.OF-A-KERNEL.EFI/",
                                        "EFI/LINUX/long~1.bin"};
    struct volume *volume = open_volume("good-path");
    struct fat_entry first = {0}, entry;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        CHECK_OK(find(volume, paths[i], &entry), volume->err);
        if (i == 0)
            first = entry;
        CHECK(!entry.is_folder && entry.size > 0 && entry.cluster == first.cluster);
    }
    arena_clear(&volume->arena);
}

TEST(fat_folder_finds_nothing_else)
{
    static char deep[2 * (FAT_PATH_DEPTH + 2)], lengthy[FAT_NAME_MAX + 10];
    const char *paths[] = {"", "/", "EFI/BOOT/BOOTX64.EF", "EFI/BOOT/BOOTX64.EFII", "EFI/BOOT/BOOTX64.EFI/x",
                           "EFI/.", "EFI/..", "EFI/\xff", deep, lengthy};
    struct volume *volume = open_volume("good-252");

    for (size_t i = 0; i < sizeof deep - 2; i++)
        deep[i] = i % 2 ? '/' : 'x';
    memset(lengthy, 'x', sizeof lengthy - 1);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct fat_entry entry = named("left over");

        CHECK_ERR(ERR_NOT_FOUND, "no such file", find(volume, paths[i], &entry), volume->err);
        CHECK(entry.length == 0 && entry.cluster == 0);
    }
    arena_clear(&volume->arena);
}

TEST(fat_folder_compares_names)
{
    struct fat_entry a = named("addon.efi"), b = named("addon.efi.x"), c = named("Addon.EFI"),
                     empty = named("");

    CHECK(fat_folder_compare(&a, &a) == 0);
    CHECK(fat_folder_compare(&a, &b) < 0 && fat_folder_compare(&b, &a) > 0);
    CHECK(fat_folder_compare(&c, &a) < 0 && fat_folder_compare(&a, &c) > 0);
    CHECK(fat_folder_compare(&empty, &a) < 0);
    CHECK(fat_folder_name_ends(&a, ".efi") && fat_folder_name_ends(&c, ".efi"));
    CHECK(fat_folder_name_ends(&a, "addon.efi") && !fat_folder_name_ends(&a, "xaddon.efi"));
    CHECK(!fat_folder_name_ends(&b, ".efi") && !fat_folder_name_ends(&empty, ".efi"));
}

TEST(fat_folder_gives_names_as_utf8)
{
    static const uint16_t units[] = {'a', 0xE4, 0x20AC, 0xD83D, 0xDE00, 0xD800, 'z', 0xDC00, 0xD83D};
    struct fat_entry entry = {.length = sizeof units / sizeof units[0]};
    static unsigned char memory[64];
    struct arena arena;
    struct slice name;
    struct err err;

    memcpy(entry.name, units, sizeof units);
    arena_init_fixed(&arena, memory, sizeof memory);
    CHECK_OK(fat_folder_name(&entry, &arena, &name, &err), err);
    CHECK_TEXT("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80?z??", name);
    arena_init_fixed(&arena, memory, 20);
    CHECK_ERR(ERR_LIMIT, NULL, fat_folder_name(&entry, &arena, &name, &err), err);
    CHECK(!name.ptr && name.len == 0);
}
