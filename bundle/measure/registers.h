/*
 * registers.h - from predicted registers to measurements: which go in, and which are enforced.
 *
 * In the flow:  predict -> struct pcr_record -> [registers] -> struct measurements ->
 *               measurements_format, merge
 * Rule:         registers that are known or zero go in, others do not: no value is made up. Enforced
 *               are those that Constellation enforces, unless a list says otherwise; the rest only warn.
 * Bank:         SHA-256: measurements hold nothing else (48 bytes are TDX registers there).
 */
#ifndef SEALIFT_BUNDLE_MEASURE_REGISTERS_H
#define SEALIFT_BUNDLE_MEASURE_REGISTERS_H

#include "bundle/measure/pcr.h"
#include "resolver/core/measurements.h"

/* Registers as bits 1 << index: 4, 8, 9, 11, 12, 13 and 15. */
#define REGISTERS_ENFORCED ((uint32_t)0xBB10)

/* Reads "4,9,11", or "none". ERR_USAGE: no number from 0 to 23, or one twice; *registers is then 0. */
enum err_code registers_parse(struct slice text, uint32_t *registers, struct err *err) MUST_USE;

/* Sets size_bytes and registers of *measurements, and nothing else of it. *absent are those of
 * `enforced` that cannot be derived. ERR_USAGE for another bank. */
enum err_code registers_measure(const struct pcr_record *record, uint32_t enforced,
                                struct measurements *measurements, uint32_t *absent,
                                struct err *err) MUST_USE;

#endif
