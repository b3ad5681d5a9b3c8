/*
 * timestamp.h - points in time as annotations carry them: "2024-11-05T23:59:59Z" (RFC 3339).
 *
 * In the flow:  --best-before, SOURCE_DATE_EPOCH -> [timestamp] -> manifest
 * One form:     UTC, whole seconds, years 1970 to 9999, no leap second.
 */
#ifndef SEALIFT_BUNDLE_ARCHIVE_TIMESTAMP_H
#define SEALIFT_BUNDLE_ARCHIVE_TIMESTAMP_H

#include <stdint.h>

#include "resolver/base/err.h"
#include "resolver/base/slice.h"

#define TIMESTAMP_SIZE 21            /* with its NUL */
#define TIMESTAMP_MAX 253402300799ll /* 9999-12-31T23:59:59Z */

/* Seconds since 1970 (0 to TIMESTAMP_MAX) as text; what lies outside becomes the nearest end. */
void timestamp_format(int64_t seconds, char out[TIMESTAMP_SIZE]);

/* Reads that text. ERR_FORMAT for any other, and *seconds is 0. */
enum err_code timestamp_parse(struct slice text, int64_t *seconds, struct err *err) MUST_USE;

#endif
