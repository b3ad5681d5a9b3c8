/*
 * zeros.h - finds zeros: images are mostly made of them.
 *
 * In the flow:  raw bytes -> [zeros] -> part, frames: what need not be stored or written
 * Fast without special instructions: one pass at the speed of memory, which stops at the first
 * block that holds anything else.
 */
#ifndef SEALIFT_BASE_ZEROS_H
#define SEALIFT_BASE_ZEROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/base/slice.h"

/* Whether there is nothing but zeros (or nothing at all). */
bool zeros_only(struct slice bytes);

/* The length of the run that bytes begin with, in whole blocks of block_size (the last one may be
 * shorter): all zeros, or all not zeros, as *is_zero says. */
size_t zeros_run(struct slice bytes, size_t block_size, bool *is_zero);

#endif
