/*
 * predict.h - the registers of a boot, from the image that is booted.
 *
 * In the flow:  disk or UKI -> boot, uki -> [predict] -> struct pcr_record -> measurements, explain
 * Predicted:    at the start of the kernel's user space: 4 (programs), 9 (command line, initrd),
 *               11 (the UKI's sections, then the phases asked for), 14 and 15 (lockboot's second
 *               stage and its configuration, when given). 8, 12, 13, 14 and 15 are else zero.
 * Not derivable: 0 to 3 and 5 to 7 (firmware, its settings and keys), 10 and 16 to 23 (the running
 *               system); 9 from stub 258 on (a random seed may be in the initrd); 9, 12 and 13 with
 *               credentials or extension images beside the UKI; 9 and 12 with addons; 12 behind
 *               systemd-boot up to 255, which extends it.
 * Assumed:      the firmware tries this boot option first; no command line comes by SMBIOS; no
 *               section for certain hardware alone (.dtbauto, .efifw) fits; with Secure Boot all
 *               addons are signed.
 * Reading:      what is hashed, and the structures that lead there; nothing else.
 * Memory:       in the caller's arena: well under 1 MiB for a usual disk.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_PREDICT_H
#define SEALIFT_BUNDLE_MEASURE_PREDICT_H

#include "bundle/measure/boot.h"
#include "bundle/measure/pcr.h"
#include "bundle/measure/uki.h"

#define PREDICT_EVENTS_MAX 256
#define PREDICT_COMMAND_LINE_MAX ((uint32_t)256 << 10) /* bytes of .cmdline */

struct predict_options {
    enum bank bank;
    unsigned stub; /* 0: as the UKI says */
    bool is_secure_boot;
    bool has_loader;    /* systemd-boot starts the UKI */
    struct slice path;  /* of the UKI on the ESP; empty: as boot.h finds it */
    struct slice phases; /* "enter-initrd:leave-initrd"; empty: none */
    const struct image *stage2, *user_data; /* NULL: none */
};

struct prediction {
    struct pcr_record record;
    unsigned stub, loader; /* versions; loader 0: none, or it does not say */
    struct slice path;     /* of the UKI; empty for a UKI without a disk */
};

/* Predicts the boot of a disk. On failure *prediction is zeroed. Codes of boot.h and uki.h;
 * ERR_USAGE for phases; ERR_LIMIT. */
enum err_code predict_disk(const struct image *disk, const struct predict_options *options,
                           struct arena *arena, struct prediction *prediction,
                           struct err *err) MUST_USE;

/* Predicts the boot of a UKI that stands on some disk with nothing beside it; has_loader and path
 * must not be given (ERR_USAGE). */
enum err_code predict_uki(const struct image *file, const struct predict_options *options,
                          struct arena *arena, struct prediction *prediction,
                          struct err *err) MUST_USE;

#endif
