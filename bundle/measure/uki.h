/*
 * uki.h - a unified kernel image: which of its sections systemd-stub takes for what.
 *
 * In the flow:  pe -> [uki] -> predict
 * Stubs:        versions 252 to 262. Up to 255 a section's name need only begin with the name that is
 *               looked for, and the last such section counts; from 256 the names are equal and the
 *               first counts. From 257 the sections before the first .profile are the base, and
 *               those of profile 0 (up to the next .profile) take their place one by one.
 * Checked here: that there is a .linux; that the stub's version is known: from .sdmagic, or given.
 * Not checked:  what the sections contain.
 * Memory:       the sections in the caller's arena; borrows the file.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_UKI_H
#define SEALIFT_BUNDLE_MEASURE_UKI_H

#include "bundle/measure/pe.h"

#define UKI_STUB_MIN 252
#define UKI_STUB_MAX 262
#define UKI_STUB_EXACT 256                /* the first that compares whole names */
#define UKI_STUB_PROFILES 257             /* the first with profiles */
#define UKI_FILL_MAX ((uint64_t)64 << 20) /* bytes of zeros beyond what the file has, in all */

/* In the order in which the stub extends PCR 11. */
enum uki_part {
    UKI_LINUX,
    UKI_OSREL,
    UKI_CMDLINE,
    UKI_INITRD,
    UKI_UCODE,
    UKI_SPLASH,
    UKI_DTB,
    UKI_UNAME,
    UKI_SBAT,
    UKI_PCRPKEY,
    UKI_PROFILE,
    UKI_DTBAUTO,
    UKI_HWIDS,
    UKI_EFIFW,
    UKI_PCRSIG,
    UKI_PARTS
};

struct uki {
    const struct image *file;
    struct pe pe;
    unsigned stub;
    const struct pe_section *parts[UKI_PARTS]; /* NULL: absent, empty, or not known to this stub */
};

/*
 * Opens file as a UKI. stub 0: the version is read from .sdmagic. On failure *uki is zeroed.
 *   ERR_FORMAT     not a PE file; .linux is there, but not for this stub
 *   ERR_NOT_FOUND  no .linux: not a UKI
 *   ERR_AMBIGUOUS  no version in the file and none given
 *   ERR_POLICY     the file's version is not known: nothing is guessed
 *   ERR_USAGE      the given version is not the file's, or not known
 */
enum err_code uki_open(const struct image *file, unsigned stub, struct arena *arena, struct uki *uki,
                       struct err *err) MUST_USE;

/* The version that .sdmagic names for a program ("systemd-stub", "systemd-boot"); 0 when it names
 * none. What reading gives. */
enum err_code uki_version(const struct image *file, const struct pe *pe, const char *program,
                          unsigned *version, struct err *err) MUST_USE;

/* ".linux", and whether the stub extends PCR 11 with it on any hardware. */
const char *uki_part_name(enum uki_part part);
bool uki_part_is_measured(enum uki_part part, unsigned stub);

#endif
