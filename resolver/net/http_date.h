/*
 * http_date.h - the dates of HTTP (RFC 9110 5.6.7), and Retry-After.
 *
 * In the flow:  Retry-After -> retry; Date and Last-Modified -> http_range
 * Forms read:   "Sun, 06 Nov 1994 08:49:37 GMT", and the two obsolete ones that RFC 9110 wants
 *               read: "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994".
 * Checked here: every field's place and range, days of the month, leap years.
 * Not checked:  that the day's name fits the date.
 */
#ifndef SEALIFT_NET_HTTP_DATE_H
#define SEALIFT_NET_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/base/slice.h"

/* Reads a date into seconds since 1970-01-01 00:00:00 UTC. `now` (in the same unit) places the
 * two-digit years of the second form, at most 50 years ahead. False, and *seconds 0, for anything
 * else. Years 1970 to 9999. */
bool http_date_parse(struct slice text, int64_t now, int64_t *seconds);

/* Reads the value of Retry-After (RFC 9110 10.2.3), seconds or a date, into seconds from now; a
 * date that has passed is 0. False, and *wait_s 0, for anything else. */
bool http_retry_after(struct slice text, int64_t now, uint32_t *wait_s);

#endif
