/*
 * x509_time.h - the two forms of time in a certificate, and time as people read it.
 *
 * In the flow:  certificate -> x509 -> [x509_time] -> chain ("expired on ...")
 * Checked here: RFC 5280, 4.1.2.5: UTCTime YYMMDDHHMMSSZ (50 to 99 are 19YY) and GeneralizedTime
 *               YYYYMMDDHHMMSSZ, with seconds, in UTC, without fractions; that the day exists.
 * Not checked:  that years before 2050 use UTCTime: several issuers do not keep that rule.
 * Time:         seconds since 1970-01-01 00:00:00 UTC, without leap seconds, negative before.
 */
#ifndef SEALIFT_TLS_X509_TIME_H
#define SEALIFT_TLS_X509_TIME_H

#include <stdint.h>

#include "resolver/base/cursor.h"
#include "resolver/base/err.h"

#define DER_UTC_TIME 0x17
#define DER_GENERALIZED_TIME 0x18

/* Takes one time, called `what` in messages, off the front of *in. On failure *seconds is 0 and err
 * has ERR_FORMAT, "offset N: <what>: reason". */
enum err_code x509_time_read(struct cursor *in, const char *what, int64_t *seconds, struct err *err)
    MUST_USE;

struct x509_time_text {
    char text[40];
};

/* "2026-01-31 23:59:59 UTC"; "the year 12345" where four digits do not hold the year. */
struct x509_time_text x509_time_format(int64_t seconds);

#endif
