#include "resolver/tls/x509_time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "resolver/base/der.h"
#include "resolver/base/quote.h"

#define DAY_SECONDS 86400
#define ERA_YEARS 400       /* the calendar repeats after so many years, */
#define ERA_DAYS 146097     /* which have so many days */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

/* Days from 1970-01-01. Years are counted from 1 March here, so that a leap day ends its year. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    int64_t shifted = month > 2 ? year : year - 1;
    int64_t era = shifted / ERA_YEARS - (shifted % ERA_YEARS < 0);
    int64_t year_of_era = shifted - era * ERA_YEARS;
    int64_t day_of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * ERA_DAYS + day_of_era - DAYS_TO_1970;
}

static unsigned days_in_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Two digits as a number; 100, which no field allows, for anything else. */
static unsigned two_digits(struct slice text, size_t at)
{
    for (size_t i = at; i < at + 2; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 100;
    }
    return (unsigned)(text.ptr[at] - '0') * 10 + (unsigned)(text.ptr[at + 1] - '0');
}

/* MMDDHHMMSSZ, of that year. */
static bool read_in_year(unsigned year, struct slice text, int64_t *seconds)
{
    unsigned month = two_digits(text, 0), day = two_digits(text, 2);
    unsigned hour = two_digits(text, 4), minute = two_digits(text, 6);
    unsigned second = two_digits(text, 8);

    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    if (hour > 23 || minute > 59 || second > 59 || text.ptr[10] != 'Z')
        return false;
    *seconds = days_from_date(year, month, day) * DAY_SECONDS +
               (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

static bool read_utc_time(struct slice text, int64_t *seconds)
{
    unsigned year;

    if (text.len != 13)
        return false;
    year = two_digits(text, 0);
    if (year > 99)
        return false;
    return read_in_year(year < 50 ? 2000 + year : 1900 + year, slice_part(text, 2, 11), seconds);
}

static bool read_generalized_time(struct slice text, int64_t *seconds)
{
    unsigned century, year;

    if (text.len != 15)
        return false;
    century = two_digits(text, 0);
    year = two_digits(text, 2);
    if (century > 99 || year > 99)
        return false;
    return read_in_year(century * 100 + year, slice_part(text, 4, 11), seconds);
}

enum err_code x509_time_read(struct cursor *in, const char *what, int64_t *seconds, struct err *err)
{
    size_t at = in->at;
    bool is_utc = der_next_tag(in) == DER_UTC_TIME;
    struct slice text;
    enum err_code rc;

    *seconds = 0;
    rc = der_read(in, is_utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, what, &text, err);
    if (rc != ERR_OK)
        return rc;
    if (is_utc ? !read_utc_time(text, seconds) : !read_generalized_time(text, seconds))
        return err_set(err, ERR_FORMAT, "offset %zu: %s: %s is not a time (have %s, want %s)", at,
                       what, quote(text).text, is_utc ? "UTCTime" : "GeneralizedTime",
                       is_utc ? "YYMMDDHHMMSSZ" : "YYYYMMDDHHMMSSZ");
    return ERR_OK;
}

struct x509_time_text x509_time_format(int64_t seconds)
{
    int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    unsigned rest = (unsigned)(seconds % DAY_SECONDS + (seconds % DAY_SECONDS < 0) * DAY_SECONDS);
    int64_t from_era = days + DAYS_TO_1970;
    int64_t era = from_era / ERA_DAYS - (from_era % ERA_DAYS < 0);
    int64_t day_of_era = from_era - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (unsigned)((5 * day_of_year + 2) / 153);
    unsigned day = (unsigned)(day_of_year - (153 * (int64_t)shifted_month + 2) / 5) + 1;
    unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    int64_t year = year_of_era + era * ERA_YEARS + (month <= 2);
    struct x509_time_text out;

    if (year < 0 || year > 9999)
        snprintf(out.text, sizeof out.text, "the year %lld", (long long)year);
    else
        snprintf(out.text, sizeof out.text, "%04u-%02u-%02u %02u:%02u:%02u UTC", (unsigned)year,
                 month, day, rest / 3600, rest / 60 % 60, rest % 60);
    return out;
}
