/*
 * boot.h - what a disk starts: the UKI, systemd-boot before it, and the files beside it that count.
 *
 * In the flow:  gpt -> fat -> [boot] -> predict
 * The UKI:      the path given; else EFI/BOOT/BOOTX64.EFI or BOOTAA64.EFI. Behind systemd-boot, which
 *               then has that place: the path given, else the one file EFI/Linux/NAME.efi.
 * Beside it:    addons (NAME.addon.efi) in loader/addons and in UKI-PATH.extra.d, in the order in
 *               which the stub loads them; credentials and extension images, of which the first is
 *               noted.
 * Not checked:  what the files contain (pe.h, uki.h).
 * Memory:       in the caller's arena; struct boot must not move.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_BOOT_H
#define SEALIFT_BUNDLE_MEASURE_BOOT_H

#include "bundle/measure/fat_folder.h"
#include "bundle/measure/gpt.h"

#define BOOT_ADDONS_MAX 64

struct boot_file {
    struct slice path; /* as it is called on the disk or was given */
    struct fat_file file;
    struct image image;
};

struct boot {
    struct gpt gpt;
    struct fat fat;
    bool has_loader;
    struct boot_file loader, uki;
    struct boot_file *addons;
    size_t addon_count;
    struct slice extra; /* the path of a credential or an extension image; empty when there is none */
};

/*
 * Finds what the disk starts. path may be empty. On failure *boot is zeroed.
 *   ERR_NOT_FOUND  no ESP, no such file
 *   ERR_AMBIGUOUS  several files could be meant; the message says how to choose
 *   and those of gpt.h and fat.h
 */
enum err_code boot_find(const struct image *disk, struct slice path, bool has_loader,
                        struct arena *arena, struct boot *boot, struct err *err) MUST_USE;

#endif
