/*
 * initrd.h - the combined initrd that systemd-stub hands to the kernel, which the kernel extends PCR 9
 * with.
 *
 * In the flow:  uki, cpio -> [initrd] -> predict
 * Parts:        .ucode (from 256), .initrd, then archives of .pcrsig, .pcrpkey and, from 257, .osrel
 *               and .profile. One part alone is its bytes; of several each is padded to 4.
 * Not here:     credentials and extension images beside the UKI (boot.h notes them); the random seed
 *               of stubs from 258 on (predict.h).
 */
#ifndef SEALIFT_BUNDLE_MEASURE_INITRD_H
#define SEALIFT_BUNDLE_MEASURE_INITRD_H

#include "bundle/measure/bank.h"
#include "bundle/measure/uki.h"
#include "resolver/base/buf.h"

/* Hashes it and appends the names of its parts to `what` (".initrd, os-release"); *is_there is false when there are
 * none. What reading gives. */
enum err_code initrd_digest(const struct uki *uki, enum bank bank, bool *is_there,
                            uint8_t digest[BANK_SIZE_MAX], struct buf *what,
                            struct err *err) MUST_USE;

#endif
