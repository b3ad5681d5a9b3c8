#include "bundle/archive/timestamp.h"

#include <string.h>

#include "resolver/base/quote.h"

#define DAY 86400

struct date {
    int64_t year;
    int month, day;
};

/* Days since 1970-01-01. A year is taken to begin in March, so that the leap day is its last. */
static int64_t days_of(struct date date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

static struct date date_of(int64_t days)
{
    struct date date = {.year = 1970 + days / 366, .month = 12, .day = 1};

    while (days_of((struct date){date.year + 1, 1, 1}) <= days)
        date.year++;
    while (days_of((struct date){date.year, date.month, 1}) > days)
        date.month--;
    date.day = (int)(days - days_of((struct date){date.year, date.month, 1})) + 1;
    return date;
}

static void put(char *at, int digits, int64_t value)
{
    for (; digits > 0; value /= 10)
        at[--digits] = (char)('0' + value % 10);
}

void timestamp_format(int64_t seconds, char out[TIMESTAMP_SIZE])
{
    struct date date;

    if (seconds < 0)
        seconds = 0;
    if (seconds > TIMESTAMP_MAX)
        seconds = TIMESTAMP_MAX;
    date = date_of(seconds / DAY);
    seconds %= DAY;
    memcpy(out, "0000-00-00T00:00:00Z", TIMESTAMP_SIZE);
    put(out, 4, date.year);
    put(out + 5, 2, date.month);
    put(out + 8, 2, date.day);
    put(out + 11, 2, seconds / 3600);
    put(out + 14, 2, seconds / 60 % 60);
    put(out + 17, 2, seconds % 60);
}

static int number(struct slice text, size_t at, size_t digits)
{
    int value = 0;

    for (size_t i = at; i < at + digits; i++)
        value = value * 10 + (text.ptr[i] - '0') % 10;
    return value;
}

enum err_code timestamp_parse(struct slice text, int64_t *seconds, struct err *err)
{
    char again[TIMESTAMP_SIZE];

    *seconds = 0;
    if (text.len == TIMESTAMP_SIZE - 1) {
        struct date date = {number(text, 0, 4), number(text, 5, 2), number(text, 8, 2)};

        *seconds = days_of(date) * DAY + number(text, 11, 2) * 3600 + number(text, 14, 2) * 60 +
                   number(text, 17, 2);
        timestamp_format(*seconds, again);
        /* Whatever is out of its place or range comes out differently. */
        if (slice_is(text, again))
            return ERR_OK;
    }
    *seconds = 0;
    return err_set(err, ERR_FORMAT, "have %s, want a time like 2024-11-05T23:59:59Z",
                   quote(text).text);
}
