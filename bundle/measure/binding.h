/*
 * binding.h - whether a disk is the one that signed measurements describe.
 *
 * In the flow:  disk -> predict -> [binding] <- measurements (signed); for verify, import, publish, pack
 * Compared:     registers 4, 9 and 11, those that can be derived and that the measurements enforce.
 * Parameters:   what the disk does not say: systemd-stub's version where it carries none, Secure Boot,
 *               whether systemd-boot starts the UKI, how far user space had come. Recorded ones
 *               (binding_annotations.h) are the only ones that count. Without them every admissible
 *               combination is tried, in this order, and the first that fits is named:
 *                 boot loader  none, systemd-boot (where the disk has one)
 *                 stub         the UKI's own; else 252, 254, 255, 256, 257, 258, 262, which stand
 *                              for those between them
 *                 Secure Boot  off, on (where that makes a difference)
 *                 phases       none; enter-initrd; and then leave-initrd; sysinit; ready
 * Not compared: TDX registers; registers that measurements only warn about.
 * Not said:     that the measurements are trusted: whoever calls has verified them.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_BINDING_H
#define SEALIFT_BUNDLE_MEASURE_BINDING_H

#include <stdbool.h>

#include "bundle/archive/image.h"
#include "resolver/base/arena.h"
#include "resolver/base/buf.h"
#include "resolver/core/measurements.h"

struct binding_parameters {
    unsigned stub; /* systemd-stub's version; 0: as the UKI says */
    bool is_secure_boot;
    bool has_loader;     /* systemd-boot starts the UKI */
    struct slice path;   /* of the UKI on the ESP; empty: as boot.h finds it */
    struct slice phases; /* "enter-initrd:leave-initrd"; empty: none */
};

enum binding_result {
    BINDING_EQUAL,          /* all registers that were compared */
    BINDING_NO_UKI,         /* the disk starts something else: nothing can be said */
    BINDING_NOT_DERIVABLE,  /* of what is enforced no register can be derived */
    BINDING_NOT_COMPARABLE, /* TDX registers */
};

#define BINDING_NOTE_MAX 256 /* bytes, NUL included; longer text is cut */

struct binding {
    enum binding_result result;
    struct binding_parameters parameters; /* BINDING_EQUAL: those that fit, stub always given */
    uint32_t registers;                   /* BINDING_EQUAL: those compared, as bits 1 << index */
    char note[BINDING_NOTE_MAX];          /* why nothing, or not all, was compared; may be empty */
};

/*
 * Compares. scratch must be empty; it is cleared between tries and afterwards. recorded may be NULL.
 * In out->parameters, path and phases borrow from recorded or are constants.
 *   ERR_OK         see out->result
 *   ERR_FORGED     no admissible combination fits, or not the recorded one: the message has the
 *                  register, both values and the events that the image's is made of
 *   ERR_FORMAT, ERR_CORRUPT  the disk is malformed (gpt.h, fat.h, pe.h)
 *   ERR_LIMIT, and what reading gives
 * On failure *out is zeroed.
 */
enum err_code binding_check(const struct image *disk, const struct measurements *wanted,
                            const struct binding_parameters *recorded, struct arena *scratch,
                            struct binding *out, struct err *err) MUST_USE;

/* "systemd-stub 252, Secure Boot off, no boot loader, no phases" */
void binding_describe(const struct binding_parameters *parameters, struct buf *out);

/* The result as one clause: "PCR 4, 9 and 11 of the image are those of the measurements (systemd-stub
 * 252, ...)", "the image has no UKI, so ...: no GPT: not the raw image of a disk", ... */
void binding_explain(const struct binding *binding, struct buf *out);

#endif
