/*
 * pcr_file.h - register values as tpm2_pcrread prints them (YAML).
 *
 * In the flow:  file of --pcrs -> [pcr_file] -> struct pcr_record without events -> explain
 * Form:         {BANK: {INDEX: 0xHEX}}, with sha1, sha256, sha384 and others as banks.
 * Checked here: all of the bank that is asked for; that each value has the bank's length and no index
 *               is out of range or there twice.
 * Not checked:  other banks; that these are a TPM's values: nothing is signed here (a quote is).
 */
#ifndef SEALIFT_BUNDLE_MEASURE_PCR_FILE_H
#define SEALIFT_BUNDLE_MEASURE_PCR_FILE_H

#include "bundle/measure/pcr.h"
#include "resolver/base/node.h"

#define PCR_FILE_MAX_BYTES ((size_t)256 << 10)

/* Reads the values of one bank; registers that are not there are not derivable. On failure *record is
 * zeroed: ERR_FORMAT, ERR_NOT_FOUND (no such bank), ERR_LIMIT. */
enum err_code pcr_file_parse(struct slice bytes, enum bank bank, struct arena *arena,
                             struct pcr_record *record, struct err *err) MUST_USE;

#endif
