#include "bundle/measure/boot.h"

#include <stdio.h>
#include <string.h>

#include "resolver/base/heap.h"
#include "tests/unit/sparse_image.h"
#include "tests/unit/test.h"

struct disk {
    struct sparse_image sparse;
    struct image image;
    struct boot boot;
    struct arena arena;
    struct err err;
};

/* Static: it is large. */
static struct disk *begin(const char *name)
{
    static struct disk disk;
    char path[128];

    memset(&disk, 0, sizeof disk);
    snprintf(path, sizeof path, "fixtures/images/%s.sparse", name);
    CHECK(sparse_open(&disk.sparse, test_file(path), &disk.image));
    arena_init_heap(&disk.arena, (size_t)1 << 20);
    return &disk;
}

static enum err_code find(struct disk *disk, const char *path, bool has_loader)
{
    return boot_find(&disk->image, slice_text(path), has_loader, &disk->arena, &disk->boot,
                     &disk->err);
}

static bool is_zeroed(const struct boot *boot)
{
    static const struct boot zero;

    return memcmp(boot, &zero, sizeof zero) == 0;
}

static void check_uki(struct disk *disk, const char *want)
{
    uint8_t start[2] = {0};

    CHECK_TEXT(want, disk->boot.uki.path);
    CHECK_OK(image_read(&disk->boot.uki.image, 0, start, sizeof start, &disk->err), disk->err);
    CHECK(start[0] == 'M' && start[1] == 'Z');
}

TEST(boot_finds_the_default_file)
{
    static const char *const cases[][2] = {{"good-252", "EFI/BOOT/BOOTX64.EFI"},
                                           {"good-aa64", "EFI/BOOT/BOOTAA64.EFI"}};

    for (size_t i = 0; i < 2; i++) {
        struct disk *disk = begin(cases[i][0]);

        CHECK_OK(find(disk, "", false), disk->err);
        check_uki(disk, cases[i][1]);
        CHECK(!disk->boot.has_loader && !disk->boot.loader.path.ptr);
        CHECK(disk->boot.addon_count == 0 && disk->boot.extra.len == 0);
        arena_clear(&disk->arena);
    }
}

TEST(boot_takes_the_path_that_is_given)
{
    struct disk *disk = begin("good-path");

    CHECK_OK(find(disk, "efi/linux/long~1.bin", false), disk->err);
    check_uki(disk, "efi/linux/long~1.bin");
    CHECK_ERR(ERR_NOT_FOUND, "EFI/none: no such file", find(disk, "EFI/none", false), disk->err);
    CHECK(is_zeroed(&disk->boot));
    CHECK_ERR(ERR_NOT_FOUND, "EFI/Linux: a folder", find(disk, "EFI/Linux", false), disk->err);
    CHECK(is_zeroed(&disk->boot));
    arena_clear(&disk->arena);
}

TEST(boot_goes_through_the_loader)
{
    struct disk *disk = begin("good-loader-257");

    CHECK_OK(find(disk, "", true), disk->err);
    CHECK_TEXT("EFI/BOOT/BOOTX64.EFI", disk->boot.loader.path);
    CHECK(disk->boot.loader.image.size > 0 && disk->boot.has_loader);
    check_uki(disk, "EFI/Linux/made-up-6.12.0.efi");
    CHECK_OK(find(disk, "/EFI/Linux/MADE-UP-6.12.0.efi", true), disk->err);
    check_uki(disk, "/EFI/Linux/MADE-UP-6.12.0.efi");
    arena_clear(&disk->arena);
}

TEST(boot_refuses_what_is_not_one_file)
{
    static const struct {
        const char *disk;
        bool has_loader;
        enum err_code code;
        const char *message;
    } cases[] = {
        {"bad-two-architectures", false, ERR_AMBIGUOUS,
         "EFI/BOOT/BOOTX64.EFI and EFI/BOOT/BOOTAA64.EFI: choose with --path"},
        {"bad-no-uki", false, ERR_NOT_FOUND,
         "neither EFI/BOOT/BOOTX64.EFI nor EFI/BOOT/BOOTAA64.EFI: give --path"},
        {"bad-no-uki", true, ERR_NOT_FOUND,
         "neither EFI/BOOT/BOOTX64.EFI nor EFI/BOOT/BOOTAA64.EFI: give --path"},
        {"bad-loader-two-ukis", true, ERR_AMBIGUOUS, "EFI/Linux: 2 .efi files: choose with --path"},
        {"bad-loader-no-uki", true, ERR_NOT_FOUND, "EFI/Linux: no .efi file"},
        {"bad-loader-no-folder", true, ERR_NOT_FOUND, "EFI/Linux: no such file"},
        {"bad-no-esp", false, ERR_NOT_FOUND, "GPT: no EFI system partition"},
        {"bad-addons-many", false, ERR_LIMIT, "loader/addons: more than 64 addons"},
        {"bad-addons-many-in-both", false, ERR_LIMIT, "more than 64 addons"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct disk *disk = begin(cases[i].disk);

        CHECK_ERR(cases[i].code, cases[i].message, find(disk, "", cases[i].has_loader), disk->err);
        CHECK(is_zeroed(&disk->boot));
        arena_clear(&disk->arena);
    }
}

/* By folder, and in each by name. */
TEST(boot_lists_addons_in_the_order_of_the_stub)
{
    static const char *const want[] = {"loader/addons/First.addon.efi", "loader/addons/second.addon.efi",
                                       "EFI/BOOT/BOOTX64.EFI.extra.d/own.addon.efi"};
    struct disk *disk = begin("good-addons");

    CHECK_OK(find(disk, "", false), disk->err);
    CHECK_NUMBER(sizeof want / sizeof want[0], disk->boot.addon_count);
    for (size_t i = 0; i < disk->boot.addon_count && i < sizeof want / sizeof want[0]; i++) {
        CHECK_TEXT(want[i], disk->boot.addons[i].path);
        CHECK(disk->boot.addons[i].image.size > 0);
    }
    CHECK_NUMBER(0, disk->boot.extra.len);
    arena_clear(&disk->arena);
}

TEST(boot_takes_as_many_addons_as_it_says)
{
    struct disk *disk = begin("good-addons-64");

    CHECK_OK(find(disk, "", false), disk->err);
    CHECK_NUMBER(BOOT_ADDONS_MAX, disk->boot.addon_count);
    arena_clear(&disk->arena);
}

TEST(boot_notes_the_first_extra_file)
{
    static const char *const cases[][2] = {
        {"good-credentials", "loader/credentials/a.cred"},
        {"good-extension", "EFI/BOOT/BOOTX64.EFI.extra.d/tools.sysext.raw"}};

    for (size_t i = 0; i < 2; i++) {
        struct disk *disk = begin(cases[i][0]);

        CHECK_OK(find(disk, "", false), disk->err);
        CHECK_TEXT(cases[i][1], disk->boot.extra);
        CHECK_NUMBER(0, disk->boot.addon_count);
        arena_clear(&disk->arena);
    }
}

TEST(boot_needs_memory)
{
    static unsigned char memory[200000];
    enum err_code rc = ERR_LIMIT;

    for (size_t size = 0; rc == ERR_LIMIT && size < sizeof memory; size += 611) {
        struct disk *disk = begin("good-addons");

        arena_init_fixed(&disk->arena, memory, size);
        rc = find(disk, "", false);
        CHECK(rc == ERR_OK || (rc == ERR_LIMIT && is_zeroed(&disk->boot)));
    }
    CHECK_NUMBER(ERR_OK, rc);
}
