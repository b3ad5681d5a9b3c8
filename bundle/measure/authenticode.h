/*
 * authenticode.h - the hash of a PE file that firmware extends PCR 4 with, and that is signed for
 * Secure Boot.
 *
 * In the flow:  pe -> [authenticode] -> predict
 * Standard:     Windows Authenticode PE Signature Format 1.0, as EDK2 computes it: without CheckSum,
 *               the directory entry of the certificates, and the certificate table by its size;
 *               nothing is padded.
 */
#ifndef SEALIFT_BUNDLE_MEASURE_AUTHENTICODE_H
#define SEALIFT_BUNDLE_MEASURE_AUTHENTICODE_H

#include "bundle/measure/bank.h"
#include "bundle/measure/pe.h"

/* Hashes file, whose headers are pe; scratch is used meanwhile. What reading gives, ERR_LIMIT; the
 * digest is zeroed then. */
enum err_code authenticode_digest(const struct image *file, const struct pe *pe, enum bank bank,
                                  struct arena *scratch, uint8_t digest[BANK_SIZE_MAX],
                                  struct err *err) MUST_USE;

#endif
